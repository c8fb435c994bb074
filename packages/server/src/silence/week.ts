/** week: the hours of a week, by which everything here is learned: what is usual on Sunday at four says little about Monday at nine.
 *  Hours are those of UTC, so that nothing jumps when clocks are changed. Pure. */

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const HOURS = 168;

/** Hours since the epoch. */
export const hourAt = (ms: number): number => Math.floor(ms / HOUR_MS);

/** 0 is Monday, 00:00 to 01:00; the epoch was a Thursday. */
export const binOf = (hour: number): number => (((hour + 72) % HOURS) + HOURS) % HOURS;

/** What is left of last week's weight: five weeks count. */
export const DECAY = 0.8;

const DAYS = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"] as const;

/** "on Sundays around 16:00 UTC". */
export function binText(bin: number): string {
  const day = DAYS[Math.floor(bin / 24)] ?? "Mondays";
  return `on ${day} around ${String(bin % 24).padStart(2, "0")}:00 UTC`;
}

export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
