/**
 * vector-scan: can one of some texts stand in a record, judged by its bytes in one pass? Of each text four characters are
 * kept, the rarest in logs; sixteen places at once are passed by when none of them can begin there. "No" is certain; "yes"
 * means that the values have to be searched.
 */
import { foldedShare } from "./byte-shares.ts";
import { bucketsFor } from "./vector-buckets.ts";
import { type Find, type Memory, vectorCode } from "./vector-code.ts";

const WIDTH = 4;
/** One bit of a byte each; the more texts share one, the more often a block is worth a look. */
const BUCKETS = 6;
/**
 * What hides a letter: JSON's escapes by number (only those that can stand for ASCII or for one of the three), and in UTF-8 the
 * three characters outside ASCII that ignoring case makes ASCII letters of: dotted I, long s, Kelvin sign.
 */
const STRANGE = [
  { bucket: 6, bytes: [0x5c, 0x75, 0x30] },
  { bucket: 6, bytes: [0x5c, 0x75, 0x32] },
  { bucket: 7, bytes: [0xc4, 0xb0] },
  { bucket: 7, bytes: [0xc5, 0xbf] },
  { bucket: 7, bytes: [0xe2, 0x84, 0xaa] },
];
const MAX_TEXTS = 32;
const TABLE_BYTES = 2 * 16 * WIDTH;
const PAGE = 65536;
const INPUT = PAGE;
/** A block reads over the end of the input. */
const BEYOND = 32;
/** Longer records are rare, and memory once taken is not given back. */
const LONGEST = 1 << 20;
/** Of UTF-8 for one UTF-16 unit. */
const MOST_BYTES = 3;

declare const TextEncoder: new () => { encodeInto(text: string, into: Uint8Array): { readonly written: number } };
const encoder = new TextEncoder();

export interface VectorScan {
  /** @param bytes UTF-8 of a text, or of the JSON text that values were read from. */
  mayHold(bytes: Uint8Array): boolean;
  /** The same of a text whose bytes are not at hand. */
  mayHoldText(text: string): boolean;
}

/** Makes scans that share one memory; undefined when the texts do not suit, or nothing here can run them. */
export type VectorScans = (texts: readonly string[]) => VectorScan | undefined;

export function createVectorScans(): VectorScans {
  let code: ReturnType<typeof vectorCode> | undefined;
  let tables = 0;
  return (texts) => {
    const windows = texts.map(rarestWindow);
    if (texts.length > MAX_TEXTS || !windows.every((window) => window !== undefined)) return undefined;
    code ??= vectorCode(2);
    if (code === undefined || tables + TABLE_BYTES > INPUT) return undefined;
    const at = tables;
    tables += TABLE_BYTES;
    return scanWith(windows, { ...code, tables: at });
  };
}

/** A run of characters that JSON writes as they are, and where its rarest three stand. */
interface Window {
  readonly run: string;
  readonly offset: number;
}

function scanWith(
  windows: readonly Window[],
  parts: { readonly memory: Memory; readonly find: Find; readonly tables: number },
): VectorScan {
  const { memory, find, tables } = parts;
  let bytes = new Uint8Array(memory.buffer);
  let room = bytes.subarray(INPUT);
  writeTables(windows, bytes.subarray(tables, tables + TABLE_BYTES));
  const byKey = new Map<number, Window[]>();
  for (const window of windows) {
    const key = keyAt(bytesOf(window), 0);
    byKey.set(key, [...(byKey.get(key) ?? []), window]);
  }

  const standsAt = (at: number, { run, offset }: Window): boolean => {
    const start = at - offset;
    if (start < INPUT) return false;
    for (let i = 0; i < run.length; i++) if (((bytes[start + i] ?? 0) | 32) !== (run.charCodeAt(i) | 32)) return false;
    return true;
  };
  /** Does a text stand here, or something that only the values can tell? */
  const isFound = (at: number): boolean => {
    const found = byKey.get(keyAt(bytes, at));
    if (found !== undefined) return found.some((window) => standsAt(at, window));
    return STRANGE.some((strange) => strange.bytes.every((byte, place) => bytes[at + place] === byte));
  };
  /** Room for so many bytes of a record, and for what a block reads beyond them. */
  const reserve = (length: number): void => {
    const needed = INPUT + length + BEYOND;
    if (needed <= bytes.length) return;
    // Another scan may have made the memory grow: then this view of it has no length any more.
    const missing = needed - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    bytes = new Uint8Array(memory.buffer);
    room = bytes.subarray(INPUT);
  };
  const search = (end: number): boolean => {
    bytes.fill(0, end, end + BEYOND);
    for (let at = find(tables, INPUT, end); at >= 0; at = find(tables, at + 1, end)) if (isFound(at)) return true;
    return false;
  };
  return {
    mayHold: (input) => {
      if (input.length > LONGEST) return true;
      reserve(input.length);
      bytes.set(input, INPUT);
      return search(INPUT + input.length);
    },
    mayHoldText: (text) => {
      if (text.length * MOST_BYTES > LONGEST) return true;
      reserve(text.length * MOST_BYTES);
      return search(INPUT + encoder.encodeInto(text, room).written);
    },
  };
}

function bytesOf({ run, offset }: Window): number[] {
  return Array.from({ length: WIDTH }, (_, place) => run.charCodeAt(offset + place) | 32);
}

/** The first four bytes from a place on, letters without case. */
function keyAt(bytes: ArrayLike<number>, at: number): number {
  const head = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16);
  return head | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0) | 0x20202020;
}

function writeTables(windows: readonly Window[], tables: Uint8Array): void {
  const distinct = [...new Map(windows.map(bytesOf).map((window) => [keyAt(window, 0), window])).values()];
  for (const [bucket, members] of bucketsFor(distinct, BUCKETS).entries()) {
    for (const member of members) for (const [place, byte] of member.entries()) enter(tables, { place, byte, bucket });
  }
  for (const { bucket, bytes } of STRANGE) {
    for (const [place, byte] of bytes.entries()) enter(tables, { place, byte, bucket });
    for (let place = bytes.length; place < WIDTH; place++) {
      for (let byte = 0; byte < 256; byte++) enter(tables, { place, byte, bucket });
    }
  }
}

/** Per place a table of buckets by the low half of a byte, then one by the high half. */
function enter(
  tables: Uint8Array,
  entry: { readonly place: number; readonly byte: number; readonly bucket: number },
): void {
  const folded = entry.byte | 32;
  const low = 32 * entry.place + (folded & 15);
  const high = 32 * entry.place + 16 + (folded >> 4);
  tables[low] = (tables[low] ?? 0) | (1 << entry.bucket);
  tables[high] = (tables[high] ?? 0) | (1 << entry.bucket);
}

/** Signs, spaces and letters that JSON never writes in another way but as `\u00..`, which is looked for too. */
const PLAIN = /[ !#-.0-[\]-~]{4,}/g;

function rarestWindow(text: string): Window | undefined {
  let best: Window | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [run] of text.matchAll(PLAIN)) {
    for (let offset = 0; offset + WIDTH <= run.length; offset++) {
      const commonness = commonnessOf(run.slice(offset, offset + WIDTH));
      if (commonness >= least) continue;
      least = commonness;
      best = { run, offset };
    }
  }
  return best;
}

/** Letters follow letters, in words; signs seldom follow signs. */
const IN_WORDS = 10;

function commonnessOf(text: string): number {
  let product = 1;
  for (let i = 0; i < text.length; i++) {
    product *= foldedShare(text.charCodeAt(i) | 32);
    if (i > 0 && isLetter(text.charCodeAt(i - 1)) && isLetter(text.charCodeAt(i))) product *= IN_WORDS;
  }
  return product;
}

function isLetter(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122;
}
