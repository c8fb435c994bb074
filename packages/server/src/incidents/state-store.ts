/** state-store: the states that incidents went through, with their times. */
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface StateChange {
  readonly incidentId: string;
  readonly at: number;
  readonly state: string;
  readonly by: string | null;
}

export async function insertState(tx: Transaction, change: StateChange): Promise<void> {
  await tx.execute(sql`
    insert into incident_state_change (incident_id, at, state, by_name)
    values (${change.incidentId}, ${change.at}, ${change.state}, ${change.by})`);
}

/** Oldest first. */
export async function statesOf(executor: Executor, incidentIds: readonly string[]): Promise<StateChange[]> {
  const found = await executor.execute<{ incident_id: string; at: number; state: string; by_name: string | null }>(sql`
    select incident_id, at, state, by_name from incident_state_change
    where incident_id = any(${sql.param(incidentIds)}::text[]) order by id`);
  return found.rows.map((row) => ({
    incidentId: row.incident_id,
    at: Number(row.at),
    state: row.state,
    by: row.by_name,
  }));
}
