/**
 * compiled-rule: rules to predicates over one shared numbering of fields. A rule whose regular expression cannot run in
 * linear time is reported and left out of matching; the others are not affected.
 */
import type { Rule, RuleProblem } from "../rule.ts";
import type { StringTest } from "../text/pattern-matcher.ts";
import { regexTest } from "../text/regex.ts";
import { compilePredicate, type Predicate, type PredicateContext, UnsupportedRegex } from "./predicates.ts";
import { eventIdsOf, type Witness, witnessesOf } from "../index/witness.ts";

export interface CompiledRule {
  readonly index: number;
  readonly rule: Rule;
  /** What the rule looks for, before its filters. */
  readonly predicate: Predicate;
  /** The filters: where one holds, it hides what the predicate found. */
  readonly exceptions: readonly { readonly id: string; readonly holds: Predicate }[];
  readonly context: PredicateContext;
  /** One of these must hold for the rule to match; undefined: nothing is known, the rule is always a candidate. */
  readonly witnesses: readonly Witness[] | undefined;
  /** The only event ids the rule can match; undefined: any. */
  readonly eventIds: ReadonlySet<string> | undefined;
}

export interface CompiledRules {
  readonly compiled: readonly CompiledRule[];
  readonly problems: readonly RuleProblem[];
  readonly fieldNames: readonly string[];
}

export function compileRules(rules: readonly Rule[]): CompiledRules {
  const fieldNames: string[] = [];
  const numbers = new Map<string, number>();
  const regexes = new Map<string, { test: StringTest } | { reason: string }>();
  const compiled: CompiledRule[] = [];
  const problems: RuleProblem[] = [];

  const fieldNumber = (name: string): number => {
    let number = numbers.get(name);
    if (number === undefined) {
      number = fieldNames.push(name) - 1;
      numbers.set(name, number);
    }
    return number;
  };
  const regexOf = (source: string, flags: string): { test: StringTest } | { reason: string } => {
    const key = `${flags}/${source}`;
    const known = regexes.get(key) ?? regexTest(source, flags);
    regexes.set(key, known);
    return known;
  };
  const regex = (source: string, flags: string): StringTest | undefined => {
    const made = regexOf(source, flags);
    return "test" in made ? made.test : undefined;
  };

  for (const rule of rules) {
    const { condition, unfiltered, exceptions = [] } = rule.detection;
    const context: PredicateContext = { selections: rule.detection.selections, fieldNumber, regex };
    try {
      compiled.push({
        index: compiled.length,
        rule,
        predicate: compilePredicate(unfiltered ?? condition, context),
        exceptions: exceptions.map(({ id, expression }) => ({ id, holds: compilePredicate(expression, context) })),
        context,
        witnesses: witnessesOf(rule.detection, fieldNumber),
        eventIds: eventIdsOf(rule.detection),
      });
    } catch (error) {
      if (!(error instanceof UnsupportedRegex)) throw error;
      problems.push(unsupported(rule, error.source));
    }
  }
  return { compiled, problems, fieldNames };
}

function unsupported(rule: Rule, source: string): RuleProblem {
  const lines = rule.text.split("\n");
  const line = lines.findIndex((text) => text.includes(source));
  return {
    path: rule.path,
    line: line < 0 ? 1 : line + 1,
    column: line < 0 ? 1 : (lines[line]?.indexOf(source) ?? 0) + 1,
    code: "REGEX_UNSUPPORTED",
    message: `the regular expression ${source} needs lookaround or back-references, which cannot run in linear time: rewrite it without them; until then "${rule.title}" never matches`,
  };
}
