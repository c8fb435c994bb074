/** signal-alerts: which alert a stored signal is part of: the one of its cause that was active at its time. The cause is reckoned from the
 *  event as it was when the signal was taken in, for each way in which settings ever deduplicated its rule, held or not. */
import { sql } from "drizzle-orm";
import type { SignalEntity } from "../detect/index.ts";
import type { Executor } from "../platform/tables/index.ts";
import { causeKeyOf, entityKey } from "./causes.ts";
import { declaredKeys } from "./settings-store.ts";

export interface StoredSignal {
  readonly id: string;
  readonly ruleId: string;
  readonly entityKind: string;
  readonly entity: string;
  readonly timeMs: number;
  /** What its event names, where that is known. */
  readonly entities?: readonly SignalEntity[];
  /** The exercise that sent it; not given for real telemetry. */
  readonly exerciseId?: string | null;
  /** What its sender called one cause, where it is the alert of another system. */
  readonly report?: { readonly cause: string } | undefined;
}

/** Signal id -> alert id; signals whose alert is gone are left out. */
export async function alertsOfSignals(
  executor: Executor,
  signals: readonly StoredSignal[],
): Promise<Map<string, string>> {
  if (signals.length === 0) return new Map();
  const declared = await declaredKeys(executor, [...new Set(signals.map(({ ruleId }) => ruleId))]);
  const asked = signals.flatMap((signal) => {
    const { id, ruleId, timeMs, entities = [], exerciseId = null, report } = signal;
    const entity = { kind: signal.entityKind, value: signal.entity };
    const named = { ruleId, entity, entities, report };
    const ways = [undefined, ...(declared.get(ruleId) ?? [])];
    return ways.map((keys) => ({
      id,
      ruleId,
      timeMs,
      entity: entityKey(entity),
      key: causeKeyOf(named, { keys, exerciseId }),
    }));
  });
  const list = <T>(of: (one: (typeof asked)[number]) => T) => sql.param(asked.map(of));
  const { rows } = await executor.execute<{ signal: string; alert: string }>(sql`
    with s as (
      select * from unnest(${list(({ id }) => id)}::text[], ${list(({ ruleId }) => ruleId)}::text[], ${list(({ key }) => key)}::text[],
        ${list(({ entity }) => entity)}::text[], ${list(({ timeMs }) => timeMs)}::bigint[]) as s (signal, rule, key, entity, at)
    )
    select distinct on (signal) signal, alert from (
      select s.signal, a.id as alert, a.raised_at, 0 as place from s
      join alert a on a.collapse_key = s.key and a.first_seen <= s.at and a.last_seen >= s.at
      union all
      -- held ones stand under another key as long as they are held
      select s.signal, a.id, a.raised_at, 0 from s
      join alert a on a.rule_id = s.rule and a.cause_key = s.key and a.first_seen <= s.at and a.last_seen >= s.at
      union all
      -- where what the event names is not known, the one alert of the rule that names its entity, if it is one
      select s.signal, min(a.id), min(a.raised_at), 1 from s
      join alert a on a.rule_id = s.rule and a.first_seen <= s.at and a.last_seen >= s.at and a.exercise_id is null
      where exists (select from alert_entity e where e.alert_id = a.id and substr(e.key, strpos(e.key, ':') + 1) = s.entity)
      group by s.signal having count(distinct a.id) = 1
    ) found
    order by signal, place, raised_at`);
  return new Map(rows.map((row) => [row.signal, row.alert]));
}
