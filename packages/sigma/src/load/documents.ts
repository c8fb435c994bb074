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
  /** Where a value of the document stands in the file. */
  readonly locate: (path: Path, offset?: number) => { line: number; column: number };
}

export function readDocuments(file: RuleFile): { documents: SourceDocument[]; problems: RuleProblem[] } {
  const value = readPlainYaml(file.text);
  if (value === undefined) return readFully(file);
  // Positions are needed only for the few documents that have a problem.
  const locate: SourceDocument["locate"] = (path, offset) =>
    readFully(file).documents[0]?.locate(path, offset) ?? { line: 1, column: 1 };
  return { documents: [{ value, text: file.text, locate }], problems: [] };
}

function readFully(file: RuleFile): { documents: SourceDocument[]; problems: RuleProblem[] } {
  const documents: SourceDocument[] = [];
  const problems: RuleProblem[] = [];
  const lines = new LineCounter();
  const parsed = parseAllDocuments(file.text, { lineCounter: lines, logLevel: "silent" });
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
    documents.push({
      value,
      text: list.length === 1 ? file.text : textOf(file.text, document, list[index + 1]),
      locate: (path, offset) => locate(document, lines, { path, offset }),
    });
  }
  return { documents, problems };
}

/** Undefined when aliases would blow the document up. */
function toValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}

function textOf(text: string, document: Document, next: Document | undefined): string {
  const from = document.range?.[0] ?? 0;
  const to = next?.range?.[0] ?? text.length;
  // The marker lines belong to the stream, not to the document.
  return `${text
    .slice(from, to)
    .replace(/^---[^\n]*\n/, "")
    .replace(/\n---[^\n]*\s*$/, "")
    .trim()}\n`;
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
