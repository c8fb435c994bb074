/** census: a sample of the events that were received lately, read as rules see them: what is sent, by whom, with which fields.
 *  Exact counts per source and kind of event, a few events of each kind for the fields; taken when somebody asks, kept for a minute. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Normaliser } from "@holdfast/sdk";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Log } from "../platform/log/index.ts";
import { eventOfRecord, type ReadEvent, readRecords } from "./event-reader.ts";

/** Events of one source, product, channel and code. */
export interface EventKind {
  readonly source: string;
  readonly product: string;
  readonly channel: string;
  /** Exact number since `sinceMs`. */
  readonly count: number;
  readonly lastMs: number;
  readonly sample: readonly ReadEvent[];
}

export interface Sample {
  readonly sinceMs: number;
  readonly kinds: readonly EventKind[];
}

export interface Census {
  /** Undefined when the event store does not answer in time. */
  take(): Promise<Sample | undefined>;
}

export function createCensus(options: {
  readonly events: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly normalise: Normaliser;
}): Census {
  const { clock, log } = options;
  let held: { readonly at: number; readonly value: Promise<Sample | undefined> } | undefined;
  let forget: NodeJS.Timeout | undefined;
  return {
    take: () => {
      clearTimeout(forget);
      forget = setTimeout(() => {
        held = undefined;
      }, FORGET_MS);
      forget.unref();
      const now = clock.monotonic();
      if (held === undefined || now - held.at > KEEP_MS) {
        const value = takeSample(options).catch((error: unknown) => {
          log.warn({ reason: String(error) }, "Recent events could not be sampled.");
          return undefined;
        });
        held = { at: now, value };
      }
      return held.value;
    },
  };
}

const KEEP_MS = 60_000;
/** The sample is some megabytes: it goes when nobody asks any more. */
const FORGET_MS = 300_000;
const DAY_MS = 86_400_000;
const KINDS = 400;
const PER_KIND = 8;
const SLICE = 25;
/** Beyond this many rows only events of the last week are looked at: their days are found without reading the others. */
const MANY_ROWS = 20_000_000;

async function takeSample(options: Parameters<typeof createCensus>[0]): Promise<Sample> {
  const { events, clock, normalise } = options;
  const sinceMs = clock.now() - DAY_MS;
  const { rows: stored } = await events.info();
  const recent = stored > MANY_ROWS ? "AND time >= fromUnixTimestamp64Milli({week:Int64})" : "";
  const rows = await events.query<{
    source: string;
    product: string;
    channel: string;
    n: string;
    last: string;
    ids: string[];
  }>(
    `SELECT source, product, channel, event_code, count() AS n, toUnixTimestamp64Milli(max(received)) AS last,
       arrayMap(id -> toString(id), groupArraySample(${PER_KIND}, 1)(id)) AS ids
     FROM ${events.table("events")}
     WHERE received >= fromUnixTimestamp64Milli({since:Int64}) ${recent}
     GROUP BY source, product, channel, event_code ORDER BY n DESC LIMIT ${KINDS}`,
    {
      params: { since: sinceMs, ...(recent === "" ? {} : { week: sinceMs - 6 * DAY_MS }) },
      limits: { timeMs: 5_000 },
    },
  );
  const records = await readRecords(events, { ids: rows.flatMap((row) => row.ids), sinceMs });
  const read = new Map<string, ReadEvent>();
  for (const [index, record] of records.entries()) {
    read.set(record.id, eventOfRecord(normalise, record));
    if (index % SLICE === SLICE - 1) await nextTurn();
  }
  return {
    sinceMs,
    kinds: rows.map((row) => ({
      source: row.source,
      product: row.product,
      channel: row.channel,
      count: Number(row.n),
      lastMs: Number(row.last),
      sample: row.ids.flatMap((id) => read.get(id) ?? []),
    })),
  };
}
