/**
 * test-words: a test as a phrase that follows the name of a field: `ends with "\whoami.exe"`, `is in 10.0.0.0/8`.
 */
import type { Comparison, Pattern, PatternPart, Test } from "../detection.ts";

const COMPARISONS: Readonly<Record<Comparison | "eq", string>> = {
  eq: "is",
  lt: "is less than",
  lte: "is at most",
  gt: "is more than",
  gte: "is at least",
};
const PLACEMENTS = { equals: "is", contains: "contains", startswith: "starts with", endswith: "ends with" } as const;

export function testInWords(test: Test): string {
  switch (test.kind) {
    case "pattern":
      return `${patternInWords(test.pattern)}${test.cased ? " (upper and lower case matter)" : ""}`;
    case "regex":
      return `fits the regular expression /${test.source}/${test.flags}`;
    case "cidr":
      return `is in the network ${test.network}`;
    case "compare":
      return `${COMPARISONS[test.op]} ${test.value}`;
    case "time":
      return `has a ${test.part} (UTC) that ${COMPARISONS[test.op]} ${test.value}`;
    case "fieldref":
      return `${PLACEMENTS[test.placement]} the value of the field ${test.other}`;
    case "exists":
      return test.wanted ? "is there" : "is not there";
    case "null":
      return "is missing or null";
  }
}

function patternInWords(pattern: Pattern): string {
  const first = pattern[0];
  const last = pattern.at(-1);
  const inner = pattern.slice(isAny(first) ? 1 : 0, isAny(last) && pattern.length > 1 ? -1 : undefined);
  const text = inner[0] ?? "";
  if (pattern.length === 0) return "is empty";
  if (inner.length === 0) return "is there, with any value";
  if (inner.length > 1 || typeof text !== "string") return `fits "${pattern.map(written).join("")}"`;
  const verb = isAny(first) ? (isAny(last) ? "contains" : "ends with") : isAny(last) ? "starts with" : "is";
  return `${verb} "${text}"`;
}

function isAny(part: PatternPart | undefined): boolean {
  return typeof part === "object" && part.wild === "any";
}

function written(part: PatternPart): string {
  return typeof part === "string" ? part.replaceAll(/[*?]/g, "\\$&") : part.wild === "any" ? "*" : "?";
}
