/** rule-store: which rules people have switched off, and why. */
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export async function readDisabled(executor: Executor): Promise<Set<string>> {
  const found = await executor.execute<{ rule_id: string }>(
    sql`select rule_id from rule_state where not enabled order by rule_id`,
  );
  return new Set(found.rows.map((row) => row.rule_id));
}

export async function writeState(
  tx: Transaction,
  state: {
    readonly ruleId: string;
    readonly enabled: boolean;
    readonly reason: string;
    readonly by: string;
    readonly now: number;
  },
): Promise<void> {
  const at = new Date(state.now).toISOString();
  await tx.execute(sql`
    insert into rule_state (rule_id, enabled, reason, changed_at, changed_by)
    values (${state.ruleId}, ${state.enabled}, ${state.reason}, ${at}::timestamptz, ${state.by})
    on conflict (rule_id) do update set enabled = excluded.enabled, reason = excluded.reason,
      changed_at = excluded.changed_at, changed_by = excluded.changed_by`);
}
