/** normalise: asks the parsers in order and makes the complete event out of the first answer.
 *  Never throws and never drops: a parser that fails is a note and the next one is asked; what no parser takes is
 *  `unclassified`, with its text. This runs for every event in the ingest workers, so it copies nothing twice. */
import { classNameOf } from "@holdfast/ocsf";
import { decodeRecord } from "./decode.ts";
import { EVENT_DEFAULTS, type EventColumns } from "./event.ts";
import { ipOf } from "./ip.ts";
import type { DecodedRecord, InnerRecord, Logsource, ParsedEvent, Parser } from "./parser.ts";
import { headerless } from "./syslog.ts";

export interface NormalisedEvent {
  readonly columns: EventColumns;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly logsource: Logsource | undefined;
  /** Id of the parser that took it, or "none". */
  readonly parser: string;
  /** OCSF class in snake case, or "unclassified" when no parser took it. */
  readonly class_name: string;
  /** False: the record says nowhere when it happened, and the receive time stands in for it. */
  readonly timed: boolean;
  /** What was assumed, replaced or failed, in words. */
  readonly notes: readonly string[];
}

export type Normaliser = (record: DecodedRecord) => NormalisedEvent;

export function createNormaliser(parsers: readonly Parser[]): Normaliser {
  const asked = [...parsers].sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
  // Dozens of parsers are asked for every event, so each form has its own list.
  const ofJson = asked.filter((parser) => parser.form !== "text");
  const ofText = asked.filter((parser) => parser.form !== "json");
  return (record) => {
    const notes: string[] = record.notes === undefined ? [] : [...record.notes];
    for (const parser of record.json === undefined ? ofText : ofJson) {
      const event = tryParser(parser, record, notes);
      if (event === undefined) continue;
      return carried(record, event) ?? finish({ record, event, parser: parser.id, notes });
    }
    return finish({ record, event: undefined, parser: "none", notes });
  };

  /** The event of what a carrier's record holds, when a specific parser knows it; one level deep. */
  function carried(record: DecodedRecord, carrier: ParsedEvent): NormalisedEvent | undefined {
    const { inner } = carrier;
    if (inner === undefined || inner.text === "") return undefined;
    const inside = innerRecord(record, inner);
    const notes: string[] = inside.notes === undefined ? [] : [...inside.notes];
    for (const parser of inside.json === undefined ? ofText : ofJson) {
      if (parser.order >= GENERIC) return undefined;
      const event = tryParser(parser, inside, notes);
      if (event === undefined) continue;
      return finish({
        record: inside,
        event: { ...event, columns: filled(event, carrier, inside) },
        parser: parser.id,
        notes,
      });
    }
    return undefined;
  }
}

/** From here on parsers know only common names: the carrier's own record says more. */
const GENERIC = 800;

function innerRecord(record: DecodedRecord, { text, app = "" }: InnerRecord): DecodedRecord {
  const decoded = decodeRecord({ text, received: record.received, peer: record.peer, kind: "" });
  if (decoded.json !== undefined || decoded.syslog !== undefined || app === "") return decoded;
  return { ...decoded, syslog: { ...headerless(text), app } };
}

function filled({ columns }: ParsedEvent, carrier: ParsedEvent, { syslog }: DecodedRecord): Partial<EventColumns> {
  const { host = "", time_ms = 0, time_ns = 0 } = carrier.columns;
  const hasHost = (columns.host ?? "") !== "" || (syslog?.host ?? "") !== "";
  const ownTime = (columns.time_ms ?? 0) !== 0 || (syslog?.time_ms !== undefined && !syslog.timeAssumed);
  return { ...columns, ...(hasHost ? {} : { host }), ...(ownTime || time_ms === 0 ? {} : { time_ms, time_ns }) };
}

export const MAX_MESSAGE = 1_000;

const MAX_REASON = 200;
const DAY = 86_400_000;
const YEAR_2000 = 946_684_800_000;
const ASSUMED = "the syslog time has no zone: UTC is assumed, and the year when that is missing";
const NO_TIME = "no time in the record: the receive time is taken";

function tryParser(parser: Parser, record: DecodedRecord, notes: string[]): ParsedEvent | undefined {
  try {
    if (!parser.accepts(record)) return undefined;
    const result = parser.parse(record);
    if (result.ok) return result.event;
    notes.push(`parser ${parser.id} refused it: ${result.reason.slice(0, MAX_REASON)}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    notes.push(`parser ${parser.id} failed: ${reason.slice(0, MAX_REASON)}`);
  }
  return undefined;
}

interface Taken {
  readonly record: DecodedRecord;
  readonly event: ParsedEvent | undefined;
  readonly parser: string;
  readonly notes: string[];
}

function finish(taken: Taken): NormalisedEvent {
  const { record, event, parser, notes } = taken;
  const { syslog } = record;
  const columns: EventColumns = event === undefined ? { ...EVENT_DEFAULTS } : { ...EVENT_DEFAULTS, ...event.columns };
  const timed = settleTime(columns, record, notes);
  if (columns.host === "" && syslog !== undefined) columns.host = syslog.host === "" ? record.peer : syslog.host;
  if (columns.src_ip !== "") columns.src_ip = address(columns.src_ip, columns);
  if (columns.dst_ip !== "") columns.dst_ip = address(columns.dst_ip, columns);
  columns.src_port = bounded(columns.src_port, 0xffff);
  columns.dst_port = bounded(columns.dst_port, 0xffff);
  columns.http_status = bounded(columns.http_status, 0xffff);
  columns.process_pid = bounded(columns.process_pid, 0xffff_ffff);
  columns.parent_pid = bounded(columns.parent_pid, 0xffff_ffff);
  if (columns.message === "") columns.message = syslog === undefined ? record.text : syslog.message || record.text;
  if (columns.message.length > MAX_MESSAGE) columns.message = cut(columns.message, MAX_MESSAGE);
  return {
    columns,
    fields: event?.fields ?? record.json ?? { message: columns.message },
    logsource: event?.logsource,
    parser,
    class_name: event === undefined ? "unclassified" : classNameOf(columns.class_uid),
    timed,
    notes,
  };
}

/** A wrong clock is evidence: times far ahead or long ago are kept as written and noted. False when there is no time at all. */
function settleTime(columns: EventColumns, record: DecodedRecord, notes: string[]): boolean {
  const header = record.syslog;
  let timed = true;
  if (columns.time_ms === 0 || !Number.isFinite(columns.time_ms)) {
    columns.time_ms = header?.time_ms ?? record.received;
    columns.time_ns = header?.time_ms === undefined ? 0 : header.time_ns;
    timed = header?.time_ms !== undefined;
    if (!timed) notes.push(NO_TIME);
  }
  if (header?.timeAssumed === true && header.time_ms === columns.time_ms) notes.push(ASSUMED);
  if (columns.time_ms > record.received + DAY) notes.push("the event time is more than a day after its arrival");
  else if (columns.time_ms < YEAR_2000) notes.push("the event time is before the year 2000");
  return timed;
}

/** A name in an address column is moved to `peer_host`, where it is of use. */
function address(text: string, columns: EventColumns): string {
  const ip = ipOf(text);
  if (ip === "" && columns.peer_host === "" && text !== "-") columns.peer_host = text;
  return ip;
}

/** Cuts without leaving half of a surrogate pair. */
function cut(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

function bounded(value: number, most: number): number {
  return value >= 0 && value <= most && Number.isInteger(value) ? value : 0;
}
