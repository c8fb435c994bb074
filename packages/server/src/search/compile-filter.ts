/** compile-filter: a filter's tree to a condition in SQL. Every value travels as a parameter; the text holds only our own words.
 *  Text is compared without case; a bare word is looked for anywhere in the raw record, with the text index doing the first cut. */
import ipaddr from "ipaddr.js";
import type { Filter, Value } from "./ast.ts";
import { shownText } from "./cursor.ts";
import { queryError } from "./errors.ts";
import { FIELD_NAMES, type Field, fieldNamed } from "./fields.ts";
import { ANY, STAR } from "./lexer.ts";
import { nearest } from "../platform/spelling/index.ts";
import type { Params } from "./params.ts";
import { rawExpression, rawTokens } from "./raw-fields.ts";
import { parseTime } from "./time.ts";

export interface FilterScope {
  readonly params: Params;
  readonly now: number;
  readonly source: string;
  /** Resolves a name to typed SQL expressions, or null when it is not a column here. */
  resolve(name: string): Resolved | null;
  /** True when names that are not columns are looked up in the raw record (only before the first pipe). */
  readonly rawFields: boolean;
  /** Where the filter stands for all rows: takes what the text index answers, which is then left out of the condition. */
  readonly cuts?: string[] | undefined;
}

export interface Resolved {
  readonly type: Field["type"];
  readonly expressions: readonly string[];
  readonly words?: readonly string[] | undefined;
}

export function compileFilter(filter: Filter, scope: FilterScope): string {
  switch (filter.kind) {
    case "and":
    case "or":
      return `(${filter.parts.map((part) => compileFilter(part, inner(scope))).join(filter.kind === "and" ? " AND " : " OR ")})`;
    case "not":
      return `NOT (${compileFilter(filter.part, inner(scope))})`;
    case "match":
      if (filter.field === null && !scope.rawFields) {
        throw queryError(
          filter,
          "After a pipe only columns can be compared: write column:value, as in where count:>5.",
        );
      }
      return filter.field === null ? rawMatch(filter.value, scope) : fieldMatch(filter.field.name, filter, scope);
  }
}

const inner = (scope: FilterScope): FilterScope => ({ ...scope, cuts: undefined });

/** The columns of the events table as a scope. */
export function eventColumns(name: string): Resolved | null {
  const field = fieldNamed(name);
  return field === undefined
    ? null
    : { type: field.type, expressions: field.columns.map((column) => `\`${column}\``), words: field.words };
}

function fieldMatch(name: string, match: Extract<Filter, { kind: "match" }>, scope: FilterScope): string {
  const { value, field } = match;
  const resolved = name.startsWith("raw.") ? null : scope.resolve(name);
  if (resolved !== null) {
    if (name === "raw") return rawMatch(value, scope);
    return `(${resolved.expressions.map((expression) => condition({ expression, type: resolved.type, words: resolved.words }, value, scope)).join(" OR ")})`;
  }
  if (!scope.rawFields) throw unknownColumn(name, match);
  const near = /^[a-z_]+$/.test(name) ? nearest(name, FIELD_NAMES) : null;
  if (near !== null && field !== null) {
    const fix = `${scope.source.slice(0, field.at)}${near}${scope.source.slice(field.at + field.length)}`;
    throw queryError(
      field,
      `There is no field "${name}". Did you mean "${near}"? A field of the raw record is written raw.${name}.`,
      fix,
    );
  }
  const key = name.startsWith("raw.") ? name.slice(4) : name;
  const words = [
    hasTokens(key, scope),
    value.kind === "text"
      ? hasTokens(shownText(value.text).replaceAll(/[*?]\S*|\S*[*?]/g, " "), scope, value.wild)
      : "",
  ].filter((text) => text !== "");
  return after(words, condition({ expression: rawExpression(key, scope.params), type: "text" }, value, scope), scope);
}

/** A condition on the raw text behind the words that the text index knows. */
function after(words: readonly string[], exact: string, scope: FilterScope): string {
  if (scope.cuts === undefined) return `(${[...words, exact].join(" AND ")})`;
  scope.cuts.push(...words);
  return exact;
}

function unknownColumn(name: string, match: Extract<Filter, { kind: "match" }>) {
  return queryError(
    { at: match.field?.at ?? match.at, length: match.field?.length ?? match.length },
    `The pipe before this one has no column "${name}".`,
    null,
  );
}

interface Operand {
  readonly expression: string;
  readonly type: Field["type"];
  readonly words?: readonly string[] | undefined;
}

function condition(operand: Operand, value: Value, scope: FilterScope): string {
  switch (operand.type) {
    case "number":
      return numberCondition(operand, value, scope);
    case "ip":
      return ipCondition(operand.expression, value, scope);
    case "time":
      return timeCondition(operand.expression, value, scope);
    case "list":
      if (value.kind === "exists") return `notEmpty(${operand.expression})`;
      return `arrayExists(item -> ${textCondition("item", value, scope)}, ${operand.expression})`;
    case "text":
      return textCondition(operand.expression, value, scope);
  }
}

function textCondition(expression: string, value: Value, scope: FilterScope): string {
  switch (value.kind) {
    case "exists":
      return `${expression} != ''`;
    case "text":
      if (value.wild) return `${expression} ILIKE ${scope.params.add(likePattern(value.text), "String")}`;
      return `lowerUTF8(${expression}) = ${scope.params.add(value.text.toLowerCase(), "String")}`;
    case "compare":
      return `toFloat64OrNull(${expression}) ${value.operator} ${scope.params.add(asNumber(value.text, value), "Float64")}`;
    case "range": {
      const numeric = [value.from, value.to].every((end) => end === null || /^-?\d+(\.\d+)?$/.test(end));
      const left = numeric ? `toFloat64OrNull(${expression})` : `lowerUTF8(${expression})`;
      return rangeCondition(left, value, (end) =>
        numeric ? scope.params.add(Number(end), "Float64") : scope.params.add(end.toLowerCase(), "String"),
      );
    }
  }
}

function numberCondition({ expression, words }: Operand, value: Value, scope: FilterScope): string {
  const add = (text: string): string => scope.params.add(wordOrNumber(text, value, words), "Float64");
  switch (value.kind) {
    case "exists":
      return `${expression} != 0`;
    case "compare":
      return `${expression} ${value.operator} ${add(value.text)}`;
    case "range":
      return rangeCondition(expression, value, add);
    case "text":
      if (value.wild) return `toString(${expression}) LIKE ${scope.params.add(likePattern(value.text), "String")}`;
      // Ids go beyond what a float holds exactly.
      if (/^\d{15,20}$/.test(value.text)) return `${expression} = ${scope.params.add(value.text, "UInt64")}`;
      return `${expression} = ${add(value.text)}`;
  }
}

function wordOrNumber(text: string, value: Value, words: readonly string[] | undefined): number {
  const place = words?.indexOf(text.toLowerCase()) ?? -1;
  if (place !== -1) return place;
  if (words !== undefined && !/^\d+$/.test(text)) {
    throw queryError(value, `"${shownText(text)}" is not one of: ${words.join(", ")}.`, null);
  }
  return asNumber(text, value);
}

function asNumber(text: string, value: Value): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) throw queryError(value, `"${shownText(text)}" is not a number.`);
  return number;
}

function timeCondition(expression: string, value: Value, scope: FilterScope): string {
  const add = (text: string): string => {
    const ms = parseTime(text, scope.now);
    if (ms === undefined)
      throw queryError(value, `"${shownText(text)}" is not a time. Write 2026-11-22T08:00:00Z or now-15m.`);
    return `fromUnixTimestamp64Milli(${scope.params.add(ms, "Int64")})`;
  };
  switch (value.kind) {
    case "exists":
      return "1";
    case "compare":
      return `${expression} ${value.operator} ${add(value.text)}`;
    case "range":
      return rangeCondition(expression, value, add);
    case "text":
      return `${expression} = ${add(value.text)}`;
  }
}

function rangeCondition(left: string, value: Extract<Value, { kind: "range" }>, add: (end: string) => string): string {
  const low = value.from === null ? "1" : `${left} ${value.fromIncluded ? ">=" : ">"} ${add(value.from)}`;
  const high = value.to === null ? "1" : `${left} ${value.toIncluded ? "<=" : "<"} ${add(value.to)}`;
  return `(${low} AND ${high})`;
}

function ipCondition(expression: string, value: Value, scope: FilterScope): string {
  const add = (address: string): string => `toIPv6(${scope.params.add(address, "String")})`;
  switch (value.kind) {
    case "exists":
      return `${expression} != toIPv6('::')`;
    case "compare":
      throw queryError(
        value,
        "Addresses are compared by network (src_ip:10.0.0.0/8) or range (src_ip:[10.0.0.1 TO 10.0.0.9]).",
      );
    case "range":
      return rangeCondition(expression, value, (end) => add(mapped(end, value)));
    case "text": {
      if (value.wild)
        return `replaceOne(IPv6NumToString(${expression}), '::ffff:', '') ILIKE ${scope.params.add(likePattern(value.text), "String")}`;
      if (!value.text.includes("/")) return `${expression} = ${add(mapped(value.text, value))}`;
      const { first, last } = network(value);
      return `(${expression} BETWEEN ${add(first)} AND ${add(last)})`;
    }
  }
}

/** IPv4 lives in the column as ::ffff:a.b.c.d. */
function mapped(text: string, value: Value): string {
  if (!ipaddr.isValid(text))
    throw queryError(
      value,
      `"${shownText(text)}" is not an IP address. Write 10.0.0.1, 10.0.0.0/8, 10.0.* or an IPv6 address.`,
    );
  const address = ipaddr.parse(text);
  return (address.kind() === "ipv4" ? (address as ipaddr.IPv4).toIPv4MappedAddress() : address).toNormalizedString();
}

function network(value: Extract<Value, { kind: "text" }>): { first: string; last: string } {
  if (!ipaddr.isValidCIDR(value.text))
    throw queryError(
      value,
      `"${value.text}" is not a network. Write an address and a prefix length, as in 10.0.0.0/8.`,
    );
  const [address, bits] = ipaddr.parseCIDR(value.text);
  const bytes =
    address.kind() === "ipv4" ? (address as ipaddr.IPv4).toIPv4MappedAddress().toByteArray() : address.toByteArray();
  const prefix = address.kind() === "ipv4" ? bits + 96 : bits;
  const end = (fill: number): string =>
    ipaddr
      .fromByteArray(
        bytes.map((byte, index) => {
          const kept = Math.min(Math.max(prefix - index * 8, 0), 8);
          const mask = (0xff00 >> kept) & 0xff;
          return (byte & mask) | (fill & ~mask & 0xff);
        }),
      )
      .toNormalizedString();
  return { first: end(0), last: end(0xff) };
}

/** Looks for text anywhere in the raw record. JSON writes \ as \\ and " as \", so both spellings count. */
function rawMatch(value: Value, scope: FilterScope): string {
  if (value.kind === "exists") return "1";
  if (value.kind !== "text")
    throw queryError(value, "A range needs a field before it, as in http_status:[400 TO 499].");
  if (value.text.trim() === "")
    throw queryError(value, "An empty phrase matches nothing; take it out or write a word.");
  // Nothing but stars is in every record: not one has to be read for it.
  if (value.text.replaceAll(STAR, "") === "") return "1";
  const spellings = new Set([value.text, JSON.stringify(value.text).slice(1, -1)]);
  const like = [...spellings].map((text) => rawLike(`%${likePattern(text)}%`, scope)).join(" OR ");
  const cut = hasTokens(innerTokens(value.text), scope);
  return after(cut === "" ? [] : [cut], `(${like})`, scope);
}

/** The text index stands on lower(raw), which folds ASCII only; other scripts take the slower, fully case-folding way. */
function rawLike(pattern: string, scope: FilterScope): string {
  const ascii = !/[\u0080-\u{10FFFF}]/u.test(pattern);
  return ascii
    ? `lower(raw) LIKE ${scope.params.add(pattern.toLowerCase(), "String")}`
    : `raw ILIKE ${scope.params.add(pattern, "String")}`;
}

/** Whole words inside the text: those with a separator on both sides. The ones at the ends may be parts of longer words. */
function innerTokens(text: string): string {
  const words = [...text.matchAll(/[A-Za-z0-9]+/g)];
  const inner = words.filter(
    (word) =>
      word.index > 0 &&
      word.index + word[0].length < text.length &&
      !isWild(text[word.index - 1]) &&
      !isWild(text[word.index + word[0].length]),
  );
  return inner.map((word) => word[0]).join(" ");
}

const isWild = (c: string | undefined): boolean => c === STAR || c === ANY;

/** The text index's condition for these words, or "" when there is none worth asking. */
function hasTokens(text: string, scope: FilterScope, partial = false): string {
  const tokens = partial ? [] : rawTokens(text);
  return tokens.length === 0 ? "" : `hasAllTokens(lower(raw), ${scope.params.add(tokens, "Array(String)")})`;
}

/** A LIKE pattern: our wildcards become % and _, everything else is literal. */
function likePattern(text: string): string {
  return text
    .replaceAll(/[\\%_]/g, "\\$&")
    .replaceAll(STAR, "%")
    .replaceAll(ANY, "_");
}
