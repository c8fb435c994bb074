/**
 * projection: what one field alone says about a rule. Everything that depends on other fields counts as unknown, so a rule
 * is only ruled out when no event with this value could match it. The answer depends on the value alone and can be kept.
 */
import type { Expression, Item, Pattern } from "../detection.ts";
import type { StringTest } from "../text/pattern-matcher.ts";
import { anyPattern, flatten, foldPattern, type PredicateContext, stringTest } from "./predicates.ts";

type Verdict = typeof NO | typeof UNKNOWN | typeof YES;
const NO = -1;
const UNKNOWN = 0;
const YES = 1;

/** Could the condition hold in an event whose `field` has exactly this one value? */
export function projectionOn(field: string, condition: Expression, context: PredicateContext): StringTest {
  const judge = judgeOf(condition, { field, context });
  return (text) => judge(text, text.toLowerCase()) !== NO;
}

type Judge = (text: string, folded: string) => Verdict;

interface Scope {
  readonly field: string;
  readonly context: PredicateContext;
}

function judgeOf(expression: Expression, scope: Scope): Judge {
  switch (expression.kind) {
    case "item":
      return itemJudge(expression, scope);
    case "not": {
      const inner = judgeOf(expression.of, scope);
      return inner === unknown ? unknown : (text, folded) => opposite(inner(text, folded));
    }
    case "selection": {
      const selection = scope.context.selections[expression.name];
      return selection === undefined ? () => NO : judgeOf(selection, scope);
    }
    case "and":
      return joined(
        expression.of.map((part) => judgeOf(part, scope)),
        NO,
      );
    case "or":
      return joined(alternatives(expression.of, scope), YES);
  }
}

/** One part with the deciding verdict decides; otherwise one unknown part leaves all unknown. */
function joined(all: readonly Judge[], deciding: typeof NO | typeof YES): Judge {
  const known = all.filter((judge) => judge !== unknown);
  if (known.length === 0 && all.length > 0) return unknown;
  const start: Verdict = known.length < all.length ? UNKNOWN : opposite(deciding);
  return (text, folded) => {
    let verdict: Verdict = start;
    for (const judge of known) {
      const part = judge(text, folded);
      if (part === deciding) return deciding;
      if (part === UNKNOWN) verdict = UNKNOWN;
    }
    return verdict;
  };
}

/** The caseless patterns on the field are tested together. */
function alternatives(of: readonly Expression[], scope: Scope): Judge[] {
  const patterns: Pattern[] = [];
  const judges: Judge[] = [];
  for (const part of flatten(of)) {
    const caseless =
      part.kind === "item" && part.field === scope.field && part.test.kind === "pattern" && !part.test.cased;
    if (caseless && part.test.kind === "pattern") patterns.push(foldPattern(part.test.pattern));
    else judges.push(judgeOf(part, scope));
  }
  if (patterns.length > 0) judges.unshift(onFolded(anyPattern(patterns)));
  return judges;
}

function onFolded(matches: StringTest): Judge {
  return (_, folded) => (matches(folded) ? YES : NO);
}

const unknown: Judge = () => UNKNOWN;

function opposite(verdict: Verdict): Verdict {
  return verdict === NO ? YES : verdict === YES ? NO : UNKNOWN;
}

function itemJudge({ field, test }: Item, scope: Scope): Judge {
  if (field !== scope.field || test.kind === "fieldref") return unknown;
  if (test.kind === "null") return () => NO;
  if (test.kind === "exists") return test.wanted ? () => YES : () => NO;
  if (test.kind === "pattern" && !test.cased) return onFolded(anyPattern([foldPattern(test.pattern)]));
  const matches = stringTest(test, scope.context);
  return (text) => (matches(text) ? YES : NO);
}
