/**
 * wildcards: Sigma's value syntax (`*`, `?` and backslash escapes) to pattern parts, and back to plain text.
 * A backslash escapes only `*`, `?` and itself; before anything else it is a plain backslash.
 */
import type { Pattern, PatternPart } from "../detection.ts";

export const ANY: PatternPart = { wild: "any" };
const ONE: PatternPart = { wild: "one" };

export function parsePattern(value: string): Pattern {
  if (!value.includes("*") && !value.includes("?") && !value.includes("\\")) return value === "" ? [] : [value];
  const parts: PatternPart[] = [];
  let literal = "";
  for (let i = 0; i < value.length; i++) {
    const c = value[i];
    const next = value[i + 1];
    if (c === "\\" && (next === "*" || next === "?" || next === "\\")) {
      literal += next;
      i++;
    } else if (c === "*" || c === "?") {
      if (literal !== "") parts.push(literal);
      literal = "";
      parts.push(c === "*" ? ANY : ONE);
    } else {
      literal += c;
    }
  }
  if (literal !== "") parts.push(literal);
  return joinParts(parts);
}

/** The text of a pattern without wildcards, or undefined when it has some. */
export function plainText(pattern: Pattern): string | undefined {
  if (pattern.length === 0) return "";
  const only = pattern[0];
  return pattern.length === 1 && typeof only === "string" ? only : undefined;
}

/** The pattern as an author would write it: `parsePattern` reads it back to the same. */
export function patternText(pattern: Pattern): string {
  let text = "";
  for (const [index, part] of pattern.entries()) {
    if (typeof part === "object") {
      text += part.wild === "any" ? "*" : "?";
      continue;
    }
    for (let i = 0; i < part.length; i++) {
      const c = part[i] ?? "";
      const next = i + 1 < part.length ? part[i + 1] : index + 1 < pattern.length ? "*" : "";
      const escaped = c === "*" || c === "?" || (c === "\\" && (next === "\\" || next === "*" || next === "?"));
      text += escaped ? `\\${c}` : c;
    }
  }
  return text;
}

/** The text of `*text*`; undefined when the pattern is anything else. */
export function containedText(pattern: Pattern): string | undefined {
  const [first, text, last] = pattern;
  return pattern.length === 3 && isAny(first) && isAny(last) && typeof text === "string" ? text : undefined;
}

/** Merges neighbouring literals and neighbouring `*`, so that a pattern has one spelling. */
export function joinParts(parts: readonly PatternPart[]): Pattern {
  const joined: PatternPart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === "string") {
      if (part === "") continue;
      if (typeof last === "string") joined[joined.length - 1] = last + part;
      else joined.push(part);
    } else if (!(part.wild === "any" && typeof last === "object" && last.wild === "any")) {
      joined.push(part);
    }
  }
  return joined;
}

export function isAny(part: PatternPart | undefined): boolean {
  return typeof part === "object" && part.wild === "any";
}
