/** incident-store: what people change about incidents. Everything that counts members is worked out again by derived-store. */
import { type SQL, sql } from "drizzle-orm";
import type { Severity, Team } from "@holdfast/contracts/model";
import type { IncidentState } from "@holdfast/contracts/triage";
import type { Transaction } from "../platform/tables/index.ts";
import { records } from "./records.ts";
import { rankOf } from "./severity.ts";

export async function insertIncident(
  tx: Transaction,
  incident: {
    readonly id: string;
    readonly number: number;
    readonly title: string;
    readonly by: string;
    readonly now: number;
    /** What is opened with alerts of an exercise, or split off it, belongs to it as well. */
    readonly exerciseId: string | null;
  },
): Promise<void> {
  const { id, number, title, by, now, exerciseId } = incident;
  await tx.execute(sql`
    insert into incident (id, number, title, title_by, severity, state, opened_at, root_id, first_seen, last_seen, touched, exercise_id)
    values (${id}, ${number}, ${title}, ${by}, 0, 'open', ${now}, ${id}, ${now}, ${now}, true, ${exerciseId})`);
}

/** Puts back what was taken out of it or of what was merged into it: reason, time and what is shared stand as they did.
 *  @returns the ids of those that are members again */
export async function putBack(
  tx: Transaction,
  asked: { readonly rootId: string; readonly alertIds: readonly string[] },
): Promise<string[]> {
  const { rootId, alertIds } = asked;
  const back = await tx.execute<{ alert_id: string }>(sql`
    update incident_member m set removed_at = null, removed_by_id = null, removed_by_name = null
    from (select distinct on (o.alert_id) o.alert_id, o.incident_id from incident_member o join incident i on i.id = o.incident_id
      where i.root_id = ${rootId} and o.removed_at is not null and o.alert_id = any(${sql.param(alertIds)}::text[])
      order by o.alert_id, o.removed_at desc) last
    where m.alert_id = last.alert_id and m.incident_id = last.incident_id returning m.alert_id`);
  const ids = back.rows.map((row) => row.alert_id);
  await tx.execute(sql`update alert set incident_id = ${rootId} where id = any(${sql.param(ids)}::text[])`);
  return ids;
}

/** Puts alerts in by a person's hand, also ones that were taken out before. */
export async function addMembers(
  tx: Transaction,
  added: {
    readonly incidentId: string;
    readonly alertIds: readonly string[];
    readonly reason: string;
    readonly now: number;
  },
): Promise<void> {
  const { incidentId, alertIds, reason, now } = added;
  await tx.execute(sql`
    insert into incident_member (incident_id, alert_id, reason, added_at, added_by)
    select ${incidentId}, id, ${reason}, ${now}, 'person' from unnest(${sql.param(alertIds)}::text[]) as r(id)
    on conflict (incident_id, alert_id) do update set reason = excluded.reason, shared = '[]', added_at = excluded.added_at,
      added_by = 'person', removed_at = null, removed_by_id = null, removed_by_name = null`);
  await tx.execute(sql`update alert set incident_id = ${incidentId} where id = any(${sql.param(alertIds)}::text[])`);
}

/** False when the alert is no member. */
export async function removeMember(
  tx: Transaction,
  removed: {
    readonly rootId: string;
    readonly alertId: string;
    readonly by: { id: string; name: string };
    readonly now: number;
  },
): Promise<boolean> {
  const { rootId, alertId, by, now } = removed;
  const changed = await tx.execute(sql`
    update incident_member set removed_at = ${now}, removed_by_id = ${by.id}, removed_by_name = ${by.name}
    where alert_id = ${alertId} and removed_at is null and incident_id in (select id from incident where root_id = ${rootId})
    returning alert_id`);
  if (changed.rows.length === 0) return false;
  await tx.execute(sql`update alert set incident_id = null where id = ${alertId}`);
  return true;
}

export interface IncidentChange {
  readonly title?: string;
  readonly summary?: string;
  readonly severity?: Severity;
  readonly state?: IncidentState;
  readonly team?: Team | null;
  readonly assignee?: { readonly id: string; readonly name: string } | null;
  readonly waitingFor?: Team | null;
}

export async function updateIncident(
  tx: Transaction,
  id: string,
  given: { readonly change: IncidentChange; readonly by: string; readonly now: number },
): Promise<void> {
  const { change, by, now } = given;
  const sets: SQL[] = [sql`touched = true`];
  if (change.title !== undefined) sets.push(sql`title = ${change.title}, title_by = ${by}`);
  if (change.summary !== undefined) sets.push(sql`summary = ${change.summary}`);
  if (change.severity !== undefined) {
    sets.push(sql`severity = ${rankOf(change.severity)}, severity_by = ${by}, severity_why = ${`Set by ${by}.`}`);
  }
  if (change.state !== undefined) {
    const over = change.state === "closed" || change.state === "resolved";
    sets.push(sql`state = ${change.state}, closed_at = ${over ? sql`coalesce(closed_at, ${now}::bigint)` : sql`null`}`);
    // Nobody waits for anybody once it is over.
    if (over) sets.push(NOBODY);
  }
  if (change.team !== undefined) sets.push(sql`team = ${change.team}`);
  if (change.assignee !== undefined) {
    sets.push(sql`assignee_id = ${change.assignee?.id ?? null}, assignee_name = ${change.assignee?.name ?? null}`);
  }
  if (change.waitingFor !== undefined) {
    const team = change.waitingFor;
    sets.push(team === null ? NOBODY : sql`waiting_for = ${team}, waiting_whom = ${team}, waiting_since = ${now}`);
  }
  await tx.execute(sql`update incident set ${sql.join(sets, sql`, `)} where id = ${id}`);
}

const NOBODY = sql`waiting_for = null, waiting_whom = null, waiting_since = null, waiting_person_id = null, waiting_person = null`;

export interface Waiting {
  /** The side of the floor. */
  readonly team: Team;
  /** The team as it was named. */
  readonly whom: string;
  readonly person: { readonly id: string; readonly name: string } | null;
  readonly since: number;
}

/** Whom it waits for as it is shown in lists; the waits themselves are kept by the area that times them. */
export async function setWaiting(tx: Transaction, id: string, waiting: Waiting | null): Promise<void> {
  await tx.execute(sql`
    update incident set waiting_for = ${waiting?.team ?? null}, waiting_whom = ${waiting?.whom ?? null},
      waiting_since = ${waiting?.since ?? null}, waiting_person_id = ${waiting?.person?.id ?? null},
      waiting_person = ${waiting?.person?.name ?? null}
    where id = ${id} or id = (select root_id from incident where id = ${id})`);
}

export async function markTouched(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`
    update incident set touched = true
    where id in (select id from jsonb_to_recordset(${records(ids.map((id) => ({ id })))}::jsonb) as r(id text))`);
}
