/** match-store: how often rules fired, from the signals in the event store: alerts, what only counted for a correlation, matches in test, and what exceptions hid.
 *  Counted by the time a signal was stored, so that an import of old logs shows up as work that arose today. */
import type { SignalOutcome } from "@holdfast/contracts/detect";
import type { EventStore } from "../platform/events/index.ts";

export interface MatchCount {
  readonly day: number;
  readonly total: number;
  readonly lastAt: string | null;
}

export type MatchCounts = Readonly<Record<SignalOutcome, MatchCount>>;

const NEVER: MatchCount = { day: 0, total: 0, lastAt: null };
export const NO_MATCHES: MatchCounts = { alert: NEVER, counted: NEVER, test: NEVER, hidden: NEVER };

/** @param asked.apart sources of exercises: what they raised is not counted among what is real */
export async function readCounts(
  events: EventStore,
  asked: { readonly now: number; readonly apart: readonly string[] },
): Promise<Map<string, MatchCounts>> {
  const rows = await events.query<{ rule_id: string; outcome: string; day: string; total: string; last: string }>(
    `SELECT rule_id, outcome, countIf(received >= fromUnixTimestamp64Milli({since:Int64})) AS day, count() AS total,
       toUnixTimestamp64Milli(max(received)) AS last
     FROM ${events.table("signals")} WHERE source NOT IN {apart:Array(String)} GROUP BY rule_id, outcome`,
    { params: { since: asked.now - DAY_MS, apart: asked.apart }, limits: { timeMs: 10_000 } },
  );
  const counts = new Map<string, MatchCounts>();
  for (const row of rows) {
    const count = {
      day: Number(row.day),
      total: Number(row.total),
      lastAt: new Date(Number(row.last)).toISOString(),
    };
    counts.set(row.rule_id, { ...(counts.get(row.rule_id) ?? NO_MATCHES), [row.outcome]: count });
  }
  return counts;
}

/** One rule's matches a day over the last 14 days (UTC), oldest first. */
export async function readPerDay(
  events: EventStore,
  { ruleId, now, apart }: { readonly ruleId: string; readonly now: number; readonly apart: readonly string[] },
): Promise<Readonly<Record<SignalOutcome, number[]>>> {
  const first = Math.floor(now / DAY_MS) - DAYS + 1;
  const rows = await events.query<{ day: string; outcome: string; n: string }>(
    `SELECT intDiv(toUnixTimestamp64Milli(received), ${DAY_MS}) AS day, outcome, count() AS n
     FROM ${events.table("signals")}
     WHERE rule_id = {rule:String} AND received >= fromUnixTimestamp64Milli({since:Int64})
       AND source NOT IN {apart:Array(String)} GROUP BY day, outcome`,
    { params: { rule: ruleId, since: first * DAY_MS, apart }, limits: { timeMs: 10_000 } },
  );
  const days = (outcome: SignalOutcome): number[] => {
    const perDay = new Array<number>(DAYS).fill(0);
    for (const row of rows) {
      const index = Number(row.day) - first;
      if (row.outcome === outcome && index >= 0 && index < DAYS) perDay[index] = Number(row.n);
    }
    return perDay;
  };
  return { alert: days("alert"), counted: days("counted"), test: days("test"), hidden: days("hidden") };
}

const DAY_MS = 86_400_000;
const DAYS = 14;
