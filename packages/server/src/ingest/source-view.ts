/** source-view: a source as people see it: stored counters, what still waits in the spool, and its last hour by minutes. */
import type { Source } from "@holdfast/contracts/ingest";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import type { Backlog } from "./backlog.ts";
import type { SourceRegistry } from "./source-registry.ts";
import { type Rejection, rejectionsOf, type StoredSource } from "./source-store.ts";

const MINUTES = 60;
const MINUTE_MS = 60_000;

export interface SourceViewOptions {
  readonly tables: Tables;
  readonly events: EventStore;
  readonly backlog: Backlog;
  readonly sources: SourceRegistry;
  readonly clock: Clock;
  readonly log: Log;
}

export async function viewSources(stored: readonly StoredSource[], options: SourceViewOptions): Promise<Source[]> {
  const perMinute = await lastHour(options);
  const turnedAway = await rejectionsOf(
    options.tables.db,
    stored.map(({ id }) => id),
  );
  return stored.map((source) => {
    const { id, kind, name, enabled, keyPrefix, createdAt, lastEventAt, duplicates, unclassified, bytes } = source;
    const waiting = options.backlog.ofSource(id);
    const pending = options.sources.pendingRejected(id);
    return {
      id,
      kind,
      name,
      enabled,
      keyPrefix,
      createdAt,
      lastEventAt,
      received: source.stored + source.quarantined + waiting.records,
      stored: source.stored,
      quarantined: source.quarantined,
      duplicates,
      unclassified,
      rejected: source.rejected + pending.reduce((sum, { records }) => sum + records, 0),
      rejections: together([...(turnedAway.get(id) ?? []), ...pending]),
      bytes,
      coverage: source.stored === 0 ? null : (source.stored - unclassified) / source.stored,
      backlog: waiting.records,
      lagSeconds: lagSeconds(waiting.oldestMs, options.clock.now()),
      perMinute: perMinute.get(id) ?? new Array<number>(MINUTES).fill(0),
    };
  });
}

function together(parts: readonly Rejection[]): Source["rejections"] {
  return [...Map.groupBy(parts, ({ reason }) => reason)]
    .map(([reason, of]) => ({
      reason,
      records: of.reduce((sum, { records }) => sum + records, 0),
      lastAt: new Date(Math.max(...of.map(({ lastMs }) => lastMs))).toISOString(),
    }))
    .sort((a, b) => b.records - a.records);
}

export const lagSeconds = (oldestMs: number | undefined, now: number): number =>
  oldestMs === undefined ? 0 : Math.max(0, (now - oldestMs) / 1000);

/** The sources must be shown also while the event store is away: then without this chart. */
async function lastHour({ events, clock, log }: SourceViewOptions): Promise<Map<string, number[]>> {
  const lastMinute = Math.floor(clock.now() / MINUTE_MS);
  const firstMinute = lastMinute - MINUTES + 1;
  const charts = new Map<string, number[]>();
  try {
    const rows = await events.query<{ source: string; m: number; n: string }>(
      `SELECT source, toUInt32(toUnixTimestamp(minute) / 60) AS m, sum(events) AS n
       FROM ${events.table("events_per_minute")}
       WHERE minute >= toDateTime({from:UInt32}, 'UTC') GROUP BY source, m`,
      { params: { from: firstMinute * 60 }, limits: { timeMs: 5_000 } },
    );
    for (const row of rows) {
      let chart = charts.get(row.source);
      if (chart === undefined) charts.set(row.source, (chart = new Array<number>(MINUTES).fill(0)));
      const index = Number(row.m) - firstMinute;
      if (index >= 0 && index < MINUTES) chart[index] = (chart[index] ?? 0) + Number(row.n);
    }
  } catch (error) {
    log.warn({ reason: error instanceof Error ? error.message : String(error) }, "no counts by minute for the sources");
  }
  return charts;
}
