/** wait-store: the waits of incidents, open and over. */
import { sql } from "drizzle-orm";
import { storable } from "../detect/index.ts";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Wait } from "./wait.ts";

/** One change of an incident's waits at a time, until the transaction ends: two that end together must see each other, or each would
 *  leave the incident waiting for the other. */
export async function lockWaits(tx: Transaction, incidentId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`incident_wait ${incidentId}`}, 0))`);
}

/** False when this wait was known before. */
export async function insertWait(tx: Transaction, wait: Omit<Wait, "endedAt">): Promise<boolean> {
  const found = await tx.execute(sql`
    insert into incident_wait (incident_id, key, team, person_id, person_name, reason, since)
    values (${wait.incidentId}, ${storable(wait.key)}, ${storable(wait.team)}, ${wait.person?.id ?? null},
      ${wait.person?.name ?? null}, ${storable(wait.reason)}, ${Math.round(wait.since)})
    on conflict (incident_id, key) do nothing returning id`);
  return found.rows.length > 0;
}

/** The wait that is over now; undefined when nothing waits under this key any more. */
export async function endWait(
  tx: Transaction,
  ended: { readonly incidentId: string; readonly key: string; readonly at: number },
): Promise<Wait | undefined> {
  const found = await tx.execute<WaitRow>(sql`
    update incident_wait set ended_at = greatest(since, ${Math.round(ended.at)}::bigint)
    where incident_id = ${ended.incidentId} and key = ${storable(ended.key)} and ended_at is null
    returning incident_id, key, team, person_id, person_name, reason, since, ended_at`);
  return found.rows.map(toWait)[0];
}

/** Longest standing first. */
export async function readWaits(executor: Executor, incidentIds: readonly string[]): Promise<Wait[]> {
  const found = await executor.execute<WaitRow>(sql`
    select incident_id, key, team, person_id, person_name, reason, since, ended_at from incident_wait
    where incident_id = any(${sql.param(incidentIds)}::text[]) order by since, id`);
  return found.rows.map(toWait);
}

function toWait(row: WaitRow): Wait {
  return {
    incidentId: row.incident_id,
    key: row.key,
    team: row.team,
    person: row.person_id === null ? null : { id: row.person_id, name: row.person_name ?? "" },
    reason: row.reason,
    since: Number(row.since),
    endedAt: row.ended_at === null ? null : Number(row.ended_at),
  };
}

type WaitRow = {
  incident_id: string;
  key: string;
  team: string;
  person_id: string | null;
  person_name: string | null;
  reason: string;
  since: number;
  ended_at: number | null;
};
