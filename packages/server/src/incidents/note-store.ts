/** note-store: the lines that work on incidents leaves on their timelines. Append-only. */
import { sql } from "drizzle-orm";
import type { TimelineItem, WorkKind } from "@holdfast/contracts/triage";
import { storable } from "../detect/index.ts";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { NewNote } from "./note.ts";

/** The id, or null when this key was written before. */
export async function insertNote(tx: Transaction, note: NewNote): Promise<number | null> {
  const found = await tx.execute<{ id: number }>(sql`
    insert into incident_note (incident_id, key, at, lane, kind, title, body, actor_id, actor_name, link)
    values (${note.incidentId}, ${storable(note.key)}, ${Math.round(note.at)}, ${note.lane}, ${note.kind},
      ${storable(note.title.slice(0, TITLE))}, ${storable(note.body.slice(0, BODY))}, ${note.actor?.id ?? null},
      ${note.actor === null ? null : storable(note.actor.name)}, ${inside(note.link)})
    on conflict (incident_id, key) do nothing returning id`);
  const id = found.rows[0]?.id;
  return id === undefined ? null : Number(id);
}

/** The latest notes of these incidents, oldest first. */
export async function notesOf(executor: Executor, incidentIds: readonly string[]): Promise<TimelineItem[]> {
  const found = await executor.execute<NoteRow>(sql`
    select id, at, lane, kind, title, body, actor_id, actor_name, link from incident_note
    where incident_id = any(${sql.param(incidentIds)}::text[]) order by at desc, id desc limit ${MOST}`);
  return found.rows.reverse().map((row) => ({
    id: `n${row.id}`,
    at: new Date(Number(row.at)).toISOString(),
    lane: row.lane,
    kind: row.kind,
    title: row.title,
    body: row.body,
    actor: row.actor_id === null ? null : { id: row.actor_id, name: row.actor_name ?? "" },
    alertId: null,
    eventId: null,
    severity: null,
    link: row.link,
  }));
}

type NoteRow = {
  id: number;
  at: number;
  lane: TimelineItem["lane"];
  kind: WorkKind;
  title: string;
  body: string;
  actor_id: string | null;
  actor_name: string | null;
  link: string | null;
};

const TITLE = 500;
const BODY = 20_000;
const MOST = 2_000;

/** Only addresses of our own pages: what a note links to may come from an area's data. */
function inside(link: string | null | undefined): string | null {
  return link !== null && link !== undefined && /^\/(?!\/)[^\s\\]*$/.test(link) ? link : null;
}
