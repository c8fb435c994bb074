/** host-query-store: which hosts ask for questions, what they were asked, and what became of it. */
import type { HostQuery } from "@holdfast/contracts/host-queries";
import { type SQL, sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface Node {
  readonly source: string;
  readonly host: string;
}

/** A host that asks every few seconds is written down once a minute. */
export async function seeNode(db: Executor, { source, host }: Node, at: string): Promise<void> {
  await db.execute(sql`
    INSERT INTO host_node (source_id, host, seen_at) VALUES (${source}, ${host}, ${at}::timestamptz)
    ON CONFLICT (source_id, host) DO UPDATE SET seen_at = excluded.seen_at WHERE host_node.seen_at < excluded.seen_at - interval '1 minute'`);
}

export async function listNodes(db: Executor, host: string | undefined): Promise<(Node & { seenAt: string })[]> {
  const { rows } = await db.execute<{ source_id: string; host: string; seen_at: Date }>(sql`
    SELECT source_id, host, seen_at FROM host_node WHERE ${host === undefined ? sql`true` : sql`lower(host) = lower(${host})`}
    ORDER BY host, source_id LIMIT 5000`);
  return rows.map((row) => ({ source: row.source_id, host: row.host, seenAt: iso(row.seen_at) }));
}

export async function nodesNamed(db: Executor, hosts: readonly string[]): Promise<Node[]> {
  const { rows } = await db.execute<{ source_id: string; host: string }>(sql`
    SELECT source_id, host FROM host_node WHERE lower(host) = ANY(${sql.param(hosts.map((host) => host.toLowerCase()))}::text[])`);
  return rows.map((row) => ({ source: row.source_id, host: row.host }));
}

export async function insertQuery(
  tx: Transaction,
  asked: Omit<HostQuery, "answers" | "search">,
  nodes: readonly Node[],
): Promise<void> {
  const { id, query, reason, incidentId, askedBy, askedAt, expiresAt } = asked;
  await tx.execute(sql`
    INSERT INTO host_query (id, query, reason, incident_id, asked_by, asked_at, expires_at)
    VALUES (${id}, ${query}, ${reason}, ${incidentId}, ${askedBy}, ${askedAt}::timestamptz, ${expiresAt}::timestamptz)`);
  await tx.execute(sql`
    INSERT INTO host_answer (query_id, source_id, host, state)
    SELECT ${id}, source, host, 'waiting' FROM unnest(${sql.param(nodes.map(({ source }) => source))}::text[], ${sql.param(nodes.map(({ host }) => host))}::text[]) AS n (source, host)`);
}

/** Gives each waiting question away, once. */
export async function takeWaiting(db: Executor, { source, host }: Node, at: string): Promise<Record<string, string>> {
  const { rows } = await db.execute<{ id: string; query: string }>(sql`
    UPDATE host_answer a SET state = 'sent', sent_at = ${at}::timestamptz FROM host_query q
    WHERE a.source_id = ${source} AND a.host = ${host} AND a.state = 'waiting' AND q.id = a.query_id AND q.expires_at > ${at}::timestamptz
    RETURNING q.id, q.query`);
  return Object.fromEntries(rows.map(({ id, query }) => [id, query]));
}

/** Of these questions, those that this host has and was to answer by now. */
export async function awaited(db: Executor, { source, host }: Node, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.execute<{ query_id: string }>(sql`
    SELECT query_id FROM host_answer WHERE source_id = ${source} AND host = ${host} AND state = 'sent' AND query_id = ANY(${sql.param(ids)}::text[])`);
  return new Set(rows.map((row) => row.query_id));
}

export interface Answer {
  readonly id: string;
  readonly failed: boolean;
  readonly rows: number;
  readonly message: string;
}

export async function writeAnswers(
  db: Executor,
  { source, host }: Node,
  { answers, at }: { readonly answers: readonly Answer[]; readonly at: string },
): Promise<void> {
  const column = (key: keyof Answer) => sql.param(answers.map((answer) => answer[key]));
  await db.execute(sql`
    UPDATE host_answer a SET state = CASE WHEN s.failed THEN 'failed' ELSE 'answered' END, answered_at = ${at}::timestamptz, rows = s.rows, message = s.message
    FROM unnest(${column("id")}::text[], ${column("failed")}::boolean[], ${column("rows")}::int[], ${column("message")}::text[]) AS s (id, failed, rows, message)
    WHERE a.query_id = s.id AND a.source_id = ${source} AND a.host = ${host} AND a.state = 'sent'`);
}

export async function readQueries(
  db: Executor,
  asked: {
    readonly id?: string | undefined;
    readonly host?: string | undefined;
    readonly incidentId?: string | undefined;
  },
  now: string,
): Promise<HostQuery[]> {
  const conditions: SQL[] = [sql`true`];
  if (asked.id !== undefined) conditions.push(sql`q.id = ${asked.id}`);
  if (asked.incidentId !== undefined) conditions.push(sql`q.incident_id = ${asked.incidentId}`);
  if (asked.host !== undefined)
    conditions.push(
      sql`EXISTS (SELECT FROM host_answer a WHERE a.query_id = q.id AND lower(a.host) = lower(${asked.host}))`,
    );
  const { rows } = await db.execute<{
    id: string;
    query: string;
    reason: string;
    incident_id: string | null;
    asked_by: string;
    asked_at: Date;
    expires_at: Date;
  }>(
    sql`SELECT q.* FROM host_query q WHERE ${sql.join(conditions, sql` AND `)} ORDER BY q.asked_at DESC, q.id LIMIT 100`,
  );
  const { rows: answers } = await db.execute<{
    query_id: string;
    source_id: string;
    host: string;
    state: "waiting" | "sent" | "answered" | "failed";
    sent_at: Date | null;
    answered_at: Date | null;
    rows: number;
    message: string;
  }>(
    sql`SELECT * FROM host_answer WHERE query_id = ANY(${sql.param(rows.map(({ id }) => id))}::text[]) ORDER BY host, source_id`,
  );
  const byQuery = Map.groupBy(answers, ({ query_id }) => query_id);
  return rows.map((row) => ({
    id: row.id,
    query: row.query,
    reason: row.reason,
    incidentId: row.incident_id,
    askedBy: row.asked_by,
    askedAt: iso(row.asked_at),
    expiresAt: iso(row.expires_at),
    search: `parser:osquery channel:"${channelOf(row.id)}"`,
    answers: (byQuery.get(row.id) ?? []).map((answer) => ({
      host: answer.host,
      source: answer.source_id,
      state:
        (answer.state === "waiting" || answer.state === "sent") && iso(row.expires_at) <= now
          ? "expired"
          : answer.state,
      sentAt: answer.sent_at === null ? null : iso(answer.sent_at),
      answeredAt: answer.answered_at === null ? null : iso(answer.answered_at),
      rows: answer.rows,
      message: answer.message,
    })),
  }));
}

/** What rows of an answer are called in the events table. */
export const channelOf = (id: string): string => `question ${id}`;

const iso = (at: Date | string): string => new Date(at).toISOString();
