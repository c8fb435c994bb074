/** store: the SQL of the audit log. */
import { type SQL, sql } from "drizzle-orm";
import type { Executor } from "../tables/index.ts";
import { canonicalJson, type Json } from "./canonical.ts";
import type { ChainedEntry } from "./chain.ts";

export type StoredEntry = ChainedEntry & { readonly hash: string };

export interface Head {
  readonly seq: number;
  readonly hash: string;
}

export interface Filter {
  readonly before?: number | undefined;
  readonly limit: number;
  /** Id or name of the actor. */
  readonly actor?: string | undefined;
  /** An action, or the beginning of one ("session."). */
  readonly action?: string | undefined;
  readonly target?: string | undefined;
}

/** One writer at a time, until the caller's transaction ends. */
export async function lockChain(tx: Executor): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${CHAIN_LOCK})`);
}

export async function readHead(executor: Executor): Promise<Head | undefined> {
  const found = await executor.execute<{ seq: number; hash: string }>(
    sql`select seq, hash from audit_log order by seq desc limit 1`,
  );
  return found.rows[0];
}

export async function insertEntry(tx: Executor, entry: StoredEntry): Promise<void> {
  await tx.execute(sql`
    insert into audit_log (seq, at, actor_kind, actor_id, actor_name, action, target, details, prev_hash, hash)
    values (${entry.seq}, ${entry.at}, ${entry.actor.kind}, ${entry.actor.id}, ${entry.actor.name}, ${entry.action},
            ${entry.target}, ${canonicalJson(entry.details)}::jsonb, ${entry.prevHash}, ${entry.hash})`);
}

export async function newestFirst(executor: Executor, filter: Filter): Promise<StoredEntry[]> {
  const conditions: SQL[] = [sql`true`];
  if (filter.before !== undefined) conditions.push(sql`seq < ${filter.before}`);
  if (filter.actor !== undefined) conditions.push(sql`(actor_id = ${filter.actor} or actor_name = ${filter.actor})`);
  if (filter.action !== undefined) conditions.push(sql`starts_with(action, ${filter.action})`);
  if (filter.target !== undefined) conditions.push(sql`target = ${filter.target}`);
  const rows = await executor.execute<Row>(
    sql`select ${COLUMNS} from audit_log where ${sql.join(conditions, sql` and `)} order by seq desc limit ${filter.limit}`,
  );
  return rows.rows.map(entryOf);
}

export async function oldestFirst(executor: Executor, page: { after: number; limit: number }): Promise<StoredEntry[]> {
  const rows = await executor.execute<Row>(
    sql`select ${COLUMNS} from audit_log where seq > ${page.after} order by seq limit ${page.limit}`,
  );
  return rows.rows.map(entryOf);
}

const CHAIN_LOCK = 4_853_187_002;

const COLUMNS = sql`seq, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, actor_kind, actor_id, actor_name,
  action, target, details, prev_hash, hash`;

type Row = {
  readonly seq: number;
  readonly at: string;
  readonly actor_kind: "user" | "token" | "system";
  readonly actor_id: string;
  readonly actor_name: string;
  readonly action: string;
  readonly target: string;
  readonly details: { readonly [key: string]: Json };
  readonly prev_hash: string;
  readonly hash: string;
};

function entryOf(row: Row): StoredEntry {
  return {
    seq: row.seq,
    at: row.at,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    action: row.action,
    target: row.target,
    details: row.details,
    prevHash: row.prev_hash,
    hash: row.hash,
  };
}
