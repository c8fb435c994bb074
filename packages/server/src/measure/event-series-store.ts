/** event-series-store: stored events over time, from the per-minute counts that the event store keeps by itself. */
import type { EventStore } from "../platform/events/index.ts";

export interface Steps {
  readonly fromMs: number;
  readonly stepMs: number;
  readonly steps: number;
}

/** @param asked.apart sources whose events are not counted */
export async function readEventSeries(
  events: EventStore,
  { fromMs, stepMs, steps, apart }: Steps & { readonly apart: readonly string[] },
): Promise<number[]> {
  const rows = await events.query<{ step: string; n: string }>(
    `SELECT intDiv(toUnixTimestamp(minute) * 1000 - {from:Int64}, {step:Int64}) AS step, sum(events) AS n
     FROM ${events.table("events_per_minute")}
     WHERE minute >= toDateTime({seconds:UInt32}, 'UTC') AND source NOT IN {apart:Array(String)} GROUP BY step`,
    {
      params: { from: fromMs, step: stepMs, seconds: Math.floor(fromMs / 1000), apart: [...apart] },
      limits: { timeMs: 5_000 },
    },
  );
  const values = new Array<number>(steps).fill(0);
  for (const row of rows) {
    const step = Number(row.step);
    if (step >= 0 && step < steps) values[step] = Number(row.n);
  }
  return values;
}
