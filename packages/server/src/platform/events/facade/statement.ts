/** statement: looks at SQL text without running it: what kind of statement it is, that it is only one, and that it
 *  does not reach for files or other machines. Doubtful text is refused: our own statements never need it, and the
 *  embedded engine runs every statement of a text and cannot confine one inside its process. */

import type { RawInsertFormat } from "chdb";

/** RowBinary is not for the engine's text of a statement: its rows go in by a file. */
export type InsertFormat = RawInsertFormat | "RowBinary";

export type StatementKind = "read" | "write" | "kill";

export type CheckedStatement =
  | { readonly ok: true; readonly kind: StatementKind; readonly text: string; readonly streams: boolean }
  | { readonly ok: false; readonly reason: string };

export interface RawInsert {
  readonly table: string;
  readonly columns: readonly string[] | undefined;
  readonly format: InsertFormat;
}

export function checkStatement(text: string): CheckedStatement {
  const scan = scanStatements(text);
  if (!scan.ok) return scan;
  const [only, second] = scan.statements;
  if (only === undefined) return { ok: false, reason: "the statement is empty" };
  if (second !== undefined)
    return { ok: false, reason: "one request may hold one statement only; send the second by itself" };
  const word = FIRST_WORD.exec(only.bare)?.[1]?.toUpperCase() ?? "";
  const reach = word === "BACKUP" || word === "RESTORE" ? null : OUTWARD.exec(only.bare);
  if (reach !== null)
    return { ok: false, reason: `"${reach[0].trim()}" reaches outside the event store and is switched off` };
  if (word === "INSERT" && INLINE_DATA.test(only.bare) && only.text.includes("\n\n")) {
    return {
      ok: false,
      reason:
        "rows inside a statement may not hold an empty line, since the engine takes what follows it for a statement",
    };
  }
  return { ok: true, kind: kindOf(word), text: only.text, streams: word === "SELECT" || word === "WITH" };
}

/** The engine ends rows at the first empty line and runs the rest as a statement: such rows must never reach it. */
export function endsEarly(rows: Buffer): boolean {
  const blank = rows.indexOf("\n\n");
  if (blank === -1) return false;
  for (let at = blank; at < rows.length; at += 1) if (rows[at] !== 10) return true;
  return false;
}

/** Splits a script at its semicolons; comments and quoted text may hold any. */
export function splitStatements(script: string): { ok: true; statements: string[] } | { ok: false; reason: string } {
  const scan = scanStatements(script);
  return scan.ok ? { ok: true, statements: scan.statements.map((statement) => statement.text) } : scan;
}

/** The target of a plain `INSERT INTO t [(a, b)] FORMAT f`, whose rows can be handed to the engine as bytes. */
export function parseRawInsert(text: string): RawInsert | undefined {
  const match = RAW_INSERT.exec(text);
  if (match === null) return undefined;
  const [, table, columns, format] = match;
  const known = RAW_FORMATS.find((name) => name === format);
  if (table === undefined || known === undefined) return undefined;
  return {
    table: table.replaceAll("`", ""),
    columns: columns?.split(",").map((column) => column.trim().replaceAll("`", "")),
    format: known,
  };
}

const READ_WORDS = new Set(["SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN", "CHECK"]);
const RAW_FORMATS: readonly InsertFormat[] = [
  "JSONEachRow",
  "JSONCompactEachRow",
  "CSV",
  "CSVWithNames",
  "TabSeparated",
  "TabSeparatedWithNames",
  "RowBinary",
];
const FIRST_WORD = /^[\s(]*([A-Za-z]+)/;
const RAW_INSERT =
  /^\s*INSERT\s+INTO\s+(?:TABLE\s+)?((?:`\w+`|\w+)(?:\.(?:`\w+`|\w+))?)\s*(?:\(((?:\s*(?:`\w+`|\w+)\s*,?)+)\))?\s*FORMAT\s+(\w+)\s*;?\s*$/i;
const INLINE_DATA = /\b(?:FORMAT|VALUES)\b/i;
/** Table functions and clauses that read or write files or open connections. */
const OUTWARD =
  /\bINTO\s+OUTFILE\b|\bINFILE\b|\b(?:file|fileCluster|filesystem|url|urlCluster|s3|s3Cluster|gcs|oss|cosn|hdfs|hdfsCluster|azureBlobStorage|azureBlobStorageCluster|iceberg\w*|deltaLake\w*|hudi\w*|paimon\w*|remote|remoteSecure|cluster|clusterAllReplicas|executable|mysql|postgresql|mongodb|redis|sqlite|odbc|jdbc|python|ytsaurus|arrowFlight|input)\s*\(/i;

const kindOf = (word: string): StatementKind => (word === "KILL" ? "kill" : READ_WORDS.has(word) ? "read" : "write");

interface Scanned {
  readonly text: string;
  /** The text with quoted strings and comments blanked, for looking at words. */
  readonly bare: string;
}

type Scan =
  | { readonly ok: true; readonly statements: readonly Scanned[] }
  | { readonly ok: false; readonly reason: string };

function scanStatements(text: string): Scan {
  const statements: Scanned[] = [];
  let start = 0;
  let bare = "";
  const finish = (end: number): void => {
    if (bare.trim() !== "") statements.push({ text: text.slice(start, end).trim(), bare });
    start = end + 1;
    bare = "";
  };
  let at = 0;
  while (at < text.length) {
    const c = text.charAt(at);
    const two = text.slice(at, at + 2);
    if (c === "'" || c === '"' || c === "`") {
      const end = endOfQuoted(text, at, c);
      if (end === -1) return { ok: false, reason: `the quote ${c} at character ${at + 1} is never closed` };
      bare += c === "'" ? " ' " : text.slice(at + 1, end);
      at = end + 1;
    } else if (two === "--") {
      const end = text.indexOf("\n", at);
      bare += " ";
      at = end === -1 ? text.length : end + 1;
    } else if (two === "/*") {
      const end = text.indexOf("*/", at + 2);
      if (end === -1) return { ok: false, reason: `the comment at character ${at + 1} is never closed` };
      if (text.slice(at + 2, end).includes("/*"))
        return { ok: false, reason: "comments inside comments are not accepted" };
      bare += " ";
      at = end + 2;
    } else if (c === ";") {
      finish(at);
      at += 1;
    } else if (c === "#" || c === "$" || text.charCodeAt(at) > 126) {
      return { ok: false, reason: `the character "${c}" at ${at + 1} is accepted inside quotes only` };
    } else {
      bare += c;
      at += 1;
    }
  }
  finish(text.length);
  return { ok: true, statements };
}

/** Position of the closing quote; backslash escapes and doubled quotes as the engine reads them. */
function endOfQuoted(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const c = text.charAt(at);
    if (c === "\\") at += 1;
    else if (c === quote) {
      if (text.charAt(at + 1) === quote) at += 1;
      else return at;
    }
  }
  return -1;
}
