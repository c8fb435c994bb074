/**
 * event-view: one event as the compiled rules see it: values by field number, each looked up, turned into text and
 * lower-cased at most once per event. One view is reused for all events, so an event without matches allocates nothing.
 */
import { ValueCache } from "../index/value-cache.ts";
import type { SigmaEvent } from "../rule.ts";
import { type Access, type Fields, lookup } from "./access.ts";

const SMALL_NUMBERS = Array.from({ length: 8192 }, (_, n) => String(n));
const NO_LIST: readonly string[] = [];

export class EventView {
  private fields: Fields = {};
  private message: string | undefined;
  private access: readonly Access[] = [];
  private stamp = 0;
  private readonly rawStamp: Uint32Array;
  private readonly rawValue: unknown[];
  private readonly foldedStamp: Uint32Array;
  private readonly foldedValue: Array<string | undefined>;
  /** One lower-cased text per value, so that what is remembered about it is found without reading it again. */
  private readonly foldings = new ValueCache<string>();
  /** Filled anew for each event that keywords are searched in. */
  private readonly words: string[] = [];
  private wordsRead = false;
  private foldedWords: readonly string[] | undefined;

  constructor(fieldCount: number) {
    this.rawStamp = new Uint32Array(fieldCount);
    this.rawValue = new Array<unknown>(fieldCount);
    this.foldedStamp = new Uint32Array(fieldCount);
    this.foldedValue = new Array<string | undefined>(fieldCount);
  }

  open(event: SigmaEvent, fields: Fields): void {
    this.fields = fields;
    this.message = event.text;
    this.wordsRead = false;
    this.foldedWords = undefined;
  }

  /** Rules of one group share the names under which fields are found. */
  enter(access: readonly Access[]): void {
    this.access = access;
    this.stamp = (this.stamp + 1) >>> 0;
    if (this.stamp === 0) {
      this.rawStamp.fill(0);
      this.foldedStamp.fill(0);
      this.stamp = 1;
    }
  }

  raw(field: number): unknown {
    if (this.rawStamp[field] === this.stamp) return this.rawValue[field];
    const access = this.access[field];
    const found = access === undefined ? undefined : lookup(this.fields, access);
    this.rawStamp[field] = this.stamp;
    this.rawValue[field] = found;
    return found;
  }

  /** The text of a single value; undefined when the field is absent, null or holds several. */
  text(field: number): string | undefined {
    return scalarText(this.raw(field));
  }

  folded(field: number): string | undefined {
    if (this.foldedStamp[field] === this.stamp) return this.foldedValue[field];
    const text = this.text(field);
    const folded = text === undefined ? undefined : this.fold(text);
    this.foldedStamp[field] = this.stamp;
    this.foldedValue[field] = folded;
    return folded;
  }

  private fold(text: string): string {
    let folded = this.foldings.get(text);
    if (folded === undefined) {
      folded = text.toLowerCase();
      this.foldings.put(text, folded);
    }
    return folded;
  }

  /** The texts of a list or structure; empty for a single value. */
  list(field: number): readonly string[] {
    const value = this.raw(field);
    return typeof value === "object" && value !== null ? textsOf(value) : NO_LIST;
  }

  /** What keywords are searched in. */
  keywordTexts(): readonly string[] {
    if (!this.wordsRead) {
      this.words.length = 0;
      if (this.message === undefined) everyText(this.fields, this.words);
      else this.words.push(this.message);
      this.wordsRead = true;
    }
    return this.words;
  }

  foldedKeywordTexts(): readonly string[] {
    if (this.foldedWords === undefined) this.foldedWords = this.keywordTexts().map((text) => text.toLowerCase());
    return this.foldedWords;
  }
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number") return SMALL_NUMBERS[value] ?? String(value);
  return typeof value === "boolean" || typeof value === "bigint" ? String(value) : undefined;
}

/** Values nested deeper than any log nests them are not searched: a forged event must not exhaust the stack. */
const MAX_DEPTH = 64;

/** A list matches when one of its elements does; a structure is searched as its JSON text. */
function textsOf(value: object, into: string[] = [], depth = 0): string[] {
  if (!Array.isArray(value)) {
    into.push(jsonText(value));
    return into;
  }
  for (const entry of value) {
    const text = scalarText(entry);
    if (text !== undefined) into.push(text);
    else if (typeof entry === "object" && entry !== null && depth < MAX_DEPTH) textsOf(entry, into, depth + 1);
  }
  return into;
}

function everyText(value: object, into: string[], depth = 0): void {
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    for (const entry of Object.values(value)) addText(entry, into, depth);
    return;
  }
  // Far faster than Object.values on a record that JSON.parse made.
  const record = value as Fields;
  for (const name in record) addText(record[name], into, depth);
}

function addText(entry: unknown, into: string[], depth: number): void {
  if (typeof entry === "string") {
    into.push(entry);
    return;
  }
  const text = scalarText(entry);
  if (text !== undefined) into.push(text);
  else if (typeof entry === "object" && entry !== null && depth < MAX_DEPTH) everyText(entry, into, depth + 1);
}

function jsonText(value: object): string {
  try {
    return JSON.stringify(value, (_, entry: unknown) => (typeof entry === "bigint" ? String(entry) : entry));
  } catch (error) {
    // Nested too deeply, or in a circle: no log is.
    if (error instanceof RangeError || error instanceof TypeError) return "";
    throw error;
  }
}
