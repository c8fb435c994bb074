/** store: ticket systems, links, fields and the journal of comments. */
import type { SystemBody } from "@holdfast/contracts/tickets";
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface SystemRecord {
  readonly id: string;
  readonly body: SystemBody;
  readonly secret: string | null;
  readonly cursor: string | null;
  readonly nextAt: number;
  readonly failures: number;
  readonly lastError: string | null;
  readonly lastOkAt: number | null;
  readonly links: number;
  readonly waiting: number;
}

export interface LinkRecord {
  readonly id: string;
  readonly systemId: string;
  readonly incidentId: string;
  readonly state: "creating" | "linked" | "broken";
  readonly remoteId: string | null;
  readonly url: string | null;
  readonly dirty: number;
  readonly triedAt: number | null;
  readonly problem: string | null;
  readonly syncedAt: number | null;
  readonly createdAt: number;
}

export type FieldName = "title" | "severity" | "state";

export interface FieldRecord {
  readonly field: FieldName;
  readonly base: string | null;
  readonly ours: string;
  readonly theirs: string;
  readonly state: "same" | "waiting" | "conflict" | "unmapped" | "off";
  readonly note: string;
  readonly take: "ours" | "theirs" | null;
}

export async function readSystems(db: Executor, id?: string): Promise<SystemRecord[]> {
  const { rows } = await db.execute<{
    id: string;
    body: SystemBody;
    secret: string | null;
    cursor: string | null;
    next_at: number;
    failures: number;
    last_error: string | null;
    last_ok_at: number | null;
    links: number;
    waiting: number;
  }>(sql`
    select s.id, s.body, s.secret, s.cursor, s.next_at, s.failures, s.last_error, s.last_ok_at,
      (select count(*)::int from ticket_link l where l.system_id = s.id) as links,
      (select count(*)::int from ticket_link l where l.system_id = s.id and l.state <> 'broken' and l.dirty > l.done) as waiting
    from ticket_system s ${id === undefined ? sql`` : sql`where s.id = ${id}`} order by s.created_at, s.id`);
  return rows.map((row) => ({
    id: row.id,
    body: row.body,
    secret: row.secret,
    cursor: row.cursor,
    nextAt: row.next_at,
    failures: row.failures,
    lastError: row.last_error,
    lastOkAt: row.last_ok_at,
    links: row.links,
    waiting: row.waiting,
  }));
}

export async function writeSystem(
  tx: Transaction,
  one: { readonly id: string; readonly body: SystemBody; readonly secret: string | null; readonly now: number },
): Promise<void> {
  await tx.execute(sql`
    insert into ticket_system (id, body, secret, next_at, created_at)
    values (${one.id}, ${JSON.stringify(one.body)}::jsonb, ${one.secret}, ${one.now}, ${one.now})
    on conflict (id) do update set body = excluded.body, secret = excluded.secret, next_at = excluded.next_at, failures = 0, last_error = null`);
}

export async function deleteSystem(tx: Transaction, id: string): Promise<void> {
  await tx.execute(sql`delete from ticket_system where id = ${id}`);
}

export async function noteTurn(
  db: Executor,
  id: string,
  turn:
    | { readonly ok: true; readonly cursor: string; readonly at: number; readonly nextAt: number }
    | { readonly ok: false; readonly error: string; readonly nextAt: number },
): Promise<void> {
  await db.execute(
    turn.ok
      ? sql`update ticket_system set cursor = ${turn.cursor}, last_ok_at = ${turn.at}, next_at = ${turn.nextAt}, failures = 0, last_error = null where id = ${id}`
      : sql`update ticket_system set next_at = ${turn.nextAt}, failures = failures + 1, last_error = ${turn.error.slice(0, 1000)} where id = ${id}`,
  );
}

type LinkRow = {
  id: string;
  system_id: string;
  incident_id: string;
  state: LinkRecord["state"];
  remote_id: string | null;
  url: string | null;
  dirty: number;
  tried_at: number | null;
  problem: string | null;
  synced_at: number | null;
  created_at: number;
};

export async function readLinks(
  db: Executor,
  by: { readonly incidentIds: readonly string[] } | { readonly id: string } | { readonly dirtyOf: string },
): Promise<LinkRecord[]> {
  const where =
    "id" in by
      ? sql`id = ${by.id}`
      : "dirtyOf" in by
        ? sql`system_id = ${by.dirtyOf} and dirty > done and state <> 'broken'`
        : sql`incident_id = any(${sql.param(by.incidentIds)}::text[])`;
  const { rows } = await db.execute<LinkRow>(sql`
    select id, system_id, incident_id, state, remote_id, url, dirty, tried_at, problem, synced_at, created_at
    from ticket_link where ${where} order by created_at, id`);
  return rows.map((row) => ({
    id: row.id,
    systemId: row.system_id,
    incidentId: row.incident_id,
    state: row.state,
    remoteId: row.remote_id,
    url: row.url,
    dirty: row.dirty,
    triedAt: row.tried_at,
    problem: row.problem,
    syncedAt: row.synced_at,
    createdAt: row.created_at,
  }));
}

/** False when the ticket is linked already. */
export async function insertLink(
  tx: Transaction,
  one: Pick<LinkRecord, "id" | "systemId" | "incidentId" | "state" | "remoteId"> & {
    readonly by: { readonly id: string; readonly name: string };
    readonly now: number;
  },
): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    insert into ticket_link (id, system_id, incident_id, state, remote_id, by_id, by_name, created_at)
    values (${one.id}, ${one.systemId}, ${one.incidentId}, ${one.state}, ${one.remoteId}, ${one.by.id}, ${one.by.name}, ${one.now})
    on conflict do nothing returning id`);
  return rows.length > 0;
}

export async function deleteLink(tx: Transaction, id: string): Promise<void> {
  await tx.execute(sql`delete from ticket_link where id = ${id}`);
}

export async function noteTried(db: Executor, id: string, at: number): Promise<void> {
  await db.execute(sql`update ticket_link set tried_at = ${at} where id = ${id}`);
}

export async function noteOpened(
  db: Executor,
  id: string,
  ticket: { readonly id: string; readonly url: string },
): Promise<void> {
  await db.execute(
    sql`update ticket_link set state = 'linked', remote_id = ${ticket.id}, url = ${ticket.url}, problem = null where id = ${id}`,
  );
}

/** A change that came while it was brought in step keeps it dirty. */
export async function noteSynced(
  db: Executor,
  link: Pick<LinkRecord, "id" | "dirty">,
  given: { readonly url: string; readonly now: number; readonly problem: string | null },
): Promise<void> {
  await db.execute(sql`
    update ticket_link set done = ${link.dirty}, synced_at = ${given.now}, url = ${given.url}, problem = ${given.problem} where id = ${link.id}`);
}

export async function noteProblem(
  db: Executor,
  link: Pick<LinkRecord, "id" | "dirty">,
  given: { readonly problem: string; readonly broken: boolean; readonly again: boolean },
): Promise<void> {
  await db.execute(sql`
    update ticket_link set problem = ${given.problem.slice(0, 1000)} ${given.broken ? sql`, state = 'broken'` : sql``}
      ${given.again ? sql`` : sql`, done = ${link.dirty}`} where id = ${link.id}`);
}

/** Their tickets or our incidents that changed: those that are linked are brought in step. The systems that have work now. */
export async function markDirty(
  db: Executor,
  what: { readonly incidentId: string } | { readonly systemId: string; readonly remoteIds: readonly string[] },
): Promise<string[]> {
  const where =
    "incidentId" in what
      ? sql`incident_id = ${what.incidentId}`
      : sql`system_id = ${what.systemId} and remote_id = any(${sql.param(what.remoteIds)}::text[])`;
  const { rows } = await db.execute<{ system_id: string }>(
    sql`update ticket_link set dirty = dirty + 1 where ${where} returning system_id`,
  );
  return [...new Set(rows.map(({ system_id }) => system_id))];
}

export async function readFields(db: Executor, linkId: string): Promise<FieldRecord[]> {
  const { rows } = await db.execute<FieldRecord & Record<string, unknown>>(
    sql`select field, base, ours, theirs, state, note, take from ticket_field where link_id = ${linkId} order by field`,
  );
  return rows;
}

export async function writeField(db: Executor, linkId: string, one: FieldRecord): Promise<void> {
  await db.execute(sql`
    insert into ticket_field (link_id, field, base, ours, theirs, state, note, take)
    values (${linkId}, ${one.field}, ${one.base}, ${one.ours}, ${one.theirs}, ${one.state}, ${one.note}, ${one.take})
    on conflict (link_id, field) do update set base = excluded.base, ours = excluded.ours, theirs = excluded.theirs,
      state = excluded.state, note = excluded.note, take = excluded.take`);
}

/** False when there is no conflict to decide. */
export async function decide(
  tx: Transaction,
  linkId: string,
  { field, take }: { readonly field: string; readonly take: "ours" | "theirs" },
): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    update ticket_field set take = ${take} where link_id = ${linkId} and field = ${field} and state in ('conflict', 'unmapped') returning field`);
  return rows.length > 0;
}

export type CommentOrigin = "ours" | "theirs" | "echo";

export async function readComments(
  db: Executor,
  linkId: string,
): Promise<{ origin: CommentOrigin; id: string; state: "sending" | "done" }[]> {
  const { rows } = await db.execute<{ origin: CommentOrigin; id: string; state: "sending" | "done" }>(
    sql`select origin, id, state from ticket_comment where link_id = ${linkId}`,
  );
  return rows;
}

export async function writeComment(
  db: Executor,
  linkId: string,
  one: {
    readonly origin: CommentOrigin;
    readonly id: string;
    readonly state: "sending" | "done";
    readonly now: number;
  },
): Promise<void> {
  await db.execute(sql`
    insert into ticket_comment (link_id, origin, id, state, at) values (${linkId}, ${one.origin}, ${one.id}, ${one.state}, ${one.now})
    on conflict (link_id, origin, id) do update set state = excluded.state, at = excluded.at`);
}
