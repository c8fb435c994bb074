/** week: the hours of a week, by which everything here is learned: what is usual on Sunday at four says little about Monday at nine.
 *  They are counted in UTC, so that no pause is longer or shorter when clocks are changed; which hour of the week one is, the clocks of the
 *  organisation's zone say, so that office hours stay office hours. Pure but for the runtime's data of zones. */

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const HOURS = 168;

export interface Week {
  /** "UTC" or as "Europe/Berlin". */
  readonly zone: string;
  /** Of an hour since the epoch: 0 is Monday, 00:00 to 01:00. */
  binOf(hour: number): number;
  /** "on Sundays around 16:00 UTC". */
  text(hour: number): string;
}

/** Hours since the epoch. */
export const hourAt = (ms: number): number => Math.floor(ms / HOUR_MS);

/** What is left of last week's weight: five weeks count. */
export const DECAY = 0.8;

const DAYS = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"] as const;

export const UTC_WEEK: Week = weekOf("UTC", () => 0);

/** Undefined when the runtime knows no such zone. */
export function openWeek(zone: string): Week | undefined {
  if (zone === UTC_WEEK.zone) return UTC_WEEK;
  const offset = offsets(zone);
  return offset === undefined ? undefined : weekOf(zone, offset);
}

function weekOf(zone: string, offset: (hour: number) => number): Week {
  // The epoch was a Thursday.
  const binOf = (hour: number): number => (((hour + offset(hour) + 72) % HOURS) + HOURS) % HOURS;
  const text = (hour: number): string => {
    const bin = binOf(hour);
    const day = DAYS[Math.floor(bin / 24)] ?? "Mondays";
    return `on ${day} around ${String(bin % 24).padStart(2, "0")}:00 ${zone === "UTC" ? zone : `(${zone})`}`;
  };
  return { zone, binOf, text };
}

/** Whole hours that the zone is ahead, by the hour; half hours are rounded, which only moves where its hours begin. */
function offsets(zone: string): ((hour: number) => number) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    const shown = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric" } as const;
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...shown });
  } catch {
    return undefined;
  }
  const known = new Map<number, number>();
  return (hour) => {
    const found = known.get(hour);
    if (found !== undefined) return found;
    const part = Object.fromEntries(
      format.formatToParts(hour * HOUR_MS).map(({ type, value }) => [type, Number(value)]),
    );
    const local = Date.UTC(part["year"] ?? 0, (part["month"] ?? 1) - 1, part["day"] ?? 1, part["hour"] ?? 0);
    const offset = Math.round((local - hour * HOUR_MS) / HOUR_MS);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(hour, offset);
    return offset;
  };
}

/** A month of hours and some. */
const MOST_KNOWN = 1_000;

export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
