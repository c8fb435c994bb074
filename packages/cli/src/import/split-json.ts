/** split-json: JSON values one after the other, the elements of arrays, or the elements of {"Records":[…]}, each as its original
 *  text. It only measures (strings, depth), so no nesting can exhaust it. What is no JSON comes out as lines: nothing is lost. */
import { lineSplitter } from "./split-lines.ts";
import { type Complaint, LONGEST_RECORD, type Splitter } from "./splitter.ts";

export interface JsonLimits {
  readonly longest: number;
  readonly depth: number;
}

export function jsonSplitter(
  complain: Complaint,
  limits: JsonLimits = { longest: LONGEST_RECORD, depth: 500 },
): Splitter {
  const scanner = new JsonScanner(complain, limits);
  return { push: (piece) => scanner.push(piece), end: () => scanner.end() };
}

/** `between` records, inside a `value` (object, array or string) or `scalar`, in a line of `text` that is no JSON, in the `rest`
 *  of an object after its Records, or reading only `lines` since JSON was given up. */
type State = "between" | "value" | "scalar" | "text" | "rest" | "lines";

const LF = 10;
const CR = 13;
const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const ENVELOPES = [Buffer.from('{"Records":['), Buffer.from('{"records":[')] as const;
/** The part of an envelope's beginning where white space counts. */
const NAME_FROM = 2;
const NAME_TO = 9;

const isSpace = (byte: number): boolean => byte === 32 || byte === LF || byte === CR || byte === 9;

class JsonScanner {
  private state: State = "between";
  private pending: Buffer[] = [];
  private pendingSize = 0;
  private offset = 0;
  private started = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** Inside an array whose elements are the records; `file` = at the top, `envelope` = of Records. */
  private array: "file" | "envelope" | undefined;
  /** The file began with an array, so further ones are taken apart too. */
  private arrays: boolean | undefined;
  private lost = false;
  /** How much of an envelope's beginning the current object has matched; -1 = it is none. */
  private matched = -1;
  private envelope: Buffer = ENVELOPES[0];
  private lines: Splitter | undefined;
  private readonly complain: Complaint;
  private readonly limits: JsonLimits;

  constructor(complain: Complaint, limits: JsonLimits) {
    this.complain = complain;
    this.limits = limits;
  }

  push(piece: Buffer): Buffer[] {
    const records: Buffer[] = [];
    /** Where the current record begins in this piece. */
    let from = 0;
    let at = 0;
    for (; at < piece.length && this.state !== "lines"; at += 1) {
      const byte = piece[at] ?? 0;
      switch (this.state) {
        case "between":
          if (this.begin(byte)) {
            from = at;
            this.started = this.offset + at;
          }
          break;
        case "value":
          if (this.inside(byte)) records.push(this.cut(piece.subarray(from, at + 1)));
          else if (this.matched === this.envelope.length) this.openEnvelope();
          break;
        case "scalar":
          if (byte === COMMA || byte === CLOSE_ARRAY || isSpace(byte)) {
            records.push(this.cut(piece.subarray(from, at)));
            at -= 1;
          }
          break;
        case "text":
          if (byte === LF) records.push(withoutCr(this.cut(piece.subarray(from, at))));
          break;
        default:
          this.closeEnvelope(byte);
      }
      if (this.recording() && this.tooMuch(at + 1 - from)) break;
    }
    if (this.state === "lines") records.push(...this.readLines(piece.subarray(from)));
    else if (this.recording() && from < piece.length) {
      this.pending.push(piece.subarray(from));
      this.pendingSize += piece.length - from;
    }
    this.offset += piece.length;
    return records;
  }

  end(): Buffer[] {
    const { state } = this;
    if (state === "lines") return this.lines?.end() ?? [];
    if (state === "value") {
      this.complain(
        `the JSON value that begins at byte ${this.started} has no end; its text was sent as lines. Is the file whole?`,
      );
      return [...this.readLines(Buffer.alloc(0)), ...(this.lines?.end() ?? [])];
    }
    const last = this.recording() ? [withoutCr(this.cut(Buffer.alloc(0)))] : [];
    if (this.array !== undefined || state === "rest") {
      this.complain(
        `the file ends inside a JSON array, at byte ${this.offset}; what is there was sent. Is the file whole?`,
      );
    }
    return last;
  }

  private recording(): boolean {
    return this.state === "value" || this.state === "scalar" || this.state === "text";
  }

  /** True when this byte begins a record. */
  private begin(byte: number): boolean {
    if (isSpace(byte) || byte === COMMA) return false;
    if (byte === CLOSE_ARRAY && this.array !== undefined) {
      this.state = this.array === "envelope" ? "rest" : "between";
      this.array = undefined;
      return false;
    }
    this.arrays ??= byte === OPEN_ARRAY;
    if (byte === OPEN_ARRAY && this.array === undefined && this.arrays) {
      this.array = "file";
      return false;
    }
    const opens = byte === OPEN_OBJECT || (this.array !== undefined && (byte === OPEN_ARRAY || byte === QUOTE));
    this.state = opens ? "value" : this.array === undefined ? "text" : "scalar";
    this.depth = opens && byte !== QUOTE ? 1 : 0;
    this.inString = opens && byte === QUOTE;
    this.escaped = false;
    this.matched = byte === OPEN_OBJECT && this.array === undefined ? 1 : -1;
    return true;
  }

  /** True when this byte ends the value. */
  private inside(byte: number): boolean {
    if (this.matched > 0) this.matchEnvelope(byte);
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (byte === BACKSLASH) this.escaped = true;
      else if (byte === QUOTE) {
        this.inString = false;
        return this.depth === 0;
      }
      return false;
    }
    if (byte === QUOTE) this.inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      this.depth -= 1;
      return this.depth === 0;
    }
    return false;
  }

  private matchEnvelope(byte: number): void {
    const { matched } = this;
    if (isSpace(byte) && !(matched >= NAME_FROM && matched <= NAME_TO)) return;
    if (matched === NAME_FROM) this.envelope = byte === ENVELOPES[0][NAME_FROM] ? ENVELOPES[0] : ENVELOPES[1];
    this.matched = byte === this.envelope[matched] ? matched + 1 : -1;
  }

  private openEnvelope(): void {
    this.forget();
    this.array = "envelope";
    this.lost = false;
  }

  private closeEnvelope(byte: number): void {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (byte === BACKSLASH) this.escaped = true;
      else if (byte === QUOTE) this.inString = false;
    } else if (byte === QUOTE) this.inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (this.depth === 0) this.state = "between";
      else this.depth -= 1;
    }
    if (this.state === "between" || this.lost || isSpace(byte)) return;
    this.lost = true;
    this.complain("its JSON object holds more than its records; the other members were skipped.");
  }

  /** JSON is given up when a value grows beyond what can be one: from its beginning on, the rest is read as lines. */
  private tooMuch(inPiece: number): boolean {
    const long = this.pendingSize + inPiece > this.limits.longest;
    if (!long && this.depth <= this.limits.depth) return false;
    const why = long
      ? `is longer than ${this.limits.longest} bytes`
      : `is nested deeper than ${this.limits.depth} levels`;
    this.complain(
      `the JSON value that begins at byte ${this.started} ${why}; from there on the file was read as lines.`,
    );
    this.state = "lines";
    return true;
  }

  private readLines(piece: Buffer): Buffer[] {
    const lines = (this.lines ??= lineSplitter(this.complain, { longest: this.limits.longest, offset: this.started }));
    const before = this.pending;
    this.forget();
    this.state = "lines";
    return [...before, piece].flatMap((part) => lines.push(part));
  }

  private cut(tail: Buffer): Buffer {
    const record = this.pending.length === 0 ? tail : Buffer.concat([...this.pending, tail]);
    this.forget();
    return record;
  }

  private forget(): void {
    this.pending = [];
    this.pendingSize = 0;
    this.depth = 0;
    this.matched = -1;
    this.state = "between";
  }
}

const withoutCr = (text: Buffer): Buffer => (text.at(-1) === CR ? text.subarray(0, -1) : text);
