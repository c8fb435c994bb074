/** match-store: how often rules fired, from the signals in the event store. Counted by the time a signal was stored, so that
 *  an import of old logs shows up as work that arose today. */
import type { EventStore } from "../platform/events/index.ts";

export interface MatchCount {
  readonly day: number;
  readonly total: number;
  readonly lastAt: string | null;
}

export async function readCounts(events: EventStore, now: number): Promise<Map<string, MatchCount>> {
  const rows = await events.query<{ rule_id: string; day: string; total: string; last: string }>(
    `SELECT rule_id, countIf(received >= fromUnixTimestamp64Milli({since:Int64})) AS day, count() AS total,
       toUnixTimestamp64Milli(max(received)) AS last
     FROM ${events.table("signals")} GROUP BY rule_id`,
    { params: { since: now - DAY_MS }, limits: { timeMs: 10_000 } },
  );
  return new Map(
    rows.map((row) => [
      row.rule_id,
      { day: Number(row.day), total: Number(row.total), lastAt: new Date(Number(row.last)).toISOString() },
    ]),
  );
}

/** One rule's matches a day over the last 14 days (UTC), oldest first. */
export async function readPerDay(events: EventStore, ruleId: string, now: number): Promise<number[]> {
  const first = Math.floor(now / DAY_MS) - DAYS + 1;
  const rows = await events.query<{ day: string; n: string }>(
    `SELECT intDiv(toUnixTimestamp64Milli(received), ${DAY_MS}) AS day, count() AS n
     FROM ${events.table("signals")}
     WHERE rule_id = {rule:String} AND received >= fromUnixTimestamp64Milli({since:Int64}) GROUP BY day`,
    { params: { rule: ruleId, since: first * DAY_MS }, limits: { timeMs: 10_000 } },
  );
  const perDay = new Array<number>(DAYS).fill(0);
  for (const row of rows) {
    const index = Number(row.day) - first;
    if (index >= 0 && index < DAYS) perDay[index] = Number(row.n);
  }
  return perDay;
}

const DAY_MS = 86_400_000;
const DAYS = 14;
