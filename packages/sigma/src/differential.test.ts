/**
 * differential: the engine against a naive reader of the rule text: no index, no compilation, one rule and one event at a
 * time, written to be obviously right. Both must name the same (event, rule) pairs.
 */
import assert from "node:assert/strict";
import { BlockList, isIP } from "node:net";
import { test } from "node:test";
import { RE2JS } from "re2js";
import { parse } from "yaml";
import { compile, parseRules, type Rule } from "./index.ts";
import { windowsRoutes } from "./routing/routes.ts";
import { laneBytes, linesOf, ruleFiles, withoutData } from "../../../test/recordings.ts";

type Event = Readonly<Record<string, unknown>>;
type Read = (field: string) => unknown;
const DASHES = ["-", "/", "\u2013", "\u2014", "\u2015"];

// --- the reference ---------------------------------------------------------------------------------------------------

function naiveMatch(rule: Rule, event: Event, read: Read): boolean {
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
  if (!isMap(value)) return item("", value, event, read);
  return Object.entries(value).every(([key, inner]) => item(key, inner, event, read));
}

function item(key: string, raw: unknown, event: Event, read: Read): boolean {
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

function regex(source: string, modifiers: readonly string[]): RE2JS {
  const flags = ["i", "m", "s"].filter((flag) => modifiers.includes(flag)).join("");
  return RE2JS.compile(flags === "" ? source : `(?${flags})${source}`);
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

// --- on recorded events ----------------------------------------------------------------------------------------------

/** Routes by comparing every route with the event, one by one. */
function naiveRouted(rule: Rule, event: Event): boolean {
  const channel = String(event["Channel"]).toLowerCase();
  for (const route of windowsRoutes(rule.logsource)) {
    if (route.channels !== undefined && !route.channels.includes(channel)) continue;
    if (route.eventIds !== undefined && !route.eventIds.includes(Number(event["EventID"]))) continue;
    if (route.eventTypes !== undefined && !route.eventTypes.includes(String(event["EventType"]).toLowerCase()))
      continue;
    const read: Read = (field) =>
      (route.aliases[field] ?? [field]).map((name) => event[name]).find((v) => v !== undefined);
    if (naiveMatch(rule, event, read)) return true;
  }
  return false;
}

/** A few events of every channel and event id of each lane, and a few that each rule matches. */
function* slice(lanes: readonly string[], matchesOf: (event: Event) => readonly string[]): Generator<Event> {
  const seen = new Map<string, number>();
  const rare = (key: string, most: number): boolean => {
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count <= most;
  };
  for (const lane of lanes) {
    for (const line of linesOf(laneBytes(lane))) {
      const event: Event = JSON.parse(line);
      const kind = `${event["Channel"]} ${event["EventID"]} ${event["EventType"]}`;
      const matched = matchesOf(event).filter((id) => rare(id, 1)).length > 0;
      if (rare(kind, 1) || matched) yield event;
    }
  }
}

test("the recorded lanes give the same matches as the reference", { skip: withoutData("lanes") }, () => {
  const { rules } = parseRules(ruleFiles("rules"));
  const engine = compile(rules);
  const windows = rules.filter((rule) => windowsRoutes(rule.logsource).length > 0);
  let matches = 0;
  let events = 0;
  for (const event of slice(["d1", "d2", "d3"], (event) =>
    engine.match({ fields: event }).map(({ rule }) => rule.id),
  )) {
    const found = engine.match({ fields: event }).map((match) => match.rule.id);
    const expected = windows.filter((rule) => naiveRouted(rule, event)).map((rule) => rule.id);
    assert.deepEqual(found, expected, JSON.stringify(event).slice(0, 400));
    matches += found.length;
    events++;
  }
  assert.ok(events > 120 && matches > 50, `${events} events and ${matches} matches prove too little`);
});

// --- on generated pairs ----------------------------------------------------------------------------------------------

/** A small deterministic generator: a failure names its seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}

const FIELDS = ["Image", "CommandLine", "User", "a.b", "toString", "Port"];
const PIECES = [
  "a",
  "B",
  "ab",
  "\\\\",
  "*",
  "?",
  "\\*",
  "-x",
  " /y",
  "é",
  "K",
  "\u212a",
  "İ",
  "1",
  "10.1.2.3",
  "cmd.exe",
];
const MODIFIERS = [
  "",
  "|contains",
  "|startswith",
  "|endswith",
  "|contains|all",
  "|cased",
  "|contains|cased",
  "|neq",
  "|windash|contains",
  "|contains|windash",
  "|base64",
  "|base64offset|contains",
  "|wide|base64offset|contains",
  "|re",
  "|re|i",
  "|cidr",
  "|lt",
  "|gte",
  "|exists",
  "|fieldref",
  "|fieldref|contains",
  "|endswith|fieldref|cased",
];

function ruleText(pick: (below: number) => number, index: number): string {
  const of = <T>(list: readonly T[]): T => list[pick(list.length)] ?? assert.fail();
  const text = (): string => Array.from({ length: 1 + pick(4) }, () => of(PIECES)).join("");
  const value = (modifier: string): string | number | boolean | null => {
    if (modifier.includes("cidr")) return of(["10.0.0.0/8", "10.1.2.0/24", "fe80::/10", "::1/128"]);
    if (/lt|gte/.test(modifier)) return pick(12);
    if (modifier.includes("exists")) return pick(2) === 0;
    if (modifier.includes("fieldref")) return of(FIELDS);
    if (modifier.includes("re")) return of(["a+b", "^cmd", "[0-9]{2,}", "x|y", "(ab)+", "\\.exe$", "a.b"]);
    if (/base64/.test(modifier)) return of(["ab", "cmd", "a b c", "B"]);
    const kind = pick(12);
    if (modifier === "" && kind === 0) return null;
    return kind === 1 ? "" : kind === 2 ? pick(40) : text();
  };
  const entry = (): [string, unknown] => {
    const modifier = of(MODIFIERS);
    const several = pick(3) === 0 && !/exists|fieldref/.test(modifier);
    const list = several ? [value(modifier), value(modifier)].filter((v) => v !== null) : [];
    return [`${of(FIELDS)}${modifier}`, list.length > 0 ? list : value(modifier)];
  };
  const map = (): Record<string, unknown> => Object.fromEntries([entry(), ...(pick(2) === 0 ? [entry()] : [])]);
  const chosen = (): unknown => of([map, map, () => [map(), map()], () => [`${of(["a", "cmd", "é"])}${text()}`]])();
  const condition = of([
    "s1",
    "s1 and s2",
    "s1 or s2",
    "not s1",
    "s1 and not s2",
    "1 of s*",
    "all of them",
    "not (s1 or s2) or s3",
    "2 of s*",
    "not 1 of s* or s2 and s3",
  ]);
  const rule = {
    title: `r${index}`,
    id: `r${index}`,
    logsource: { product: "x" },
    detection: { s1: chosen(), s2: chosen(), s3: chosen(), condition },
  };
  return JSON.stringify(rule);
}

function eventOf(pick: (below: number) => number): Event {
  const texts = [
    "",
    "a",
    "AB",
    "cmd.exe",
    "é",
    "k",
    "\u212a",
    "i̇",
    "10.1.2.3",
    "fe80::1",
    "::1",
    "Y21k",
    "a*b",
    "A\\b",
    "aab /y -x",
  ];
  const value = (): unknown => {
    const kind = pick(10);
    if (kind === 0) return null;
    if (kind === 1) return pick(20);
    if (kind === 2) return [texts[pick(texts.length)], pick(5), texts[pick(texts.length)]];
    if (kind === 3) return pick(2) === 0;
    return Array.from({ length: 1 + pick(3) }, () => texts[pick(texts.length)]).join("");
  };
  const names = FIELDS.filter(() => pick(3) > 0);
  return Object.fromEntries(names.map((name) => [name, value()]));
}

test("20,000 generated event and rule pairs give the same matches as the reference", () => {
  let matched = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const pick = random(seed);
    const texts = Array.from({ length: 25 }, (_, index) => ({ path: `r${index}`, text: ruleText(pick, index) }));
    const { rules, problems } = parseRules(texts);
    assert.deepEqual(
      problems.filter(({ code }) => code !== "MODIFIER_MISPLACED" && code !== "ALL_SINGLE"),
      [],
    );
    const engine = compile(rules);
    for (let n = 0; n < 20; n++) {
      const event = eventOf(pick);
      const read: Read = (field) => (Object.hasOwn(event, field) ? event[field] : undefined);
      const found = engine.match({ fields: event, logsource: { product: "x" } }).map((match) => match.rule.id);
      const expected = rules.filter((rule) => naiveMatch(rule, event, read)).map((rule) => rule.id);
      const differing = [...found, ...expected].find((id) => found.includes(id) !== expected.includes(id));
      const rule = rules.find(({ id }) => id === differing);
      assert.deepEqual(found, expected, `seed ${seed}: ${rule?.text} on ${JSON.stringify(event)}`);
      matched += found.length;
    }
  }
  assert.ok(matched > 2000, `only ${matched} pairs matched`);
});
