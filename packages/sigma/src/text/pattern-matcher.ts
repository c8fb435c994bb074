/**
 * pattern-matcher: turns a wildcard pattern into a test on a string. Linear backtracking on the last `*` only, so the
 * worst case is text length times pattern length; no regular expression is involved.
 */
import type { Pattern, PatternPart } from "../detection.ts";
import { isAny } from "./wildcards.ts";

export type StringTest = (text: string) => boolean;

/** The pattern must already be lower-cased when the text it will see is. */
export function patternTest(pattern: Pattern): StringTest {
  const literals = pattern.filter((part): part is string => typeof part === "string");
  const wild = pattern.filter((part) => typeof part === "object");
  const only = literals[0];
  if (pattern.length === 0) return (text) => text === "";
  if (wild.every(isAny)) {
    const open = isAny(pattern[0]);
    const ajar = isAny(pattern.at(-1));
    if (only === undefined) return () => true;
    if (literals.length === 1) {
      if (open && ajar) return (text) => text.includes(only);
      if (open) return (text) => text.endsWith(only);
      if (ajar) return (text) => text.startsWith(only);
      return (text) => text === only;
    }
    return runsTest(literals, open, ajar);
  }
  return (text) => matchParts(pattern, text);
}

/** Literals in order, any text between them; `open` and `ajar` say whether the two ends are free. */
function runsTest(literals: readonly string[], open: boolean, ajar: boolean): StringTest {
  const first = literals[0] ?? "";
  const last = literals.at(-1) ?? "";
  const from = open ? 0 : 1;
  const to = ajar ? literals.length : literals.length - 1;
  return (text) => {
    let at = 0;
    if (!open) {
      if (!text.startsWith(first)) return false;
      at = first.length;
    }
    for (let i = from; i < to; i++) {
      const literal = literals[i] ?? "";
      const found = text.indexOf(literal, at);
      if (found < 0) return false;
      at = found + literal.length;
    }
    return ajar || (text.length - last.length >= at && text.endsWith(last));
  };
}

function matchParts(parts: Pattern, text: string): boolean {
  let part = 0;
  let at = 0;
  let starPart = -1;
  let starAt = 0;
  for (;;) {
    const current = parts[part];
    if (current === undefined) {
      if (at === text.length) return true;
    } else if (isAny(current)) {
      starPart = part++;
      starAt = at;
      continue;
    } else {
      const next = step(current, text, at);
      if (next >= 0) {
        at = next;
        part++;
        continue;
      }
    }
    if (starPart < 0 || starAt >= text.length) return false;
    starAt += characterLength(text, starAt);
    at = starAt;
    part = starPart + 1;
  }
}

function step(part: PatternPart, text: string, at: number): number {
  if (typeof part === "string") return text.startsWith(part, at) ? at + part.length : -1;
  return at < text.length ? at + characterLength(text, at) : -1;
}

/** One character is one code point: a surrogate pair counts once. */
function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
