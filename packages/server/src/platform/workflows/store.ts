/** store: the SQL of messages to workflows and of starts that wait to be taken over. */
import { sql } from "drizzle-orm";
import type { Executor, Tables } from "../tables/index.ts";

export interface StoredMessage {
  readonly workflowId: string;
  readonly topic: string;
  readonly key: string;
  readonly body: unknown;
  readonly at: number;
}

export interface StoredStart {
  readonly workflowId: string;
  readonly name: string;
  readonly input: unknown;
}

/** False when a message of this key was sent to the workflow before. */
export async function putMessage(executor: Executor, message: StoredMessage): Promise<boolean> {
  const { workflowId, topic, key, body, at } = message;
  const put = await executor.execute(sql`
    insert into workflow_message (workflow_id, topic, key, body, sent_at)
    values (${workflowId}, ${topic}, ${key}, ${JSON.stringify(body ?? null)}::jsonb, ${at})
    on conflict (workflow_id, key) do nothing`);
  return put.rowCount === 1;
}

/** The message this place in history took before, else the oldest on the topic, which it takes. */
export async function takeMessage(
  tables: Tables,
  place: { workflowId: string; topic: string; receivedAs: number },
): Promise<{ readonly body: unknown } | undefined> {
  const { workflowId, topic, receivedAs } = place;
  const taken = await tables.db.execute<{ body: unknown }>(sql`
    with known as (
      select seq from workflow_message where workflow_id = ${workflowId} and received_as = ${receivedAs}
    ), oldest as (
      select seq from workflow_message
      where workflow_id = ${workflowId} and topic = ${topic} and received_as is null and not exists (select from known)
      order by seq limit 1 for update
    )
    update workflow_message set received_as = ${receivedAs}
    where seq in (select seq from known union all select seq from oldest)
    returning body`);
  return taken.rows[0];
}

/** For a workflow that begins anew: what it took stays taken, but the last of the topic, which it may have taken and not worked off,
 *  comes again. */
export async function returnLastMessage(tables: Tables, workflowId: string, topic: string): Promise<void> {
  await tables.db.execute(sql`
    update workflow_message set received_as = case when received_as = (
        select max(received_as) from workflow_message where workflow_id = ${workflowId} and topic = ${topic}
      ) then null else -received_as end
    where workflow_id = ${workflowId} and received_as > 0`);
}

/** Messages that these workflows took, or never will. */
export async function removeMessages(tables: Tables, workflowIds: readonly string[]): Promise<void> {
  await tables.db.execute(sql`delete from workflow_message where workflow_id = any(${sql.param(workflowIds)}::text[])`);
}

/** Workflows that were sent something before then, in order of their ids, after the one that is given. */
export async function writtenTo(
  tables: Tables,
  asked: { readonly before: number; readonly after: string; readonly limit: number },
): Promise<string[]> {
  const { rows } = await tables.db.execute<{ workflow_id: string }>(sql`
    select workflow_id from workflow_message where workflow_id > ${asked.after}
    group by workflow_id having max(sent_at) < ${asked.before} order by workflow_id limit ${asked.limit}`);
  return rows.map(({ workflow_id }) => workflow_id);
}

export async function putStart(executor: Executor, start: StoredStart & { readonly at: number }): Promise<void> {
  await executor.execute(sql`
    insert into workflow_start (workflow_id, name, input, asked_at)
    values (${start.workflowId}, ${start.name}, ${JSON.stringify(start.input ?? null)}::jsonb, ${start.at})
    on conflict (workflow_id) do nothing`);
}

/** Only of these names: one that this version does not know waits for the version that does. */
export async function nextStarts(tables: Tables, names: readonly string[], limit: number): Promise<StoredStart[]> {
  const found = await tables.db.execute<{ workflow_id: string; name: string; input: unknown }>(sql`
    select workflow_id, name, input from workflow_start
    where name in (select jsonb_array_elements_text(${JSON.stringify(names)}::jsonb)) order by seq limit ${limit}`);
  return found.rows.map((row) => ({ workflowId: row.workflow_id, name: row.name, input: row.input }));
}

export async function startWaits(tables: Tables, workflowId: string): Promise<boolean> {
  const found = await tables.db.execute(sql`select from workflow_start where workflow_id = ${workflowId}`);
  return found.rows.length > 0;
}

export async function removeStart(tables: Tables, workflowId: string): Promise<void> {
  await tables.db.execute(sql`delete from workflow_start where workflow_id = ${workflowId}`);
}
