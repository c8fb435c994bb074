/** timeline-store: what people and the system did, append-only, and how it is read back for one alert or one incident. */
import { type SQL, sql } from "drizzle-orm";
import type { TimelineItem, WorkKind } from "@holdfast/contracts/triage";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { iso } from "./alert-list-store.ts";
import { records } from "./records.ts";

export interface NewTimelineEntry {
  /** Id of the alert or incident. */
  readonly subject: string;
  readonly at: number;
  readonly lane: TimelineItem["lane"];
  readonly kind: Exclude<TimelineItem["kind"], "event" | "alert" | WorkKind>;
  readonly title: string;
  readonly body?: string;
  readonly actor: { readonly id: string; readonly name: string } | null;
  readonly alertId?: string;
}

export async function appendTimeline(tx: Transaction, entries: readonly NewTimelineEntry[]): Promise<TimelineItem[]> {
  if (entries.length === 0) return [];
  const rows = entries.map(({ actor, alertId, body = "", ...entry }) => ({
    ...entry,
    body,
    actor_id: actor?.id ?? null,
    actor_name: actor?.name ?? null,
    alert_id: alertId ?? null,
  }));
  const written = await tx.execute<EntryRow>(sql`
    insert into timeline_entry (subject, at, lane, kind, title, body, actor_id, actor_name, alert_id)
    select subject, at, lane, kind, title, body, actor_id, actor_name, alert_id
    from jsonb_to_recordset(${records(rows)}::jsonb) as r(subject text, at bigint, lane text, kind text, title text, body text,
      actor_id text, actor_name text, alert_id text)
    returning ${COLUMNS}`);
  return written.rows.map(toItem);
}

export async function timelineOfAlert(executor: Executor, alertId: string): Promise<TimelineItem[]> {
  return read(executor, sql`subject = ${alertId}`);
}

/** The incident's own entries, those of incidents merged into it, and comments on its members. */
export async function timelineOfIncident(
  executor: Executor,
  rootId: string,
  alertIds: readonly string[],
): Promise<TimelineItem[]> {
  return read(
    executor,
    sql`subject in (select id from incident where root_id = ${rootId})
      or (kind = 'comment' and subject = any(${sql.param(alertIds)}::text[]))`,
  );
}

type EntryRow = {
  id: number;
  at: number;
  lane: TimelineItem["lane"];
  kind: TimelineItem["kind"];
  title: string;
  body: string;
  actor_id: string | null;
  actor_name: string | null;
  alert_id: string | null;
};

const COLUMNS = sql.raw("id, at, lane, kind, title, body, actor_id, actor_name, alert_id");
const MOST_ENTRIES = 2_000;

async function read(executor: Executor, where: SQL): Promise<TimelineItem[]> {
  const found = await executor.execute<EntryRow>(sql`
    select ${COLUMNS} from timeline_entry where ${where} order by at desc, id desc limit ${MOST_ENTRIES}`);
  return found.rows.reverse().map(toItem);
}

function toItem(row: EntryRow): TimelineItem {
  return {
    id: `t${row.id}`,
    at: iso(row.at),
    lane: row.lane,
    kind: row.kind,
    title: row.title,
    body: row.body,
    actor: row.actor_id === null ? null : { id: row.actor_id, name: row.actor_name ?? "" },
    alertId: row.alert_id,
    eventId: null,
    severity: null,
  };
}
