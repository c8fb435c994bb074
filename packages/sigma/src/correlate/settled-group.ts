/**
 * settled-group: one group of a rule whose condition can only be asked when the timespan is over ("fewer than", "exactly",
 * "but not"). Its first input opens a window, the first input after the window opens the next; each is judged once, when no
 * late input can change it any more. Every input is in exactly one window.
 */
import {
  type Bounds,
  type Counters,
  type Group,
  type GroupMeta,
  type GroupOptions,
  INPUTS_SHOWN,
  type Report,
  type RowState,
} from "./group.ts";
import { matchId } from "./match-id.ts";
import { createMeasure, type Measure } from "./measures.ts";
import type { Plan } from "./plan.ts";
import { type Row, WindowLog } from "./window-log.ts";

export class SettledGroup implements Group {
  readonly plan: Plan;
  readonly key: string;
  readonly shown: Readonly<Record<string, string>>;
  log: WindowLog;
  older: Group | undefined = undefined;
  newer: Group | undefined = undefined;
  fedMs = 0;
  touched = false;
  added: RowState[] | undefined = undefined;
  private readonly bounds: Bounds;
  private readonly counters: Counters;
  private readonly measure: Measure;
  private maxMs = Number.NEGATIVE_INFINITY;
  private closedMs = Number.NEGATIVE_INFINITY;
  /** Inputs before this time are too late. */
  private frozenMs = Number.NEGATIVE_INFINITY;

  constructor(options: GroupOptions) {
    this.plan = options.plan;
    this.key = options.key;
    this.shown = options.shown;
    this.bounds = options.bounds;
    this.counters = options.counters;
    this.log = new WindowLog(options.plan.shape);
    this.measure = createMeasure(options.plan.rule, options.plan.positionsOf);
  }

  add(row: Row): boolean {
    if (row.timeMs < this.frozenMs || row.timeMs <= this.closedMs) {
      this.counters.late++;
      return false;
    }
    if (row.timeMs > this.maxMs) this.maxMs = row.timeMs;
    this.log.insert(this.log.placeOf(row), row);
    this.counters.inputs++;
    return true;
  }

  remove(timeMs: number, id: string): boolean {
    const seq = this.log.find(timeMs, id);
    if (seq === undefined) return false;
    this.log.remove(seq);
    this.counters.inputs--;
    return true;
  }

  flush(report: Report): void {
    this.frozenMs = Math.max(this.frozenMs, this.maxMs - this.plan.latenessMs);
    this.judge(this.frozenMs, report);
    const most = Math.max(this.bounds.maxPerGroup, this.plan.leastRows + 1);
    if (this.log.size <= most) return;
    this.counters.capped += this.log.size - most;
    this.drop(this.log.end - most);
  }

  close(report: Report): void {
    this.judge(Number.POSITIVE_INFINITY, report);
  }

  meta(): GroupMeta {
    return {
      shown: this.shown,
      maxMs: this.maxMs,
      rows: this.log.size,
      first: this.log.first,
      frozenMs: Number.isFinite(this.frozenMs) ? this.frozenMs : null,
      base: null,
      closedMs: Number.isFinite(this.closedMs) ? this.closedMs : null,
      announced: [],
    };
  }

  neededFromMs(): number {
    return this.log.size === 0 ? this.maxMs : this.log.time(this.log.first);
  }

  restore(meta: GroupMeta, rows: readonly Row[]): void {
    this.log = new WindowLog(this.plan.shape, meta.first);
    for (const row of rows) this.log.insert(this.log.placeOf(row), row);
    if (this.log.size > meta.rows) this.log.dropBefore(this.log.end - meta.rows);
    this.counters.inputs += this.log.size;
    this.maxMs = meta.maxMs;
    this.closedMs = meta.closedMs ?? Number.NEGATIVE_INFINITY;
    this.frozenMs = meta.frozenMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Every window that ends before the time. */
  private judge(endsBeforeMs: number, report: Report): void {
    const { log, measure, plan } = this;
    while (log.size > 0) {
      const firstMs = log.time(log.first);
      const endMs = firstMs + plan.rule.timespanMs;
      if (endMs >= endsBeforeMs) return;
      measure.clear();
      let seq = log.first;
      for (; seq < log.end && log.time(seq) <= endMs; seq++) measure.add(log, seq);
      const value = measure.value(firstMs);
      if (plan.holds(value, measure)) this.report(report, { end: seq, value });
      this.closedMs = endMs;
      this.drop(seq);
    }
  }

  private report(report: Report, { end, value }: { readonly end: number; readonly value: number }): void {
    const { log, plan } = this;
    const [firstMs, lastMs] = [log.time(log.first), log.time(end - 1)];
    const inputs: string[] = [];
    for (let seq = log.first; seq < end && inputs.length < INPUTS_SHOWN; seq++) inputs.push(log.id(seq));
    const id = matchId([plan.rule.id, this.key, String(firstMs), inputs[0] ?? ""]);
    const match = { rule: plan.rule, id, group: this.shown, firstMs, lastMs, formedMs: lastMs, value, inputs };
    report(this, { match: { ...match, count: end - log.first, replaces: [], withdrawn: false }, before: [] });
  }

  private drop(first: number): void {
    this.counters.inputs -= first - this.log.first;
    this.log.dropBefore(first);
  }
}
