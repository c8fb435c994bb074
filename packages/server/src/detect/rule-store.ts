/** rule-store: the states that people gave to rules, with who, when and why. A rule without one is live. */
import type { RuleState } from "@holdfast/contracts/detect";
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface StateChange {
  readonly state: RuleState;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
}

/** Rule id -> its state and how it came by it. */
export type RuleStates = ReadonlyMap<string, StateChange>;

export const stateOf = (states: RuleStates, ruleId: string): RuleState => states.get(ruleId)?.state ?? "live";

export async function readStates(executor: Executor): Promise<RuleStates> {
  const found = await executor.execute<{
    rule_id: string;
    state: RuleState;
    reason: string;
    changed_by: string;
    at: string;
  }>(
    sql`select rule_id, state, reason, changed_by, (extract(epoch from changed_at) * 1000)::bigint::text as at
      from rule_state order by rule_id`,
  );
  return new Map(
    found.rows.map((row) => [
      row.rule_id,
      { state: row.state, reason: row.reason, by: row.changed_by, at: Number(row.at) },
    ]),
  );
}

export async function writeState(tx: Transaction, ruleId: string, change: StateChange): Promise<void> {
  const at = new Date(change.at).toISOString();
  await tx.execute(sql`
    insert into rule_state (rule_id, state, reason, changed_at, changed_by)
    values (${ruleId}, ${change.state}, ${change.reason}, ${at}::timestamptz, ${change.by})
    on conflict (rule_id) do update set state = excluded.state, reason = excluded.reason,
      changed_at = excluded.changed_at, changed_by = excluded.changed_by`);
}
