/** decode: the one decoding that is done for all parsers: end of line, syslog header, JSON object.
 *  Total and linear in the length of the record. What can't be decoded stays text, with the reason in `notes`. */
import { checkJson } from "./json-limits.ts";
import type { DecodedRecord, JsonObject, SyslogHeader } from "./parser.ts";
import { headerless, parseSyslog } from "./syslog.ts";

export interface RecordInput {
  readonly text: string;
  /** When Holdfast received it, milliseconds since the epoch. */
  readonly received: number;
  /** Address of the sender, "" for files. */
  readonly peer: string;
  /** Kind of the source ("syslog-udp", "syslog-tcp", "http", "import"): over syslog a record without header is still a message. */
  readonly kind: string;
}

export function decodeRecord(input: RecordInput): DecodedRecord {
  const text = withoutLineEnd(input.text);
  const { received, peer } = input;
  let start = 0;
  while (isSpace(text.charCodeAt(start))) start++;
  if (text.charCodeAt(start) === OPEN_OBJECT) {
    const json = readObject(text);
    const syslog = json.value === undefined && input.kind.startsWith("syslog") ? headerless(text) : undefined;
    return { text, json: json.value, syslog, received, peer, notes: json.notes };
  }
  const syslog: SyslogHeader | undefined =
    parseSyslog(text, received) ?? (input.kind.startsWith("syslog") ? headerless(text) : undefined);
  if (syslog === undefined) return { text, json: undefined, syslog, received, peer, notes: NO_NOTES };
  const payload = payloadOf(syslog.message);
  if (payload === undefined) return { text, json: undefined, syslog, received, peer, notes: NO_NOTES };
  const json = readObject(payload);
  return { text, json: json.value, syslog, received, peer, notes: json.notes };
}

const OPEN_OBJECT = 123;
const CEE = "@cee:";
const NO_NOTES: readonly string[] = Object.freeze([]);

/** One LF, CRLF, or the CR that is left when the framing took the LF. */
function withoutLineEnd(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  if (last === 13) return text.slice(0, -1);
  if (last !== 10) return text;
  return text.slice(0, text.charCodeAt(text.length - 2) === 13 ? -2 : -1);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13 || code === 0xfeff;
}

/** The JSON in a syslog message, with or without the CEE cookie in front. */
function payloadOf(message: string): string | undefined {
  const first = message.charCodeAt(0);
  if (first === OPEN_OBJECT) return message;
  if (first !== 32 && first !== 64) return undefined;
  const trimmed = message.trimStart();
  const body = trimmed.startsWith(CEE) ? trimmed.slice(CEE.length).trimStart() : trimmed;
  return body.charCodeAt(0) === OPEN_OBJECT ? body : undefined;
}

interface ReadObject {
  readonly value: JsonObject | undefined;
  readonly notes: readonly string[];
}

function readObject(text: string): ReadObject {
  const check = checkJson(text);
  if (!check.ok) return { value: undefined, notes: [`not read as JSON: ${check.reason} (at character ${check.at})`] };
  try {
    const value: unknown = JSON.parse(check.text.charCodeAt(0) === 0xfeff ? check.text.slice(1) : check.text);
    return isObject(value) ? { value, notes: NO_NOTES } : { value: undefined, notes: NO_NOTES };
  } catch {
    // The engine's own message quotes the record, so it is not repeated.
    return { value: undefined, notes: ["not read as JSON: the text is damaged"] };
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
