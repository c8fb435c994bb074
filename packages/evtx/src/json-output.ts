/**
 * json-output: JSON text written as UTF-8 bytes into one buffer that all records of a file use in turn, so a record costs
 * one string at its end instead of one per value. Strings are escaped as JSON.stringify escapes them.
 */
import { Damage } from "./damage.ts";

/** A record has at most 64 KiB; only a forged one, whose templates repeat each other, gives more than this. */
const MAX_BYTES = 4 * 1024 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const HEX = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** For characters below 128: 0 goes as it is, 1 as \u00XX, others after a backslash. */
const ESCAPES = escapes();

/** Web platforms and Node have it; the language's own library does not name it. */
declare const TextDecoder: new (
  label: string,
  options: { ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

export class JsonOutput {
  bytes: Uint8Array;
  at = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  /** What was written from here on, as text. */
  text(from: number): string {
    return DECODER.decode(this.bytes.subarray(from, this.at));
  }

  byte(value: number): void {
    this.room(1);
    this.bytes[this.at++] = value;
  }

  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    this.room(length);
    const out = this.bytes;
    let at = this.at;
    for (let i = 0; i < length; i++) out[at++] = bytes[i] ?? 0;
    this.at = at;
  }

  /** A label of a member behind what separates it from the one before, or opens the object. */
  label(label: Uint8Array, separator: number): void {
    const { at } = this;
    this.raw(label);
    this.bytes[at] = separator;
  }

  /** Text that is known to be ASCII and to need no escapes. */
  ascii(text: string): void {
    this.room(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.at++] = text.charCodeAt(i);
  }

  integer(value: number): void {
    if (value < 0) {
      this.byte(MINUS);
      this.integer(-value);
      return;
    }
    this.digits(value, 1);
  }

  /** A whole number of 0 or more, below 2^53, with leading zeros up to the width. */
  digits(value: number, width: number): void {
    let count = 1;
    for (let limit = 10; limit <= value; limit *= 10) count++;
    if (count < width) count = width;
    this.room(count);
    let rest = value;
    for (let place = this.at + count - 1; place >= this.at; place--) {
      const next = rest < 0x40000000 ? (rest / 10) | 0 : Math.floor(rest / 10);
      this.bytes[place] = ZERO + (rest - next * 10);
      rest = next;
    }
    this.at += count;
  }

  /** Hexadecimal digits of 32 bits, with leading zeros up to the width. */
  hex(value: number, width: number): void {
    let shift = 28;
    while (shift >= width * 4 && value >>> shift === 0) shift -= 4;
    this.room(8);
    for (; shift >= 0; shift -= 4) this.bytes[this.at++] = HEX[(value >>> shift) & 15] ?? 0;
  }

  /** A JSON string of UTF-16 characters, which the caller knows to lie inside of the source. */
  utf16(source: DataView, offset: number, units: number): void {
    // The longest form of one unit is an escape of six bytes.
    this.room(units * 6 + 2);
    const out = this.bytes;
    const end = offset + units * 2;
    let at = this.at;
    out[at++] = QUOTE;
    for (let from = offset; from < end; from += 2) {
      const unit = source.getUint16(from, true);
      if (unit < 127 && unit > 31 && unit !== QUOTE && unit !== BACKSLASH) {
        out[at++] = unit;
        continue;
      }
      const next = from + 3 < end ? source.getUint16(from + 2, true) : 0;
      this.at = at;
      if (isPair(unit, next)) {
        this.pair(unit, next);
        from += 2;
      } else this.unit(unit);
      at = this.at;
    }
    out[at++] = QUOTE;
    this.at = at;
  }

  string(text: string): void {
    this.room(text.length * 6 + 2);
    this.bytes[this.at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const next = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      if (isPair(unit, next)) {
        this.pair(unit, next);
        i++;
      } else this.unit(unit);
    }
    this.bytes[this.at++] = QUOTE;
  }

  /** Moves what was written last, from `from` on, to an earlier place. */
  moveTo(place: number, from: number): void {
    const moved = this.bytes.slice(from, this.at);
    this.bytes.copyWithin(place + moved.length, place, from);
    this.bytes.set(moved, place);
  }

  room(count: number): void {
    if (this.at + count > this.bytes.length) this.grow(count);
  }

  /** Inside of a string; the caller has made room. */
  private unit(unit: number): void {
    const out = this.bytes;
    if (unit < 128) {
      const escape = ESCAPES[unit] ?? 0;
      if (escape === 1) this.unicodeEscape(unit);
      else {
        if (escape !== 0) out[this.at++] = BACKSLASH;
        out[this.at++] = escape === 0 ? unit : escape;
      }
    } else if (unit < 0x800) {
      out[this.at++] = 0xc0 | (unit >> 6);
      out[this.at++] = 0x80 | (unit & 63);
    } else if (unit >= 0xd800 && unit < 0xe000) {
      // Half a pair has no UTF-8 form.
      this.unicodeEscape(unit);
    } else {
      out[this.at++] = 0xe0 | (unit >> 12);
      out[this.at++] = 0x80 | ((unit >> 6) & 63);
      out[this.at++] = 0x80 | (unit & 63);
    }
  }

  private pair(high: number, low: number): void {
    const out = this.bytes;
    const point = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
    out[this.at++] = 0xf0 | (point >> 18);
    out[this.at++] = 0x80 | ((point >> 12) & 63);
    out[this.at++] = 0x80 | ((point >> 6) & 63);
    out[this.at++] = 0x80 | (point & 63);
  }

  private unicodeEscape(unit: number): void {
    this.bytes[this.at++] = BACKSLASH;
    this.bytes[this.at++] = 0x75;
    for (let shift = 12; shift >= 0; shift -= 4) this.bytes[this.at++] = HEX[(unit >> shift) & 15] ?? 0;
  }

  private grow(count: number): void {
    const needed = this.at + count;
    if (needed > MAX_BYTES) throw new Damage("expands to more than 4 MiB", 0);
    const grown = new Uint8Array(Math.min(MAX_BYTES, Math.max(needed, this.bytes.length * 2)));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }
}

function isPair(high: number, low: number): boolean {
  return (high & 0xfc00) === 0xd800 && (low & 0xfc00) === 0xdc00;
}

function escapes(): Uint8Array {
  const table = new Uint8Array(128);
  table.fill(1, 0, 32);
  const short: [from: string, to: string][] = [
    ["\b", "b"],
    ["\t", "t"],
    ["\n", "n"],
    ["\f", "f"],
    ["\r", "r"],
    ['"', '"'],
    ["\\", "\\"],
  ];
  for (const [from, to] of short) table[from.charCodeAt(0)] = to.charCodeAt(0);
  return table;
}
