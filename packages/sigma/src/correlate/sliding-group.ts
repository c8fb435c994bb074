/**
 * sliding-group: one group of a rule that is asked after every input. The window ends with the input and is never longer
 * than the timespan. Windows that satisfy the condition and share inputs are one episode, and an episode is one match.
 * A late input takes the window back to its place and forward again, so any order of arrival gives the same episodes.
 */
import type { Announced, Episode } from "./episode.ts";
import {
  type Counters,
  extreme,
  type Group,
  type GroupMeta,
  type GroupOptions,
  INPUTS_SHOWN,
  type Report,
} from "./group.ts";
import type { Bounds, EpisodeState, RowState } from "./group.ts";
import { matchId } from "./match-id.ts";
import { createMeasure, type Measure } from "./measures.ts";
import type { Plan } from "./plan.ts";
import { type Row, WindowLog } from "./window-log.ts";

/** Rows that no window needs any more are kept until there are so many. */
const MOST_IDLE = 64;
const NONE: readonly Announced[] = [];

export class SlidingGroup implements Group {
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
  /** The window is [low, cursor): rows from the cursor on are not asked yet. */
  private low = 0;
  private cursor = 0;
  /** The latest episode as of the last row that was dropped. */
  private base: Episode | undefined = undefined;
  /** Reported, and still able to change. */
  private announced = NONE;
  /** Rows before this time stand for ever. */
  private frozenMs = Number.NEGATIVE_INFINITY;
  /** The window went back since the last report: an input of another name may stand where one stood. */
  private revised = false;

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
    const { timeMs } = row;
    if (timeMs < this.frozenMs) {
      this.counters.late++;
      return false;
    }
    if (timeMs > this.maxMs) this.maxMs = timeMs;
    const place = this.log.placeOf(row);
    if (place < this.cursor) this.goBack(place);
    this.log.insert(place, row);
    this.counters.inputs++;
    if (this.cursor === place && place + 1 === this.log.end) this.step();
    return true;
  }

  remove(timeMs: number, id: string): boolean {
    const seq = timeMs < this.frozenMs ? undefined : this.log.find(timeMs, id);
    if (seq === undefined) return false;
    if (seq < this.cursor) this.goBack(seq);
    this.log.remove(seq);
    this.counters.inputs--;
    return true;
  }

  flush(report: Report): void {
    while (this.cursor < this.log.end) this.step();
    this.announce(report);
    this.forget();
  }

  close(report: Report): void {
    this.flush(report);
  }

  meta(): GroupMeta {
    const { log } = this;
    const frozen = log.firstFrom(this.frozenMs);
    const base = frozen > log.first ? (log.episode(frozen - 1) ?? this.base) : this.base;
    return {
      shown: this.shown,
      maxMs: this.maxMs,
      rows: log.size,
      first: log.first,
      frozenMs: Number.isFinite(this.frozenMs) ? this.frozenMs : null,
      base: base === undefined ? null : stateOf(base),
      closedMs: null,
      announced: this.announced,
    };
  }

  neededFromMs(): number {
    return this.log.size === 0 ? this.maxMs : this.log.time(this.log.first);
  }

  restore(meta: GroupMeta, rows: readonly Row[]): void {
    this.log = new WindowLog(this.plan.shape, meta.first);
    this.maxMs = meta.maxMs;
    this.frozenMs = meta.frozenMs ?? Number.NEGATIVE_INFINITY;
    this.announced = meta.announced;
    const base = meta.base === null ? undefined : { ...meta.base, link: { previous: undefined } };
    for (const row of inOrder(rows, this.plan).slice(-meta.rows)) this.log.insert(this.log.end, row);
    this.counters.inputs += this.log.size;
    const frozen = this.log.firstFrom(this.frozenMs);
    this.base = base;
    for (let seq = this.log.first; seq < frozen; seq++) this.log.setEpisode(seq, base);
    this.low = this.lowFor(frozen - 1, this.log.first);
    this.cursor = frozen;
    for (let seq = this.low; seq < frozen; seq++) this.measure.add(this.log, seq);
    while (this.cursor < this.log.end) this.step();
  }

  private step(): void {
    const { log, plan, measure } = this;
    const seq = this.cursor++;
    measure.add(log, seq);
    const oldest = log.time(seq) - plan.rule.timespanMs;
    while (log.time(this.low) < oldest) measure.remove(log, this.low++);
    const before = log.episode(seq - 1) ?? (seq === log.first ? this.base : undefined);
    const value = measure.value(oldest);
    if (plan.holds(value, measure)) log.setEpisode(seq, this.grown(seq, value, before));
    else log.setEpisode(seq, before);
  }

  private grown(seq: number, value: number, before: Episode | undefined): Episode {
    const { log, low, plan } = this;
    if (before !== undefined && low <= before.lastSeq) {
      return {
        ...before,
        lastSeq: seq,
        lastMs: log.time(seq),
        count: before.count + seq - before.lastSeq,
        value: extreme(plan, before.value, value),
      };
    }
    return {
      firstSeq: low,
      firstMs: log.time(low),
      firstId: log.id(low),
      formedMs: log.time(seq),
      lastSeq: seq,
      lastMs: log.time(seq),
      count: seq - low + 1,
      value,
      link: { previous: before },
    };
  }

  /** Undoes the steps from the row on. */
  private goBack(seq: number): void {
    const { log, measure } = this;
    this.revised = true;
    const low = this.lowFor(seq - 1, log.first);
    if (measure.forwardOnly) {
      measure.clear();
      for (let row = low; row < seq; row++) measure.add(log, row);
    } else {
      for (let row = this.cursor - 1; row >= Math.max(seq, this.low); row--) measure.remove(log, row);
      for (let row = Math.min(seq, this.low) - 1; row >= low; row--) measure.add(log, row);
    }
    this.low = low;
    this.cursor = seq;
  }

  /** Where the window that ends with the row begins. */
  private lowFor(seq: number, first: number): number {
    return seq < first ? first : Math.max(first, this.log.firstFrom(this.log.time(seq) - this.plan.rule.timespanMs));
  }

  private announce(report: Report): void {
    const { log } = this;
    const floor = this.frozenMs - this.plan.rule.timespanMs;
    const latest = log.size === 0 ? this.base : log.episode(log.end - 1);
    if ((latest === undefined || latest.lastMs < floor) && this.announced.length === 0) return;
    const current: Episode[] = [];
    for (let episode = latest; episode !== undefined && episode.lastMs >= floor; episode = episode.link.previous)
      current.unshift(episode);
    const old = this.announced;
    const same = current.length === old.length && current.every((episode, at) => isSame(old[at], episode));
    if (!same || this.revised) this.announced = this.compare(current, report);
    this.revised = false;
  }

  private compare(current: readonly Episode[], report: Report): Announced[] {
    const isKnown = (old: Announced): boolean => current.some((episode) => isOf(old, episode));
    const gone = new Set(this.announced.filter((old) => !isKnown(old)));
    const next = current.map((episode) => {
      const known = this.announced.find((old) => isOf(old, episode));
      if (known !== undefined && isSame(known, episode) && !(this.revised && this.isRenamed(episode, known)))
        return known;
      const replaces = [...gone].filter((old) => old.firstMs <= episode.lastMs && old.lastMs >= episode.firstMs);
      for (const old of replaces) gone.delete(old);
      const announced = this.announcedOf(episode, known);
      const before = known === undefined ? replaces : [known, ...replaces];
      this.report(report, { announced, before, replaces, withdrawn: false });
      return announced;
    });
    for (const old of gone) {
      this.counters.withdrawn++;
      this.report(report, { announced: old, before: [old], replaces: [], withdrawn: true });
    }
    return next;
  }

  private report(
    report: Report,
    of: { announced: Announced; before: readonly Announced[]; replaces: readonly Announced[]; withdrawn: boolean },
  ): void {
    const { id, firstMs, lastMs, formedMs, value, count, inputs } = of.announced;
    const { rule } = this.plan;
    const replaces = of.replaces.map((old) => old.id);
    const match = {
      rule,
      id,
      group: this.shown,
      firstMs,
      lastMs,
      formedMs,
      value,
      count,
      inputs,
      replaces,
      withdrawn: of.withdrawn,
    };
    report(this, { match, before: of.before });
  }

  private announcedOf(episode: Episode, known: Announced | undefined): Announced {
    const { firstMs, firstId, formedMs, lastMs, count, value } = episode;
    const id = known?.id ?? matchId([this.plan.rule.id, this.key, String(firstMs), firstId]);
    return { id, firstMs, firstId, formedMs, lastMs, count, value, inputs: this.inputsOf(episode, known) };
  }

  private isRenamed(episode: Episode, known: Announced): boolean {
    const inputs = this.inputsOf(episode, known);
    return inputs.some((id, at) => id !== known.inputs[at]);
  }

  /** The first of them; what has been forgotten since was known when it was reported. */
  private inputsOf({ firstSeq, lastSeq }: Episode, known: Announced | undefined): readonly string[] {
    const { log } = this;
    const kept = log.first > firstSeq ? (known?.inputs ?? []).slice(0, log.first - firstSeq) : [];
    if (kept.length >= INPUTS_SHOWN) return kept;
    const inputs = [...kept];
    for (let seq = Math.max(firstSeq, log.first); seq <= lastSeq && inputs.length < INPUTS_SHOWN; seq++)
      inputs.push(log.id(seq));
    return inputs;
  }

  /** Lets go of what no window and no late input can need. */
  private forget(): void {
    const { log, plan } = this;
    this.frozenMs = Math.max(this.frozenMs, this.maxMs - this.plan.latenessMs);
    const neededMs = this.frozenMs - plan.rule.timespanMs;
    let first = log.size > 0 && log.time(log.first) < neededMs ? log.firstFrom(neededMs) : log.first;
    const most = Math.max(this.bounds.maxPerGroup, plan.leastRows + 1);
    if (log.end - first > most) {
      const cut = log.end - most;
      this.counters.capped += cut - first;
      this.frozenMs = Math.max(this.frozenMs, log.time(cut - 1) + 1);
      first = cut;
    }
    // A few rows at a time: most inputs push out one or two.
    if (first - log.first >= Math.min(MOST_IDLE, 1 + (log.size >> 1))) this.drop(first);
    if (this.announced.length === 0) return;
    const floor = this.frozenMs - plan.rule.timespanMs;
    if (this.announced.every((old) => old.lastMs >= floor)) return;
    this.announced = this.announced.filter((old) => old.lastMs >= floor);
    let episode = log.size === 0 ? this.base : log.episode(log.end - 1);
    while (episode !== undefined && episode.lastMs >= floor) {
      const { link }: Episode = episode;
      episode = link.previous;
      if (episode !== undefined && episode.lastMs < floor) link.previous = undefined;
    }
  }

  private drop(first: number): void {
    const { log, measure } = this;
    while (this.low < first) measure.remove(log, this.low++);
    this.base = log.episode(first - 1) ?? this.base;
    this.counters.inputs -= first - log.first;
    log.dropBefore(first);
  }
}

function inOrder(rows: readonly Row[], plan: Plan): Row[] {
  const byNumber = plan.shape.byNumber;
  return rows.toSorted(
    (a, b) => a.timeMs - b.timeMs || (byNumber ? a.number - b.number : 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

function stateOf({ link: _, ...state }: Episode): EpisodeState {
  return state;
}

function isOf(known: Announced, episode: Episode): boolean {
  return known.firstId === episode.firstId && known.firstMs === episode.firstMs;
}

function isSame(known: Announced | undefined, episode: Episode): boolean {
  return (
    known !== undefined &&
    isOf(known, episode) &&
    known.formedMs === episode.formedMs &&
    known.lastMs === episode.lastMs &&
    known.count === episode.count &&
    known.value === episode.value
  );
}
