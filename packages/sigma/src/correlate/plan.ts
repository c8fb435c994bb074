/**
 * plan: a correlation rule made ready to run: which inputs it takes and what it reads of them, how its condition is
 * asked, and in which order rules run so that a correlation over correlations comes after what it is made of.
 */
import type { Bound, CorrelationRule, RuleExpression } from "../correlation.ts";
import type { Measure } from "./measures.ts";

export interface Plan {
  readonly rule: CorrelationRule;
  /** sliding: asked after every input, over the timespan that ends with it. settled: asked once, when the timespan is over. */
  readonly mode: "sliding" | "settled";
  /** How far behind the latest an input may come: more where it is the match of a rule that itself waits. */
  readonly latenessMs: number;
  /** What a row of a group's log holds beside its time. */
  readonly shape: { readonly numbers: boolean; readonly texts: boolean; readonly byNumber: boolean };
  /** Of the first place of each rule: all places it stands at, latest first. */
  readonly positionsOf: readonly (readonly number[])[];
  /** True: of several windows the smallest value is the most extreme. */
  readonly downward: boolean;
  /** More rows than this are needed to satisfy the condition. */
  readonly leastRows: number;
  holds(value: number, measure: Measure): boolean;
}

/** How one plan reads the inputs of one rule. */
export interface Reader {
  readonly plan: Plan;
  readonly groupFields: readonly string[];
  readonly valueFields: readonly string[];
  readonly reads: "nothing" | "text" | "number" | "position";
  readonly position: number;
}

/** @param plans of the rules that come before, `inOrder` */
export function createPlan(rule: CorrelationRule, latenessMs: number, plans: readonly Plan[]): Plan {
  const { type, condition } = rule;
  const temporal = type === "temporal" || type === "temporal_ordered";
  const reads = readsOf(rule);
  const bounds = condition.kind === "bounds" ? boundsOf(rule, condition.bounds) : [];
  const delays = plans.map((inner) => {
    if (!rule.rules.includes(inner.rule.id)) return 0;
    return inner.latenessMs + (inner.mode === "settled" ? inner.rule.timespanMs + latenessMs : 0);
  });
  return {
    rule,
    latenessMs: Math.max(latenessMs, ...delays),
    mode: isSettled(rule, bounds) ? "settled" : "sliding",
    shape: {
      numbers: reads === "number" || reads === "position",
      texts: reads === "text",
      byNumber: type === "temporal_ordered",
    },
    positionsOf: rule.rules.map((id) => rule.rules.flatMap((other, at) => (other === id ? [at] : [])).reverse()),
    downward: bounds.length > 0 && bounds.every(({ op }) => op === "lt" || op === "lte"),
    leastRows: temporal ? 0 : Math.max(0, ...bounds.map(({ value }) => value)),
    holds:
      condition.kind === "bounds"
        ? (value) => bounds.every((bound) => within(bound, value))
        : askOf(rule, condition.expression),
  };
}

function askOf({ type, rules }: CorrelationRule, expression: RuleExpression): Plan["holds"] {
  if (type === "temporal_ordered") return (value) => value >= 0;
  const positions = new Map(rules.map((id, position) => [id, position]));
  return (_, measure) => isTrue(expression, (id) => measure.fired(positions.get(id) ?? -1));
}

/** Readers by the id of the rule whose matches they read. */
export function readersOf(plans: readonly Plan[]): Map<string, Reader[]> {
  const readers = new Map<string, Reader[]>();
  for (const plan of plans) {
    const { rule } = plan;
    for (const id of new Set(rule.rules)) {
      const aliased = (name: string): string => entry(entry(rule.aliases, name), id) ?? name;
      const fields = rule.condition.kind === "bounds" ? rule.condition.fields : [];
      const reads = readsOf(rule);
      const list = readers.get(id) ?? [];
      list.push({
        plan,
        groupFields: rule.groupBy.map(aliased),
        valueFields: reads === "text" || reads === "number" ? fields.map(aliased) : [],
        reads,
        position: rule.rules.indexOf(id),
      });
      readers.set(id, list);
    }
  }
  return readers;
}

/** Rules after those they are made of. A rule that is made of itself, by whatever way, is left out. */
export function inOrder(rules: readonly CorrelationRule[]): CorrelationRule[] {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const ordered: CorrelationRule[] = [];
  const state = new Map<string, "open" | "sound" | "circular">();
  const visit = (rule: CorrelationRule): boolean => {
    const known = state.get(rule.id);
    if (known !== undefined) return known === "sound";
    state.set(rule.id, "open");
    const sound = rule.rules.every((id) => {
      const inner = byId.get(id);
      return inner === undefined || visit(inner);
    });
    state.set(rule.id, sound ? "sound" : "circular");
    if (sound) ordered.push(rule);
    return sound;
  };
  for (const rule of rules) visit(rule);
  return ordered;
}

/** What must stay the same for a group's state to be of use to a rule. */
export function fingerprintOf(rule: CorrelationRule): string {
  const { type, rules, groupBy, aliases, timespanMs, condition } = rule;
  return JSON.stringify([type, rules, groupBy, aliases, timespanMs, condition]);
}

function readsOf({ type }: CorrelationRule): Reader["reads"] {
  switch (type) {
    case "event_count":
      return "nothing";
    case "value_count":
      return "text";
    case "temporal":
    case "temporal_ordered":
      return "position";
    default:
      return "number";
  }
}

/** A temporal rule without a written condition wants all its rules. */
function boundsOf(rule: CorrelationRule, bounds: readonly Bound[]): readonly Bound[] {
  if (bounds.length > 0) return bounds;
  const all = rule.type === "temporal_ordered" ? rule.rules.length : new Set(rule.rules).size;
  return [{ op: "gte", value: all }];
}

/** Counts begin small: that there are few can only be said when the time is over. Averages say something from the start. */
function isSettled({ type, condition }: CorrelationRule, bounds: readonly Bound[]): boolean {
  if (condition.kind === "expression") return hasNot(condition.expression);
  if (type === "value_avg" || type === "value_median" || type === "value_percentile") return false;
  return bounds.some(({ op }) => op !== "gt" && op !== "gte");
}

function hasNot(expression: RuleExpression): boolean {
  if (expression.kind === "rule") return false;
  return expression.kind === "not" || expression.of.some(hasNot);
}

function isTrue(expression: RuleExpression, fired: (id: string) => boolean): boolean {
  switch (expression.kind) {
    case "rule":
      return fired(expression.id);
    case "and":
      return expression.of.every((part) => isTrue(part, fired));
    case "or":
      return expression.of.some((part) => isTrue(part, fired));
    case "not":
      return !isTrue(expression.of, fired);
  }
}

function within({ op, value: wanted }: Bound, value: number): boolean {
  switch (op) {
    case "gt":
      return value > wanted;
    case "gte":
      return value >= wanted;
    case "lt":
      return value < wanted;
    case "lte":
      return value <= wanted;
    case "eq":
      return value === wanted;
    case "neq":
      return value !== wanted;
  }
}

function entry<T>(of: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return of !== undefined && Object.hasOwn(of, key) ? of[key] : undefined;
}
