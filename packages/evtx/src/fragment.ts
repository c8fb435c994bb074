/**
 * fragment: Binary XML tokens to a small tree. A template definition is read once per chunk; what differs between its
 * records are substitutions, which stay open in the tree.
 */
import type { Budget } from "./budget.ts";
import type { ChunkBytes } from "./chunk-bytes.ts";
import { Damage } from "./damage.ts";
import { literalValue, textLiteral } from "./literal.ts";
import type { Name } from "./names.ts";
import type { Attribute, Content, Element, Literal, Part, Shape, TemplateInstance } from "./tree.ts";

const MAX_DEPTH = 64;
const MAX_NAME_UNITS = 1024;
const MORE = 0x40;
const NOTHING: Content = [];

export interface Definition {
  readonly root: Content;
  /** The first four bytes of its GUID, which every use repeats. */
  readonly id: number;
}

export interface FragmentOptions {
  readonly chunk: ChunkBytes;
  readonly budget: Budget;
  /** Receives the definitions of live records, by id. */
  readonly templates?: Map<number, Definition> | undefined;
  /** Reads what is left behind the live records: a template or name that was overwritten in part is damage. */
  readonly slack?: Slack | undefined;
}

export interface Slack {
  /** Where the live records end. */
  readonly border: number;
  /** Of the whole file, by id. */
  readonly templates: ReadonlyMap<number, Definition>;
}

/** Reads the fragments of one chunk and remembers its templates. */
export class FragmentReader {
  private readonly chunk: ChunkBytes;
  private readonly budget: Budget;
  private readonly templates: Map<number, Definition> | undefined;
  private readonly slack: Slack | undefined;
  private readonly definitions = new Map<number, Definition>();
  private at = 0;
  private end = 0;
  private depth = 0;
  private inTemplate = false;

  constructor({ chunk, budget, templates, slack }: FragmentOptions) {
    this.chunk = chunk;
    this.budget = budget;
    this.templates = templates;
    this.slack = slack;
  }

  /** The fragment of a record. */
  record(offset: number, end: number): Content {
    this.depth = 0;
    return this.read(offset, end, false);
  }

  /** Binary XML that is a value. */
  embedded(offset: number, end: number): Content {
    return this.read(offset, end, false);
  }

  private read(offset: number, end: number, inTemplate: boolean): Content {
    const { at, end: outerEnd, inTemplate: outer } = this;
    if (++this.depth > MAX_DEPTH) throw this.damage("is nested too deeply");
    this.at = offset;
    this.end = Math.min(end, this.chunk.size);
    this.inTemplate = inTemplate;
    const parts: Part[] = [];
    while (this.at < this.end && this.chunk.u8(this.at) !== 0x00) this.part(parts);
    this.at = at;
    this.end = outerEnd;
    this.inTemplate = outer;
    this.depth--;
    return parts;
  }

  private part(into: Part[]): void {
    this.budget.spend(1);
    const token = this.chunk.u8(this.at);
    switch (token & ~MORE) {
      case 0x01:
        into.push(this.element((token & MORE) !== 0));
        return;
      case 0x0c:
        into.push(this.instance());
        return;
      case 0x0f:
        this.at += 4;
        return;
      default: {
        const part = this.text(token);
        if (part !== undefined) into.push(part);
      }
    }
  }

  /** Undefined: what the JSON does not show, such as processing instructions. */
  private text(token: number): Part | undefined {
    this.budget.spend(1);
    const { chunk } = this;
    const start = this.at++;
    switch (token & ~MORE) {
      case 0x05: {
        const { literal, size } = literalValue(chunk, this.at);
        this.at += size;
        return literal;
      }
      case 0x07:
        return this.sizedText();
      case 0x08:
        this.at += 2;
        return textLiteral(chunk.names.ofText(String.fromCharCode(chunk.u16(this.at - 2))));
      case 0x09:
        return textLiteral(chunk.names.ofText(entity(this.name().text)));
      case 0x0a:
        this.name();
        return undefined;
      case 0x0b:
        this.sizedText();
        return undefined;
      case 0x0d:
      case 0x0e:
        this.at += 3;
        return { kind: "substitution", index: chunk.u16(this.at - 3) };
      default:
        throw new Damage(`has an unknown token 0x${token.toString(16)}`, start);
    }
  }

  private element(hasAttributes: boolean): Element {
    if (++this.depth > MAX_DEPTH) throw this.damage("is nested too deeply");
    this.at += this.isNumbered() ? 7 : 5;
    const name = this.name();
    if (hasAttributes) this.at += 4;
    const attributes: Attribute[] = [];
    let content = NOTHING;
    for (;;) {
      const token = this.next();
      if ((token & ~MORE) === 0x06) {
        this.at++;
        attributes.push({ name: this.name(), content: this.attributeContent() });
      } else if (token === 0x02) {
        this.at++;
        content = this.elementContent();
        break;
      } else if (token === 0x03) {
        this.at++;
        break;
      } else throw this.damage(`has token 0x${token.toString(16)} inside a start tag`);
    }
    this.depth--;
    return this.made(name, attributes, content);
  }

  /** In templates, a number stands between the token and the size. Outside of them hardly ever: the name tells. */
  private isNumbered(): boolean {
    if (this.inTemplate) return true;
    const { chunk, at } = this;
    return !chunk.nameIsWhole(chunk.u32(at + 5)) && chunk.nameIsWhole(chunk.u32(at + 7));
  }

  private elementContent(): Content {
    if (this.next() === 0x04) {
      this.at++;
      return NOTHING;
    }
    const parts: Part[] = [];
    while (this.next() !== 0x04) this.part(parts);
    this.at++;
    return parts;
  }

  private attributeContent(): Content {
    const parts: Part[] = [];
    for (;;) {
      const token = this.next();
      if ((token & ~MORE) === 0x06 || token === 0x02 || token === 0x03) return parts;
      const part = this.text(token);
      if (part !== undefined) parts.push(part);
    }
  }

  private instance(): TemplateInstance {
    const { chunk } = this;
    const id = chunk.u32(this.at + 2);
    const offset = chunk.u32(this.at + 6);
    this.at += 10;
    const definition = this.slack === undefined ? this.definition(offset) : this.leftDefinition(offset, id, this.slack);
    if (offset === this.at) this.at += 24 + chunk.u32(offset + 20);
    const count = chunk.u32(this.at);
    this.at += 4;
    let value = this.at + count * 4;
    if (value > this.end) throw this.damage("lists more values than fit");
    this.budget.spend(count);
    const { view } = chunk;
    const values: number[] = [];
    for (let i = 0; i < count; i++, this.at += 4) {
      const size = view.getUint16(this.at, true);
      values.push(view.getUint8(this.at + 2), value, size);
      value += size;
    }
    if (value > this.end) throw this.damage("has values that reach past its end");
    this.at = value;
    return { kind: "instance", root: definition.root, values };
  }

  private definition(offset: number): Definition {
    const known = this.definitions.get(offset);
    if (known !== undefined) return known;
    const size = this.chunk.u32(offset + 20);
    const definition = { root: this.read(offset + 24, offset + 24 + size, true), id: this.chunk.u32(offset + 4) };
    this.definitions.set(offset, definition);
    this.templates?.set(definition.id, definition);
    return definition;
  }

  /** A definition that newer records lie on, in part or whole, may still be had: from another chunk. */
  private leftDefinition(offset: number, id: number, { border, templates }: Slack): Definition {
    const { chunk } = this;
    const whole = offset + 24 <= chunk.size && chunk.u32(offset + 4) === id;
    if (whole && (offset >= border || offset + 24 + chunk.u32(offset + 20) <= border)) return this.definition(offset);
    const elsewhere = templates.get(id);
    if (elsewhere === undefined) throw this.damage("uses a template that was overwritten");
    return elsewhere;
  }

  private name(): Name {
    const offset = this.chunk.u32(this.at);
    this.at += 4;
    if (this.slack !== undefined && !this.chunk.nameIsWhole(offset)) throw this.damage("uses a name that is damaged");
    const units = this.chunk.u16(offset + 6);
    if (units > MAX_NAME_UNITS) throw this.damage(`has a name of ${units} characters`);
    this.budget.spend(1 + (units >> 4));
    if (offset === this.at) this.at += 10 + units * 2;
    return this.chunk.text(offset + 8, units);
  }

  private sizedText(): Literal {
    const units = this.chunk.u16(this.at);
    const name = this.chunk.text(this.at + 2, units);
    this.at += 2 + units * 2;
    return textLiteral(name);
  }

  /** The token that must be there: an element is not over at the end of its fragment. */
  private next(): number {
    if (this.at >= this.end) throw this.damage("ends inside of an element");
    return this.chunk.u8(this.at);
  }

  private made(name: Name, all: readonly Attribute[], content: Content): Element {
    let key: Name | undefined = name;
    let keyContent = NOTHING;
    let attributes = all;
    if (all.length > 0) {
      const isData = name.text === "Data";
      const naming = isData ? all.find((each) => each.name.text === "Name") : undefined;
      if (naming !== undefined) {
        keyContent = naming.content;
        const [only] = keyContent;
        key = undefined;
        if (keyContent.length === 1 && only?.kind === "literal" && only.text !== "") key = only.name;
      }
      attributes = all.filter((each) => each.name.text !== "xmlns" && each !== naming);
    }
    return { kind: "element", shape: this.shapeOf(content), key, keyContent, name, attributes, content };
  }

  private shapeOf(content: Content): Shape {
    const [first] = content;
    if (first === undefined) return "empty";
    if (content.length === 1 && first.kind === "substitution") return "value";
    if (content.length === 1 && first.kind === "literal") return "literal";
    const check = ++this.chunk.names.checks;
    for (const part of content) {
      if (part.kind !== "element" || part.key === undefined || part.key.seenBy === check) return "mixed";
      part.key.seenBy = check;
    }
    return "plain";
  }

  private damage(reason: string): Damage {
    return new Damage(reason, this.at);
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** One that XML does not define stays as it is written. */
function entity(name: string): string {
  return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] ?? "") : `&${name};`;
}
