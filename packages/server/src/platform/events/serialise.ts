/** serialise: one event as the NDJSON line that the event store takes. On the hot path: plain concatenation, empty columns
 *  left out, one pass. It promises that the engine accepts every line: times, numbers and addresses are brought into
 *  their types' ranges, half surrogate pairs are replaced, and what had to be given up is said in notes. */
import { isIPv6 } from "node:net";
import type { EventColumns } from "@holdfast/sdk";

/** What the pipeline knows about a record beside the columns of its parser. */
export interface EventRow extends EventColumns {
  /** Unsigned 64-bit, as text or bigint so that no digit is lost. */
  readonly id: string | bigint;
  readonly received_ms: number;
  readonly source: string;
  readonly parser: string;
  /** OCSF class name in snake case; "unclassified" when no parser took the record. */
  readonly class: string;
  /** Address of the sender, "" when there is none. */
  readonly peer: string;
  /** Remarks of the pipeline, such as "time-assumed". */
  readonly notes: readonly string[];
  readonly raw: string;
}

/** One line, ending in a line break. */
export function serialiseEvent(row: EventRow): string {
  const notes: string[] = [];
  let line = `{"id":"${row.id}","time":"${timeText(row, notes)}","received":"${millisText(row.received_ms)}"`;
  line += text("source", row.source) + text("parser", row.parser) + text("class", row.class);
  line += number("class_uid", row.class_uid, 4_294_967_295) + number("activity_id", row.activity_id, 255);
  line += number("severity_id", row.severity_id, 255) + number("status_id", row.status_id, 255);
  line += text("product", row.product) + text("channel", row.channel) + text("event_code", row.event_code);
  line += text("host", row.host) + text("user", row.user) + text("user_domain", row.user_domain);
  line += text("target_user", row.target_user) + text("peer_host", row.peer_host);
  line += address("src_ip", row.src_ip, notes) + number("src_port", row.src_port, 65_535);
  line += address("dst_ip", row.dst_ip, notes) + number("dst_port", row.dst_port, 65_535);
  line += text("process_path", row.process_path) + text("process_cmd", row.process_cmd);
  line += number("process_pid", row.process_pid, 4_294_967_295) + text("process_guid", row.process_guid);
  line +=
    text("parent_path", row.parent_path) +
    text("parent_cmd", row.parent_cmd) +
    number("parent_pid", row.parent_pid, 4_294_967_295);
  line += text("file_path", row.file_path) + text("reg_path", row.reg_path) + text("reg_value", row.reg_value);
  line += text("sha256", row.sha256) + text("md5", row.md5) + text("domain", row.domain) + text("url", row.url);
  line += text("http_method", row.http_method) + number("http_status", row.http_status, 65_535);
  line += text("object", row.object) + text("session", row.session) + text("message", row.message);
  line += address("peer", row.peer, notes);
  if (row.notes.length > 0 || notes.length > 0) line += `,"notes":[${[...row.notes, ...notes].map(quote).join(",")}]`;
  return `${line}${text("raw", row.raw)}}\n`;
}

/** "2026-11-21 10:00:00.123456789" for DateTime64(9); outside its range the nearest time it can hold. */
function timeText(row: EventRow, notes: string[]): string {
  let ms = row.time_ms;
  if (!(ms >= EARLIEST_MS && ms <= LATEST_MS)) {
    notes.push("time-out-of-range");
    ms = ms > LATEST_MS ? LATEST_MS : ms < EARLIEST_MS ? EARLIEST_MS : row.received_ms;
  }
  const ns = row.time_ns > 0 ? Math.min(999_999, Math.trunc(row.time_ns)) : 0;
  return ns === 0 ? millisText(ms) : millisText(ms) + String(ns).padStart(6, "0");
}

/** The engine's whole range for nanoseconds. */
const EARLIEST_MS = Date.UTC(1900, 0, 1);
const LATEST_MS = Date.UTC(2262, 3, 11);

/** "2026-11-21 10:00:00.123", by arithmetic: Date's own text costs as much as the rest of the line. */
export function millisText(ms: number): string {
  const whole = Math.floor(ms);
  const days = Math.floor(whole / DAY_MS);
  const inDay = whole - days * DAY_MS;
  // Days to a date in the calendar of 400-year eras that begin on 1 March (the leap day comes last).
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const clock = `${two(Math.floor(inDay / 3_600_000))}:${two(Math.floor(inDay / 60_000) % 60)}:${two(Math.floor(inDay / 1000) % 60)}`;
  const millis = inDay % 1000;
  return `${year}-${two(month)}-${two(day)} ${clock}.${millis < 100 ? "0" : ""}${two(millis)}`;
}

const DAY_MS = 86_400_000;

const two = (value: number): string => (value < 10 ? `0${value}` : `${value}`);

const text = (name: string, value: string): string => (value === "" ? "" : `,"${name}":${quote(value)}`);

/** A half surrogate pair would make the engine refuse the whole batch. */
function quote(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  return JSON.stringify(value.isWellFormed() ? value : value.toWellFormed());
}

/** Short texts without anything to escape, which most columns hold. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]{0,100}$/;

function number(name: string, value: number, largest: number): string {
  if (!(value > 0)) return "";
  return `,"${name}":${value > largest ? largest : Math.trunc(value)}`;
}

function address(name: string, value: string, notes: string[]): string {
  if (value === "") return "";
  const normal = addressText(value);
  if (normal !== undefined) return `,"${name}":"${normal}"`;
  notes.push(`${name}-invalid: ${value.slice(0, 64)}`);
  return "";
}

/** IPv6 text as the engine reads it: IPv4 as a mapped address, a zone cut off; undefined when it is no address. */
export function addressText(value: string): string | undefined {
  if (isPlainIpv4(value)) return `::ffff:${value}`;
  if (!isIPv6(value)) return undefined;
  const zone = value.indexOf("%");
  return zone === -1 ? value : value.slice(0, zone);
}

/** Four numbers up to 255 without leading zeros, checked by hand since this runs several times per event. */
function isPlainIpv4(value: string): boolean {
  const { length } = value;
  if (length < 7 || length > 15) return false;
  let dots = 0;
  let digits = 0;
  let part = 0;
  for (let at = 0; at < length; at += 1) {
    const c = value.charCodeAt(at);
    if (c === 46) {
      if (digits === 0) return false;
      dots += 1;
      digits = 0;
      part = 0;
    } else if (c >= 48 && c <= 57) {
      if (digits > 0 && part === 0) return false;
      part = part * 10 + c - 48;
      digits += 1;
      if (part > 255) return false;
    } else return false;
  }
  return dots === 3 && digits > 0;
}
