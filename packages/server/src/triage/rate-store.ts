/** rate-store: how often an alert's rule fired on its entity, from the signals in the event store. */
import type { EventStore } from "../platform/events/index.ts";

/** Signals per step between first and last seen; a step is a whole number of hours, so that there are at most 48. */
export async function readRate(
  events: EventStore,
  asked: {
    readonly ruleId: string;
    readonly entity: { readonly kind: string; readonly value: string };
    readonly fromMs: number;
    readonly toMs: number;
  },
): Promise<{ at: string; count: number }[]> {
  const { ruleId, entity, fromMs, toMs } = asked;
  const from = Math.floor(fromMs / HOUR) * HOUR;
  const step = Math.max(1, Math.ceil((toMs - from + 1) / HOUR / MOST)) * HOUR;
  const rows = await events.query<{ bucket: string; n: string }>(
    `SELECT intDiv(toUnixTimestamp64Milli(toDateTime64(time, 3)) - {from:Int64}, {step:Int64}) AS bucket, count() AS n
     FROM ${events.table("signals")}
     WHERE rule_id = {rule:String} AND outcome = 'alert' AND entity_kind = {kind:String} AND lowerUTF8(entity) = lowerUTF8({entity:String})
       AND time >= fromUnixTimestamp64Milli({first:Int64}) AND time < fromUnixTimestamp64Milli({last:Int64} + 1)
     GROUP BY bucket ORDER BY bucket`,
    {
      params: { rule: ruleId, kind: entity.kind, entity: entity.value, from, step, first: fromMs, last: toMs },
      limits: { timeMs: 5_000 },
    },
  );
  const counts = new Map(rows.map((row) => [Number(row.bucket), Number(row.n)]));
  const steps = Math.floor((toMs - from) / step) + 1;
  return Array.from({ length: steps }, (_, index) => ({
    at: new Date(from + index * step).toISOString(),
    count: counts.get(index) ?? 0,
  }));
}

const HOUR = 3_600_000;
const MOST = 48;
