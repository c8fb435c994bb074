/** fired-text-store: the texts that rules fired with, by their hash: each once, and never changed. */
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface FiredText {
  readonly ruleId: string;
  readonly hash: string;
  readonly text: string;
}

/** Answers those that were new. */
export async function writeFiredTexts(
  tx: Transaction,
  texts: readonly FiredText[],
): Promise<readonly Pick<FiredText, "ruleId" | "hash">[]> {
  const column = (key: keyof FiredText) => sql.param(texts.map((entry) => entry[key]));
  const { rows } = await tx.execute<{ rule_id: string; hash: string }>(sql`
    insert into rule_fired_text (rule_id, hash, text)
    select * from unnest(${column("ruleId")}::text[], ${column("hash")}::text[], ${column("text")}::text[])
    on conflict (rule_id, hash) do nothing returning rule_id, hash`);
  return rows.map(({ rule_id, hash }) => ({ ruleId: rule_id, hash }));
}

export async function readFiredText(executor: Executor, ruleId: string, hash: string): Promise<string | undefined> {
  const { rows } = await executor.execute<{ text: string }>(
    sql`select text from rule_fired_text where rule_id = ${ruleId} and hash = ${hash}`,
  );
  return rows[0]?.text;
}
