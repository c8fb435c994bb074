/** parse-pipes: one parser a pipe. What each does and takes stands in PIPES, which help, completion and error texts read. */
import type { Aggregate, FieldName, Pipe } from "./ast.ts";
import { type Cursor, unexpected } from "./cursor.ts";
import { queryError } from "./errors.ts";
import { nearest } from "../platform/spelling/index.ts";
import { parseFilter } from "./parse-filter.ts";

export const PIPES: readonly { readonly name: Pipe["kind"]; readonly usage: string; readonly description: string }[] = [
  { name: "stats", usage: "stats count, dc(user) as users by host", description: "Counts and sums per group." },
  {
    name: "timechart",
    usage: "timechart span=5m count by class",
    description: "A value over time, one series a group.",
  },
  { name: "top", usage: "top 20 process_path, user", description: "The most frequent values with their share." },
  { name: "rare", usage: "rare 20 process_path", description: "The least frequent values." },
  {
    name: "fields",
    usage: "fields host, user, process_cmd",
    description: "Chooses columns; with - in front leaves them out.",
  },
  { name: "sort", usage: "sort -count, host", description: "Orders rows; - means descending." },
  { name: "limit", usage: "limit 50", description: "Keeps the first rows." },
  { name: "where", usage: "where count:>5", description: "Filters the rows of the pipe before it." },
];

const CALLS = ["count", "sum", "avg", "min", "max", "dc", "values", "median", "first", "last"] as const;
const MAX_ROWS = 10_000;
const SPAN_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

export function parsePipe(cursor: Cursor): Pipe {
  const name = cursor.peek();
  if (name.kind !== "word") throw unexpected(cursor, `a pipe (${PIPES.map((pipe) => pipe.name).join(", ")})`);
  cursor.next();
  const span = () => {
    const here = cursor.peek();
    return { at: name.at, length: Math.max(here.at - name.at, name.length) };
  };
  switch (name.text.toLowerCase()) {
    case "stats": {
      const aggregates = list(cursor, () => aggregate(cursor));
      const by = keyword(cursor, "by") ? list(cursor, () => fieldName(cursor)) : [];
      return { kind: "stats", aggregates, by, ...span() };
    }
    case "timechart": {
      const { spanSeconds, limit } = options(cursor);
      const made = aggregate(cursor);
      const by = keyword(cursor, "by") ? fieldName(cursor) : null;
      return { kind: "timechart", aggregate: made, by, spanSeconds, limit: limit ?? 10, ...span() };
    }
    case "top":
    case "rare": {
      const limit = count(cursor) ?? 10;
      return {
        kind: name.text.toLowerCase() as "top" | "rare",
        limit,
        fields: list(cursor, () => fieldName(cursor)),
        ...span(),
      };
    }
    case "fields": {
      const exclude = cursor.peek().kind === "-";
      if (exclude) cursor.next();
      return { kind: "fields", exclude, fields: list(cursor, () => fieldName(cursor)), ...span() };
    }
    case "sort":
      return { kind: "sort", keys: list(cursor, () => sortKey(cursor)), ...span() };
    case "limit":
    case "head": {
      const rows = count(cursor);
      if (rows === null) throw unexpected(cursor, "a number of rows");
      return { kind: "limit", rows, ...span() };
    }
    case "where":
      return { kind: "where", filter: parseFilter(cursor), ...span() };
    default: {
      const near = nearest(
        name.text.toLowerCase(),
        PIPES.map((pipe) => pipe.name),
      );
      const fix =
        near === null ? null : `${cursor.source.slice(0, name.at)}${near}${cursor.source.slice(name.at + name.length)}`;
      throw queryError(
        name,
        `There is no pipe "${name.text}". Known: ${PIPES.map((pipe) => pipe.name).join(", ")}.`,
        fix,
      );
    }
  }
}

function aggregate(cursor: Cursor): Aggregate {
  const token = cursor.peek();
  if (token.kind !== "word") throw unexpected(cursor, "a calculation such as count or avg(http_status)");
  cursor.next();
  const percentile = /^p(\d{1,2}(?:\.\d+)?)$/.exec(token.text.toLowerCase());
  const call = percentile === null ? CALLS.find((known) => known === token.text.toLowerCase()) : "p";
  if (call === undefined) {
    const near = nearest(token.text.toLowerCase(), CALLS);
    const fix =
      near === null
        ? null
        : `${cursor.source.slice(0, token.at)}${near}${cursor.source.slice(token.at + token.length)}`;
    throw queryError(token, `"${token.text}" is not a calculation. Known: ${CALLS.join(", ")}, p50 … p99.`, fix);
  }
  let field: FieldName | null = null;
  if (cursor.peek().kind === "(" && !cursor.peek().spaced) {
    cursor.next();
    if (cursor.peek().kind !== ")") field = fieldName(cursor);
    cursor.expect(")", "a closing parenthesis");
  }
  if (field === null && call !== "count")
    throw queryError(token, `${token.text} needs a field: ${token.text}(http_status).`);
  const end = cursor.peek();
  const as = keyword(cursor, "as")
    ? cursor.expect("word", "a name for the column").text
    : defaultName(token.text, field);
  return { call, field, percentile: Number(percentile?.[1] ?? 0), as, at: token.at, length: end.at - token.at };
}

const defaultName = (call: string, field: FieldName | null): string =>
  field === null ? call : `${call}(${field.name})`;

function options(cursor: Cursor): { spanSeconds: number | null; limit: number | null } {
  let spanSeconds: number | null = null;
  let limit: number | null = null;
  for (;;) {
    const token = cursor.peek();
    if (token.kind !== "word" || (token.text !== "span" && token.text !== "limit")) return { spanSeconds, limit };
    cursor.next();
    cursor.expect("=", `= after ${token.text}`);
    const value = cursor.expect("word", `a value for ${token.text}`);
    if (token.text === "span") spanSeconds = spanOf(value.text, value.at);
    else limit = wholeNumber(value.text, value.at);
  }
}

export function spanOf(text: string, at: number): number {
  const match = /^(\d{1,5})([smhdw])$/.exec(text);
  const seconds = Number(match?.[1] ?? 0) * (SPAN_SECONDS[match?.[2] ?? ""] ?? 0);
  if (seconds === 0)
    throw queryError(
      { at: at, length: text.length },
      `"${text}" is not a span. Write a number and s, m, h, d or w, as in span=5m.`,
    );
  return seconds;
}

function sortKey(cursor: Cursor): { field: FieldName; descending: boolean } {
  const minus = cursor.peek().kind === "-";
  if (minus) cursor.next();
  const field = fieldName(cursor);
  if (keyword(cursor, "desc")) return { field, descending: true };
  if (keyword(cursor, "asc")) return { field, descending: false };
  return { field, descending: minus };
}

export function fieldName(cursor: Cursor): FieldName {
  const token = cursor.peek();
  if ((token.kind !== "word" && token.kind !== "phrase") || token.wild) throw unexpected(cursor, "a field name");
  cursor.next();
  // The default name of a calculation can be referred to as it is shown: sort -dc(user).
  if (cursor.peek().kind === "(" && !cursor.peek().spaced) {
    cursor.next();
    const inner = cursor.peek().kind === ")" ? "" : cursor.next().text;
    const close = cursor.expect(")", "a closing parenthesis");
    return { name: `${token.text}(${inner})`, at: token.at, length: close.at + 1 - token.at };
  }
  return { name: token.text, at: token.at, length: token.length };
}

export function list<T>(cursor: Cursor, item: () => T): T[] {
  const items = [item()];
  while (cursor.peek().kind === ",") {
    cursor.next();
    items.push(item());
  }
  return items;
}

export function keyword(cursor: Cursor, word: string): boolean {
  return cursor.takeKeyword(word) || cursor.takeKeyword(word.toUpperCase());
}

function count(cursor: Cursor): number | null {
  const token = cursor.peek();
  if (token.kind !== "word" || !/^\d+$/.test(token.text)) return null;
  cursor.next();
  return wholeNumber(token.text, token.at);
}

export function wholeNumber(text: string, at: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > MAX_ROWS)
    throw queryError({ at: at, length: text.length }, `"${text}" must be a whole number from 1 to ${MAX_ROWS}.`);
  return value;
}
