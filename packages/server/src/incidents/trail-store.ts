/** trail-store: the searches that were made from an incident, in their order. */
import { sql } from "drizzle-orm";
import type { TrailStep } from "@holdfast/contracts/incidents";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface NewStep {
  readonly incidentId: string;
  readonly at: number;
  readonly by: { readonly id: string; readonly name: string };
  readonly query: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly rows: number | null;
}

/** The same search by the same person directly after itself is one step. */
export async function addStep(tx: Transaction, step: NewStep): Promise<void> {
  await tx.execute(sql`
    insert into incident_trail (incident_id, at, actor_id, actor_name, query, from_at, to_at, rows)
    select ${step.incidentId}, ${step.at}::bigint, ${step.by.id}, ${step.by.name}, ${step.query}, ${step.fromMs}::bigint,
      ${step.toMs}::bigint, ${step.rows}::bigint
    where not exists (
      select from (select * from incident_trail where incident_id = ${step.incidentId} order by id desc limit 1) as last
      where last.actor_id = ${step.by.id} and last.query = ${step.query} and last.from_at = ${step.fromMs}
        and last.to_at = ${step.toMs})`);
}

/** The latest steps, oldest first. */
export async function trailOf(executor: Executor, incidentIds: readonly string[]): Promise<TrailStep[]> {
  const found = await executor.execute<StepRow>(sql`
    select id, at, actor_id, actor_name, query, from_at, to_at, rows from incident_trail
    where incident_id = any(${sql.param(incidentIds)}::text[]) order by id desc limit 500`);
  return found.rows.reverse().map((row) => ({
    id: Number(row.id),
    at: new Date(Number(row.at)).toISOString(),
    by: { id: row.actor_id, name: row.actor_name },
    query: row.query,
    from: new Date(Number(row.from_at)).toISOString(),
    to: new Date(Number(row.to_at)).toISOString(),
    rows: row.rows === null ? null : Number(row.rows),
  }));
}

type StepRow = {
  id: number;
  at: number;
  actor_id: string;
  actor_name: string;
  query: string;
  from_at: number;
  to_at: number;
  rows: number | null;
};
