/** library-store: the SQL of playbooks and their versions. */
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Someone } from "./port.ts";

export interface StoredPlaybook {
  readonly id: string;
  readonly origin: "shipped" | "own";
  readonly name: string;
  readonly draft: string | null;
  readonly draftBy: Someone | null;
  /** The newest published version. */
  readonly version: number | null;
  readonly text: string | null;
  readonly publishedAt: number | null;
  readonly publishedBy: Someone | null;
  /** null while it is on. */
  readonly off: Off | null;
}

export interface Off {
  readonly at: number;
  readonly by: Someone;
  readonly reason: string;
}

export interface RunCounts {
  readonly runs: number;
  readonly running: number;
  readonly last: number | null;
}

interface Row extends Record<string, unknown> {
  id: string;
  origin: "shipped" | "own";
  name: string;
  draft: string | null;
  draft_by: Someone | null;
  version: number | null;
  text: string | null;
  published_at: number | null;
  published_by: Someone | null;
  off_at: number | null;
  off_by: Someone | null;
  off_reason: string | null;
}

export async function readPlaybooks(executor: Executor, id?: string): Promise<StoredPlaybook[]> {
  const only = id === undefined ? sql`` : sql`where p.id = ${id}`;
  const found = await executor.execute<Row>(sql`
    select p.id, p.origin, p.name, p.draft, p.draft_by, v.version, v.text, v.published_at, v.published_by,
      p.off_at, p.off_by, p.off_reason
    from playbook p
    left join lateral (select * from playbook_version where playbook_id = p.id order by version desc limit 1) v on true
    ${only} order by lower(p.name), p.id`);
  return found.rows.map((row) => ({
    id: row.id,
    origin: row.origin,
    name: row.name,
    draft: row.draft,
    draftBy: row.draft_by,
    version: row.version,
    text: row.text,
    publishedAt: row.published_at,
    publishedBy: row.published_by,
    off: offOf(row),
  }));
}

function offOf({ off_at: at, off_by: by, off_reason: reason }: Row): Off | null {
  return at === null || by === null || reason === null ? null : { at, by, reason };
}

/** Nobody else writes it until the transaction ends. */
export async function lockPlaybook(tx: Transaction, id: string): Promise<StoredPlaybook | undefined> {
  await tx.execute(sql`select 1 from playbook where id = ${id} for update`);
  return (await readPlaybooks(tx, id))[0];
}

/** False when it is so already. */
export async function saveSwitch(executor: Executor, id: string, off: Off | null): Promise<boolean> {
  const put = await executor.execute(sql`
    update playbook set off_at = ${off?.at ?? null}, off_by = ${off === null ? null : JSON.stringify(off.by)}::jsonb,
      off_reason = ${off?.reason ?? null}
    where id = ${id} and (off_at is null) = ${off !== null}`);
  return put.rowCount === 1;
}

/** False when there is one of this id. */
export async function insertPlaybook(
  executor: Executor,
  playbook: { readonly id: string; readonly origin: "shipped" | "own"; readonly name: string; readonly at: number },
): Promise<boolean> {
  const put = await executor.execute(sql`
    insert into playbook (id, origin, name, created_at)
    values (${playbook.id}, ${playbook.origin}, ${playbook.name}, ${playbook.at}) on conflict (id) do nothing`);
  return put.rowCount === 1;
}

export async function saveDraft(
  executor: Executor,
  draft: {
    readonly id: string;
    readonly name: string;
    readonly text: string;
    readonly by: Someone;
    readonly at: number;
  },
): Promise<void> {
  await executor.execute(sql`
    update playbook set draft = ${draft.text}, draft_by = ${JSON.stringify(draft.by)}::jsonb, draft_at = ${draft.at},
      name = ${draft.name} where id = ${draft.id}`);
}

export async function insertVersion(
  executor: Executor,
  version: {
    readonly id: string;
    readonly name: string;
    readonly origin: "shipped" | "own";
    readonly text: string;
    readonly by: Someone;
    readonly at: number;
  },
): Promise<void> {
  const { id, name, origin, text, by, at } = version;
  await executor.execute(sql`
    insert into playbook_version (playbook_id, version, text, published_at, published_by)
    select ${id}, coalesce(max(version), 0) + 1, ${text}, ${at}, ${JSON.stringify(by)}::jsonb
    from playbook_version where playbook_id = ${id}`);
  await executor.execute(sql`
    update playbook set origin = ${origin}, name = ${name}, draft = null, draft_by = null, draft_at = null where id = ${id}`);
}

export async function readVersions(
  executor: Executor,
  id: string,
): Promise<{ readonly version: number; readonly at: number; readonly by: Someone }[]> {
  const found = await executor.execute<{ version: number; published_at: number; published_by: Someone }>(sql`
    select version, published_at, published_by from playbook_version where playbook_id = ${id} order by version desc`);
  return found.rows.map((row) => ({ version: row.version, at: row.published_at, by: row.published_by }));
}

export async function readRunCounts(executor: Executor): Promise<ReadonlyMap<string, RunCounts>> {
  const found = await executor.execute<{ playbook_id: string; runs: number; running: number; last: number | null }>(sql`
    select playbook_id, count(*) as runs, count(*) filter (where ended_at is null) as running, max(started_at) as last
    from playbook_run where exercise_id is null group by playbook_id`);
  return new Map(found.rows.map(({ playbook_id, runs, running, last }) => [playbook_id, { runs, running, last }]));
}
