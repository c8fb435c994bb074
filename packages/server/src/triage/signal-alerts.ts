/** signal-alerts: which alert a stored signal is part of: the one of its cause that was active at its time. The cause is reckoned from the
 *  event as it was when the signal was taken in, for each way in which settings ever deduplicated its rule, held or not. */
import { sql } from "drizzle-orm";
import type { SignalEntity } from "../detect/index.ts";
import type { Executor } from "../platform/tables/index.ts";
import { causeKeyOf } from "./causes.ts";
import { declaredKeys } from "./settings-store.ts";

export interface StoredSignal {
  readonly id: string;
  readonly ruleId: string;
  readonly entityKind: SignalEntity["kind"];
  readonly entity: string;
  readonly timeMs: number;
}

/** What the signals' event names. */
export interface SignalledEvent {
  readonly entities: readonly SignalEntity[];
  /** The exercise that sent it; null for real telemetry. */
  readonly exerciseId: string | null;
}

/** Signal id -> alert id; signals whose alert is gone are left out. */
export async function alertsOfSignals(
  executor: Executor,
  signals: readonly StoredSignal[],
  event: SignalledEvent,
): Promise<Map<string, string>> {
  if (signals.length === 0) return new Map();
  const declared = await declaredKeys(executor, [...new Set(signals.map(({ ruleId }) => ruleId))]);
  const asked = signals.flatMap((signal) => {
    const { id, ruleId, timeMs } = signal;
    const named = { ruleId, entity: { kind: signal.entityKind, value: signal.entity }, entities: event.entities };
    const ways = [undefined, ...(declared.get(ruleId) ?? [])];
    return ways.map((keys) => ({ id, ruleId, timeMs, key: causeKeyOf(named, { keys, exerciseId: event.exerciseId }) }));
  });
  const list = <T>(of: (one: (typeof asked)[number]) => T) => sql.param(asked.map(of));
  const { rows } = await executor.execute<{ signal: string; alert: string }>(sql`
    with s as (
      select * from unnest(${list(({ id }) => id)}::text[], ${list(({ ruleId }) => ruleId)}::text[], ${list(({ key }) => key)}::text[],
        ${list(({ timeMs }) => timeMs)}::bigint[]) as s (signal, rule, key, at)
    )
    select distinct on (signal) signal, alert from (
      select s.signal, a.id as alert, a.raised_at from s
      join alert a on a.collapse_key = s.key and a.first_seen <= s.at and a.last_seen >= s.at
      union all
      -- held ones stand under another key as long as they are held
      select s.signal, a.id, a.raised_at from s
      join alert a on a.rule_id = s.rule and a.cause_key = s.key and a.first_seen <= s.at and a.last_seen >= s.at
    ) found
    order by signal, raised_at`);
  return new Map(rows.map((row) => [row.signal, row.alert]));
}
