/** event-rows: events as the rows of RowBinary that the event store takes, one after the other in one buffer. On the hot path: a
 *  row is written the moment it is made, and its raw text is copied as the bytes it came in. It promises that the engine accepts
 *  every row: times, numbers and addresses are brought into their types' ranges, and what had to be given up is said in notes. */
import { isIPv6 } from "node:net";
import type { EventColumns } from "@holdfast/sdk";
import { EVENT_TABLE_COLUMNS } from "./columns.ts";

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

export interface EventRows {
  /** Appends a row; answers where it starts. `rawBytes`: the UTF-8 of `raw`, where it is at hand. */
  add(row: EventRow, rawBytes?: Uint8Array): number;
  readonly end: number;
  bytes(start: number, end: number): Uint8Array;
}

/** The order in which `add` writes the columns. */
export const EVENT_ROW_COLUMNS: readonly string[] = EVENT_TABLE_COLUMNS.map((column) => column.name);

export function createEventRows(expectedBytes: number): EventRows {
  let buffer = Buffer.allocUnsafe(Math.max(MARGIN, expectedBytes));
  // Numbers of 64 bits are written through it: the buffer's own ways for them take several times as long.
  let view = viewOf(buffer);
  let end = 0;

  function room(bytes: number): void {
    const needed = end + bytes + MARGIN;
    if (needed <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, buffer.length * 2));
    larger.set(buffer.subarray(0, end));
    buffer = larger;
    view = viewOf(buffer);
  }

  function size(value: number): void {
    let rest = value;
    while (rest > 127) {
      buffer[end++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    buffer[end++] = rest;
  }

  /** Half a surrogate pair becomes U+FFFD, as Buffer writes it. */
  function text(value: string): void {
    const { length } = value;
    if (length === 0) {
      buffer[end++] = 0;
      return;
    }
    // UTF-8 never takes more than three bytes for a unit of a JavaScript string.
    room(length * 3);
    if (length <= BY_HAND && asciiByHand(value)) return;
    const bytes = Buffer.byteLength(value, "utf8");
    size(bytes);
    buffer.write(value, end, bytes, "utf8");
    end += bytes;
  }

  /** For short words a call into the engine costs more than the loop. */
  function asciiByHand(value: string): boolean {
    const { length } = value;
    const start = end + 1;
    for (let at = 0; at < length; at += 1) {
      const code = value.charCodeAt(at);
      if (code > 127) return false;
      buffer[start + at] = code;
    }
    buffer[end] = length;
    end = start + length;
    return true;
  }

  function uint8(value: number): void {
    buffer[end++] = within(value, 255);
  }

  function uint16(value: number): void {
    const number = within(value, 65_535);
    buffer[end++] = number & 255;
    buffer[end++] = number >>> 8;
  }

  function uint32(value: number): void {
    end = buffer.writeUInt32LE(within(value, 4_294_967_295), end);
  }

  function address(name: string, value: string, notes: string[]): void {
    view.setFloat64(end, 0);
    view.setFloat64(end + 8, 0);
    if (value !== "" && !writeAddress(value, buffer, end)) notes.push(`${name}-invalid: ${value.slice(0, 64)}`);
    end += 16;
  }

  return {
    add: (row, rawBytes) => {
      const start = end;
      const notes: string[] = [];
      view.setBigUint64(end, BigInt(row.id), true);
      view.setBigInt64(end + 8, timeOf(row, notes), true);
      view.setBigInt64(end + 16, BigInt(Math.floor(row.received_ms)), true);
      end += 24;
      text(row.source);
      text(row.parser);
      text(row.class);
      uint32(row.class_uid);
      uint8(row.activity_id);
      uint8(row.severity_id);
      uint8(row.status_id);
      text(row.product);
      text(row.channel);
      text(row.event_code);
      text(row.host);
      text(row.user);
      text(row.user_domain);
      text(row.target_user);
      address("src_ip", row.src_ip, notes);
      uint16(row.src_port);
      address("dst_ip", row.dst_ip, notes);
      uint16(row.dst_port);
      text(row.peer_host);
      text(row.process_path);
      text(row.process_cmd);
      uint32(row.process_pid);
      text(row.process_guid);
      text(row.parent_path);
      text(row.parent_cmd);
      uint32(row.parent_pid);
      text(row.file_path);
      text(row.reg_path);
      text(row.reg_value);
      text(row.sha256);
      text(row.md5);
      text(row.domain);
      text(row.url);
      text(row.http_method);
      uint16(row.http_status);
      text(row.object);
      text(row.session);
      text(row.message);
      address("peer", row.peer, notes);
      size(row.notes.length + notes.length);
      for (const note of row.notes) text(note);
      for (const note of notes) text(note);
      if (rawBytes === undefined) text(row.raw);
      else {
        room(rawBytes.length);
        size(rawBytes.length);
        buffer.set(rawBytes, end);
        end += rawBytes.length;
      }
      room(0);
      return start;
    },
    get end() {
      return end;
    },
    bytes: (start, to) => buffer.subarray(start, to),
  };
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView => new DataView(buffer, byteOffset, byteLength);

/** All rows at once. */
export function encodeEvents(rows: readonly EventRow[]): Uint8Array {
  const encoded = createEventRows(rows.length * 1_024);
  for (const row of rows) encoded.add(row);
  return encoded.bytes(0, encoded.end);
}

/** More than everything of a fixed size in a row takes, the sizes of its texts included: the next row can begin without asking. */
const MARGIN = 64 * 1024;
const BY_HAND = 48;

const within = (value: number, largest: number): number =>
  value > 0 ? (value > largest ? largest : Math.trunc(value)) : 0;

/** Nanoseconds for DateTime64(9); outside its range the nearest time it can hold. */
function timeOf(row: EventRow, notes: string[]): bigint {
  let ms = row.time_ms;
  if (!(ms >= EARLIEST_MS && ms <= LATEST_MS)) {
    notes.push("time-out-of-range");
    ms = ms > LATEST_MS ? LATEST_MS : ms < EARLIEST_MS ? EARLIEST_MS : row.received_ms;
  }
  const ns = row.time_ns > 0 ? Math.min(999_999, Math.trunc(row.time_ns)) : 0;
  return BigInt(Math.floor(ms)) * 1_000_000n + BigInt(ns);
}

/** The engine's whole range for nanoseconds. */
const EARLIEST_MS = Date.UTC(1900, 0, 1);
const LATEST_MS = Date.UTC(2262, 3, 11);

/** The 16 bytes of an IPv6 address, IPv4 as a mapped one, a zone left out; false when the text is no address. */
function writeAddress(value: string, into: Buffer, at: number): boolean {
  const colon = value.indexOf(":");
  if (colon === -1) {
    if (!writeIpv4(value, into, at + 12)) return false;
    into[at + 10] = 255;
    into[at + 11] = 255;
    return true;
  }
  if (!isIPv6(value)) return false;
  const zone = value.indexOf("%");
  const [head = "", tail] = (zone === -1 ? value : value.slice(0, zone)).split("::");
  writeGroups(head, into, at);
  if (tail !== undefined && tail !== "") writeGroups(tail, into, at + 16 - lengthOf(tail));
  return true;
}

function writeGroups(text: string, into: Buffer, from: number): void {
  if (text === "") return;
  let at = from;
  for (const group of text.split(":")) {
    if (group.includes(".")) writeIpv4(group, into, at);
    else into.writeUInt16BE(Number.parseInt(group, 16), at);
    at += 2;
  }
}

const lengthOf = (groups: string): number =>
  groups.split(":").reduce((bytes, group) => bytes + (group.includes(".") ? 4 : 2), 0);

/** Four numbers up to 255 without leading zeros, checked by hand since this runs several times per event. */
function writeIpv4(value: string, into: Buffer, from: number): boolean {
  const { length } = value;
  if (length < 7 || length > 15) return false;
  let dots = 0;
  let digits = 0;
  let part = 0;
  let packed = 0;
  for (let at = 0; at < length; at += 1) {
    const c = value.charCodeAt(at);
    if (c === 46) {
      if (digits === 0) return false;
      dots += 1;
      packed = packed * 256 + part;
      digits = 0;
      part = 0;
    } else if (c >= 48 && c <= 57) {
      if (digits > 0 && part === 0) return false;
      part = part * 10 + c - 48;
      digits += 1;
      if (part > 255) return false;
    } else return false;
  }
  if (dots !== 3 || digits === 0) return false;
  into.writeUInt32BE(packed * 256 + part, from);
  return true;
}
