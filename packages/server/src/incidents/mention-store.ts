/** mention-store: who was named in which note, and the decisions behind their notes. */
import { sql } from "drizzle-orm";
import type { Decision, Mention } from "@holdfast/contracts/incidents";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export async function insertMentions(
  tx: Transaction,
  mention: {
    readonly noteId: number;
    readonly incidentId: string;
    readonly personIds: readonly string[];
    readonly at: number;
    readonly by: string;
    readonly text: string;
  },
): Promise<void> {
  const { noteId, incidentId, personIds, at, by, text } = mention;
  await tx.execute(sql`
    insert into incident_mention (note_id, person_id, incident_id, at, by_name, text)
    select ${noteId}::bigint, id, ${incidentId}, ${at}::bigint, ${by}, ${text.slice(0, EXCERPT)}
    from unnest(${sql.param(personIds)}::text[]) as r(id)`);
}

export async function mentionsOf(
  executor: Executor,
  asked: {
    readonly personId: string;
    readonly unread: boolean;
    readonly limit: number;
    readonly before: number | null;
  },
): Promise<{ items: Omit<Mention, "incident">[]; incidentIds: string[]; unread: number }> {
  const unread = asked.unread ? sql`and read_at is null` : sql``;
  const before = asked.before === null ? sql`` : sql`and note_id < ${asked.before}`;
  const [found, counted] = await Promise.all([
    executor.execute<MentionRow>(sql`
      select note_id, incident_id, at, by_name, text, read_at from incident_mention
      where person_id = ${asked.personId} ${unread} ${before} order by note_id desc limit ${asked.limit}`),
    executor.execute<{ n: number }>(sql`
      select count(*) as n from incident_mention where person_id = ${asked.personId} and read_at is null`),
  ]);
  return {
    items: found.rows.map((row) => ({
      noteId: Number(row.note_id),
      at: new Date(Number(row.at)).toISOString(),
      by: row.by_name,
      text: row.text,
      readAt: row.read_at === null ? null : new Date(Number(row.read_at)).toISOString(),
    })),
    incidentIds: found.rows.map((row) => row.incident_id),
    unread: Number(counted.rows[0]?.n ?? 0),
  };
}

export async function markRead(
  executor: Executor,
  read: { readonly personId: string; readonly noteIds: readonly number[]; readonly at: number },
): Promise<number> {
  const found = await executor.execute(sql`
    update incident_mention set read_at = ${read.at} where person_id = ${read.personId} and read_at is null
      and note_id = any(${sql.param(read.noteIds)}::bigint[]) returning note_id`);
  return found.rows.length;
}

export async function insertDecision(
  tx: Transaction,
  decision: {
    readonly noteId: number;
    readonly incidentId: string;
    readonly what: string;
    readonly why: string;
    readonly information: readonly string[];
  },
): Promise<void> {
  await tx.execute(sql`
    insert into incident_decision (note_id, incident_id, what, why, information)
    values (${decision.noteId}, ${decision.incidentId}, ${decision.what}, ${decision.why},
      ${sql.param(decision.information)}::text[])`);
}

export async function decisionsOf(executor: Executor, incidentIds: readonly string[]): Promise<Decision[]> {
  const found = await executor.execute<DecisionRow>(sql`
    select d.note_id, d.what, d.why, d.information, n.at, n.actor_id, n.actor_name
    from incident_decision d join incident_note n on n.id = d.note_id
    where d.incident_id = any(${sql.param(incidentIds)}::text[]) order by n.at, n.id`);
  return found.rows.map((row) => ({
    id: `n${row.note_id}`,
    at: new Date(Number(row.at)).toISOString(),
    by: row.actor_id === null ? null : { id: row.actor_id, name: row.actor_name ?? "" },
    what: row.what,
    why: row.why,
    information: row.information,
  }));
}

const EXCERPT = 1000;

type MentionRow = {
  note_id: number;
  incident_id: string;
  at: number;
  by_name: string;
  text: string;
  read_at: number | null;
};

type DecisionRow = {
  note_id: number;
  what: string;
  why: string;
  information: string[];
  at: number;
  actor_id: string | null;
  actor_name: string | null;
};
