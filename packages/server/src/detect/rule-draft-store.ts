/** rule-draft-store: texts of rules that do not load yet. */
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface StoredDraft {
  readonly id: string;
  readonly ruleId: string | null;
  readonly title: string;
  readonly text: string;
  readonly version: number;
  readonly editedBy: string;
  readonly editedAt: number;
  readonly note: string;
}

/** Newest first; without a rule all of them. */
export async function readDrafts(executor: Executor, ruleId: string | undefined): Promise<StoredDraft[]> {
  const { rows } = await executor.execute<Row>(sql`
    select ${COLUMNS} from rule_draft where ${ruleId === undefined ? sql`true` : sql`rule_id = ${ruleId}`}
    order by edited_at desc, id limit ${MOST_DRAFTS}`);
  return rows.map(fromRow);
}

export async function readDraft(executor: Executor, id: string): Promise<StoredDraft | undefined> {
  const { rows } = await executor.execute<Row>(sql`select ${COLUMNS} from rule_draft where id = ${id}`);
  return rows[0] && fromRow(rows[0]);
}

/** As version `draft.version`, if the one before it is still the newest; false when somebody was faster. */
export async function writeDraft(tx: Transaction, draft: StoredDraft): Promise<boolean> {
  const at = new Date(draft.editedAt).toISOString();
  const { rows } = await tx.execute(sql`
    insert into rule_draft (id, rule_id, title, text, version, edited_by, edited_at, note)
    values (${draft.id}, ${draft.ruleId}, ${draft.title}, ${draft.text}, ${draft.version}, ${draft.editedBy}, ${at}::timestamptz, ${draft.note})
    on conflict (id) do update set title = excluded.title, text = excluded.text, version = excluded.version,
      edited_by = excluded.edited_by, edited_at = excluded.edited_at, note = excluded.note
      where rule_draft.version = excluded.version - 1
    returning id`);
  return rows.length === 1;
}

export async function deleteDraft(tx: Transaction, id: string): Promise<StoredDraft | undefined> {
  const { rows } = await tx.execute<Row>(sql`delete from rule_draft where id = ${id} returning ${COLUMNS}`);
  return rows[0] && fromRow(rows[0]);
}

const MOST_DRAFTS = 500;

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly rule_id: string | null;
  readonly title: string;
  readonly text: string;
  readonly version: number;
  readonly edited_by: string;
  readonly at: string;
  readonly note: string;
}

const COLUMNS = sql`id, rule_id, title, text, version, edited_by, (extract(epoch from edited_at) * 1000)::bigint::text as at, note`;

const fromRow = (row: Row): StoredDraft => ({
  id: row.id,
  ruleId: row.rule_id,
  title: row.title,
  text: row.text,
  version: row.version,
  editedBy: row.edited_by,
  editedAt: Number(row.at),
  note: row.note,
});
