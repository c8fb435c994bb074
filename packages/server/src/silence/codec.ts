/** codec: a lane as bytes and back: a version, a few numbers, the hours of the week. What cannot be read is learned anew; hours that were
 *  learned by the clocks of another zone are moved by as much as the two are apart. Pure. */
import type { Lane } from "./memory.ts";
import { newInterval } from "./interval.ts";
import { newSkew } from "./skew.ts";
import { newVolume } from "./volume.ts";
import { hourAt, HOURS, UTC_WEEK, type Week } from "./week.ts";

export function encodeLane(lane: Lane): Buffer {
  const { interval, skew, volume } = lane;
  const { week } = interval;
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
    markOf(week.zone),
    aheadOf(week, interval.hour),
  );
  const parts = [numbers, interval.bins, ...(volume === undefined ? [] : [volume.weeks])];
  return Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
}

/** The hour that runs is not watched from its beginning, and volume is counted anew. */
export function decodeLane(
  of: { readonly source: string; readonly host: string },
  bytes: Uint8Array,
  { now, week }: { readonly now: number; readonly week: Week },
): Lane | undefined {
  // A copy: what the database gives is not aligned.
  const copy = Uint8Array.from(bytes);
  if (copy.length < NUMBERS * 8) return undefined;
  const version = new Float64Array(copy.buffer, 0, 1)[0];
  // The first version knew UTC only.
  const count = version === 1 ? NUMBERS - 2 : NUMBERS;
  const numbers = new Float64Array(copy.buffer, 0, count);
  const at = (index: number): number => numbers[index] ?? 0;
  const interval = newInterval(now, week);
  const volume = of.host === "" ? newVolume(now, week) : undefined;
  const wanted = count * 8 + interval.bins.byteLength + (volume?.weeks.byteLength ?? 0);
  if ((version !== 1 && version !== VERSION) || copy.length !== wanted) return undefined;
  interval.bins.set(new Float32Array(copy.buffer, count * 8, interval.bins.length));
  volume?.weeks.set(new Float32Array(copy.buffer, count * 8 + interval.bins.byteLength, volume.weeks.length));
  const [mark, ahead] = version === 1 ? [markOf(UTC_WEEK.zone), 0] : [at(14), at(15)];
  if (mark !== markOf(week.zone)) {
    const by = aheadOf(week, hourAt(now)) - ahead;
    turn(interval.bins, by);
    if (volume !== undefined) turn(volume.weeks, by);
  }
  interval.firstMs = at(1);
  interval.lastMs = at(2);
  interval.recentGap = at(4);
  interval.longest = at(5);
  const skew = { ...newSkew(), usual: at(6), spread: at(7), windows: at(8), sinceMs: at(9), offset: at(10) };
  const known = { interval, skew, volume, silent: at(11) === 1, down: at(12) === 1, named: null, backMs: at(13) };
  return { ...of, ...known, changed: false };
}

const VERSION = 2;
const NUMBERS = 16;

/** Tells zones apart. */
function markOf(zone: string): number {
  let mark = 0;
  for (const letter of zone) mark = (Math.imul(mark, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return mark;
}

/** Hours that its clocks are ahead of UTC. */
function aheadOf(week: Week, hour: number): number {
  const ahead = (week.binOf(hour) - UTC_WEEK.binOf(hour) + HOURS) % HOURS;
  return ahead > HOURS / 2 ? ahead - HOURS : ahead;
}

function turn(values: Float32Array, hours: number): void {
  const width = values.length / HOURS;
  const before = Float32Array.from(values);
  for (let at = 0; at < values.length; at += 1)
    values[(at + hours * width + values.length) % values.length] = before[at] ?? 0;
}
