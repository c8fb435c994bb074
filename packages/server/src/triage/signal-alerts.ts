/** signal-alerts: which alert a stored signal is part of: the one of its cause that was active at its time. The cause is reckoned from the
 *  event as it was when the signal was taken in, for each way in which settings ever deduplicated its rule, held or not. */
import { sql } from "drizzle-orm";
import type { SignalEntity } from "../detect/index.ts";
import type { Executor } from "../platform/tables/index.ts";
import { causeKeyOf, entityKey, routed } from "./causes.ts";
import { declaredKeys } from "./settings-store.ts";
import { everRouted } from "./take-out-store.ts";

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
  const ruleIds = [...new Set(signals.map(({ ruleId }) => ruleId))];
  const declared = await declaredKeys(executor, ruleIds);
  const routes = await everRouted(executor, ruleIds);
  const asked = signals.flatMap((signal) => {
    const { id, ruleId, timeMs, entities = [], exerciseId = null, report } = signal;
    const entity = { kind: signal.entityKind, value: signal.entity };
    const named = { ruleId, entity, entities, report };
    const ways = [undefined, ...(declared.get(ruleId) ?? [])];
    // Where it was taken to, and before that where it would be by itself.
    return ways.flatMap((keys) =>
      routed(named, causeKeyOf(named, { keys, exerciseId }), routes).passed.map((key, depth) => ({
        id,
        ruleId,
        timeMs,
        entity: entityKey(entity),
        key,
        depth,
      })),
    );
  });
  const list = <T>(of: (one: (typeof asked)[number]) => T) => sql.param(asked.map(of));
  const { rows } = await executor.execute<{ signal: string; alert: string }>(sql`
    with s as (
      select * from unnest(${list(({ id }) => id)}::text[], ${list(({ ruleId }) => ruleId)}::text[], ${list(({ key }) => key)}::text[],
        ${list(({ entity }) => entity)}::text[], ${list(({ timeMs }) => timeMs)}::bigint[], ${list(({ depth }) => depth)}::int[])
        as s (signal, rule, key, entity, at, depth)
    )
    select distinct on (signal) signal, alert from (
      -- named one by one when they were taken out of another alert
      select s.signal, t.to_id as alert, t.at as raised_at, -1000000 - t.id as place from s
      join alert_taken_signal l on l.signal_id = s.signal
      join alert_take_out t on t.id = l.take_out_id and t.undone_at is null and t.rule_id = s.rule
      union all
      select s.signal, a.id, a.raised_at, -s.depth from s
      join alert a on a.collapse_key = s.key and a.first_seen <= s.at and a.last_seen >= s.at and a.put_back_into is null
      union all
      -- held ones stand under another key as long as they are held
      select s.signal, a.id, a.raised_at, -s.depth from s
      join alert a on a.rule_id = s.rule and a.cause_key = s.key and a.first_seen <= s.at and a.last_seen >= s.at and a.put_back_into is null
      union all
      -- where what the event names is not known, the one alert of the rule that names its entity, if it is one
      select s.signal, min(a.id), min(a.raised_at), 1 from s
      join alert a on a.rule_id = s.rule and a.first_seen <= s.at and a.last_seen >= s.at and a.exercise_id is null and a.put_back_into is null
      where exists (select from alert_entity e where e.alert_id = a.id and substr(e.key, strpos(e.key, ':') + 1) = s.entity)
      group by s.signal having count(distinct a.id) = 1
    ) found
    order by signal, place, raised_at`);
  return new Map(rows.map((row) => [row.signal, row.alert]));
}
