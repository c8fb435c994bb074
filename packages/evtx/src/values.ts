/**
 * values: typed Binary XML values to JSON. 64-bit integers keep all their digits, times their 100 ns; GUIDs are upper
 * case without braces, hexadecimal integers and SIDs in their Windows spelling. A value that does not fit its type is given
 * as its bytes, so nothing is dropped.
 */
import type { ChunkBytes } from "./chunk-bytes.ts";
import type { JsonOutput } from "./json-output.ts";
import { writeFiletime, writeSystemTime } from "./times.ts";

/** A value's place; it lies inside of the chunk. */
export interface Slot {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

const ARRAY = 0x80;
const STRING = 0x01;
const ANSI = 0x02;
const BOOL = 0x0d;
const BINARY = 0x0e;
const SIZE = 0x10;
const SID = 0x13;
const XML = 0x23;
const QUOTE = 0x22;
const COMMA = 0x2c;
const DASH = 0x2d;
const SIZES = Uint8Array.of(0, 0, 0, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 4, 0, 16, 0, 8, 16, 0, 4, 8);
const HEX_PAIRS = Uint16Array.from({ length: 256 }, (_, byte) => {
  const text = byte.toString(16).toUpperCase().padStart(2, "0");
  return text.charCodeAt(0) | (text.charCodeAt(1) << 8);
});
/** Windows-1252 between 128 and 159, where it differs from Latin 1. */
const CP1252 = [
  0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
  0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
];
/** The bytes 3 to 0, 5 to 4, 7 to 6, then the rest in their order; -1 is a dash. */
const GUID_ORDER = [3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15];

/** Bytes of one value of the type; 0 when they vary. */
export function fixedSize(type: number): number {
  return SIZES[type] ?? 0;
}

/** False, and nothing is written: the value is absent (null type or nothing stored). */
export function writeValue(out: JsonOutput, chunk: ChunkBytes, slot: Slot): boolean {
  const { type, offset, size } = slot;
  if (type === STRING) {
    out.utf16(chunk.view, offset, trimmedUnits(chunk.bytes, offset, size >> 1));
    return true;
  }
  if (type === 0) return false;
  if ((type & ARRAY) !== 0) {
    writeArray(out, chunk, slot);
    return true;
  }
  if (type === ANSI) {
    out.string(ansi(chunk.bytes, offset, size).replace(/\0+$/, ""));
    return true;
  }
  if (type === XML) {
    out.utf16(chunk.view, offset, trimmedUnits(chunk.bytes, offset, size >> 1));
    return true;
  }
  if (size === 0) {
    if (type === BINARY) out.ascii('""');
    return type === BINARY;
  }
  writeFixed(out, chunk, slot);
  return true;
}

function writeFixed(out: JsonOutput, chunk: ChunkBytes, slot: Slot): void {
  const { type, offset, size } = slot;
  const { view } = chunk;
  if (size < fixedSize(type)) {
    writeShort(out, chunk, slot);
    return;
  }
  switch (type) {
    case 0x03:
      out.integer(view.getInt8(offset));
      return;
    case 0x04:
      out.digits(view.getUint8(offset), 1);
      return;
    case 0x05:
      out.integer(view.getInt16(offset, true));
      return;
    case 0x06:
      out.digits(view.getUint16(offset, true), 1);
      return;
    case 0x07:
      out.integer(view.getInt32(offset, true));
      return;
    case 0x08:
      out.digits(view.getUint32(offset, true), 1);
      return;
    case 0x09: {
      const high = view.getInt32(offset + 4, true);
      if (high >= 0 && high < 0x1f_ffff) out.digits(high * 4_294_967_296 + view.getUint32(offset, true), 1);
      else out.ascii(String(view.getBigInt64(offset, true)));
      return;
    }
    case 0x0a: {
      const high = view.getUint32(offset + 4, true);
      if (high < 0x1f_ffff) out.digits(high * 4_294_967_296 + view.getUint32(offset, true), 1);
      else out.ascii(String(view.getBigUint64(offset, true)));
      return;
    }
    case 0x0b:
      out.ascii(single(view.getFloat32(offset, true)));
      return;
    case 0x0c:
      out.ascii(real(view.getFloat64(offset, true)));
      return;
    case BOOL:
      out.ascii(view.getUint32(offset, true) === 0 ? "false" : "true");
      return;
    case 0x0f:
      writeGuid(out, chunk.bytes, offset);
      return;
    case SIZE:
      if (size === 4 || size === 8) writeHex(out, chunk, slot);
      else writeBinary(out, chunk.bytes, slot);
      return;
    case 0x14:
      writeHex(out, chunk, { type, offset, size: 4 });
      return;
    case 0x15:
      writeHex(out, chunk, { type, offset, size: 8 });
      return;
    case 0x11:
      writeFiletime(out, view, offset);
      return;
    case 0x12:
      writeSystemTime(out, view, offset);
      return;
    case SID:
      writeSid(out, chunk, slot);
      return;
    default:
      writeBinary(out, chunk.bytes, slot);
  }
}

/** Some providers store a truth value in one or two bytes; anything else goes as its bytes. */
function writeShort(out: JsonOutput, chunk: ChunkBytes, slot: Slot): void {
  if (slot.type !== BOOL) {
    writeBinary(out, chunk.bytes, slot);
    return;
  }
  let any = 0;
  for (let i = 0; i < slot.size; i++) any |= chunk.bytes[slot.offset + i] ?? 0;
  out.ascii(any === 0 ? "false" : "true");
}

function writeArray(out: JsonOutput, chunk: ChunkBytes, { type, offset, size }: Slot): void {
  const element = type & ~ARRAY;
  const end = offset + size;
  out.byte(0x5b);
  let first = true;
  for (let at = offset; at < end; ) {
    const used = elementSize(chunk, element, { at, end });
    if (!first) out.byte(COMMA);
    first = false;
    if (element === STRING) out.utf16(chunk.view, at, trimmedUnits(chunk.bytes, at, used >> 1));
    else if (element === ANSI) out.string(ansi(chunk.bytes, at, used).replace(/\0$/, ""));
    else writeFixed(out, chunk, { type: element, offset: at, size: used });
    at += used;
  }
  out.byte(0x5d);
}

/** At least 1, and not beyond the end: a remainder that is no whole element is an element of its own, as bytes. */
function elementSize(chunk: ChunkBytes, element: number, { at, end }: { at: number; end: number }): number {
  const left = end - at;
  const { bytes } = chunk;
  if (element === STRING) {
    for (let unit = at; unit + 1 < end; unit += 2) if (bytes[unit] === 0 && bytes[unit + 1] === 0) return unit + 2 - at;
    return left;
  }
  if (element === ANSI) {
    const zero = bytes.indexOf(0, at);
    return zero >= 0 && zero < end ? zero + 1 - at : left;
  }
  if (element === SID && left >= 8) return Math.min(left, 8 + (bytes[at + 1] ?? 0) * 4);
  const size = element === SIZE ? 8 : fixedSize(element);
  return size === 0 ? left : Math.min(left, size);
}

function writeGuid(out: JsonOutput, bytes: Uint8Array, offset: number): void {
  out.room(38);
  const to = out.bytes;
  let { at } = out;
  to[at++] = QUOTE;
  for (const place of GUID_ORDER) {
    if (place < 0) to[at++] = DASH;
    else {
      const pair = HEX_PAIRS[bytes[offset + place] ?? 0] ?? 0;
      to[at++] = pair & 255;
      to[at++] = pair >> 8;
    }
  }
  to[at++] = QUOTE;
  out.at = at;
}

function writeHex(out: JsonOutput, { view }: ChunkBytes, { offset, size }: Slot): void {
  out.ascii('"0x');
  const high = size === 8 ? view.getUint32(offset + 4, true) : 0;
  if (high !== 0) out.hex(high, 1);
  out.hex(view.getUint32(offset, true), high === 0 ? 1 : 8);
  out.byte(QUOTE);
}

function writeSid(out: JsonOutput, chunk: ChunkBytes, slot: Slot): void {
  const { offset, size } = slot;
  const { bytes, view } = chunk;
  const parts = bytes[offset + 1] ?? 0;
  if (size < 8 || size < 8 + parts * 4) {
    writeBinary(out, bytes, slot);
    return;
  }
  out.ascii('"S-');
  out.digits(bytes[offset] ?? 0, 1);
  out.byte(DASH);
  out.digits(view.getUint16(offset + 2) * 4_294_967_296 + view.getUint32(offset + 4), 1);
  for (let i = 0; i < parts; i++) {
    out.byte(DASH);
    out.digits(view.getUint32(offset + 8 + i * 4, true), 1);
  }
  out.byte(QUOTE);
}

function writeBinary(out: JsonOutput, bytes: Uint8Array, { offset, size }: Slot): void {
  out.room(size * 2 + 2);
  const to = out.bytes;
  let { at } = out;
  to[at++] = QUOTE;
  for (let from = offset; from < offset + size; from++) {
    const pair = HEX_PAIRS[bytes[from] ?? 0] ?? 0;
    to[at++] = pair & 255;
    to[at++] = pair >> 8;
  }
  to[at++] = QUOTE;
  out.at = at;
}

function ansi(bytes: Uint8Array, offset: number, size: number): string {
  let text = "";
  for (let at = offset; at < offset + size; at++) {
    const code = bytes[at] ?? 0;
    text += String.fromCharCode(code >= 0x80 && code < 0xa0 ? (CP1252[code - 0x80] ?? code) : code);
  }
  return text;
}

/** Strings may carry their terminator. */
function trimmedUnits(bytes: Uint8Array, offset: number, units: number): number {
  let count = units;
  while (count > 0 && bytes[offset + count * 2 - 1] === 0 && bytes[offset + count * 2 - 2] === 0) count--;
  return count;
}

/** The shortest digits that mean this number among the 32-bit ones. */
function single(value: number): string {
  if (!Number.isFinite(value)) return real(value);
  for (let digits = 6; digits < 10; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}

/** JSON has no word for these three. */
function real(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}
