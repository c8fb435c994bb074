/**
 * rule-expression: the boolean language over names (or < and < not < parentheses) in which temporal correlations say which
 * rules must have fired, and pipelines say which of their conditions must hold. Errors are values with their offset.
 */

export type UnresolvedExpression =
  | { readonly kind: "rule"; readonly name: string }
  | { readonly kind: "and" | "or"; readonly of: readonly UnresolvedExpression[] }
  | { readonly kind: "not"; readonly of: UnresolvedExpression };

export type RuleExpressionResult =
  | { readonly ok: true; readonly expression: UnresolvedExpression }
  | { readonly ok: false; readonly reason: string; readonly at: number };

interface Word {
  readonly text: string;
  readonly at: number;
}

class Mistake {
  readonly reason: string;
  readonly at: number;
  constructor(reason: string, at: number) {
    this.reason = reason;
    this.at = at;
  }
}

const MAX_DEPTH = 64;

export function parseRuleExpression(text: string): RuleExpressionResult {
  const words = [...text.matchAll(/[()]|[^\s()]+/g)].map((match): Word => ({ text: match[0], at: match.index }));
  let next = 0;
  const take = (wanted: string): boolean => {
    if (words[next]?.text.toLowerCase() !== wanted) return false;
    next++;
    return true;
  };
  const fail = (reason: string): never => {
    throw new Mistake(reason, words[next]?.at ?? text.length);
  };
  const joined = (kind: "and" | "or", part: () => UnresolvedExpression): UnresolvedExpression => {
    const first = part();
    const of = [first];
    while (take(kind)) of.push(part());
    return of.length === 1 ? first : { kind, of };
  };
  const or = (depth: number): UnresolvedExpression => joined("or", () => joined("and", () => not(depth)));
  const not = (depth: number): UnresolvedExpression => {
    if (depth > MAX_DEPTH) fail(`nested deeper than ${MAX_DEPTH} levels: simplify it`);
    if (take("not")) return { kind: "not", of: not(depth + 1) };
    if (take("(")) {
      const inner = or(depth + 1);
      if (!take(")")) fail("a closing parenthesis is missing here");
      return inner;
    }
    const word = words[next];
    if (word === undefined || /^(and|or|\))$/i.test(word.text)) {
      return fail(word === undefined ? "ends where a name was expected" : `expected a name before "${word.text}"`);
    }
    next++;
    return { kind: "rule", name: word.text };
  };
  try {
    const expression = or(0);
    if (next < words.length) fail(`expected "and", "or" or the end before "${words[next]?.text ?? ""}"`);
    return { ok: true, expression };
  } catch (error) {
    if (error instanceof Mistake) return { ok: false, reason: error.reason, at: error.at };
    throw error;
  }
}

/** The names in it, each once, in written order. */
export function namesIn(expression: UnresolvedExpression): string[] {
  if (expression.kind === "rule") return [expression.name];
  const of = expression.kind === "not" ? [expression.of] : expression.of;
  return [...new Set(of.flatMap(namesIn))];
}

export function holds(expression: UnresolvedExpression, isTrue: (name: string) => boolean): boolean {
  switch (expression.kind) {
    case "rule":
      return isTrue(expression.name);
    case "not":
      return !holds(expression.of, isTrue);
    case "and":
      return expression.of.every((part) => holds(part, isTrue));
    case "or":
      return expression.of.some((part) => holds(part, isTrue));
  }
}
