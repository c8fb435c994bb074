/** event-reader: stored events as rules see them. Only columns and the record are stored, so the record is read by the parsers once
 *  more, as when it came; what a newer parser makes of it can differ, and then the notes say so. */
import type { SeenEvent, TrialEvent } from "@holdfast/contracts/authoring";
import type { RuleLogsource } from "@holdfast/contracts/detect";
import { decodeRecord, type EventColumns, flatten, type JsonObject, type Normaliser } from "@holdfast/sdk";
import type { SigmaEvent } from "@holdfast/sigma";
import type { EventStore } from "../platform/events/index.ts";
import { logsourceOf } from "./rule-view.ts";

/** A record with what the pipeline knows about it. */
export interface StoredRecord {
  readonly id: string;
  readonly timeMs: number;
  readonly receivedMs: number;
  readonly parser: string;
  readonly peer: string;
  readonly raw: string;
}

/** One event with its way back into the engine. */
export interface ReadEvent {
  readonly sigma: SigmaEvent;
  readonly seen: SeenEvent;
  readonly columns: EventColumns;
}

/** What someone pasted, which need not be a whole record. */
export type TriedEvent = Omit<ReadEvent, "columns">;

export async function readRecord(events: EventStore, id: string): Promise<StoredRecord | undefined> {
  return (await readRecords(events, { ids: [id], sinceMs: undefined }))[0];
}

export async function readRecords(
  events: EventStore,
  asked: { readonly ids: readonly string[]; readonly sinceMs: number | undefined },
): Promise<StoredRecord[]> {
  if (asked.ids.length === 0) return [];
  const since = asked.sinceMs === undefined ? "" : "AND received >= fromUnixTimestamp64Milli({since:Int64})";
  const rows = await events.query<{ id: string; at: string; got: string; parser: string; from: string; raw: string }>(
    `SELECT toString(id) AS id, toUnixTimestamp64Milli(toDateTime64(time, 3)) AS at,
       toUnixTimestamp64Milli(received) AS got, parser, IPv6NumToString(peer) AS from, raw
     FROM ${events.table("events")} WHERE events.id IN {ids:Array(UInt64)} ${since} AND length(raw) <= ${MOST_BYTES}`,
    {
      params: { ids: asked.ids.map(BigInt), ...(asked.sinceMs === undefined ? {} : { since: asked.sinceMs }) },
      limits: { timeMs: 10_000 },
    },
  );
  return rows.map((row) => ({
    id: row.id,
    timeMs: Number(row.at),
    receivedMs: Number(row.got),
    parser: row.parser,
    peer: row.from === "::" ? "" : row.from.replace(/^::ffff:/, ""),
    raw: row.raw,
  }));
}

/** Reads a stored record as the stream did. */
export function eventOfRecord(normalise: Normaliser, record: StoredRecord): ReadEvent {
  const { raw, receivedMs, peer } = record;
  const first = readText(normalise, { text: raw, received: receivedMs, peer, kind: "http" });
  // Over syslog a line without a header is a message too; which way it came is not stored.
  const read =
    first.seen.parser === record.parser
      ? first
      : readText(normalise, { text: raw, received: receivedMs, peer, kind: "syslog-tcp" });
  const notes =
    read.seen.parser === record.parser
      ? read.seen.notes
      : [...read.seen.notes, `when it came, the parser ${record.parser} took it; now ${read.seen.parser} does`];
  return {
    ...read,
    seen: { ...read.seen, id: record.id, at: new Date(record.timeMs).toISOString(), notes },
  };
}

/** What someone pasted into the test pane. */
export function eventOfTrial(
  normalise: Normaliser,
  trial: Exclude<TrialEvent, { kind: "stored" }>,
  now: number,
): TriedEvent {
  if (trial.kind === "record") return eventOfText(normalise, { text: trial.text, over: trial.over ?? "file", now });
  const { fields, logsource } = trial;
  const raw = JSON.stringify(fields);
  return {
    sigma: { fields, logsource: logsource === undefined ? undefined : logsource, text: raw },
    seen: {
      id: null,
      at: null,
      parser: "none",
      class: "",
      logsource: logsource === undefined ? null : logsourceOf(logsource),
      fields: shownFields(fields),
      raw,
      notes: [],
    },
  };
}

/** A record as if it came now. */
export function eventOfText(
  normalise: Normaliser,
  { text, over, now }: { readonly text: string; readonly over: "file" | "syslog"; readonly now: number },
): ReadEvent {
  return readText(normalise, { text, received: now, peer: "", kind: over === "syslog" ? "syslog-tcp" : "http" });
}

/** Every field of an event with its text, nested ones under dotted names. */
export function shownFields(fields: Readonly<Record<string, unknown>>): SeenEvent["fields"] {
  return Object.entries(flatten(fields as JsonObject))
    .slice(0, MOST_FIELDS)
    .map(([name, value]) => {
      const text = textOf(value);
      return { name, value: text.slice(0, MOST_VALUE), cut: text.length > MOST_VALUE };
    });
}

const MOST_BYTES = 1_000_000;
const MOST_FIELDS = 500;
const MOST_VALUE = 4_000;

function readText(
  normalise: Normaliser,
  input: { readonly text: string; readonly received: number; readonly peer: string; readonly kind: string },
): ReadEvent {
  const event = normalise(decodeRecord(input));
  const logsource: RuleLogsource | undefined = event.logsource && logsourceOf(event.logsource);
  return {
    sigma: { fields: event.fields, logsource: event.logsource, text: input.text },
    columns: event.columns,
    seen: {
      id: null,
      at: new Date(event.columns.time_ms).toISOString(),
      parser: event.parser,
      class: event.class_name,
      logsource: logsource ?? null,
      fields: shownFields(event.fields),
      raw: input.text,
      notes: [...event.notes],
    },
  };
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
