/** exercise-store: what an exercise is judged by, and what real incidents took, from alerts and incidents. Times are milliseconds. */
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";

export interface RehearsedAlert {
  readonly id: string;
  readonly ruleId: string;
  readonly title: string;
  readonly raisedAt: number;
  readonly acknowledgedAt: number | null;
}

export interface RehearsedIncident {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly openedAt: number;
}

export async function rehearsedAlerts(executor: Executor, exerciseId: string): Promise<RehearsedAlert[]> {
  const { rows } = await executor.execute<{
    id: string;
    rule_id: string;
    title: string;
    raised_at: string;
    acknowledged_at: string | null;
  }>(sql`
    SELECT id, rule_id, title, raised_at::text, acknowledged_at::text FROM alert
    WHERE exercise_id = ${exerciseId} AND put_back_into IS NULL ORDER BY raised_at, id LIMIT 5000`);
  return rows.map((row) => ({
    id: row.id,
    ruleId: row.rule_id,
    title: row.title,
    raisedAt: Number(row.raised_at),
    acknowledgedAt: row.acknowledged_at === null ? null : Number(row.acknowledged_at),
  }));
}

/** The one with the most alerts first. */
export async function rehearsedIncidents(executor: Executor, exerciseId: string): Promise<RehearsedIncident[]> {
  const { rows } = await executor.execute<{ id: string; number: string; title: string; opened_at: string }>(sql`
    SELECT i.id, i.number::text, i.title, i.opened_at::text FROM incident i
    WHERE i.exercise_id = ${exerciseId} AND i.merged_into IS NULL
    ORDER BY (SELECT count(*) FROM alert a WHERE a.incident_id = i.id) DESC, i.number LIMIT 200`);
  return rows.map((row) => ({
    id: row.id,
    number: Number(row.number),
    title: row.title,
    openedAt: Number(row.opened_at),
  }));
}

/** Seconds of real alerts since a time: from the event to the alert, and from the alert to its acknowledgement. */
export async function realStageTimes(
  executor: Executor,
  since: number,
): Promise<{ readonly detect: number[]; readonly acknowledge: number[] }> {
  const { rows } = await executor.execute<{ detect: number; acknowledge: number | null }>(sql`
    SELECT ((raised_at - first_seen) / 1000.0)::float8 AS detect, ((acknowledged_at - raised_at) / 1000.0)::float8 AS acknowledge
    FROM alert WHERE exercise_id IS NULL AND raised_at >= ${since} AND incident_id IS NOT NULL ORDER BY raised_at DESC LIMIT 2000`);
  return {
    detect: rows.flatMap((row) => (row.detect >= 0 ? [row.detect] : [])),
    acknowledge: rows.flatMap((row) => (row.acknowledge === null ? [] : [row.acknowledge])),
  };
}
