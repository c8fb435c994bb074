/**
 * fragment: Binary XML tokens to a small tree. A template definition is read once per chunk; what differs between its
 * records are substitutions, which stay open in the tree.
 */
import { type ChunkBytes, Damage } from "./chunk-bytes.ts";

export interface Substitution {
  readonly kind: "substitution";
  readonly index: number;
  readonly optional: boolean;
}

/** A value written into the template itself, or a literal text. */
export interface Literal {
  readonly kind: "literal";
  readonly text: string;
}

export interface TemplateInstance {
  readonly kind: "instance";
  readonly root: Content;
  readonly values: readonly ValueSlot[];
}

export interface ValueSlot {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

export interface Attribute {
  readonly name: string;
  /** `"name":`, ready to be written. */
  readonly label: string;
  readonly content: Content;
}

export interface Element {
  readonly kind: "element";
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly content: Content;
  /** The JSON key when the template alone decides it; a `Data` element goes by its Name attribute. */
  readonly key: string | undefined;
  /** `"key":`, ready to be written. */
  readonly label: string;
  /** The attributes that the JSON shows: without namespaces and the Name that became the key. */
  readonly shown: readonly Attribute[];
  /** Content is elements only, with different fixed keys: no bookkeeping is needed to render it. */
  readonly plain: boolean;
}

export type Part = Substitution | Literal | TemplateInstance | Element;
export type Content = readonly Part[];

const MAX_DEPTH = 64;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Reads the fragments of one chunk and remembers its templates. */
export class FragmentReader {
  private readonly chunk: ChunkBytes;
  private readonly templates = new Map<number, Content>();
  private at = 0;
  private end = 0;
  private depth = 0;
  /** Elements outside templates that are themselves substituted lack the dependency number. */
  private bare = false;

  constructor(chunk: ChunkBytes) {
    this.chunk = chunk;
  }

  read(offset: number, end: number, bare = false): Content {
    const outer = { at: this.at, end: this.end, bare: this.bare };
    if (++this.depth > MAX_DEPTH) throw this.damage("is nested too deeply");
    this.at = offset;
    this.end = Math.min(end, this.chunk.size);
    this.bare = bare;
    const content = this.content();
    this.at = outer.at;
    this.end = outer.end;
    this.bare = outer.bare;
    this.depth--;
    return content;
  }

  /** A fragment that failed leaves the reader ready for the next record. */
  reset(): void {
    this.depth = 0;
  }

  private content(): Content {
    const parts: Part[] = [];
    while (this.at < this.end) {
      const token = this.chunk.u8(this.at);
      switch (token & 0xbf) {
        case 0x00:
          this.at++;
          return parts;
        case 0x01:
          parts.push(this.element((token & 0x40) !== 0));
          break;
        case 0x04:
          this.at++;
          return parts;
        case 0x0c:
          parts.push(this.instance());
          break;
        case 0x0f:
          this.at += 4;
          break;
        default: {
          const part = this.text(token);
          if (part === undefined) throw this.damage(`has an unknown token 0x${token.toString(16)}`);
          if (part !== "skipped") parts.push(part);
        }
      }
    }
    return parts;
  }

  private text(token: number): Part | "skipped" | undefined {
    const start = this.at++;
    switch (token & 0xbf) {
      case 0x05: {
        const type = this.chunk.u8(this.at++);
        if (type !== 0x01) throw new Damage(`has a literal of type 0x${type.toString(16)}`, start);
        return { kind: "literal", text: this.sizedText() };
      }
      case 0x07:
        return { kind: "literal", text: this.sizedText() };
      case 0x08: {
        const code = this.chunk.u16(this.at);
        this.at += 2;
        return { kind: "literal", text: String.fromCharCode(code) };
      }
      case 0x09: {
        const name = this.name();
        return { kind: "literal", text: Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] ?? "") : `&${name};` };
      }
      case 0x0a:
        this.name();
        return "skipped";
      case 0x0b:
        this.sizedText();
        return "skipped";
      case 0x0d:
      case 0x0e: {
        const index = this.chunk.u16(this.at);
        this.at += 3;
        return { kind: "substitution", index, optional: (token & 0xbf) === 0x0e };
      }
      default:
        return undefined;
    }
  }

  private element(hasAttributes: boolean): Element {
    if (++this.depth > MAX_DEPTH) throw this.damage("is nested too deeply");
    this.at += this.bare ? 5 : 7;
    const name = this.name();
    if (hasAttributes) this.at += 4;
    const attributes: Attribute[] = [];
    let content: Content = [];
    for (;;) {
      const token = this.chunk.u8(this.at);
      if ((token & 0xbf) === 0x06) {
        this.at++;
        const attribute = this.name();
        const label = `${JSON.stringify(attribute)}:`;
        attributes.push({ name: attribute, label, content: this.attributeContent() });
      } else if (token === 0x02) {
        this.at++;
        content = this.content();
        break;
      } else if (token === 0x03) {
        this.at++;
        break;
      } else {
        throw this.damage(`has token 0x${token.toString(16)} inside a start tag`);
      }
    }
    this.depth--;
    const key = keyOf(name, attributes);
    const shown = attributes.filter((each) => each.name !== "xmlns" && !(name === "Data" && each.name === "Name"));
    const label = `${JSON.stringify(key ?? name)}:`;
    return { kind: "element", name, attributes, content, key, label, shown, plain: isPlain(content) };
  }

  private attributeContent(): Content {
    const parts: Part[] = [];
    for (;;) {
      const token = this.chunk.u8(this.at);
      const kind = token & 0xbf;
      if (kind === 0x06 || token === 0x02 || token === 0x03) return parts;
      const part = this.text(token);
      if (part === undefined) throw this.damage(`has token 0x${token.toString(16)} in an attribute`);
      if (part !== "skipped") parts.push(part);
    }
  }

  private instance(): TemplateInstance {
    const definition = this.chunk.u32(this.at + 6);
    this.at += 10;
    const root = this.template(definition);
    if (definition === this.at) this.at += 24 + this.chunk.u32(definition + 20);
    const count = this.chunk.u32(this.at);
    this.at += 4;
    let offset = this.at + count * 4;
    if (offset > this.chunk.size) throw this.damage("lists more values than fit");
    const values: ValueSlot[] = [];
    for (let i = 0; i < count; i++, this.at += 4) {
      const size = this.chunk.u16(this.at);
      values.push({ type: this.chunk.u8(this.at + 2), offset, size });
      offset += size;
    }
    this.chunk.need(this.at, offset - this.at);
    this.at = offset;
    return { kind: "instance", root, values };
  }

  private template(definition: number): Content {
    const known = this.templates.get(definition);
    if (known !== undefined) return known;
    const size = this.chunk.u32(definition + 20);
    const root = this.read(definition + 24, definition + 24 + size);
    this.templates.set(definition, root);
    return root;
  }

  private name(): string {
    const offset = this.chunk.u32(this.at);
    this.at += 4;
    const name = this.chunk.name(offset);
    if (offset === this.at) this.at += this.chunk.nameSize(offset);
    return name;
  }

  private sizedText(): string {
    const length = this.chunk.u16(this.at);
    const text = this.chunk.utf16(this.at + 2, length);
    this.at += 2 + length * 2;
    return text;
  }

  private damage(reason: string): Damage {
    return new Damage(reason, this.at);
  }
}

function keyOf(name: string, attributes: readonly Attribute[]): string | undefined {
  if (name !== "Data") return name;
  const content = attributes.find((attribute) => attribute.name === "Name")?.content;
  if (content === undefined) return name;
  const literals = content.filter((part) => part.kind === "literal");
  return literals.length === content.length ? literals.map((part) => part.text).join("") : undefined;
}

function isPlain(content: Content): boolean {
  const keys = new Set<string>();
  for (const part of content) {
    if (part.kind !== "element" || part.key === undefined || keys.has(part.key)) return false;
    keys.add(part.key);
  }
  return content.length > 0;
}
