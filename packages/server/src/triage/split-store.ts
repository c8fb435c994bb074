/** split-store: members that move into an incident of their own and back, and links between incidents. */
import { sql } from "drizzle-orm";
import type { IncidentDetail, IncidentState } from "@holdfast/contracts/triage";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { iso } from "./alert-list-store.ts";
import { records } from "./records.ts";
import { severityOf } from "./severity.ts";

interface Moved {
  readonly alertId: string;
  readonly homeId: string;
}

/** Takes the alerts out of the incident's family. @returns those that were members */
export async function takeOut(
  tx: Transaction,
  asked: {
    readonly rootId: string;
    readonly alertIds: readonly string[];
    readonly by: { readonly id: string; readonly name: string };
    readonly now: number;
  },
): Promise<Moved[]> {
  const { rootId, alertIds, by, now } = asked;
  const taken = await tx.execute<{ alert_id: string; incident_id: string }>(sql`
    update incident_member set removed_at = ${now}, removed_by_id = ${by.id}, removed_by_name = ${by.name}
    where alert_id = any(${sql.param(alertIds)}::text[]) and removed_at is null
      and incident_id in (select id from incident where root_id = ${rootId})
    returning alert_id, incident_id`);
  const ids = taken.rows.map((row) => row.alert_id);
  await tx.execute(sql`update alert set incident_id = null where id = any(${sql.param(ids)}::text[])`);
  return taken.rows.map((row) => ({ alertId: row.alert_id, homeId: row.incident_id }));
}

export async function insertSplit(
  tx: Transaction,
  split: {
    readonly fromId: string;
    readonly toId: string;
    readonly at: number;
    readonly reason: string;
    readonly moved: readonly Moved[];
  },
): Promise<void> {
  await tx.execute(sql`
    insert into incident_split (from_id, to_id, at, reason, moved)
    values (${split.fromId}, ${split.toId}, ${split.at}, ${split.reason}, ${records(split.moved)}::jsonb)`);
}

/** The split that this incident came from, while it is not undone. */
export async function splitOf(
  tx: Transaction,
  toId: string,
): Promise<{ fromId: string; moved: readonly Moved[] } | undefined> {
  const found = await tx.execute<{ root_id: string; moved: Moved[] }>(sql`
    select i.root_id, s.moved from incident_split s join incident i on i.id = s.from_id
    where s.to_id = ${toId} and s.undone_at is null`);
  const row = found.rows[0];
  return row === undefined ? undefined : { fromId: row.root_id, moved: row.moved };
}

/** What moved and is still there goes back as it stood, reason and all. @returns how many */
export async function undoSplit(
  tx: Transaction,
  asked: { readonly toId: string; readonly fromId: string; readonly moved: readonly Moved[]; readonly now: number },
): Promise<number> {
  const { toId, fromId, moved, now } = asked;
  const back = await tx.execute<{ alert_id: string }>(sql`
    delete from incident_member where incident_id = ${toId} and removed_at is null
      and alert_id = any(${sql.param(moved.map(({ alertId }) => alertId))}::text[]) returning alert_id`);
  const ids = new Set(back.rows.map((row) => row.alert_id));
  const rows = moved.filter(({ alertId }) => ids.has(alertId));
  await tx.execute(sql`
    update incident_member m set removed_at = null, removed_by_id = null, removed_by_name = null
    from jsonb_to_recordset(${records(rows)}::jsonb) as r("alertId" text, "homeId" text)
    where m.incident_id = r."homeId" and m.alert_id = r."alertId"`);
  await tx.execute(
    sql`update alert set incident_id = ${fromId} where id = any(${sql.param(rows.map(({ alertId }) => alertId))}::text[])`,
  );
  await tx.execute(sql`update incident_split set undone_at = ${now} where to_id = ${toId}`);
  return rows.length;
}

export async function insertLink(
  tx: Transaction,
  link: {
    readonly ids: readonly [string, string];
    readonly reason: string;
    readonly by: string;
    readonly now: number;
  },
): Promise<void> {
  const [a, b] = [...link.ids].sort();
  await tx.execute(sql`
    insert into incident_relation (a_id, b_id, reason, by_name, at) values (${a}, ${b}, ${link.reason}, ${link.by}, ${link.now})
    on conflict (a_id, b_id) do update set reason = excluded.reason, by_name = excluded.by_name, at = excluded.at`);
}

/** False when they are not linked. */
export async function deleteLink(tx: Transaction, ids: readonly [string, string]): Promise<boolean> {
  const [a, b] = [...ids].sort();
  const gone = await tx.execute(sql`delete from incident_relation where a_id = ${a} and b_id = ${b} returning a_id`);
  return gone.rows.length > 0;
}

/** Of the incident and those merged into it; a linked incident that was merged is shown as the one it went into. */
export async function linksOfIncident(executor: Executor, rootId: string): Promise<IncidentDetail["links"]> {
  const found = await executor.execute<{
    id: string;
    number: number;
    title: string;
    severity: number;
    state: IncidentState;
    reason: string;
    by_name: string;
    at: number;
  }>(sql`
    select distinct on (o.number) o.id, o.number, o.title, o.severity, o.state, l.reason, l.by_name, l.at
    from incident_relation l
    join incident own on own.id in (l.a_id, l.b_id) and own.root_id = ${rootId}
    join incident other on other.id = case when own.id = l.a_id then l.b_id else l.a_id end
    join incident o on o.id = other.root_id
    where o.id <> ${rootId} order by o.number, l.at desc`);
  return found.rows.map((row) => ({
    incidentId: row.id,
    number: Number(row.number),
    title: row.title,
    severity: severityOf(row.severity),
    state: row.state,
    reason: row.reason,
    by: row.by_name,
    at: iso(row.at),
  }));
}
