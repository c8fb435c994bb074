/** volume: how much a source sends, against the same hour of the weeks before: the median of up to five. A drop is one that goes
 *  below the least of those weeks as well. Pure; what all sources do at once (a holiday) is the caller's to divide out. */
import { HOUR_MS, hourAt, HOURS, type Week } from "./week.ts";

export interface Volume {
  readonly week: Week;
  /** Five weeks of each hour, newest first; 0 is not known, else the count and one. */
  readonly weeks: Float32Array;
  /** Counts of the last twelve steps of five minutes, in a ring. */
  readonly steps: Float32Array;
  /** The newest of them, in steps since the epoch. */
  step: number;
  hour: number;
  hourCount: number;
  /** The running hour was not watched from its beginning. */
  partial: boolean;
  /** Since when its last hour is watched without a break. */
  sinceMs: number;
}

export function newVolume(ms: number, week: Week): Volume {
  return {
    week,
    weeks: new Float32Array(HOURS * WEEKS),
    steps: new Float32Array(STEPS),
    step: stepAt(ms),
    hour: hourAt(ms),
    hourCount: 0,
    partial: true,
    sinceMs: ms,
  };
}

export function addVolume(volume: Volume, of: { readonly ms: number; readonly count: number }, teach: boolean): void {
  passTime(volume, of.ms, teach);
  const at = stepAt(of.ms);
  if (at > volume.step - STEPS && at <= volume.step)
    volume.steps[at % STEPS] = (volume.steps[at % STEPS] ?? 0) + of.count;
  volume.hourCount += of.count;
}

export function passTime(volume: Volume, ms: number, teach: boolean): void {
  const to = stepAt(ms);
  for (let step = Math.max(volume.step, to - STEPS) + 1; step <= to; step += 1) volume.steps[step % STEPS] = 0;
  volume.step = Math.max(volume.step, to);
  const hour = hourAt(ms);
  if (hour <= volume.hour) return;
  if (hour - volume.hour > HOURS) volume.hour = hour - HOURS;
  for (; volume.hour < hour; volume.hour += 1) {
    if (teach && !volume.partial) remember(volume);
    volume.hourCount = 0;
    volume.partial = false;
  }
}

/** Nothing could be sent for a while, or nobody counted. */
export function interruptVolume(volume: Volume, ms: number): void {
  passTime(volume, ms, false);
  volume.partial = true;
  volume.sinceMs = ms;
}

export interface VolumeReading {
  readonly actual: number;
  readonly expected: number;
  /** The least of the weeks before. */
  readonly least: number;
  /** Of the last half hour, as a share of what is expected of it. */
  readonly latestShare: number;
}

/** The last hour against what the hours before it in other weeks had; undefined while too little is known. */
export function readVolume(volume: Volume, ms: number): VolumeReading | undefined {
  if (ms - volume.sinceMs < HOUR_MS) return undefined;
  const hour = hourAt(ms);
  const into = (ms - hour * HOUR_MS) / HOUR_MS;
  const [before, now] = [usual(volume, volume.week.binOf(hour - 1)), usual(volume, volume.week.binOf(hour))];
  if (before === undefined || now === undefined) return undefined;
  const mix = (of: (one: Usual) => number): number => of(before) * (1 - into) + of(now) * into;
  const expected = mix(({ median }) => median);
  const least = mix((one) => one.least);
  let [actual, latest] = [0, 0];
  // The running step is not over; the one before the last twelve is gone. Both are small against the hour.
  for (let step = volume.step - STEPS + 1; step <= volume.step; step += 1) {
    const count = volume.steps[step % STEPS] ?? 0;
    actual += count;
    if (step > volume.step - STEPS / 2) latest += count;
  }
  return { actual, expected, least, latestShare: expected === 0 ? 1 : latest / (expected / 2) };
}

/** @param ease what all sources do at once, as a share of what is usual: 1 on a day like any other */
export function isDrop({ actual, expected, least, latestShare }: VolumeReading, ease: number): boolean {
  const wanted = expected * ease;
  const low = actual < DROP * wanted && actual < BELOW_LEAST * least * ease;
  return wanted >= WORTH_COUNTING && low && latestShare < DROP * ease;
}

/** Once it is said, it stands until most of what is usual comes again. */
export function isBack(reading: VolumeReading, ease: number): boolean {
  return reading.latestShare >= BACK * ease || reading.expected * ease < WORTH_COUNTING / 4;
}

const WEEKS = 5;
const STEPS = 12;
const STEP_MS = HOUR_MS / STEPS;
const WORTH_COUNTING = 60;
const DROP = 0.5;
const BELOW_LEAST = 0.75;
const BACK = 0.7;

const stepAt = (ms: number): number => Math.floor(ms / STEP_MS);

function remember(volume: Volume): void {
  const at = volume.week.binOf(volume.hour) * WEEKS;
  volume.weeks.copyWithin(at + 1, at, at + WEEKS - 1);
  volume.weeks[at] = volume.hourCount + 1;
}

interface Usual {
  readonly median: number;
  readonly least: number;
}

/** Of the same hour of the week; before there are two weeks, of the same hour of other days, if these are alike. */
function usual(volume: Volume, bin: number): Usual | undefined {
  const own = known(volume, bin);
  if (own.length >= 2) return summary(own);
  const days = Array.from({ length: 7 }, (_, day) => known(volume, (bin + day * 24) % HOURS)).flat();
  if (days.length < 3) return undefined;
  const all = summary(days);
  return all.least > all.median / 2 ? all : undefined;
}

function known(volume: Volume, bin: number): number[] {
  const weeks = volume.weeks.subarray(bin * WEEKS, (bin + 1) * WEEKS);
  return [...weeks].filter((count) => count > 0).map((count) => count - 1);
}

function summary(counts: readonly number[]): Usual {
  const sorted = [...counts].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return { median, least: sorted[0] ?? 0 };
}
