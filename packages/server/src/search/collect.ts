/** collect: every event that a search matches, in the order of their ids, for those who keep them: no limit cuts it silently. */
import type { EventStore, QueryLimits } from "../platform/events/index.ts";
import type { Rehearsing } from "./apart.ts";
import { clauseOf } from "./overview.ts";
import { createParams } from "./params.ts";
import { isoOfStored } from "./run.ts";
import type { TimeRange } from "./time.ts";

export interface CollectedEvent {
  readonly id: string;
  readonly time: string;
  readonly source: string;
  readonly raw: string;
}

export interface Collection {
  readonly events: number;
  each(): AsyncIterable<CollectedEvent>;
}

export async function collect(
  { events, limits, now, rehearsing }: { events: EventStore; limits: QueryLimits; now: number; rehearsing: Rehearsing },
  asked: { readonly query: string; readonly range: TimeRange },
): Promise<Collection> {
  const params = createParams();
  const where = clauseOf(asked.query, { params, range: asked.range, now, rehearsing });
  const from = `FROM ${events.table("events")} ${where}`;
  const options = { params: params.values, limits };
  const [row] = await events.query<{ n: string }>(`SELECT count() AS n ${from}`, options);
  return {
    events: Number(row?.n ?? 0),
    async *each() {
      // Other names than those of the columns: an alias would stand for the column in the condition as well.
      const sql = `SELECT toString(id) AS event_id, toString(time) AS at, source AS origin, raw AS record ${from} ORDER BY id`;
      for await (const rows of events.stream<Row>(sql, options)) {
        for (const { event_id: id, at, origin, record } of rows) {
          yield { id, time: isoOfStored(at), source: origin, raw: record };
        }
      }
    },
  };
}

type Row = { event_id: string; at: string; origin: string; record: string };
