/** split-store: members that move into an incident of their own and back. */
import { sql } from "drizzle-orm";
import type { Transaction } from "../platform/tables/index.ts";
import { records } from "./records.ts";

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
