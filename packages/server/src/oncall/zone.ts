/** zone: local time of one zone and back, with daylight saving. A local time that the clocks skip is taken as long after the gap as
 *  it lies in it; one that happens twice is taken the first time. The offsets are the ones that the runtime's own data give. */
export interface LocalDay {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

export interface Zone {
  readonly name: string;
  /** Local minus UTC, in milliseconds, at a moment. */
  offsetAt(epochMs: number): number;
  dayOf(epochMs: number): LocalDay;
  /** The moment at which that local day reads that time; minutes may exceed a day. */
  momentOf(day: LocalDay, minutes: number): number;
}

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** Undefined when the runtime knows no such zone. */
export function openZone(name: string): Zone | undefined {
  const format = formatOf(name);
  if (format === undefined) return undefined;
  const offsetAt = (epochMs: number): number => {
    // Formats give whole seconds: the rest is no part of an offset.
    const whole = Math.floor(epochMs / 1000) * 1000;
    const part = Object.fromEntries(format.formatToParts(whole).map(({ type, value }) => [type, Number(value)]));
    const local = Date.UTC(
      part["year"] ?? 0,
      (part["month"] ?? 1) - 1,
      part["day"] ?? 1,
      part["hour"] ?? 0,
      part["minute"] ?? 0,
      part["second"] ?? 0,
    );
    return local - whole;
  };
  return {
    name,
    offsetAt,
    dayOf: (epochMs) => {
      const local = new Date(epochMs + offsetAt(epochMs));
      return { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate() };
    },
    momentOf: (day, minutes) => {
      const local = Date.UTC(day.year, day.month - 1, day.day) + minutes * MINUTE_MS;
      // No zone changes its offset twice within two days: the two are what can hold around this time.
      const before = offsetAt(local - DAY_MS);
      const after = offsetAt(local + DAY_MS);
      const first = local - before;
      const second = local - after;
      const early = Math.min(first, second);
      const late = Math.max(first, second);
      if (early + offsetAt(early) === local) return early;
      if (late + offsetAt(late) === local) return late;
      return first;
    },
  };
}

export function addDays(day: LocalDay, count: number): LocalDay {
  const moved = new Date(Date.UTC(day.year, day.month - 1, day.day + count));
  return { year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() };
}

export function daysBetween(from: LocalDay, to: LocalDay): number {
  return Math.round((Date.UTC(to.year, to.month - 1, to.day) - Date.UTC(from.year, from.month - 1, from.day)) / DAY_MS);
}

/** 1 is Monday, 7 is Sunday. */
export function weekdayOf(day: LocalDay): number {
  return new Date(Date.UTC(day.year, day.month - 1, day.day)).getUTCDay() || 7;
}

export function dayFrom(text: string): LocalDay {
  const [year = 1970, month = 1, day = 1] = text.split("-").map(Number);
  return { year, month, day };
}

/** "09:30" as minutes of a day. */
export function minutesOf(text: string): number {
  const [hour = 0, minute = 0] = text.split(":").map(Number);
  return hour * 60 + minute;
}

function formatOf(name: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
