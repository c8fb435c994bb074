/** signal-alerts: which alert a stored signal is part of: the one of its rule and entity that was active at its time. */
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";
import { collapseKey } from "./causes.ts";

export interface StoredSignal {
  readonly id: string;
  readonly ruleId: string;
  readonly entityKind: string;
  readonly entity: string;
  readonly timeMs: number;
}

/** Signal id -> alert id; signals whose alert is gone are left out. */
export async function alertsOfSignals(
  executor: Executor,
  signals: readonly StoredSignal[],
): Promise<Map<string, string>> {
  if (signals.length === 0) return new Map();
  const keys = signals.map((signal) => collapseKey(signal.ruleId, { kind: signal.entityKind, value: signal.entity }));
  const { rows } = await executor.execute<{ signal: string; alert: string }>(sql`
    select distinct on (s.signal) s.signal, a.id as alert
    from unnest(${sql.param(signals.map((signal) => signal.id))}::text[], ${sql.param(keys)}::text[], ${sql.param(signals.map((signal) => signal.timeMs))}::bigint[]) as s (signal, key, at)
    join alert a on a.collapse_key = s.key and a.first_seen <= s.at and a.last_seen >= s.at
    order by s.signal, a.raised_at`);
  return new Map(rows.map((row) => [row.signal, row.alert]));
}
