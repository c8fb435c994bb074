/** insight-store: what the event store knows of one source in its last day: which fields its events have, and what no parser took. */
import type { EventStore } from "../platform/events/index.ts";
import { FILL_FIELDS } from "../ingest/index.ts";

const TIME_MS = 5_000;
const MOST_CLASSES = 12;
const MOST_SAMPLED = 200_000;
const MOST_UNPARSED = 2_000;

export interface ClassFields {
  readonly class: string;
  readonly events: number;
  readonly shares: readonly { readonly name: string; readonly share: number }[];
}

/** Counted over at most so many of the latest events. */
export async function readFields(
  events: EventStore,
  of: { readonly source: string; readonly sinceMs: number },
): Promise<ClassFields[]> {
  const filled = FILL_FIELDS.map(
    (field) => `countIf(notEmpty(toString(${field})) AND toString(${field}) != '0') AS n_${field}`,
  );
  const rows = await events.query<Record<string, string | number>>(
    `SELECT class, count() AS n, ${filled.join(", ")}
     FROM (SELECT class, ${FILL_FIELDS.join(", ")} FROM ${events.table("events")}
           WHERE source = {source:String} AND time >= fromUnixTimestamp64Milli({since:Int64}) AND class != 'unclassified'
           LIMIT ${MOST_SAMPLED})
     GROUP BY class ORDER BY n DESC LIMIT ${MOST_CLASSES}`,
    { params: { source: of.source, since: of.sinceMs }, limits: { timeMs: TIME_MS } },
  );
  return rows.map((row) => {
    const count = Number(row["n"]);
    const shares = FILL_FIELDS.map((name) => ({ name, share: count === 0 ? 0 : Number(row[`n_${name}`]) / count }));
    return { class: String(row["class"]), events: count, shares: shares.filter(({ share }) => share > 0) };
  });
}

export async function readUnparsed(
  events: EventStore,
  of: { readonly source: string; readonly sinceMs: number },
): Promise<string[]> {
  const rows = await events.query<{ raw: string }>(
    `SELECT substring(raw, 1, 4000) AS raw FROM ${events.table("events")}
     WHERE source = {source:String} AND time >= fromUnixTimestamp64Milli({since:Int64}) AND class = 'unclassified'
     LIMIT ${MOST_UNPARSED}`,
    { params: { source: of.source, since: of.sinceMs }, limits: { timeMs: TIME_MS } },
  );
  return rows.map(({ raw }) => raw);
}

/** Events per minute are kept as counts, so this stays quick whatever the number of events. */
export async function readReceived(
  events: EventStore,
  source: string,
): Promise<{ readonly own: number; readonly total: number }> {
  const [row] = await events.query<{ own: string; total: string }>(
    `SELECT sumIf(events, source = {source:String}) AS own, sum(events) AS total FROM ${events.table("events_per_minute")}`,
    { params: { source }, limits: { timeMs: TIME_MS } },
  );
  return { own: Number(row?.own ?? 0), total: Number(row?.total ?? 0) };
}
