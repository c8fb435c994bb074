/**
 * compiled-rule: rules to predicates over one shared numbering of fields. A rule whose regular expression cannot run in
 * linear time is reported and left out of matching; the others are not affected.
 */
import type { Detection, Expression, Item } from "../detection.ts";
import type { Rule, RuleProblem } from "../rule.ts";
import type { StringTest } from "../text/pattern-matcher.ts";
import { regexTest } from "../text/regex.ts";
import { createEvidence, type Evidence } from "./evidence.ts";
import { compilePredicate, type Predicate, type PredicateContext } from "./predicates.ts";
import { eventIdsOf, type Witness, witnessesOf } from "../index/witness.ts";

export interface CompiledRule {
  readonly index: number;
  readonly rule: Rule;
  /** What the rule looks for, before its filters. */
  readonly condition: Expression;
  /** The same, ready to run. */
  readonly predicate: Predicate;
  /** The filters: where one holds, it hides what the predicate found. */
  readonly exceptions: readonly { readonly id: string; readonly holds: Predicate }[];
  /** What made it match, for an event that it matched. */
  readonly evidence: Evidence;
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
    const { exceptions = [] } = rule.detection;
    const condition = rule.detection.unfiltered ?? rule.detection.condition;
    const context: PredicateContext = { selections: rule.detection.selections, fieldNumber, regex };
    const refused = prepare(rule.detection, context);
    if (refused !== undefined) {
      problems.push(unsupported(rule, refused));
      continue;
    }
    compiled.push({
      index: compiled.length,
      rule,
      condition,
      predicate: whenAsked(() => compilePredicate(condition, context)),
      exceptions: exceptions.map(({ id, expression }) => ({
        id,
        holds: whenAsked(() => compilePredicate(expression, context)),
      })),
      evidence: createEvidence(rule, context),
      context,
      witnesses: witnessesOf(rule.detection, fieldNumber),
      eventIds: eventIdsOf(rule.detection),
    });
  }
  return { compiled, problems, fieldNames };
}

/** Most rules are never a candidate for anything, so their closures are made when they first are. */
function whenAsked(make: () => Predicate): Predicate {
  let made: Predicate | undefined;
  return (view) => {
    made ??= make();
    return made(view);
  };
}

/** Numbers the fields and compiles the regular expressions of all items; returns the expression that is not supported. */
function prepare(detection: Detection, context: PredicateContext): string | undefined {
  const seen = new Set<string>();
  const visit = (expression: Expression): string | undefined => {
    switch (expression.kind) {
      case "item":
        return prepareItem(expression, context);
      case "not":
        return visit(expression.of);
      case "selection": {
        const selection = detection.selections[expression.name];
        if (selection === undefined || seen.has(expression.name)) return undefined;
        seen.add(expression.name);
        return visit(selection);
      }
      default:
        for (const part of expression.of) {
          const refused = visit(part);
          if (refused !== undefined) return refused;
        }
        return undefined;
    }
  };
  const all = [
    detection.unfiltered ?? detection.condition,
    ...(detection.exceptions ?? []).map((one) => one.expression),
  ];
  for (const expression of all) {
    const refused = visit(expression);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function prepareItem({ field, test }: Item, context: PredicateContext): string | undefined {
  if (field !== undefined) context.fieldNumber(field);
  if (test.kind === "fieldref") context.fieldNumber(test.other);
  return test.kind === "regex" && context.regex(test.source, test.flags) === undefined ? test.source : undefined;
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
