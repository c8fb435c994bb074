/**
 * truth-table: a condition tried with every combination of its selections being true or false, to find out whether it can hold
 * at all, can fail at all, and which selections make a difference.
 */
import type { Expression } from "../detection.ts";

export interface Truth {
  readonly canHold: boolean;
  readonly canFail: boolean;
  /** Selections that the condition names and whose truth never changes the result. */
  readonly idle: readonly string[];
}

/** Twelve selections are 4,096 combinations; no rule has more that depend on each other. */
const MOST_SELECTIONS = 12;

/** Undefined when there are too many selections to try. */
export function truthOf(condition: Expression): Truth | undefined {
  const names = [...namesIn(condition)];
  if (names.length > MOST_SELECTIONS) return undefined;
  const bits = new Map(names.map((name, index) => [name, 1 << index]));
  const combinations = 1 << names.length;
  const results = Array.from({ length: combinations }, (_, chosen) => holds(condition, bits, chosen));
  return {
    canHold: results.includes(true),
    canFail: results.includes(false),
    idle: names.filter((_, index) => results.every((result, chosen) => result === results[chosen ^ (1 << index)])),
  };
}

export function namesIn(expression: Expression, into = new Set<string>()): Set<string> {
  if (expression.kind === "selection") into.add(expression.name);
  else if (expression.kind === "not") namesIn(expression.of, into);
  else if (expression.kind !== "item") for (const part of expression.of) namesIn(part, into);
  return into;
}

function holds(expression: Expression, bits: ReadonlyMap<string, number>, chosen: number): boolean {
  switch (expression.kind) {
    case "selection":
      return (chosen & (bits.get(expression.name) ?? 0)) !== 0;
    case "not":
      return !holds(expression.of, bits, chosen);
    case "and":
      return expression.of.every((part) => holds(part, bits, chosen));
    case "or":
      return expression.of.some((part) => holds(part, bits, chosen));
    case "item":
      return false;
  }
}
