/** parser: the contract of a file in content/parsers: it takes one decoded record and gives one event.
 *  A parser is pure and total: bad input is a value with a reason, never an exception, and the raw text is never changed.
 *  The samples in the file are executed by the conformance test, so they are the parser's documentation and its proof. */
import type { EventColumns } from "./event.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** The header of a syslog message (RFC 5424 section 6, RFC 3164 section 4), already taken apart. */
export interface SyslogHeader {
  /** -1 when the message has no PRI, as in files of /var/log; severity likewise. */
  readonly facility: number;
  readonly severity: number;
  /** Milliseconds since the epoch; undefined when the header has no usable time. */
  readonly time_ms: number | undefined;
  readonly time_ns: number;
  /** True when the year or the zone was not in the message and had to be assumed. */
  readonly timeAssumed: boolean;
  readonly host: string;
  readonly app: string;
  readonly procid: string;
  readonly msgid: string;
  /** Structured data: element id -> parameter -> value. */
  readonly structured: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly message: string;
}

/** One record as the pipeline hands it over. Exactly one decode is done for all parsers. */
export interface DecodedRecord {
  /** The untouched text of the record. */
  readonly text: string;
  /** The record (or the message part of a syslog record) when it is one JSON object. */
  readonly json: JsonObject | undefined;
  readonly syslog: SyslogHeader | undefined;
  /** When Holdfast received it, milliseconds since the epoch. */
  readonly received: number;
  /** Address of the sender, "" for files. */
  readonly peer: string;
  /** What decoding could not read, in words. */
  readonly notes?: readonly string[];
}

/** What a Sigma rule's `logsource` is compared with. */
export interface Logsource {
  readonly product?: string | undefined;
  readonly service?: string | undefined;
  readonly category?: string | undefined;
}

/** A record that a carrier (an HTTP collector, a log shipper) has put into a record of its own. */
export interface InnerRecord {
  readonly text: string;
  /** The program that wrote it, when the carrier says so. */
  readonly app?: string;
}

export interface ParsedEvent {
  /** What this record only carries. A specific parser that knows it makes the event; the carrier's host and time fill what it leaves open. */
  readonly inner?: InnerRecord;
  /** Only the columns that differ from EVENT_DEFAULTS. `time_ms` 0 means "the record has no time": the receive time is taken. */
  readonly columns: Partial<EventColumns>;
  /** What Sigma rules read: the product's own field names, flat ("Image", "a0", "requestParameters.bucketName"). May be the JSON object itself. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Undefined lets the rule engine infer it from the fields (Windows: Channel and EventID). */
  readonly logsource: Logsource | undefined;
}

export type ParseResult =
  | { readonly ok: true; readonly event: ParsedEvent }
  | { readonly ok: false; readonly reason: string; readonly at?: number };

export interface ParserSample {
  readonly name: string;
  /** The record exactly as a sender writes it. */
  readonly in: string;
  /** Columns that the event must have (others are not looked at), and fields that Sigma rules read. */
  readonly out: Partial<EventColumns>;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface Parser {
  /** Equal to the file name. */
  readonly id: string;
  readonly title: string;
  /** Who documents the format: a public address of its specification or manual. */
  readonly docs: string;
  /** Lower is asked first. Specific parsers 100, generic JSON 800, generic line 900. */
  readonly order: number;
  /** The only form it reads; the other form's records are not offered to it. Without: both. */
  readonly form?: "json" | "text";
  /** Cheap and exact: true only when this parser should have the record. */
  accepts(record: DecodedRecord): boolean;
  parse(record: DecodedRecord): ParseResult;
  readonly samples: readonly ParserSample[];
}

export const defineParser = (parser: Parser): Parser => parser;
