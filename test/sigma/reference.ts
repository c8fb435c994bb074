/**
 * reference: a second reader of rules for the differential tests: no index, no compilation, one rule text and one event at a
 * time, written to be obviously right and to share no line with the engine.
 */
import assert from "node:assert/strict";
import { BlockList, isIP } from "node:net";
import { RE2JS } from "re2js";
import { parse } from "yaml";
import type { Rule } from "@holdfast/sigma";

export type Event = Readonly<Record<string, unknown>>;
/** The value of a rule's field. */
export type Read = (field: string) => unknown;

const DASHES = ["-", "/", "\u2013", "\u2014", "\u2015"];

export function naiveMatch(rule: Rule, event: Event, read: Read): boolean {
  const detection = detectionOf(rule);
  const truth = new Map<string, boolean>();
  for (const [name, value] of Object.entries(detection)) {
    if (name !== "condition") truth.set(name, selection(value, event, read));
  }
  const conditions = [detection["condition"]].flat();
  return conditions.some((condition) => evaluate(words(String(condition)), truth));
}

const detections = new WeakMap<Rule, Record<string, unknown>>();

function detectionOf(rule: Rule): Record<string, unknown> {
  const known = detections.get(rule);
  if (known !== undefined) return known;
  const detection: unknown = parse(rule.text).detection;
  assert.ok(isMap(detection));
  detections.set(rule, detection);
  return detection;
}

function words(condition: string): string[] {
  return condition.replaceAll("(", " ( ").replaceAll(")", " ) ").trim().split(/\s+/);
}

/** Consumes the words from the front, so that precedence is visible in the order of the functions. */
function evaluate(rest: string[], truth: ReadonlyMap<string, boolean>): boolean {
  let result = conjunction(rest, truth);
  while (rest[0]?.toLowerCase() === "or") {
    rest.shift();
    const right = conjunction(rest, truth);
    result = result || right;
  }
  return result;
}

function conjunction(rest: string[], truth: ReadonlyMap<string, boolean>): boolean {
  let result = negation(rest, truth);
  while (rest[0]?.toLowerCase() === "and") {
    rest.shift();
    const right = negation(rest, truth);
    result = result && right;
  }
  return result;
}

function negation(rest: string[], truth: ReadonlyMap<string, boolean>): boolean {
  if (rest[0]?.toLowerCase() === "not") {
    rest.shift();
    return !negation(rest, truth);
  }
  const word = rest.shift() ?? "";
  if (word === "(") {
    const inner = evaluate(rest, truth);
    assert.equal(rest.shift(), ")");
    return inner;
  }
  if (rest[0]?.toLowerCase() !== "of") return truth.get(word) ?? false;
  rest.shift();
  const pattern = rest.shift() ?? "";
  const chosen = [...truth].filter(([name]) => (pattern === "them" ? !name.startsWith("_") : glob(pattern, name)));
  const holding = chosen.filter(([, holds]) => holds).length;
  return word.toLowerCase() === "all" ? holding === chosen.length : holding >= Number(word);
}

function glob(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] === "*") return glob(pattern.slice(1), text) || (text !== "" && glob(pattern, text.slice(1)));
  return text[0] === pattern[0] && glob(pattern.slice(1), text.slice(1));
}

function selection(value: unknown, event: Event, read: Read): boolean {
  if (Array.isArray(value)) return value.some((entry) => selection(entry, event, read));
  if (!isMap(value)) return item("", value, { event, read });
  return Object.entries(value).every(([key, inner]) => item(key, inner, { event, read }));
}

function item(key: string, raw: unknown, about: { event: Event; read: Read }): boolean {
  const { event, read } = about;
  const [field = "", ...modifiers] = key.split("|");
  const values = [raw].flat();
  const texts = field === "" ? everyText(event) : textsOf(read(field.replaceAll(" ", "")));
  const holds = (value: unknown): boolean =>
    oneValue(value, modifiers, { keyword: field === "", texts, raw: read(field), read });
  const result = modifiers.includes("all") ? values.every(holds) : values.some(holds);
  return modifiers.includes("neq") ? !result : result;
}

interface Subject {
  readonly keyword: boolean;
  readonly texts: readonly string[];
  readonly raw: unknown;
  readonly read: Read;
}

function oneValue(value: unknown, modifiers: readonly string[], subject: Subject): boolean {
  const has = (name: string): boolean => modifiers.includes(name);
  const cased = has("cased");
  const fold = (text: string): string => (cased ? text : text.toLowerCase());
  const placed = (pattern: string): boolean => {
    const any: Token[] = [{ wild: "*" }];
    const open = subject.keyword || has("contains") || has("endswith") ? any : [];
    const ajar = subject.keyword || has("contains") || has("startswith") ? any : [];
    const tokens = [...open, ...tokenize(fold(pattern)), ...ajar];
    return subject.texts.some((text) => wild(tokens, fold(text)));
  };
  if (has("exists")) return (subject.raw !== undefined) === value;
  if (value === null) return subject.raw === undefined || subject.raw === null;
  if (has("re")) return subject.texts.some((text) => regex(String(value), modifiers).matcher(text).find());
  if (has("cidr")) return subject.texts.some((text) => inNetwork(text, String(value)));
  for (const [name, part] of Object.entries(PARTS)) {
    if (!has(name)) continue;
    const compare = Object.entries(COMPARE).find(([op]) => has(op))?.[1] ?? ((a: number, b: number) => a === b);
    return subject.texts.map(instant).some((at) => at !== undefined && compare(part(at), Number(value)));
  }
  for (const [name, test] of Object.entries(COMPARE)) {
    if (has(name)) return subject.texts.some((text) => text.trim() !== "" && test(Number(text), Number(value)));
  }
  if (has("fieldref")) {
    const others = textsOf(subject.read(String(value))).map((text) => escape(text));
    return others.some(placed);
  }
  let alternatives = [String(value)];
  for (const modifier of modifiers) {
    if (modifier === "wide" || modifier === "utf16le") {
      alternatives = alternatives.map((text) => Buffer.from(text, "utf16le").toString("latin1"));
    } else if (modifier === "utf16be") {
      alternatives = alternatives.map((text) => Buffer.from(text, "utf16le").swap16().toString("latin1"));
    } else if (modifier === "utf16") {
      alternatives = alternatives.map((text) => Buffer.from(`\ufeff${text}`, "utf16le").toString("latin1"));
    } else if (modifier === "base64") {
      alternatives = alternatives.map((text) => bytesOf(text, modifiers).toString("base64"));
    } else if (modifier === "base64offset") {
      alternatives = alternatives.flatMap((text) => offsets(bytesOf(text, modifiers)));
    } else if (modifier === "windash") {
      alternatives = alternatives.flatMap(dashes);
    }
  }
  return alternatives.some(placed);
}

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
};

const PARTS: Readonly<Record<string, (at: Date) => number>> = {
  minute: (at) => at.getUTCMinutes(),
  hour: (at) => at.getUTCHours(),
  day: (at) => at.getUTCDate(),
  week,
  month: (at) => at.getUTCMonth() + 1,
  year: (at) => at.getUTCFullYear(),
};

/** A week belongs to the year of its Thursday: counts the Thursdays of that year up to the one of this week. */
function week(at: Date): number {
  const day = 86_400_000;
  const monday = at.getTime() - ((at.getUTCDay() + 6) % 7) * day;
  const thursday = new Date(monday + 3 * day);
  let count = 0;
  for (let time = thursday.getTime(); new Date(time).getUTCFullYear() === thursday.getUTCFullYear(); time -= 7 * day) {
    count++;
  }
  return count;
}

function instant(text: string): Date | undefined {
  if (/^\d{10}$/.test(text)) return new Date(Number(text) * 1000);
  if (/^\d{13}$/.test(text)) return new Date(Number(text));
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return new Date(`${text}T00:00:00Z`);
  const full = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  return full === null ? undefined : new Date(full[1] === undefined ? `${text}Z` : text);
}

function bytesOf(text: string, modifiers: readonly string[]): Buffer {
  return Buffer.from(text, modifiers.some((name) => name === "wide" || name.startsWith("utf16")) ? "latin1" : "utf8");
}

function offsets(bytes: Buffer): string[] {
  return [0, 1, 2].map((shift) => {
    const bits = bytes.length * 8;
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes, Buffer.alloc(3)]).toString("base64");
    return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor((shift * 8 + bits) / 6));
  });
}

function dashes(value: string): string[] {
  const spot = value.search(/\B[-/]\b/);
  if (spot < 0) return [value];
  // A placeholder keeps a replaced dash from being found again.
  const rest = dashes(`${value.slice(0, spot)}\u0000${value.slice(spot + 1)}`);
  return rest.flatMap((text) => DASHES.map((dash) => text.replace("\u0000", dash)));
}

type Token = { readonly literal: string } | { readonly wild: "*" | "?" };

const tokenized = new Map<string, Token[]>();

function tokenize(value: string): Token[] {
  const known = tokenized.get(value);
  if (known !== undefined) return known;
  const tokens: Token[] = [];
  tokenized.set(value, tokens);
  const units = [...value];
  for (let i = 0; i < units.length; i++) {
    const c = units[i] ?? "";
    const next = units[i + 1] ?? "";
    if (c === "\\" && ["*", "?", "\\"].includes(next)) {
      tokens.push({ literal: next });
      i++;
    } else tokens.push(c === "*" || c === "?" ? { wild: c } : { literal: c });
  }
  return tokens;
}

/** Every way to place the wildcards, remembered by position: quadratic and plain. */
function wild(tokens: readonly Token[], text: string): boolean {
  const runs = tokens
    .map((token) => ("literal" in token ? token.literal : "\n*"))
    .join("")
    .split("\n*");
  if (!runs.every((run) => text.includes(run))) return false;
  const units = [...text];
  let reachable = new Set([0]);
  for (const token of tokens) {
    const next = new Set<number>();
    for (const at of reachable) {
      if ("literal" in token) {
        if (units[at] === token.literal) next.add(at + 1);
      } else if (token.wild === "?") {
        if (at < units.length) next.add(at + 1);
      } else {
        for (let to = at; to <= units.length; to++) next.add(to);
      }
    }
    reachable = next;
    if (reachable.size === 0) return false;
  }
  return reachable.has(units.length);
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("*", "\\*").replaceAll("?", "\\?");
}

const regexes = new Map<string, RE2JS>();

function regex(source: string, modifiers: readonly string[]): RE2JS {
  const flags = ["i", "m", "s"].filter((flag) => modifiers.includes(flag)).join("");
  const whole = flags === "" ? source : `(?${flags})${source}`;
  const compiled = regexes.get(whole) ?? RE2JS.compile(whole);
  regexes.set(whole, compiled);
  return compiled;
}

function inNetwork(text: string, network: string): boolean {
  const [base = "", bits = "32"] = network.split("/");
  const family = isIP(base) === 4 ? "ipv4" : "ipv6";
  if (isIP(text) === 0 || (isIP(text) === 4) !== (family === "ipv4")) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family);
  return list.check(text, family);
}

function textsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return [typeof value === "object" ? JSON.stringify(value) : String(value)];
}

function everyText(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return typeof value === "object" ? Object.values(value).flatMap(everyText) : [String(value)];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An event as EVTX has it, in the flat form; any other event as it is. */
export function flattened(record: Event): Event {
  const event = record["Event"];
  if (!isMap(event)) return record;
  const { System: system } = event;
  const data = [event["EventData"], event["UserData"]].flatMap((part) => leaves(part));
  const about = Object.entries(isMap(system) ? system : {}).flatMap(([name, value]): [string, unknown][] => {
    if (!isMap(value)) return [[name, value]];
    const { "#text": text, "#attributes": attributes } = value;
    const own = Object.entries(isMap(attributes) ? attributes : value).filter(([key]) => key !== "#text");
    return [
      ...own.map(([key, inner]): [string, unknown] => [`${name}_${key}`, inner]),
      ...(text === undefined ? [] : [[name, text] satisfies [string, unknown]]),
    ];
  });
  return Object.fromEntries([...data, ...about]);
}

function leaves(value: unknown): [string, unknown][] {
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
    if (name === "#attributes") return [];
    if (!isMap(inner)) return [[name.replaceAll(" ", ""), inner]];
    return inner["#text"] === undefined ? leaves(inner) : [[name.replaceAll(" ", ""), inner["#text"]]];
  });
}
