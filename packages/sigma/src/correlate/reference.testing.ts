/**
 * reference.testing: correlation as one would write it down first: all inputs at hand, sorted, every window looked at from
 * scratch. Slow, and meant to be right by being read.
 */
import type { Bound, CorrelationInput, CorrelationRule, RuleExpression } from "../correlation.ts";

export interface ReferenceMatch {
  readonly ruleId: string;
  readonly group: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly formedMs: number;
  readonly value: number;
  readonly inputs: readonly string[];
}

/** The rules come after those that they are made of. */
export function referenceMatches(
  rules: readonly CorrelationRule[],
  inputs: readonly CorrelationInput[],
): ReferenceMatch[] {
  const all: ReferenceMatch[] = [];
  const known = [...inputs];
  for (const rule of rules) {
    const groups = new Map<string, CorrelationInput[]>();
    for (const input of known) {
      if (!rule.rules.includes(input.ruleId)) continue;
      const values = rule.groupBy.map((name) => input.values[fieldOf(rule, name, input)]);
      const reads = rule.condition.kind === "bounds" ? rule.condition.fields : [];
      if ([...values, ...reads.map((name) => input.values[fieldOf(rule, name, input)])].includes(undefined)) continue;
      const key = values.join("|");
      groups.set(key, [...(groups.get(key) ?? []), input]);
    }
    for (const [group, members] of groups) {
      const sorted = members.toSorted((a, b) => compare(rule, a, b));
      for (const episode of isJudgedAtTheEnd(rule) ? tumbling(rule, sorted) : sliding(rule, sorted)) {
        all.push({ ruleId: rule.id, group, ...episode });
        const values = Object.fromEntries(rule.groupBy.map((name, at) => [name, group.split("|")[at] ?? ""]));
        known.push({ id: `${rule.id}/${episode.inputs[0]}`, ruleId: rule.id, timeMs: episode.formedMs, values });
      }
    }
  }
  return all;
}

type Found = Omit<ReferenceMatch, "ruleId" | "group">;

function sliding(rule: CorrelationRule, inputs: readonly CorrelationInput[]): Found[] {
  const windows = inputs
    .map((last, at) => inputs.slice(0, at + 1).filter((input) => last.timeMs - input.timeMs <= rule.timespanMs))
    .filter((window) => holds(rule, window));
  const episodes: CorrelationInput[][][] = [];
  for (const window of windows) {
    const before = episodes.at(-1);
    if (before?.at(-1)?.some((input) => window.includes(input))) before.push(window);
    else episodes.push([window]);
  }
  return episodes.map((episode) => found(rule, episode));
}

function tumbling(rule: CorrelationRule, inputs: readonly CorrelationInput[]): Found[] {
  const [first] = inputs;
  if (first === undefined) return [];
  const window = inputs.filter((input) => input.timeMs - first.timeMs <= rule.timespanMs);
  const rest = tumbling(rule, inputs.slice(window.length));
  if (!holds(rule, window)) return rest;
  return [{ ...found(rule, [window]), formedMs: window.at(-1)?.timeMs ?? 0 }, ...rest];
}

function found(rule: CorrelationRule, windows: readonly (readonly CorrelationInput[])[]): Found {
  const inputs = [...new Set(windows.flat())];
  const values = windows.map((window) => measured(rule, window));
  return {
    firstMs: inputs[0]?.timeMs ?? 0,
    lastMs: inputs.at(-1)?.timeMs ?? 0,
    formedMs: windows[0]?.at(-1)?.timeMs ?? 0,
    value: onlyUpper(rule) ? Math.min(...values) : Math.max(...values),
    inputs: inputs.map(({ id }) => id),
  };
}

function holds(rule: CorrelationRule, window: readonly CorrelationInput[]): boolean {
  const { condition } = rule;
  if (condition.kind === "expression") {
    if (rule.type === "temporal_ordered") return measured(rule, window) >= 0;
    return isTrue(condition.expression, new Set(window.map(({ ruleId }) => ruleId)));
  }
  const bounds = condition.bounds.length > 0 ? condition.bounds : [{ op: "gte", value: rule.rules.length } as const];
  return bounds.every((bound) => within(bound, measured(rule, window)));
}

function measured(rule: CorrelationRule, window: readonly CorrelationInput[]): number {
  const fields = rule.condition.kind === "bounds" ? rule.condition.fields : [];
  const texts = window.map((input) =>
    JSON.stringify(fields.map((name) => String(input.values[fieldOf(rule, name, input)]))),
  );
  const numbers = window.map((input) => Number(input.values[fieldOf(rule, fields[0] ?? "", input)]));
  const sum = numbers.reduce((total, number) => total + number, 0);
  switch (rule.type) {
    case "event_count":
      return window.length;
    case "value_count":
      return new Set(texts).size;
    case "value_sum":
      return sum;
    case "value_avg":
      return sum / window.length;
    case "value_median":
      return quantile(numbers, 0.5);
    case "value_percentile":
      return quantile(numbers, (rule.condition.kind === "bounds" ? (rule.condition.percentile ?? 50) : 50) / 100);
    case "temporal":
      return new Set(window.map(({ ruleId }) => ruleId)).size;
    case "temporal_ordered":
      return rule.condition.kind === "expression" ? inSomeOrder(rule, window) : runLength(rule.rules, window);
  }
}

/** How many of the rules fired one after the other, from the first on. */
function runLength(rules: readonly string[], window: readonly CorrelationInput[]): number {
  let length = 0;
  for (const { ruleId } of window) if (ruleId === rules[length]) length++;
  return length;
}

/** Tries every choice of rules: those chosen fired in order, and with them the expression is true. How many rules fired, then. */
function inSomeOrder(rule: CorrelationRule, window: readonly CorrelationInput[]): number {
  if (rule.condition.kind !== "expression") return -1;
  const { expression } = rule.condition;
  const fired = new Set(window.map(({ ruleId }) => ruleId));
  for (let choice = 0; choice < 2 ** rule.rules.length; choice++) {
    const chosen = rule.rules.filter((_, at) => (choice >> at) % 2 === 1);
    if (!isTrueFor(expression, { chosen: new Set(chosen), fired, negated: false })) continue;
    if (runLength(chosen, window) === chosen.length) return fired.size;
  }
  return -1;
}

interface Choice {
  readonly chosen: ReadonlySet<string>;
  readonly fired: ReadonlySet<string>;
  readonly negated: boolean;
}

/** A rule counts for the expression when it was chosen, and against it when it fired at all. */
function isTrueFor(expression: RuleExpression, choice: Choice): boolean {
  const { chosen, fired, negated } = choice;
  switch (expression.kind) {
    case "rule":
      return negated ? !fired.has(expression.id) : chosen.has(expression.id);
    case "not":
      return isTrueFor(expression.of, { chosen, fired, negated: !negated });
    case "and":
    case "or": {
      const test = (part: RuleExpression): boolean => isTrueFor(part, choice);
      return (expression.kind === "and") === negated ? expression.of.some(test) : expression.of.every(test);
    }
  }
}

function isTrue(expression: RuleExpression, fired: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case "rule":
      return fired.has(expression.id);
    case "not":
      return !isTrue(expression.of, fired);
    case "and":
      return expression.of.every((part) => isTrue(part, fired));
    case "or":
      return expression.of.some((part) => isTrue(part, fired));
  }
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function isJudgedAtTheEnd(rule: CorrelationRule): boolean {
  if (rule.condition.kind === "expression") return JSON.stringify(rule.condition).includes('"not"');
  const counts = ["event_count", "value_count", "value_sum", "temporal", "temporal_ordered"].includes(rule.type);
  return counts && rule.condition.bounds.some(({ op }) => op !== "gt" && op !== "gte");
}

function onlyUpper({ condition }: CorrelationRule): boolean {
  return (
    condition.kind === "bounds" && condition.bounds.length > 0 && condition.bounds.every(({ op }) => op.startsWith("l"))
  );
}

function within({ op, value }: Bound, measure: number): boolean {
  return {
    gt: measure > value,
    gte: measure >= value,
    lt: measure < value,
    lte: measure <= value,
    eq: measure === value,
    neq: measure !== value,
  }[op];
}

function fieldOf(rule: CorrelationRule, name: string, input: CorrelationInput): string {
  return rule.aliases[name]?.[input.ruleId] ?? name;
}

function compare(rule: CorrelationRule, a: CorrelationInput, b: CorrelationInput): number {
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs;
  const order = rule.type === "temporal_ordered" ? rule.rules.indexOf(a.ruleId) - rule.rules.indexOf(b.ruleId) : 0;
  return order !== 0 ? order : a.id < b.id ? -1 : 1;
}
