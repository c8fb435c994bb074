/** rule-text-store: rules that were written or edited here. A row stays when its text is no longer in force, so that numbers of
 *  versions go on and what was deleted can come back. */
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface StoredRule {
  readonly ruleId: string;
  readonly text: string;
  readonly title: string;
  readonly version: number;
  readonly inForce: boolean;
  /** The file's text when it was last edited here; null for a rule that no file has. */
  readonly baseText: string | null;
  readonly editedBy: string;
  readonly editedAt: number;
  readonly note: string;
}

export async function readStoredRules(executor: Executor): Promise<StoredRule[]> {
  const { rows } = await executor.execute<Row>(sql`select ${COLUMNS} from rule_text order by rule_id`);
  return rows.map(fromRow);
}

export async function readStoredRule(executor: Executor, ruleId: string): Promise<StoredRule | undefined> {
  const { rows } = await executor.execute<Row>(sql`select ${COLUMNS} from rule_text where rule_id = ${ruleId}`);
  return rows[0] && fromRow(rows[0]);
}

/** Writes the rule as version `rule.version` if the one before it is still the newest; false when somebody was faster. */
export async function writeStoredRule(tx: Transaction, rule: StoredRule): Promise<boolean> {
  const at = new Date(rule.editedAt).toISOString();
  const { rows } = await tx.execute(sql`
    insert into rule_text (rule_id, text, title, version, in_force, base_text, edited_by, edited_at, note)
    values (${rule.ruleId}, ${rule.text}, ${rule.title}, ${rule.version}, ${rule.inForce}, ${rule.baseText},
      ${rule.editedBy}, ${at}::timestamptz, ${rule.note})
    on conflict (rule_id) do update set text = excluded.text, title = excluded.title, version = excluded.version,
      in_force = excluded.in_force, base_text = excluded.base_text, edited_by = excluded.edited_by,
      edited_at = excluded.edited_at, note = excluded.note
      where rule_text.version = excluded.version - 1
    returning rule_id`);
  return rows.length === 1;
}

interface Row extends Record<string, unknown> {
  readonly rule_id: string;
  readonly text: string;
  readonly title: string;
  readonly version: number;
  readonly in_force: boolean;
  readonly base_text: string | null;
  readonly edited_by: string;
  readonly at: string;
  readonly note: string;
}

const COLUMNS = sql`rule_id, text, title, version, in_force, base_text, edited_by,
  (extract(epoch from edited_at) * 1000)::bigint::text as at, note`;

const fromRow = (row: Row): StoredRule => ({
  ruleId: row.rule_id,
  text: row.text,
  title: row.title,
  version: row.version,
  inForce: row.in_force,
  baseText: row.base_text,
  editedBy: row.edited_by,
  editedAt: Number(row.at),
  note: row.note,
});
