/**
 * plain-yaml: reads the plain subset of YAML that nearly all rules are written in (block maps and lists, one-line scalars,
 * literal blocks) many times faster than a full parser. Whatever it is not sure of, it leaves to the full parser by
 * answering undefined; it never reads a text differently.
 */

/** Thrown to leave the text to the full parser; never leaves this module. */
class Unsure {}

interface Line {
  readonly indent: number;
  readonly text: string;
  readonly number: number;
}

const KEY = /^([A-Za-z_][A-Za-z0-9_.|@-]*):(?: +(.*))?$/;
const QUOTED_KEY = /^'([^'\\]+)':(?: +(.*))?$/;
/** What the core schema reads as something other than a string, except the plain integers. */
const OTHER_SCALAR =
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const INTEGER = /^(?:0|-?[1-9][0-9]{0,14})$/;

/** Undefined: ask the full parser. */
export function readPlainYaml(text: string): unknown {
  if (/[\t\r\ufeff\u0085\u2028\u2029]|^(?:---|\.\.\.|%)/m.test(text)) return undefined;
  try {
    return new Reader(text.split("\n")).document();
  } catch (error) {
    if (error instanceof Unsure) return undefined;
    throw error;
  }
}

class Reader {
  private readonly lines: readonly string[];
  private next = 0;
  private current: Line | undefined;

  constructor(lines: readonly string[]) {
    this.lines = lines;
    this.advance();
  }

  document(): unknown {
    const first = this.current;
    if (first === undefined || first.indent !== 0) throw new Unsure();
    const value = this.block(0);
    if (this.current !== undefined) throw new Unsure();
    return value;
  }

  /** Moves to the next line that is neither empty nor a comment. */
  private advance(): void {
    for (; this.next < this.lines.length; this.next++) {
      const line = this.lines[this.next] ?? "";
      const indent = line.search(/[^ ]/);
      if (indent < 0 || line[indent] === "#") continue;
      this.current = { indent, text: line.slice(indent).trimEnd(), number: this.next++ };
      return;
    }
    this.current = undefined;
  }

  private block(indent: number): unknown {
    return this.current?.text.startsWith("-") ? this.list(indent) : this.map(indent);
  }

  private list(indent: number): unknown[] {
    const values: unknown[] = [];
    for (let line = this.current; line !== undefined && line.indent === indent; line = this.current) {
      const match = /^-( +)(.*)$/.exec(line.text);
      if (match === null) {
        if (line.text.startsWith("-")) throw new Unsure();
        break;
      }
      const inner = match[2] ?? "";
      if (KEY.test(inner) || QUOTED_KEY.test(inner)) {
        const column = indent + 1 + (match[1]?.length ?? 0);
        this.current = { indent: column, text: inner, number: line.number };
        values.push(this.map(column));
      } else {
        this.advance();
        values.push(this.scalar(inner, indent));
      }
    }
    if (this.current !== undefined && this.current.indent > indent) throw new Unsure();
    return values;
  }

  private map(indent: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (let line = this.current; line !== undefined && line.indent === indent; line = this.current) {
      const match = KEY.exec(line.text) ?? QUOTED_KEY.exec(line.text);
      if (match === null) break;
      const key = match[1] ?? "";
      if (Object.hasOwn(map, key) || key === "__proto__" || OTHER_SCALAR.test(key)) throw new Unsure();
      this.advance();
      map[key] = this.value(match[2] ?? "", line);
    }
    if (this.current !== undefined && this.current.indent > indent) throw new Unsure();
    if (this.current?.indent === indent && !this.current.text.startsWith("-")) throw new Unsure();
    return map;
  }

  private value(written: string, { indent, number }: Line): unknown {
    if (written !== "" && !written.startsWith("#")) {
      return /^\|-?$/.test(written) ? this.literal(written, indent, number + 1) : this.scalar(written, indent);
    }
    const line = this.current;
    if (line === undefined) return null;
    if (line.indent > indent) return this.block(line.indent);
    return line.indent === indent && line.text.startsWith("- ") ? this.list(indent) : null;
  }

  /** The `current` line is already the one after the scalar; if it is deeper, the scalar goes on there. */
  private scalar(written: string, indent: number): unknown {
    if (this.current !== undefined && this.current.indent > indent) throw new Unsure();
    const first = written[0] ?? "";
    if (first === "'") return singleQuoted(written);
    if (first === '"') return doubleQuoted(written);
    if (first === "" || /[[\]{},&*!|>%@`#?]/.test(first) || /^[-:?]( |$)/.test(written)) throw new Unsure();
    const comment = written.indexOf(" #");
    const plain = (comment < 0 ? written : written.slice(0, comment)).trimEnd();
    if (plain.includes(": ") || plain.endsWith(":")) throw new Unsure();
    return plainScalar(plain);
  }

  private literal(header: string, indent: number, start: number): string {
    const body: string[] = [];
    let width = -1;
    let at = start;
    for (; at < this.lines.length; at++) {
      const line = this.lines[at] ?? "";
      const depth = line.search(/[^ ]/);
      if (depth < 0) {
        if (line.length > Math.max(width, 0)) throw new Unsure();
        body.push("");
        continue;
      }
      if (width < 0) {
        if (body.length > 0) throw new Unsure();
        width = depth;
      }
      if (depth <= indent || depth < width) break;
      body.push(line.slice(width));
    }
    if (width <= indent) throw new Unsure();
    const rest = this.lines[at];
    if (rest !== undefined && rest.search(/[^ ]/) > indent) throw new Unsure();
    this.next = at;
    this.advance();
    while (body.at(-1) === "") body.pop();
    return body.join("\n") + (header === "|-" ? "" : "\n");
  }
}

function singleQuoted(written: string): string {
  const match = /^'((?:[^']|'')*)'(?: +#.*)?$/.exec(written);
  if (match === null) throw new Unsure();
  return (match[1] ?? "").replaceAll("''", "'");
}

function doubleQuoted(written: string): string {
  const match = /^"([^"\\]*)"(?: +#.*)?$/.exec(written);
  if (match === null) throw new Unsure();
  return match[1] ?? "";
}

function plainScalar(text: string): unknown {
  if (text === "null") return null;
  if (text === "true") return true;
  if (text === "false") return false;
  if (INTEGER.test(text)) return Number(text);
  if (OTHER_SCALAR.test(text)) throw new Unsure();
  return text;
}
