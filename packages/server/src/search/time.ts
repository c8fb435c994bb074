/** time: "now-15m", "now/d", ISO times and bare dates to milliseconds. Pure: the caller gives now. */
import { fail } from "./errors.ts";

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const RELATIVE = /^now(?:\/([hd]))?(?:-(\d{1,6})([smhdw]))?(?:\/([hd]))?$/;
/** What the event store's time column can hold (DateTime64(9)). */
const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2262, 0, 1);

/** @returns milliseconds since the epoch, or undefined when the text is no time. */
export function parseTime(text: string, now: number): number | undefined {
  const relative = RELATIVE.exec(text.trim());
  if (relative !== null) {
    const [, before, amount, unit, after] = relative;
    const base = before === undefined ? now : floorTo(now, before);
    const moved = amount === undefined ? base : base - Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
    return after === undefined ? moved : floorTo(moved, after);
  }
  const iso = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/.exec(
    text.trim(),
  )?.[0];
  if (iso === undefined) return undefined;
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(iso) || iso.length === 10 ? iso : `${iso}Z`;
  const ms = Date.parse(zoned.replace(" ", "T"));
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, EARLIEST), LATEST);
}

export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export function parseRangeOfTime(from: string, to: string, now: number): TimeRange {
  const at = (text: string, which: string): number => {
    const ms = parseTime(text, now);
    if (ms !== undefined) return ms;
    throw fail(
      "SEARCH_TIME_INVALID",
      `The ${which} time "${text}" is not understood. Write an ISO time (2026-11-22T08:00:00Z) or now-15m, now-7d, now/d.`,
      { details: { at: `/${which}` } },
    );
  };
  const fromMs = at(from, "from");
  const toMs = at(to, "to");
  if (fromMs > toMs)
    throw fail("SEARCH_TIME_INVALID", `The range ends (${to}) before it begins (${from}). Swap the two.`, {
      details: { at: "/from" },
    });
  return { fromMs, toMs };
}

const floorTo = (ms: number, unit: string): number => ms - (ms % (UNIT_MS[unit] ?? 1));

/** A bucket width from a fixed list of round ones, so that at most `buckets` cover the range. */
export function roundSpan(rangeMs: number, buckets: number): number {
  const wanted = rangeMs / 1000 / buckets;
  return ROUND_SECONDS.find((seconds) => seconds >= wanted) ?? Math.ceil(wanted / 2_592_000) * 2_592_000;
}

const ROUND_SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
  2_592_000,
];
