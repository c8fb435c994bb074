/**
 * measures: what the condition looks at, kept up to date as the window takes and loses rows. Each step costs O(1) or
 * O(log n) comparisons; nothing is ever computed anew over the window.
 */
import type { CorrelationRule, RuleExpression } from "../correlation.ts";
import { termsOf } from "./terms.ts";
import type { WindowLog } from "./window-log.ts";

export interface Measure {
  add(log: WindowLog, seq: number): void;
  remove(log: WindowLog, seq: number): void;
  clear(): void;
  /** @param fromMs start of the window */
  value(fromMs: number): number;
  fired(position: number): boolean;
  /** True: rows can only be taken in the order of time, so going back means starting from the window's first row. */
  readonly forwardOnly: boolean;
}

export function createMeasure(rule: CorrelationRule, positionsOf: readonly (readonly number[])[]): Measure {
  switch (rule.type) {
    case "event_count":
      return new Count();
    case "value_count":
      return new Distinct();
    case "value_sum":
      return new Sum(false);
    case "value_avg":
      return new Sum(true);
    case "value_median":
      return new Ranked(50);
    case "value_percentile":
      return new Ranked(percentileOf(rule));
    case "temporal":
      return new Fired(rule.rules.length);
    case "temporal_ordered":
      return rule.condition.kind === "expression"
        ? new OrderedTerms(rule.rules, rule.condition.expression)
        : new Ordered(rule.rules.length, positionsOf);
  }
}

const USUAL_PERCENTILE = 50;

function percentileOf({ condition }: CorrelationRule): number {
  return condition.kind === "bounds" ? (condition.percentile ?? USUAL_PERCENTILE) : USUAL_PERCENTILE;
}

class Count implements Measure {
  readonly forwardOnly = false;
  private rows = 0;
  add(): void {
    this.rows++;
  }
  remove(): void {
    this.rows--;
  }
  clear(): void {
    this.rows = 0;
  }
  value(): number {
    return this.rows;
  }
  fired(): boolean {
    return this.rows > 0;
  }
}

class Distinct implements Measure {
  readonly forwardOnly = false;
  private readonly rowsOf = new Map<string, number>();
  add(log: WindowLog, seq: number): void {
    const text = log.text(seq);
    this.rowsOf.set(text, (this.rowsOf.get(text) ?? 0) + 1);
  }
  remove(log: WindowLog, seq: number): void {
    const text = log.text(seq);
    const rows = this.rowsOf.get(text) ?? 0;
    if (rows > 1) this.rowsOf.set(text, rows - 1);
    else this.rowsOf.delete(text);
  }
  clear(): void {
    this.rowsOf.clear();
  }
  value(): number {
    return this.rowsOf.size;
  }
  fired(): boolean {
    return this.rowsOf.size > 0;
  }
}

/** Kept as the sum and its rounding error, so that what goes in comes out again without a trace. */
class Sum implements Measure {
  readonly forwardOnly = false;
  private readonly average: boolean;
  private rows = 0;
  private sum = 0;
  private error = 0;
  constructor(average: boolean) {
    this.average = average;
  }
  add(log: WindowLog, seq: number): void {
    this.rows++;
    this.take(log.number(seq));
  }
  remove(log: WindowLog, seq: number): void {
    this.rows--;
    if (this.rows === 0) this.clear();
    else this.take(-log.number(seq));
  }
  clear(): void {
    this.rows = 0;
    this.sum = 0;
    this.error = 0;
  }
  value(): number {
    const sum = this.sum + this.error;
    return this.average ? sum / this.rows : sum;
  }
  fired(): boolean {
    return this.rows > 0;
  }
  private take(number: number): void {
    const sum = this.sum + number;
    const part = sum - this.sum;
    this.error += this.sum - (sum - part) + (number - part);
    this.sum = sum;
  }
}

/** The window's values in order: places are found by halving, the value at a rank is read off. */
class Ranked implements Measure {
  readonly forwardOnly = false;
  private readonly share: number;
  private readonly sorted: number[] = [];
  constructor(percentile: number) {
    this.share = Math.min(100, Math.max(0, percentile)) / 100;
  }
  add(log: WindowLog, seq: number): void {
    const number = log.number(seq);
    this.sorted.splice(this.placeOf(number), 0, number);
  }
  remove(log: WindowLog, seq: number): void {
    this.sorted.splice(this.placeOf(log.number(seq)), 1);
  }
  clear(): void {
    this.sorted.length = 0;
  }
  /** Between two values the share of the way from one to the other, so the 50th percentile is the median. */
  value(): number {
    const place = (this.sorted.length - 1) * this.share;
    const low = Math.floor(place);
    const below = this.sorted[low] ?? Number.NaN;
    const above = this.sorted[low + 1] ?? below;
    return below + (above - below) * (place - low);
  }
  fired(): boolean {
    return this.sorted.length > 0;
  }
  private placeOf(number: number): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.sorted[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

class Fired implements Measure {
  readonly forwardOnly = false;
  private readonly rowsOf: number[];
  private different = 0;
  constructor(rules: number) {
    this.rowsOf = new Array<number>(rules).fill(0);
  }
  add(log: WindowLog, seq: number): void {
    const position = log.number(seq);
    const rows = this.rowsOf[position] ?? 0;
    if (rows === 0) this.different++;
    this.rowsOf[position] = rows + 1;
  }
  remove(log: WindowLog, seq: number): void {
    const position = log.number(seq);
    const rows = (this.rowsOf[position] ?? 0) - 1;
    if (rows === 0) this.different--;
    this.rowsOf[position] = rows;
  }
  clear(): void {
    this.rowsOf.fill(0);
    this.different = 0;
  }
  value(): number {
    return this.different;
  }
  fired(position: number): boolean {
    return (this.rowsOf[position] ?? 0) > 0;
  }
}

/** For each number of rules, the latest start of a run of inputs in which those rules fired in the written order. */
class Ordered implements Measure {
  readonly forwardOnly = true;
  private readonly starts: number[];
  private readonly positionsOf: readonly (readonly number[])[];
  constructor(rules: number, positionsOf: readonly (readonly number[])[]) {
    this.starts = new Array<number>(rules).fill(Number.NEGATIVE_INFINITY);
    this.positionsOf = positionsOf;
  }
  add(log: WindowLog, seq: number): void {
    // A rule that is named twice is asked for its later place first: one input never takes both.
    for (const position of this.positionsOf[log.number(seq)] ?? []) {
      const start = position === 0 ? log.time(seq) : (this.starts[position - 1] ?? Number.NEGATIVE_INFINITY);
      if (start > (this.starts[position] ?? Number.NEGATIVE_INFINITY)) this.starts[position] = start;
    }
  }
  /** What starts before the window is left out when the value is read. */
  remove(): void {}
  clear(): void {
    this.starts.fill(Number.NEGATIVE_INFINITY);
  }
  value(fromMs: number): number {
    let rules = 0;
    while (rules < this.starts.length && (this.starts[rules] ?? Number.NEGATIVE_INFINITY) >= fromMs) rules++;
    return rules;
  }
  fired(position: number): boolean {
    return (this.starts[position] ?? Number.NEGATIVE_INFINITY) > Number.NEGATIVE_INFINITY;
  }
}

/** The expression as alternatives: each a run of rules in the written order, and rules that must not fire. */
class OrderedTerms implements Measure {
  readonly forwardOnly = true;
  private readonly counts: Fired;
  private readonly terms: readonly {
    readonly run: readonly number[];
    readonly starts: number[];
    readonly none: readonly number[];
  }[];
  constructor(rules: readonly string[], expression: RuleExpression) {
    this.counts = new Fired(rules.length);
    this.terms = termsOf(expression, rules).map(({ all, none }) => ({
      run: all,
      starts: all.map(() => Number.NEGATIVE_INFINITY),
      none,
    }));
  }
  add(log: WindowLog, seq: number): void {
    this.counts.add(log, seq);
    const position = log.number(seq);
    for (const { run, starts } of this.terms) {
      const at = run.indexOf(position);
      if (at < 0) continue;
      const start = at === 0 ? log.time(seq) : (starts[at - 1] ?? Number.NEGATIVE_INFINITY);
      if (start > (starts[at] ?? Number.NEGATIVE_INFINITY)) starts[at] = start;
    }
  }
  remove(log: WindowLog, seq: number): void {
    this.counts.remove(log, seq);
  }
  clear(): void {
    this.counts.clear();
    for (const { starts } of this.terms) starts.fill(Number.NEGATIVE_INFINITY);
  }
  /** Different rules that fired; -1 when no alternative holds. */
  value(fromMs: number): number {
    const holds = this.terms.some(
      ({ run, starts, none }) =>
        (run.length === 0 || (starts[run.length - 1] ?? Number.NEGATIVE_INFINITY) >= fromMs) &&
        !none.some((position) => this.counts.fired(position)),
    );
    return holds ? this.counts.value() : -1;
  }
  fired(position: number): boolean {
    return this.counts.fired(position);
  }
}
