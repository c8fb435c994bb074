/**
 * values: typed Binary XML values to JSON text. 64-bit integers keep all their digits, times their 100 ns; GUIDs are upper
 * case without braces, hexadecimal integers and SIDs in their Windows spelling.
 */
import type { ChunkBytes } from "./chunk-bytes.ts";
import type { ValueSlot } from "./fragment.ts";

const ARRAY = 0x80;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, "0"));
/** Sizes of one element; variable ones are missing. */
const FIXED_SIZES: Readonly<Record<number, number>> = {
  3: 1,
  4: 1,
  5: 2,
  6: 2,
  7: 4,
  8: 4,
  9: 8,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  15: 16,
  17: 8,
  18: 16,
  20: 4,
  21: 8,
};

/** JSON text, or undefined when the value is absent (null type or nothing stored). */
export function valueJson(chunk: ChunkBytes, slot: ValueSlot): string | undefined {
  if (slot.type === 0) return undefined;
  if ((slot.type & ARRAY) !== 0) return arrayJson(chunk, slot);
  const { type, offset, size } = slot;
  if (type === 0x01) return size === 0 ? '""' : JSON.stringify(trimmed(chunk.utf16(offset, size >> 1)));
  if (type === 0x02) return JSON.stringify(trimmed(ansi(chunk, offset, size)));
  if (size === 0) return type === 0x0e ? '""' : undefined;
  if (size < (FIXED_SIZES[type] ?? 0)) return undefined;
  return fixedJson(chunk, type, slot);
}

function fixedJson(chunk: ChunkBytes, type: number, { offset, size }: ValueSlot): string | undefined {
  switch (type) {
    case 0x03:
      return String(chunk.i8(offset));
    case 0x04:
      return String(chunk.u8(offset));
    case 0x05:
      return String(chunk.i16(offset));
    case 0x06:
      return String(chunk.u16(offset));
    case 0x07:
      return String(chunk.i32(offset));
    case 0x08:
      return String(chunk.u32(offset));
    case 0x09:
      return String(chunk.i64(offset));
    case 0x0a:
      return String(chunk.u64(offset));
    case 0x0b:
      return real(Math.fround(chunk.f32(offset)));
    case 0x0c:
      return real(chunk.f64(offset));
    case 0x0d:
      return chunk.u32(offset) === 0 ? "false" : "true";
    case 0x0e:
      return `"${binary(chunk, offset, size)}"`;
    case 0x0f:
      return `"${guid(chunk, offset)}"`;
    case 0x10:
      return `"0x${(size >= 8 ? chunk.u64(offset) : chunk.u32(offset)).toString(16)}"`;
    case 0x11:
      return `"${filetimeText(chunk, offset)}"`;
    case 0x12:
      return `"${systemTime(chunk, offset)}"`;
    case 0x13:
      return `"${sid(chunk, offset, size)}"`;
    case 0x14:
      return `"0x${chunk.u32(offset).toString(16)}"`;
    case 0x15:
      return `"0x${chunk.u64(offset).toString(16)}"`;
    default:
      return `"${binary(chunk, offset, size)}"`;
  }
}

function arrayJson(chunk: ChunkBytes, { type, offset, size }: ValueSlot): string {
  const element = type & ~ARRAY;
  if (element === 0x01) return JSON.stringify(strings(chunk.utf16(offset, size >> 1)));
  if (element === 0x02) return JSON.stringify(strings(ansi(chunk, offset, size)));
  const step = FIXED_SIZES[element] ?? (element === 0x10 ? 8 : 0);
  if (element === 0x13) return sidArray(chunk, offset, size);
  if (step === 0) return `["${binary(chunk, offset, size)}"]`;
  const parts: string[] = [];
  for (let at = 0; at + step <= size; at += step) {
    parts.push(fixedJson(chunk, element, { type: element, offset: offset + at, size: step }) ?? "null");
  }
  return `[${parts.join(",")}]`;
}

function sidArray(chunk: ChunkBytes, offset: number, size: number): string {
  const parts: string[] = [];
  for (let at = 0; at + 8 <= size; ) {
    const length = 8 + chunk.u8(offset + at + 1) * 4;
    parts.push(`"${sid(chunk, offset + at, Math.min(length, size - at))}"`);
    at += length;
  }
  return `[${parts.join(",")}]`;
}

/** FILETIME (100 ns since 1601) as an ISO instant with all seven digits, by long division, since it exceeds 2^53. */
function filetimeText(chunk: ChunkBytes, offset: number): string {
  let seconds = 0;
  let rest = 0;
  for (let word = 6; word >= 0; word -= 2) {
    const part = rest * 65_536 + chunk.u16(offset + word);
    const quotient = Math.floor(part / 10_000_000);
    seconds = seconds * 65_536 + quotient;
    rest = part - quotient * 10_000_000;
  }
  const day = Math.floor(seconds / 86_400);
  const inDay = seconds - day * 86_400;
  const minutes = Math.floor(inDay / 60);
  const time = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(inDay % 60)}`;
  return `${dateText(day)}T${time}.${String(10_000_000 + rest).slice(1)}Z`;
}

/** Days since 1601-01-01 (where a 400 year cycle of the calendar begins) as a date. */
function dateText(days: number): string {
  // Counted from 1 March, the leap day is the last of its year.
  const shifted = days + 306;
  const era = Math.floor(shifted / 146_097);
  const inEra = shifted - era * 146_097;
  const year = Math.floor(
    (inEra - Math.floor(inEra / 1460) + Math.floor(inEra / 36_524) - Math.floor(inEra / 146_096)) / 365,
  );
  const inYear = inEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * inYear + 2) / 153);
  const day = inYear - Math.floor((153 * month + 2) / 5) + 1;
  const calendarYear = 1600 + era * 400 + year + (month >= 10 ? 1 : 0);
  return `${String(calendarYear).padStart(4, "0")}-${two(month >= 10 ? month - 9 : month + 3)}-${two(day)}`;
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

function systemTime(chunk: ChunkBytes, offset: number): string {
  const part = (index: number, width: number): string => String(chunk.u16(offset + index * 2)).padStart(width, "0");
  return `${part(0, 4)}-${part(1, 2)}-${part(3, 2)}T${part(4, 2)}:${part(5, 2)}:${part(6, 2)}.${part(7, 3)}Z`;
}

function guid(chunk: ChunkBytes, offset: number): string {
  chunk.need(offset, 16);
  const hex = (at: number): string => HEX[chunk.bytes[offset + at] ?? 0] ?? "";
  const tail = hex(10) + hex(11) + hex(12) + hex(13) + hex(14) + hex(15);
  return `${hex(3) + hex(2) + hex(1) + hex(0)}-${hex(5) + hex(4)}-${hex(7) + hex(6)}-${hex(8) + hex(9)}-${tail}`;
}

function sid(chunk: ChunkBytes, offset: number, size: number): string {
  if (size < 8) return binary(chunk, offset, size);
  const count = Math.min(chunk.u8(offset + 1), (size - 8) >> 2);
  const authority = chunk.u8(offset + 2) * 2 ** 40 + chunk.u8(offset + 3) * 2 ** 32 + bigEndian(chunk, offset + 4);
  let text = `S-${chunk.u8(offset)}-${authority}`;
  for (let i = 0; i < count; i++) text += `-${chunk.u32(offset + 8 + i * 4)}`;
  return text;
}

function bigEndian(chunk: ChunkBytes, offset: number): number {
  return (
    chunk.u8(offset) * 2 ** 24 + chunk.u8(offset + 1) * 2 ** 16 + chunk.u8(offset + 2) * 2 ** 8 + chunk.u8(offset + 3)
  );
}

function binary(chunk: ChunkBytes, offset: number, size: number): string {
  chunk.need(offset, size);
  let text = "";
  for (let i = 0; i < size; i++) text += HEX[chunk.bytes[offset + i] ?? 0] ?? "";
  return text;
}

function ansi(chunk: ChunkBytes, offset: number, size: number): string {
  chunk.need(offset, size);
  let text = "";
  for (let i = 0; i < size; i++) text += String.fromCharCode(chunk.bytes[offset + i] ?? 0);
  return text;
}

/** Strings may carry their terminator. */
function trimmed(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return end === text.length ? text : text.slice(0, end);
}

function strings(text: string): string[] {
  const parts = text.split("\0");
  if (parts.at(-1) === "") parts.pop();
  return parts;
}

/** JSON has no word for these three. */
function real(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}
