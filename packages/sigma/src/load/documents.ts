/**
 * documents: rule files to YAML documents with positions. One broken document is one problem; its neighbours are read.
 */
import { type Document, isNode, LineCounter, parseAllDocuments } from "yaml";
import type { RuleFile, RuleProblem } from "../rule.ts";
import type { Path } from "./detection-reader.ts";
import { readPlainYaml } from "./plain-yaml.ts";

export interface SourceDocument {
  readonly value: unknown;
  readonly text: string;
  /** Lines of the file before `text`. */
  readonly before: number;
  /** Where a value of the document stands in the file. */
  readonly locate: (path: Path, offset?: number) => Position;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

/** A document that was read before: what is needed to read it again. */
export interface DocumentOrigin {
  readonly path: string;
  readonly text: string;
  readonly before: number;
}

export function documentAgain(origin: DocumentOrigin): unknown {
  return readDocuments(origin).documents[0]?.value;
}

/** Parses the document once more, so only for documents that have a problem. */
export function positionIn(origin: DocumentOrigin, path: Path, offset?: number): Position {
  const at = readFully(origin).documents[0]?.locate(path, offset) ?? { line: 1, column: 1 };
  return { line: at.line + origin.before, column: at.column };
}

export function readDocuments(file: RuleFile): { documents: SourceDocument[]; problems: RuleProblem[] } {
  const value = readPlainYaml(file.text);
  if (value === undefined) return readFully(file);
  // Positions are needed only for the few documents that have a problem.
  const locate: SourceDocument["locate"] = (path, offset) =>
    readFully(file).documents[0]?.locate(path, offset) ?? { line: 1, column: 1 };
  return { documents: [{ value, text: file.text, before: 0, locate }], problems: [] };
}

function readFully(file: RuleFile): { documents: SourceDocument[]; problems: RuleProblem[] } {
  const documents: SourceDocument[] = [];
  const problems: RuleProblem[] = [];
  const lines = new LineCounter();
  const parsed = parseAllDocuments(file.text, { lineCounter: lines, logLevel: "silent", intAsBigInt: true });
  const list = Array.isArray(parsed) ? parsed : [];
  for (const [index, document] of list.entries()) {
    const error = document.errors[0];
    if (error !== undefined) {
      const at = lines.linePos(error.pos[0]);
      const message = `not valid YAML: ${error.message.split("\n")[0] ?? ""}`;
      problems.push({ path: file.path, line: at.line, column: at.col, code: "YAML_INVALID", message });
      continue;
    }
    const value = toValue(document);
    if (value === undefined) {
      const at = lines.linePos(document.range[0]);
      const message = "the YAML expands to too many values: write it without anchors";
      problems.push({ path: file.path, line: at.line, column: at.col, code: "YAML_INVALID", message });
      continue;
    }
    if (value === null) continue;
    const own = list.length === 1 ? { text: file.text, before: 0 } : ownText(file.text, document, list[index + 1]);
    documents.push({ value, ...own, locate: (path, offset) => locate(document, lines, { path, offset }) });
  }
  return { documents, problems };
}

/** Undefined when aliases would blow the document up. */
function toValue(document: Document): unknown {
  try {
    return plainNumbers(document.toJS({ maxAliasCount: 100 }));
  } catch {
    return undefined;
  }
}

/** An integer that a number cannot hold keeps its digits as text: values are compared as text anyway. */
function plainNumbers(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (Array.isArray(value)) return value.map(plainNumbers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainNumbers(inner)]));
}

function ownText(text: string, document: Document, next: Document | undefined): { text: string; before: number } {
  const from = document.range?.[0] ?? 0;
  const to = next?.range?.[0] ?? text.length;
  // The marker lines belong to the stream, not to the document.
  const whole = text.slice(from, to);
  const own = whole
    .replace(/^---[^\n]*\n/, "")
    .replace(/\n---[^\n]*\s*$/, "")
    .trim();
  const before = text.slice(0, from + Math.max(0, whole.indexOf(own))).split("\n").length - 1;
  return { text: `${own}\n`, before };
}

function locate(
  document: Document,
  lines: LineCounter,
  at: { path: Path; offset?: number | undefined },
): { line: number; column: number } {
  for (let length = at.path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(at.path.slice(0, length), true);
    if (isNode(node) && node.range) {
      const inside = length === at.path.length ? (at.offset ?? 0) : 0;
      const position = lines.linePos(node.range[0] + inside);
      return { line: position.line, column: position.col };
    }
  }
  return { line: 1, column: 1 };
}
