/** interval: how often one source, or one host within it, speaks, learned by the hour of the week: the longest pause of each hour,
 *  decayed, and in which hours it speaks at all. Hours in which it never does are not waited for. Pure; one of them is 2.7 kB. */
import { DECAY, HOUR_MS, hourAt, HOURS, type Week } from "./week.ts";

/** Plain data but for the week, so that it can be written down as it is. */
export interface Interval {
  readonly week: Week;
  /** Four values for each hour of the week: longest pause in s, arrivals, weeks seen, weeks with arrivals; all decayed. */
  readonly bins: Float32Array;
  firstMs: number;
  lastMs: number;
  /** The hour that is being counted, in hours since the epoch. */
  hour: number;
  /** It was not watched from its beginning: that nothing came says nothing. */
  partial: boolean;
  hourGap: number;
  hourArrivals: number;
  hourLastMs: number;
  /** Of the hour before; a slow day is told from silence by the pauses of that day. */
  recentGap: number;
  /** The longest pause of all in s, decayed: for what speaks less than once an hour. */
  longest: number;
  /** What was worked out since the last hour ended; not written down. */
  memo: { readonly sparse: boolean; readonly always: boolean; readonly pooled: Map<number, Learned> } | undefined;
}

export interface Arrival {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
  /** Longest pause inside. */
  readonly longestMs: number;
}

export function newInterval(ms: number, week: Week): Interval {
  return {
    week,
    bins: new Float32Array(HOURS * WIDTH),
    firstMs: ms,
    lastMs: 0,
    hour: hourAt(ms),
    partial: true,
    hourGap: 0,
    hourArrivals: 0,
    hourLastMs: 0,
    recentGap: 0,
    longest: 0,
    memo: undefined,
  };
}

/** @param silent it was said to be silent: the pause that ends now must not become what is usual, at least not at once */
export function hear(interval: Interval, arrival: Arrival, silent: boolean): void {
  const { firstMs, lastMs, count } = arrival;
  closeHours(interval, firstMs, !silent);
  if (interval.lastMs > 0 && firstMs > interval.lastMs) {
    const emptyHours = hourAt(firstMs) - hourAt(interval.lastMs) - 1;
    const whole = (firstMs - interval.lastMs) / 1000;
    const most = silent ? FACTOR * (learned(interval, hourAt(interval.lastMs))?.seconds ?? whole) : whole;
    interval.longest = Math.max(interval.longest, Math.min(whole, most));
    // After hours without a word only the part of this hour is a pause: the hours themselves are remembered as quiet.
    const here = emptyHours > 0 ? (firstMs - hourAt(firstMs) * HOUR_MS) / 1000 : whole;
    if (!interval.partial || emptyHours <= 0) interval.hourGap = Math.max(interval.hourGap, Math.min(here, most));
  }
  interval.hourGap = Math.max(interval.hourGap, arrival.longestMs / 1000);
  let later = count;
  const hours = hourAt(lastMs) - interval.hour;
  if (hours > 0) {
    // A block may begin in one hour and end in the next; one that spans more was held up, and says nothing about the hours.
    interval.hourArrivals += count / 2;
    interval.hourLastMs = (interval.hour + 1) * HOUR_MS;
    later = count / 2;
    closeHours(interval, lastMs, !silent && hours === 1);
  }
  interval.hourArrivals += later;
  if (lastMs > interval.lastMs) interval.lastMs = lastMs;
  interval.hourLastMs = interval.lastMs;
}

/** Takes the hours into memory that are over at this time. */
export function closeHours(interval: Interval, ms: number, teach: boolean): void {
  const to = hourAt(ms);
  if (to <= interval.hour) return;
  if (to - interval.hour > HOURS) interval.hour = to - HOURS;
  for (; interval.hour < to; interval.hour += 1) closeHour(interval, teach);
}

/** What follows was not watched from its beginning: after a start, or while nothing could be sent. */
export function interrupt(interval: Interval, ms: number): void {
  closeHours(interval, ms, false);
  interval.partial = true;
}

export interface Learned {
  readonly seconds: number;
  /** Without the pauses of today. */
  readonly before?: number;
  readonly arrivals: number;
}

/** The longest pause that is usual at this hour, in active time; of as many hours around it as it takes to know it well. */
export function learned(interval: Interval, hour: number): Learned | undefined {
  const memo = memoOf(interval);
  if (memo.sparse) {
    const arrivals = total(interval, ARRIVALS) + interval.hourArrivals;
    return arrivals < ENOUGH ? undefined : { seconds: interval.longest * allowance(arrivals), arrivals };
  }
  const bin = interval.week.binOf(hour);
  let found = memo.pooled.get(bin);
  if (found === undefined) memo.pooled.set(bin, (found = wideEnough(interval, bin)));
  // The hour that runs belongs to it: on the first day there is nothing else.
  const arrivals = found.arrivals + interval.hourArrivals;
  if (arrivals < ENOUGH) return undefined;
  const now = Math.min(Math.max(interval.hourGap, interval.recentGap), found.seconds > 0 ? 4 * found.seconds : HOUR_MS);
  return { seconds: Math.max(found.seconds, now) * allowance(arrivals), before: found.seconds, arrivals };
}

/** How many records of those that it takes to know its pauses have come. */
export function heard(interval: Interval): { readonly records: number; readonly enough: number } {
  const records = Math.round(total(interval, ARRIVALS) + interval.hourArrivals);
  return { records: Math.min(records, ENOUGH - 1), enough: ENOUGH };
}

/** The longest of few pauses is not yet the longest that is usual. */
function allowance(arrivals: number): number {
  return arrivals >= SURE ? 1 : Math.log(SURE) / Math.log(Math.max(arrivals, ENOUGH));
}

export interface Pause {
  /** Without the hours in which it never speaks. */
  readonly activeMs: number;
  readonly thresholdMs: number;
  readonly learnedMs: number;
  /** Learned of other days only. */
  readonly usualMs: number;
}

/** How long it has been silent, and how long is too long; undefined while too little is known of it.
 *  @param from nothing before this counts: there was nobody who could have heard it */
export function pauseAt(
  interval: Interval,
  at: { readonly now: number; readonly from: number; readonly patient: boolean },
): Pause | undefined {
  const { now } = at;
  const start = Math.max(interval.lastMs, at.from);
  const since = hourAt(start);
  const usual = learned(interval, since);
  if (usual === undefined || now <= start) return undefined;
  const young = now - interval.firstMs < YOUNG_MS;
  // One host among many is let speak for a day before it is missed.
  if (young && at.patient) return undefined;
  const activeMs = activeTime(interval, { start, now, young });
  const learnedMs = usual.seconds * 1000;
  const thresholdMs = Math.max(FLOOR_MS, FACTOR * learnedMs, young ? YOUNG_THRESHOLD_MS : 0);
  return { activeMs, thresholdMs, learnedMs, usualMs: (usual.before ?? usual.seconds) * 1000 };
}

/** Pauses up to this are nobody's business. */
export const FLOOR_MS = 60_000;
/** Noticed within twice the learned interval, with time left to look. */
export const FACTOR = 1.8;

const WIDTH = 4;
const [GAP, ARRIVALS, SEEN, ACTIVE] = [0, 1, 2, 3];
/** Arrivals from which the longest pause among them is trusted: of so many, the next longer one is rarely 1.8 times as long. */
const SURE = 2_000;
export const ENOUGH = 30;
const YOUNG_MS = 24 * HOUR_MS;
/** In its first day a source is missed after an hour at the earliest: nobody knows yet when it sleeps. */
const YOUNG_THRESHOLD_MS = HOUR_MS;
const MOST_HOURS = 24 * 15;
const SPEAKS = 0.6;

function value(interval: Interval, bin: number, what: number): number {
  return interval.bins[bin * WIDTH + what] ?? 0;
}

function total(interval: Interval, what: number): number {
  let sum = 0;
  for (let bin = 0; bin < HOURS; bin += 1) sum += value(interval, bin, what);
  return sum;
}

/** Less than a few an hour where it speaks at all: then hours say nothing, and its longest pause of all is what is known. */
function isSparse(interval: Interval): boolean {
  const active = total(interval, ACTIVE);
  return active >= 6 && total(interval, ARRIVALS) / active < 4;
}

type Pool = (bin: number) => Iterable<number>;
const POOLS: readonly Pool[] = [
  (bin) => [bin],
  (bin) => around(bin),
  (bin) => Array.from({ length: 7 }, (_, day) => around(bin + day * 24)).flat(),
  () => Array.from({ length: HOURS }, (_, bin) => bin),
];

const around = (bin: number): number[] => [bin - 1, bin, bin + 1].map((one) => (one + HOURS) % HOURS);

function wideEnough(interval: Interval, bin: number): Learned {
  let found: Learned = { seconds: 0, arrivals: 0 };
  for (const pool of POOLS) {
    found = pooled(interval, pool(bin));
    if (found.arrivals >= SURE) break;
  }
  return found;
}

function memoOf(interval: Interval): NonNullable<Interval["memo"]> {
  interval.memo ??= { sparse: isSparse(interval), always: speaksAlways(interval), pooled: new Map() };
  return interval.memo;
}

function pooled(interval: Interval, bins: Iterable<number>): Learned {
  let [seconds, arrivals] = [0, 0];
  for (const bin of bins) {
    arrivals += value(interval, bin, ARRIVALS);
    seconds = Math.max(seconds, value(interval, bin, GAP));
  }
  return { seconds, arrivals };
}

function closeHour(interval: Interval, teach: boolean): void {
  const { hourArrivals } = interval;
  const ends = (interval.hour + 1) * HOUR_MS;
  const at = interval.week.binOf(interval.hour) * WIDTH;
  const { bins } = interval;
  const spoke = hourArrivals > 0;
  if (teach && (spoke || !interval.partial)) {
    if (spoke) {
      const gap = Math.max(interval.hourGap, Math.max(0, ends - interval.hourLastMs) / 1000);
      const before = bins[at + GAP] ?? 0;
      bins[at + GAP] = Math.max(gap, before * DECAY + gap * (1 - DECAY));
    }
    bins[at + ARRIVALS] = (bins[at + ARRIVALS] ?? 0) * DECAY + hourArrivals;
    bins[at + SEEN] = (bins[at + SEEN] ?? 0) * DECAY + 1;
    bins[at + ACTIVE] = (bins[at + ACTIVE] ?? 0) * DECAY + (spoke ? 1 : 0);
  }
  interval.memo = undefined;
  interval.longest *= LONGEST_DECAY;
  interval.recentGap = interval.hourGap;
  interval.hourGap = 0;
  interval.hourArrivals = 0;
  interval.partial = false;
}

/** 0.95 a week: what speaks rarely is forgotten slowly. */
const LONGEST_DECAY = 0.95 ** (1 / HOURS);

function activeTime(interval: Interval, at: { start: number; now: number; young: boolean }): number {
  const memo = memoOf(interval);
  if (memo.sparse) return at.now - at.start;
  let sum = 0;
  const last = Math.min(hourAt(at.now), hourAt(at.start) + MOST_HOURS);
  for (let hour = hourAt(at.start); hour <= last; hour += 1) {
    const bin = interval.week.binOf(hour);
    const seen = value(interval, bin, SEEN);
    // An hour that was never seen counts for what has spoken in every hour so far.
    const counts = seen >= 0.5 ? value(interval, bin, ACTIVE) / seen >= SPEAKS : at.young || memo.always;
    if (!counts) continue;
    sum += Math.min(at.now, (hour + 1) * HOUR_MS) - Math.max(at.start, hour * HOUR_MS);
  }
  return sum;
}

function speaksAlways(interval: Interval): boolean {
  for (let bin = 0; bin < HOURS; bin += 1) {
    const seen = value(interval, bin, SEEN);
    if (seen > 0 && value(interval, bin, ACTIVE) / seen < SPEAKS) return false;
  }
  return true;
}
