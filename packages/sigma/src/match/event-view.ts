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
  /** The only keyword text, when there is one. */
  message: string | undefined;
  /** What the keyword texts stand in, as bytes; undefined when that is not known. */
  bytes: Uint8Array | undefined;
  private access: readonly Access[] = [];
  private stamp = 0;
  private readonly rawStamp: Uint32Array;
  private readonly rawValue: unknown[];
  private readonly foldedStamp: Uint32Array;
  private readonly foldedValue: Array<string | undefined>;
  /** One lower-cased text per value, so that what is remembered about it is found without reading it again. */
  private readonly foldings = new ValueCache<string>();
  private words: readonly string[] | undefined;
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
    // A record that was brought to another shape can have values that its text has not.
    this.bytes = event.text === undefined && fields !== event.fields ? undefined : event.bytes;
    this.words = undefined;
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
    if (this.words === undefined) {
      const list = new TextList();
      this.visitKeywordTexts(list);
      this.words = list.texts;
    }
    return this.words;
  }

  /** The same one by one. */
  visitKeywordTexts(visitor: TextVisitor): void {
    if (this.message === undefined) everyText(this.fields, visitor, 0);
    else visitor.visit(this.message);
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

export interface TextVisitor {
  /** False: the texts of numbers and booleans, which cost time to make, are left out. */
  readonly numbers: boolean;
  visit(text: string): void;
}

class TextList implements TextVisitor {
  readonly numbers = true;
  readonly texts: string[] = [];

  visit(text: string): void {
    this.texts.push(text);
  }
}

function everyText(value: object, visitor: TextVisitor, depth: number): void {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) visitEntry(value[i], visitor, depth);
    return;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    for (const entry of Object.values(value)) visitEntry(entry, visitor, depth);
    return;
  }
  // Far faster than Object.values on a record that JSON.parse made.
  const record = value as Fields;
  for (const name in record) {
    const entry = record[name];
    if (typeof entry === "string") visitor.visit(entry);
    else visitEntry(entry, visitor, depth);
  }
}

function visitEntry(entry: unknown, visitor: TextVisitor, depth: number): void {
  if (typeof entry === "object") {
    if (entry !== null && depth < MAX_DEPTH) everyText(entry, visitor, depth + 1);
    return;
  }
  if (!visitor.numbers && typeof entry !== "string") return;
  const text = scalarText(entry);
  if (text !== undefined) visitor.visit(text);
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
