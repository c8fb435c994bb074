/** codec: a lane as bytes and back: a version, a few numbers, the hours of the week. What cannot be read is learned anew. Pure. */
import type { Lane } from "./memory.ts";
import { newInterval } from "./interval.ts";
import { newSkew } from "./skew.ts";
import { newVolume } from "./volume.ts";

export function encodeLane(lane: Lane): Buffer {
  const { interval, skew, volume } = lane;
  const numbers = Float64Array.of(
    VERSION,
    interval.firstMs,
    interval.lastMs,
    interval.hour,
    interval.recentGap,
    interval.longest,
    skew.usual,
    skew.spread,
    skew.windows,
    skew.sinceMs,
    skew.offset,
    lane.silent ? 1 : 0,
    lane.down ? 1 : 0,
    lane.backMs,
  );
  const parts = [numbers, interval.bins, ...(volume === undefined ? [] : [volume.weeks])];
  return Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
}

/** The hour that runs is not watched from its beginning, and volume is counted anew. */
export function decodeLane(
  of: { readonly source: string; readonly host: string },
  bytes: Uint8Array,
  now: number,
): Lane | undefined {
  // A copy: what the database gives is not aligned.
  const copy = Uint8Array.from(bytes);
  if (copy.length < NUMBERS * 8) return undefined;
  const numbers = new Float64Array(copy.buffer, 0, NUMBERS);
  const at = (index: number): number => numbers[index] ?? 0;
  const interval = newInterval(now);
  const volume = of.host === "" ? newVolume(now) : undefined;
  const wanted = NUMBERS * 8 + interval.bins.byteLength + (volume?.weeks.byteLength ?? 0);
  if (at(0) !== VERSION || copy.length !== wanted) return undefined;
  interval.bins.set(new Float32Array(copy.buffer, NUMBERS * 8, interval.bins.length));
  volume?.weeks.set(new Float32Array(copy.buffer, NUMBERS * 8 + interval.bins.byteLength, volume.weeks.length));
  interval.firstMs = at(1);
  interval.lastMs = at(2);
  interval.recentGap = at(4);
  interval.longest = at(5);
  const skew = { ...newSkew(), usual: at(6), spread: at(7), windows: at(8), sinceMs: at(9), offset: at(10) };
  const known = { interval, skew, volume, silent: at(11) === 1, down: at(12) === 1, named: null, backMs: at(13) };
  return { ...of, ...known, changed: false };
}

const VERSION = 1;
const NUMBERS = 14;
