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
    insert into incident_wait (incident_id, key, team, person_id, person_name, person_by, reason, since)
    values (${wait.incidentId}, ${storable(wait.key)}, ${storable(wait.team)}, ${wait.person?.id ?? null},
      ${wait.person?.name ?? null}, ${wait.personBy}, ${storable(wait.reason)}, ${Math.round(wait.since)})
    on conflict (incident_id, key) do nothing returning id`);
  return found.rows.length > 0;
}

export async function setPerson(
  tx: Transaction,
  { incidentId, key, person, personBy }: Pick<Wait, "incidentId" | "key" | "person" | "personBy">,
): Promise<void> {
  await tx.execute(sql`
    update incident_wait set person_id = ${person?.id ?? null}, person_name = ${person?.name ?? null}, person_by = ${personBy}
    where incident_id = ${incidentId} and key = ${key}`);
}

/** It ended because the incident was over, and for no other reason. */
export async function markOver(tx: Transaction, wait: Pick<Wait, "incidentId" | "key">): Promise<void> {
  await tx.execute(
    sql`update incident_wait set over = true where incident_id = ${wait.incidentId} and key = ${wait.key}`,
  );
}

/** What ended with the incident runs again under its key; the stretch before stays as a row of its own. */
export async function resumeWaits(tx: Transaction, incidentId: string, at: number): Promise<Wait[]> {
  const now = Math.round(at);
  await tx.execute(sql`
    insert into incident_wait (incident_id, key, team, person_id, person_name, person_by, reason, since, ended_at)
    select incident_id, key || ':until ' || ended_at, team, person_id, person_name, person_by, reason, since, ended_at
    from incident_wait where incident_id = ${incidentId} and over`);
  const found = await tx.execute<WaitRow>(sql`
    update incident_wait set over = false, since = ${now}, ended_at = null where incident_id = ${incidentId} and over
    returning ${COLUMNS}`);
  return found.rows.map(toWait);
}

/** The wait that is over now; undefined when nothing waits under this key any more. */
export async function endWait(
  tx: Transaction,
  ended: { readonly incidentId: string; readonly key: string; readonly at: number },
): Promise<Wait | undefined> {
  // What had ended with its incident is over by itself now: opening the incident again does not bring it back.
  await tx.execute(sql`
    update incident_wait set over = false where incident_id = ${ended.incidentId} and key = ${storable(ended.key)} and over`);
  const found = await tx.execute<WaitRow>(sql`
    update incident_wait set ended_at = greatest(since, ${Math.round(ended.at)}::bigint)
    where incident_id = ${ended.incidentId} and key = ${storable(ended.key)} and ended_at is null
    returning ${COLUMNS}`);
  return found.rows.map(toWait)[0];
}

/** Longest standing first. */
export async function readWaits(executor: Executor, incidentIds: readonly string[]): Promise<Wait[]> {
  const found = await executor.execute<WaitRow>(sql`
    select ${COLUMNS} from incident_wait
    where incident_id = any(${sql.param(incidentIds)}::text[]) order by since, id`);
  return found.rows.map(toWait);
}

const COLUMNS = sql`incident_id, key, team, person_id, person_name, person_by, reason, since, ended_at`;

function toWait(row: WaitRow): Wait {
  return {
    incidentId: row.incident_id,
    key: row.key,
    team: row.team,
    person: row.person_id === null ? null : { id: row.person_id, name: row.person_name ?? "" },
    personBy: row.person_by,
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
  person_by: Wait["personBy"];
  reason: string;
  since: number;
  ended_at: number | null;
};
