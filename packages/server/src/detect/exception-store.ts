/** exception-store: exceptions with owner, reason and end, and the exact count of what each hid. */
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Signal } from "./signal.ts";
import type { ExceptionTerms } from "./version-store.ts";

export interface StoredException extends ExceptionTerms {
  readonly id: string;
  /** The filter document. */
  readonly text: string;
  readonly title: string;
  readonly deleted: boolean;
  readonly version: number;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly editedBy: string;
  readonly editedAt: number;
}

export interface HiddenCount {
  readonly hidden: number;
  readonly lastAt: number;
}

export async function readExceptions(executor: Executor): Promise<StoredException[]> {
  const { rows } = await executor.execute<Row>(
    sql`select ${COLUMNS} from rule_exception where not deleted order by created_at, id`,
  );
  return rows.map(fromRow);
}

/** Also a deleted one. */
export async function readException(executor: Executor, id: string): Promise<StoredException | undefined> {
  const { rows } = await executor.execute<Row>(sql`select ${COLUMNS} from rule_exception where id = ${id}`);
  return rows[0] && fromRow(rows[0]);
}

/** Writes it as version `entry.version` if the one before it is still the newest; false when somebody was faster. */
export async function writeException(tx: Transaction, entry: StoredException): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    insert into rule_exception (id, text, title, owner, reason, expires_at, off, deleted, version,
      created_by, created_at, edited_by, edited_at)
    values (${entry.id}, ${entry.text}, ${entry.title}, ${entry.owner}, ${entry.reason}, ${timeOf(entry.expiresMs)}::timestamptz,
      ${entry.off}, ${entry.deleted}, ${entry.version}, ${entry.createdBy}, ${timeOf(entry.createdAt)}::timestamptz,
      ${entry.editedBy}, ${timeOf(entry.editedAt)}::timestamptz)
    on conflict (id) do update set text = excluded.text, title = excluded.title, owner = excluded.owner,
      reason = excluded.reason, expires_at = excluded.expires_at, off = excluded.off, deleted = excluded.deleted,
      version = excluded.version, edited_by = excluded.edited_by, edited_at = excluded.edited_at
      where rule_exception.version = excluded.version - 1
    returning id`);
  return rows.length === 1;
}

/** Adds what a block hid, in the block's transaction: once, whatever is run again. */
export async function countHidden(tx: Transaction, signals: readonly Signal[], now: number): Promise<void> {
  const counts = new Map<string, number>();
  for (const { hiddenBy } of signals) if (hiddenBy !== "") counts.set(hiddenBy, (counts.get(hiddenBy) ?? 0) + 1);
  if (counts.size === 0) return;
  const ids = [...counts.keys()].sort();
  await tx.execute(sql`
    insert into exception_count (exception_id, hidden, last_at)
    select id, n, ${timeOf(now)}::timestamptz
    from unnest(${sql.param(ids)}::text[], ${sql.param(ids.map((id) => counts.get(id) ?? 0))}::bigint[]) as hid (id, n)
    on conflict (exception_id) do update
      set hidden = exception_count.hidden + excluded.hidden, last_at = greatest(exception_count.last_at, excluded.last_at)`);
}

export async function readHiddenCounts(executor: Executor): Promise<Map<string, HiddenCount>> {
  const { rows } = await executor.execute<{ id: string; hidden: string; at: string }>(sql`
    select exception_id as id, hidden::text, (extract(epoch from last_at) * 1000)::bigint::text as at from exception_count`);
  return new Map(rows.map((row) => [row.id, { hidden: Number(row.hidden), lastAt: Number(row.at) }]));
}

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly text: string;
  readonly title: string;
  readonly owner: string;
  readonly reason: string;
  readonly expires: string | null;
  readonly off: boolean;
  readonly deleted: boolean;
  readonly version: number;
  readonly created_by: string;
  readonly created: string;
  readonly edited_by: string;
  readonly edited: string;
}

const COLUMNS = sql`id, text, title, owner, reason, (extract(epoch from expires_at) * 1000)::bigint::text as expires, off,
  deleted, version, created_by, (extract(epoch from created_at) * 1000)::bigint::text as created,
  edited_by, (extract(epoch from edited_at) * 1000)::bigint::text as edited`;

const fromRow = (row: Row): StoredException => ({
  id: row.id,
  text: row.text,
  title: row.title,
  owner: row.owner,
  reason: row.reason,
  expiresMs: row.expires === null ? null : Number(row.expires),
  off: row.off,
  deleted: row.deleted,
  version: row.version,
  createdBy: row.created_by,
  createdAt: Number(row.created),
  editedBy: row.edited_by,
  editedAt: Number(row.edited),
});

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
