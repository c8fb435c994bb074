/**
 * render: a fragment tree and its values to JSON text. Attributes stand under "#attributes", the text of an element that
 * has them under "#text"; repeated names get a number; `Data` elements go by their Name, unnamed ones become a list.
 */
import { type ChunkBytes, Damage } from "./chunk-bytes.ts";
import type { Content, Element, FragmentReader, Part, ValueSlot } from "./fragment.ts";
import { valueJson } from "./values.ts";

const BINARY_XML = 0x21;
const MAX_DEPTH = 32;
/** A record is at most 64 KiB; only a forged one, whose templates repeat each other, renders to more than this. */
const MAX_PARTS = 50_000;

export class Renderer {
  private readonly chunk: ChunkBytes;
  private readonly fragments: FragmentReader;
  private depth = 0;
  private parts = 0;
  private start = 0;

  constructor(chunk: ChunkBytes, fragments: FragmentReader) {
    this.chunk = chunk;
    this.fragments = fragments;
  }

  /** The JSON of a whole record. */
  record(content: Content, offset: number): string {
    this.depth = 0;
    this.parts = 0;
    this.start = offset;
    const members = new Members();
    this.collect(content, NO_VALUES, members);
    return members.json() ?? "{}";
  }

  private collect(content: Content, values: readonly ValueSlot[], into: Members): void {
    for (const part of content) this.collectPart(part, values, into);
  }

  private collectPart(part: Part, values: readonly ValueSlot[], into: Members): void {
    this.count();
    switch (part.kind) {
      case "literal":
        into.addText(part.text);
        return;
      case "element":
        into.add(part.key ?? this.nameOf(part, values), this.element(part, values));
        return;
      case "instance":
        this.nested(() => this.collect(part.root, part.values, into));
        return;
      case "substitution": {
        const slot = values[part.index];
        if (slot === undefined) return;
        if ((slot.type & 0x7f) === BINARY_XML) this.embedded(slot, into);
        else into.addValue(valueJson(this.chunk, slot));
      }
    }
  }

  private embedded(slot: ValueSlot, into: Members): void {
    if (slot.size === 0) return;
    this.nested(() => {
      const content = this.fragments.read(slot.offset, slot.offset + slot.size, true);
      this.collect(content, NO_VALUES, into);
    });
  }

  private element(element: Element, values: readonly ValueSlot[]): string {
    const attributes = this.attributes(element, values);
    if (attributes === "" && element.content.length === 1) {
      const simple = this.single(element.content[0], values);
      if (simple !== undefined) return simple;
    }
    if (attributes === "" && element.plain) return this.plain(element, values);
    const members = new Members();
    members.attributes = attributes;
    this.collect(element.content, values, members);
    return members.json() ?? "null";
  }

  /** The common case: one value and nothing else. */
  private single(part: Part | undefined, values: readonly ValueSlot[]): string | undefined {
    if (part?.kind === "literal") return JSON.stringify(part.text);
    if (part?.kind !== "substitution") return undefined;
    const slot = values[part.index];
    if (slot === undefined) return "null";
    this.count();
    return (slot.type & 0x7f) === BINARY_XML ? undefined : (valueJson(this.chunk, slot) ?? "null");
  }

  private plain(element: Element, values: readonly ValueSlot[]): string {
    let json = "";
    for (const part of element.content) {
      if (part.kind !== "element") continue;
      json += json === "" ? part.label : `,${part.label}`;
      json += this.element(part, values);
    }
    return `{${json}}`;
  }

  private attributes(element: Element, values: readonly ValueSlot[]): string {
    let json = "";
    for (const { label, content } of element.shown) {
      const value = this.attribute(content, values);
      if (value !== undefined) json += json === "" ? label + value : `,${label}${value}`;
    }
    return json;
  }

  private attribute(content: Content, values: readonly ValueSlot[]): string | undefined {
    const only = content[0];
    if (content.length === 1 && only?.kind === "substitution") {
      const slot = values[only.index];
      if (slot === undefined) return undefined;
      if ((slot.type & 0x7f) !== BINARY_XML) return valueJson(this.chunk, slot);
    }
    const members = new Members();
    this.collect(content, values, members);
    return members.json();
  }

  /** The Name of a `Data` element whose name is itself a value. */
  private nameOf(element: Element, values: readonly ValueSlot[]): string {
    const members = new Members();
    this.collect(element.attributes.find(({ name }) => name === "Name")?.content ?? [], values, members);
    return members.text() || element.name;
  }

  private nested(work: () => void): void {
    if (++this.depth > MAX_DEPTH) throw new Damage("has templates nested too deeply", this.start);
    work();
    this.depth--;
  }

  private count(): void {
    if (++this.parts > MAX_PARTS) throw new Damage("expands to too many values", this.start);
  }
}

const NO_VALUES: readonly ValueSlot[] = [];

/** What has been seen inside one element: named members and text. */
class Members {
  attributes = "";
  private readonly named = new Map<string, string>();
  private unnamedData: string[] | undefined;
  private values: string[] = [];

  add(key: string, json: string): void {
    if (key === "Data") {
      this.unnamedData = [...(this.unnamedData ?? []), json];
      this.named.set(key, this.unnamedData.length === 1 ? json : `[${this.unnamedData.join(",")}]`);
      return;
    }
    let free = key;
    for (let n = 1; this.named.has(free); n++) free = `${key}_${n}`;
    this.named.set(free, json);
  }

  addText(text: string): void {
    this.values.push(JSON.stringify(text));
  }

  addValue(json: string | undefined): void {
    if (json !== undefined) this.values.push(json);
  }

  /** Undefined: nothing was there. */
  json(): string | undefined {
    const value = this.valueJson();
    if (this.named.size === 0 && this.attributes === "") return value;
    const members: string[] = [];
    if (this.attributes !== "") members.push(`"#attributes":{${this.attributes}}`);
    if (value !== undefined) members.push(`"#text":${value}`);
    for (const [key, json] of this.named) members.push(`${JSON.stringify(key)}:${json}`);
    return `{${members.join(",")}}`;
  }

  text(): string {
    return this.values.map(plainText).join("");
  }

  private valueJson(): string | undefined {
    const first = this.values[0];
    return this.values.length <= 1 ? first : JSON.stringify(this.text());
  }
}

function plainText(json: string): string {
  const value: unknown = json.startsWith('"') ? JSON.parse(json) : json;
  return typeof value === "string" ? value : json;
}
