/**
 * source-text: one YAML document of a file with the places of its keys and values, and edits on them. It is parsed in full only
 * when something is asked of it: most files have nothing to be said about.
 */
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
} from "yaml";
import type { Path } from "../load/detection-reader.ts";
import type { TextEdit } from "./finding.ts";

export interface Position {
  readonly line: number;
  readonly column: number;
}

export class SourceText {
  readonly text: string;
  private readonly index: number;
  private readonly lines = new LineCounter();
  private parsed: Document | undefined;

  /** @param index which document of the file. */
  constructor(text: string, index: number) {
    this.text = text;
    this.index = index;
  }

  /** Of the value at the path, or of its key; the nearest parent's when it is not there. */
  positionOf(path: Path, part: { readonly key?: boolean; readonly offset?: number } = {}): Position {
    const document = this.document();
    for (let length = path.length; length >= 0; length--) {
      const here = path.slice(0, length);
      const node = (part.key === true && length > 0 ? this.keyNode(here) : undefined) ?? this.valueNode(here);
      if (node?.range == null) continue;
      const inside = length === path.length ? (part.offset ?? 0) : 0;
      return this.positionAt(node.range[0] + inside);
    }
    return this.positionAt(document?.range?.[0] ?? 0);
  }

  positionAt(offset: number): Position {
    this.document();
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** Writes another scalar in the same style; undefined when that cannot be done without changing the layout. */
  replaceScalar(path: Path, value: string): TextEdit[] | undefined {
    return this.rewrite(this.valueNode(path), value);
  }

  replaceKey(path: Path, key: string): TextEdit[] | undefined {
    return this.rewrite(this.keyNode(path), key);
  }

  /** Takes an entry out of a list that has each entry on a line of its own. */
  removeEntry(path: Path): TextEdit[] | undefined {
    const node = this.valueNode(path);
    const list = this.valueNode(path.slice(0, -1));
    if (node?.range == null || !isScalar(node) || !isSeq(list) || list.flow === true || list.items.length < 2)
      return undefined;
    const from = this.text.lastIndexOf("\n", node.range[0] - 1) + 1;
    const end = this.text.indexOf("\n", node.range[1]);
    const to = end < 0 ? this.text.length : end + 1;
    const before = this.text.slice(from, node.range[0]);
    const after = this.text.slice(node.range[1], to);
    // An anchor, a comment or a second value on the line is somebody's intention.
    return /^\s*-\s+$/.test(before) && after.trim() === "" ? [{ from, to, text: "" }] : undefined;
  }

  private rewrite(node: Node | undefined, value: string): TextEdit[] | undefined {
    if (node?.range == null || !isScalar(node) || node.anchor !== undefined || node.tag !== undefined) return undefined;
    const written = inStyleOf(node, value);
    return written === undefined ? undefined : [{ from: node.range[0], to: node.range[1], text: written }];
  }

  private valueNode(path: Path): Node | undefined {
    const document = this.document();
    const node: unknown = path.length === 0 ? document?.contents : document?.getIn(path, true);
    return isNode(node) ? node : undefined;
  }

  private keyNode(path: Path): Node | undefined {
    const parent = this.valueNode(path.slice(0, -1));
    if (!isMap(parent)) return undefined;
    const name = String(path.at(-1) ?? "");
    const key: unknown = parent.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === name)?.key;
    return isNode(key) ? key : undefined;
  }

  private document(): Document | undefined {
    if (this.parsed === undefined) {
      const all = parseAllDocuments(this.text, { lineCounter: this.lines, logLevel: "silent" });
      this.parsed = Array.isArray(all) ? all[this.index] : undefined;
    }
    return this.parsed;
  }
}

const PLAIN_TEXT = /^\w(?:[\w .,;()/+-]*[\w.)+-])?$/;
/** What YAML reads as something else than a text. */
const OTHER_SCALAR = /^(?:[-+.\d_eExXoO]+|0x[0-9a-fA-F]+|true|false|null|yes|no|on|off)$/i;
const DATE = /^\d{4}-\d\d-\d\d$/;
const PLAIN_KEY = /^[A-Za-z_][\w.|-]*$/;

function inStyleOf(node: Scalar, value: string): string | undefined {
  if (/[\n\r\t]/.test(value)) return undefined;
  switch (node.type) {
    case "QUOTE_SINGLE":
      return `'${value.replaceAll("'", "''")}'`;
    case "QUOTE_DOUBLE":
      return /["\\]/.test(value) ? undefined : `"${value}"`;
    case "PLAIN":
      if (typeof node.value !== "string") return /^[\d-]+$/.test(value) ? value : undefined;
      if (DATE.test(value)) return value;
      return (PLAIN_TEXT.test(value) || PLAIN_KEY.test(value)) && !OTHER_SCALAR.test(value)
        ? value
        : `'${value.replaceAll("'", "''")}'`;
    default:
      return undefined;
  }
}
