/** days: counts a day up to today (UTC) as bars of a histogram. */
const DAY_MS = 86_400_000;

export function daysOf(perDay: readonly number[]): { at: number; total: number }[] {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  return perDay.map((total, at) => ({ at: today - (perDay.length - 1 - at) * DAY_MS, total }));
}
