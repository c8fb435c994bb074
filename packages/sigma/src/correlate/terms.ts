/** terms: a boolean expression over rules as alternatives: rules that must have fired, and rules that must not have. */
import type { RuleExpression } from "../correlation.ts";

export interface Term {
  /** Positions of rules, ascending. */
  readonly all: readonly number[];
  readonly none: readonly number[];
}

export function termsOf(expression: RuleExpression, rules: readonly string[]): Term[] {
  return expand(expression, { rules, negated: false });
}

interface Context {
  readonly rules: readonly string[];
  readonly negated: boolean;
}

function expand(expression: RuleExpression, context: Context): Term[] {
  const { rules, negated } = context;
  switch (expression.kind) {
    case "rule": {
      const position = rules.indexOf(expression.id);
      return [negated ? { all: [], none: [position] } : { all: [position], none: [] }];
    }
    case "not":
      return expand(expression.of, { rules, negated: !negated });
    case "and":
    case "or": {
      const parts = expression.of.map((part) => expand(part, context));
      return (expression.kind === "and") === negated
        ? least(parts.flat())
        : parts.reduce(joined, [{ all: [], none: [] }]);
    }
  }
}

/** Each of the one with each of the other; what contradicts itself is left out. */
function joined(left: readonly Term[], right: readonly Term[]): Term[] {
  const terms = left.flatMap((a) => right.map((b) => ({ all: union(a.all, b.all), none: union(a.none, b.none) })));
  return least(terms.filter(({ all, none }) => !all.some((position) => none.includes(position))));
}

/** Without those that ask for more than another does. */
function least(terms: readonly Term[]): Term[] {
  return terms.filter((term, at) => !terms.some((other, place) => place !== at && asksLess(other, term, place < at)));
}

function asksLess(other: Term, term: Term, earlier: boolean): boolean {
  const within = other.all.every((p) => term.all.includes(p)) && other.none.every((p) => term.none.includes(p));
  const equal = other.all.length === term.all.length && other.none.length === term.none.length;
  return within && (!equal || earlier);
}

function union(a: readonly number[], b: readonly number[]): number[] {
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
}
