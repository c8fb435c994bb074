/**
 * regex-literal: a text that every match of a regular expression must contain, lower-cased; empty when none is certain.
 * Reads only the top level of the pattern and gives up early: a missed literal costs time, a wrong one would cost a match.
 */

export function requiredLiteral(source: string): string {
  let best = "";
  let run = "";
  const close = (): void => {
    if (run.length > best.length) best = run;
    run = "";
  };
  for (let i = 0; i < source.length; i++) {
    const c = source[i] ?? "";
    let literal = "";
    if (c === "|") return "";
    if (c === "\\") {
      const next = source[++i] ?? "";
      if (/[A-Za-z0-9]/.test(next)) {
        // A class or an escape by number: what it stands for is not read here.
        if (/[QExupPkg0-9c]/.test(next)) return "";
      } else literal = next;
    } else if (c === "[") {
      i = endOfClass(source, i);
    } else if (c === "(") {
      if (/^\(\?[a-z]*x/.test(source.slice(i))) return "";
      i = endOfGroup(source, i);
    } else if (!/[.^$)*+?{}]/.test(c)) {
      literal = c;
    }
    const quantifier = source[i + 1] ?? "";
    if (literal !== "" && !/[*?{+]/.test(quantifier)) {
      run += literal;
      continue;
    }
    if (literal !== "" && quantifier === "+") run += literal;
    close();
    if (/[*?+]/.test(quantifier)) i++;
    else if (quantifier === "{") {
      const end = source.indexOf("}", i);
      if (end < 0) return "";
      i = end;
    }
  }
  close();
  return best.toLowerCase();
}

function endOfClass(source: string, start: number): number {
  let i = source[start + 1] === "^" ? start + 2 : start + 1;
  if (source[i] === "]") i++;
  for (; i < source.length; i++) {
    if (source[i] === "\\") i++;
    else if (source[i] === "[" && source[i + 1] === ":") i = Math.max(i, source.indexOf(":]", i) + 1);
    else if (source[i] === "]") return i;
  }
  return source.length;
}

function endOfGroup(source: string, start: number): number {
  let depth = 0;
  for (let i = start; i < source.length; i++) {
    const c = source[i];
    if (c === "\\") i++;
    else if (c === "[") i = endOfClass(source, i);
    else if (c === "(") depth++;
    else if (c === ")" && --depth === 0) return i;
  }
  return source.length;
}
