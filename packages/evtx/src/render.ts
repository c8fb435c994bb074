/**
 * render: a fragment tree and its values to JSON. Attributes stand under "#attributes", the text of an element that has
 * them under "#text"; repeated names get a number; `Data` elements go by their Name, unnamed ones become a list.
 */
import type { Budget } from "./budget.ts";
import type { ChunkBytes } from "./chunk-bytes.ts";
import { Damage } from "./damage.ts";
import type { FragmentReader } from "./fragment.ts";
import type { JsonOutput } from "./json-output.ts";
import { Members } from "./members.ts";
import type { Attribute, Content, Element, Part, Substitution, Values } from "./tree.ts";
import { writeValue } from "./values.ts";

const BINARY_XML = 0x21;
const MAX_DEPTH = 32;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const COMMA = 0x2c;
const ATTRIBUTES = ascii('{"#attributes":');
const TEXT = ascii(',"#text":');
const NULL = ascii("null");
const NO_VALUES: Values = [];

interface RendererOptions {
  readonly chunk: ChunkBytes;
  readonly fragments: FragmentReader;
  readonly output: JsonOutput;
  readonly budget: Budget;
}

export class Renderer {
  private readonly chunk: ChunkBytes;
  private readonly fragments: FragmentReader;
  private readonly output: JsonOutput;
  private readonly budget: Budget;
  private readonly slot = { type: 0, offset: 0, size: 0 };
  private depth = 0;

  constructor({ chunk, fragments, output, budget }: RendererOptions) {
    this.chunk = chunk;
    this.fragments = fragments;
    this.output = output;
    this.budget = budget;
  }

  /** The JSON of a whole record. */
  record(content: Content): string {
    const { output } = this;
    this.depth = 0;
    output.at = 0;
    if (!this.mixed(content, NO_VALUES, false)) return "{}";
    this.budget.spend(output.at >> 6);
    return output.text(0);
  }

  private element(element: Element, values: Values): void {
    this.budget.spend(1);
    const { output } = this;
    const open = element.attributes.length > 0 && this.attributes(element.attributes, values);
    const [first] = element.content;
    switch (element.shape) {
      case "empty":
        if (open) output.byte(CLOSE);
        else output.raw(NULL);
        return;
      case "value":
        if (first?.kind !== "substitution" || this.typeOf(first, values) === BINARY_XML) break;
        if (open) {
          const mark = output.at;
          output.raw(TEXT);
          if (!this.value(first, values)) output.at = mark;
          output.byte(CLOSE);
        } else if (!this.value(first, values)) output.raw(NULL);
        return;
      case "literal":
        if (first?.kind !== "literal") break;
        if (open) output.raw(TEXT);
        output.raw(first.json);
        if (open) output.byte(CLOSE);
        return;
      case "plain":
        this.plain(element.content, values, open);
        return;
      case "mixed":
        break;
    }
    this.nest();
    if (!this.mixed(element.content, values, open)) output.raw(NULL);
    this.depth--;
  }

  private plain(content: Content, values: Values, open: boolean): void {
    const { output } = this;
    let separator = open ? COMMA : OPEN;
    for (const part of content) {
      if (part.kind !== "element" || part.key === undefined) continue;
      output.label(part.key.label, separator);
      this.element(part, values);
      separator = COMMA;
    }
    output.byte(CLOSE);
  }

  /** Leaves the object open behind them; false: none has a value, and nothing was written. */
  private attributes(attributes: readonly Attribute[], values: Values): boolean {
    const { output } = this;
    const start = output.at;
    output.raw(ATTRIBUTES);
    let any = false;
    for (const { name, content } of attributes) {
      const mark = output.at;
      output.label(name.label, any ? COMMA : OPEN);
      if (this.attribute(content, values)) any = true;
      else output.at = mark;
    }
    if (any) output.byte(CLOSE);
    else output.at = start;
    return any;
  }

  private attribute(content: Content, values: Values): boolean {
    this.budget.spend(1);
    const [only] = content;
    if (content.length === 1) {
      if (only?.kind === "substitution" && this.typeOf(only, values) !== BINARY_XML) return this.value(only, values);
      if (only?.kind === "literal") {
        this.output.raw(only.json);
        return true;
      }
    }
    this.nest();
    const any = this.mixed(content, values, false);
    this.depth--;
    return any;
  }

  private typeOf({ index }: Substitution, values: Values): number {
    return (values[index * 3] ?? 0) & 0x7f;
  }

  private value({ index }: Substitution, values: Values): boolean {
    const { slot } = this;
    slot.type = values[index * 3] ?? 0;
    slot.offset = values[index * 3 + 1] ?? 0;
    slot.size = values[index * 3 + 2] ?? 0;
    return writeValue(this.output, this.chunk, slot);
  }

  /** What the shapes do not foresee. `open`: attributes of the same object are written already. */
  private mixed(content: Content, values: Values, open: boolean): boolean {
    const members = new Members(this.output, this.budget, open);
    this.collect(content, values, members);
    return members.finish();
  }

  private collect(content: Content, values: Values, into: Members): void {
    for (const part of content) this.collectPart(part, values, into);
  }

  private collectPart(part: Part, values: Values, into: Members): void {
    this.budget.spend(1);
    switch (part.kind) {
      case "element": {
        const key = part.key?.text ?? (this.keyOf(part, values) || part.name.text);
        const began = into.begin(key, part.key?.label);
        this.element(part, values);
        into.end(began);
        return;
      }
      case "literal":
        into.addText(part.json);
        return;
      case "instance":
        this.nest();
        this.collect(part.root, part.values, into);
        this.depth--;
        return;
      case "substitution":
        if (this.typeOf(part, values) === BINARY_XML) this.embedded(part, values, into);
        else {
          const start = this.output.at;
          if (this.value(part, values)) into.addWritten(start);
        }
    }
  }

  private embedded({ index }: Substitution, values: Values, into: Members): void {
    const offset = values[index * 3 + 1] ?? 0;
    const size = values[index * 3 + 2] ?? 0;
    if (size === 0) return;
    this.nest();
    this.collect(this.fragments.embedded(offset, offset + size), NO_VALUES, into);
    this.depth--;
  }

  /** The Name of a `Data` element whose name is itself a value. */
  private keyOf(element: Element, values: Values): string {
    const start = this.output.at;
    const found = this.attribute(element.keyContent, values);
    const json: unknown = found ? JSON.parse(this.output.text(start)) : "";
    this.output.at = start;
    return typeof json === "string" ? json : String(json ?? "");
  }

  private nest(): void {
    if (++this.depth > MAX_DEPTH) throw new Damage("is nested too deeply", 0);
  }
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
