/** fill: which fields the events of one source and class have, in windows of so many sampled events. A field is lost when two windows
 *  in a row have less than half of what the poorest usual window had. Pure. */

export interface Fill {
  /** Of each field the lowest share that is usual; see `FILL_FIELDS` of ingest for the order. */
  readonly low: Float32Array;
  /** Counts of the running window. */
  readonly filled: Float32Array;
  sampled: number;
  /** The latest window, as shares. */
  readonly latest: Float32Array;
  windows: number;
  firstMs: number;
  windowMs: number;
  /** Places of fields that the last window was short of; and those that are lost. */
  short: number[];
  lost: { readonly field: number; readonly sinceMs: number; readonly usual: number; share: number }[];
}

export function newFill(ms: number, fields: number): Fill {
  return {
    low: new Float32Array(fields),
    filled: new Float32Array(fields),
    sampled: 0,
    latest: new Float32Array(fields),
    windows: 0,
    firstMs: ms,
    windowMs: ms,
    short: [],
    lost: [],
  };
}

export function addFill(
  fill: Fill,
  seen: { readonly sampled: number; readonly filled: readonly number[] },
  ms: number,
): void {
  fill.sampled += seen.sampled;
  for (const [field, count] of seen.filled.entries()) fill.filled[field] = (fill.filled[field] ?? 0) + count;
  if (fill.sampled < WINDOW || ms - fill.windowMs < WINDOW_MS) return;
  endWindow(fill, ms);
}

/** Events of a window, and the time it takes at least: a burst of one kind of event is no window. */
const WINDOW = 60;
const WINDOW_MS = 5 * 60_000;
const LEARNING_WINDOWS = 20;
const LEARNING_MS = 12 * 3_600_000;
/** A field that is often empty is not missed. */
const USUAL = 0.3;
const LOST = 0.5;
const BACK = 0.7;
const FORGET = 0.01;

function endWindow(fill: Fill, ms: number): void {
  const knows = fill.windows >= LEARNING_WINDOWS && ms - fill.firstMs >= LEARNING_MS;
  const short: number[] = [];
  for (let field = 0; field < fill.low.length; field += 1) {
    const share = (fill.filled[field] ?? 0) / fill.sampled;
    const low = fill.low[field] ?? 0;
    fill.latest[field] = share;
    const known = fill.lost.find((one) => one.field === field);
    if (known !== undefined) {
      known.share = share;
      if (share >= BACK * known.usual) fill.lost.splice(fill.lost.indexOf(known), 1);
      continue;
    }
    if (knows && low >= USUAL && share < LOST * low) {
      short.push(field);
      if (fill.short.includes(field)) fill.lost.push({ field, sinceMs: fill.windowMs, usual: low, share });
      continue;
    }
    fill.low[field] = fill.windows === 0 ? share : Math.min(share, low * (1 - FORGET) + share * FORGET);
  }
  fill.short = short;
  fill.windows += 1;
  fill.sampled = 0;
  fill.filled.fill(0);
  fill.windowMs = ms;
}
