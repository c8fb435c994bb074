/** wait-sum: how long an incident waited, per team and in all. Two waits that ran at the same time are one stretch of time: the
 *  sum says how long people were held up, not how many things they were held up by. Pure. */
export interface Stretch {
  readonly team: string;
  readonly since: number;
  readonly endedAt: number | null;
}

export interface TeamSum {
  readonly team: string;
  readonly ms: number;
  readonly waits: number;
  readonly open: boolean;
}

/** Longest waited for first. */
export function sumWaits(waits: readonly Stretch[], now: number): TeamSum[] {
  const byTeam = Map.groupBy(waits, ({ team }) => team);
  return [...byTeam]
    .map(([team, own]) => ({
      team,
      ms: covered(own, now),
      waits: own.length,
      open: own.some(({ endedAt }) => endedAt === null),
    }))
    .sort((a, b) => b.ms - a.ms || (a.team < b.team ? -1 : 1));
}

/** Milliseconds in which at least one of them ran. */
export function covered(waits: readonly Stretch[], now: number): number {
  let total = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { since, endedAt } of waits.toSorted((a, b) => a.since - b.since)) {
    const end = endedAt ?? now;
    total += Math.max(0, end - Math.max(since, until));
    until = Math.max(until, end);
  }
  return total;
}

/** 95 min -> "1 h 35 min". */
export function durationText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
