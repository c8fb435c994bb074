/** skew: how far the time in the events is from their arrival, against what is usual for that host. A wrong clock shifts every event
 *  by the same; records that were held up come with ever smaller delays, and are no skew. Pure. */

export interface Skew {
  /** Delays in s of the running five minutes. */
  samples: number[];
  window: number;
  /** The median of the last window and the one before, in s; NaN before there is one. */
  last: number;
  before: number;
  /** Learned: decayed mean of the medians, and of how far they are from it. */
  usual: number;
  spread: number;
  windows: number;
  /** Since when its clock is off; 0 while it is right. */
  sinceMs: number;
  offset: number;
}

export function newSkew(): Skew {
  return {
    samples: [],
    window: 0,
    last: Number.NaN,
    before: Number.NaN,
    usual: 0,
    spread: 0,
    windows: 0,
    sinceMs: 0,
    offset: 0,
  };
}

export function addDelays(skew: Skew, delaysMs: readonly number[], ms: number): void {
  const window = Math.floor(ms / WINDOW_MS);
  if (window !== skew.window) {
    // A window with few events goes on into the next.
    if (skew.samples.length >= FEWEST) endWindow(skew);
    skew.window = window;
  }
  for (const delay of delaysMs) if (skew.samples.length < MOST) skew.samples.push(delay / 1000);
}

const WINDOW_MS = 5 * 60_000;
const FEWEST = 5;
const MOST = 32;
/** Below this a clock is right enough. */
const TOLERATED_S = 60;
/** Nothing is known of the host yet: only a time that is yet to come is surely wrong. */
const AHEAD_S = 300;
const LEARNED_WINDOWS = 12;
/** Two windows of a wrong clock say the same; a sender that catches up says something else each time. */
const ALIKE = 0.3;
const KEEP = 0.95;

function endWindow(skew: Skew): void {
  const sorted = skew.samples.sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  const wide = (sorted[Math.floor(sorted.length * 0.9)] ?? 0) - (sorted[Math.floor(sorted.length * 0.1)] ?? 0);
  skew.samples = [];
  skew.before = skew.last;
  skew.last = median;
  const known = skew.windows >= LEARNED_WINDOWS;
  const shift = median - (known ? skew.usual : 0);
  const most = known ? Math.max(TOLERATED_S, 4 * skew.spread, Math.abs(skew.usual) / 2) : AHEAD_S;
  const off = (known || shift < 0) && Math.abs(shift) > most && wide <= ALIKE * Math.abs(shift) + TOLERATED_S / 2;
  const twice = Math.abs(median - skew.before) <= ALIKE * Math.abs(shift);
  if (off) {
    if (twice && skew.sinceMs === 0) skew.sinceMs = skew.window * WINDOW_MS;
    skew.offset = shift;
    return;
  }
  if (Math.abs(shift) <= most) skew.sinceMs = 0;
  // A late batch is not what is usual: it moves the memory little, and a window that fits moves it as it should.
  const held = Math.abs(shift) > most && known;
  if (held) return;
  skew.usual = skew.windows === 0 ? median : skew.usual * KEEP + median * (1 - KEEP);
  skew.spread = skew.windows === 0 ? 0 : skew.spread * KEEP + Math.abs(median - skew.usual) * (1 - KEEP);
  skew.windows += 1;
  skew.offset = 0;
}
