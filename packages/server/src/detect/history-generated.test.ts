/** history-generated.test: a rule as SQL over the event store decides exactly what the matcher decides: every modifier on generated
 *  events, every character's case, every way a value can be written in JSON. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { compile, parseRules, type Rule } from "@holdfast/sigma";
import type { OpenEvents } from "../platform/events/index.ts";
import { openTestEvents } from "../platform/events/testing.ts";
import { askSql, insertRows, readText, rowOf } from "./history.testing.ts";

const ROUNDS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 1);

let events: OpenEvents;
let next = 1;
before(async () => {
  events = await openTestEvents();
});
after(() => events?.close());

/** Stores the records and holds SQL and matcher against each other; answers how many pairs matched. */
async function compare(records: readonly string[], rules: readonly Rule[]): Promise<number> {
  await events.store.command(`TRUNCATE TABLE ${events.store.table("events")}`);
  const engine = compile(rules);
  const expected = new Set<string>();
  const texts = new Map<string, string>();
  const rows = records.map((text) => {
    const event = readText(text);
    assert.equal(event.parser, "aws-cloudtrail", text);
    const id = next++;
    texts.set(String(id), text);
    for (const { rule } of engine.match({ fields: event.fields, logsource: event.logsource, text })) {
      expected.add(`${id} ${rule.id}`);
    }
    return rowOf(id, text, event);
  });
  await insertRows(events.store, rows);
  const { pairs, left } = await askSql(events.store, rules);
  const differing = [...expected, ...pairs].filter((pair) => expected.has(pair) !== pairs.has(pair) && !left.has(pair));
  const shown = differing.slice(0, 5).map((pair) => {
    const [id = "", ruleId = ""] = pair.split(" ");
    return `${expected.has(pair) ? "only the matcher" : "only SQL"}: ${rules.find((rule) => rule.id === ruleId)?.text}\n${texts.get(id)}`;
  });
  assert.deepEqual(shown, []);
  assert.ok(left.size <= (records.length * rules.length) / 50, `${left.size} pairs were left to the matcher`);
  return expected.size;
}

function ruleOf(id: string, detection: unknown): { path: string; text: string } {
  const logsource = { product: "aws", service: "cloudtrail" };
  return { path: id, text: JSON.stringify({ title: id, id, logsource, detection }) };
}

const recordOf = (fields: object): string =>
  JSON.stringify({
    eventVersion: "1.08",
    eventSource: "s3.amazonaws.com",
    eventName: "x",
    eventTime: "2026-11-22T08:00:00Z",
    awsRegion: "eu",
    ...fields,
  });

/** A small deterministic generator: a failure names the rule and the record. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}

const FIELDS = ["Image", "Line", "User", "a.b", "a.b.c", "toString", "Port", "When"];
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
  "Σ",
  "1",
  "%",
  "_",
  "'",
  '"',
  "\n",
  "cmd.exe",
];
const TEXTS = [
  "",
  "a",
  "AB",
  "cmd.exe",
  "é",
  "k",
  "\u212a",
  "i̇",
  "ς",
  "%",
  "_",
  "\\",
  "'",
  '"',
  "\n",
  "10.1.2.3",
  "fe80::1",
  "aab /y -x",
  "a*b",
  "{p0:String}",
];
const ADDRESSES = [
  "10.1.2.3",
  "010.1.2.3",
  "10.1.2.300",
  "::ffff:10.1.2.3",
  "fe80::1",
  "fe80::1%eth0",
  "::1",
  "FE80::A",
  "10.1.2",
  "1:2:3:4:5:6:7:8",
  "::",
];
const NUMBERS = [
  "5",
  " 7 ",
  "0x1f",
  "1e3",
  "-2.5",
  "+3",
  ".5",
  "5.",
  "abc",
  "",
  "Infinity",
  "0b1",
  "1_000",
  "NaN",
  "\u00a09",
];
const TIMES = [
  "2026-11-22T08:30:15Z",
  "2026-02-03",
  "2024-12-30 23:59",
  "2026-06-01T01:30:00+05:30",
  "1777629600",
  "1777629600123",
  "2026-13-01",
  "yesterday",
  "2026-11-22T24:00:00Z",
  "1969-12-31T23:59:59Z",
];
const PARTS = ["minute", "hour", "day", "week", "month", "year"];
const MODIFIERS = [
  "",
  "",
  "|contains",
  "|startswith",
  "|endswith",
  "|contains|all",
  "|cased",
  "|contains|cased",
  "|neq",
  "|windash|contains",
  "|base64",
  "|base64offset|contains",
  "|wide|base64offset|contains",
  "|utf16be|base64offset|contains",
  "|re",
  "|re|i",
  "|re|s",
  "|re|m",
  "|cidr",
  "|lt",
  "|lte",
  "|gt",
  "|gte",
  "|exists",
  "|fieldref",
  "|fieldref|contains",
  "|fieldref|startswith",
  "|fieldref|endswith|cased",
  ...PARTS.map((part) => `|${part}`),
  ...PARTS.map((part) => `|${part}|gte`),
];
const REGEXES = [
  "a+b",
  "^cmd",
  "[0-9]{2,}",
  "x|y",
  "(ab)+",
  "\\.exe$",
  "a.b",
  "^$",
  "k",
  "\\bb",
  "(?i)AB",
  "[^a]",
  "\\d+\\s",
];

function generated(seed: number, count: number): { records: string[]; rules: Rule[] } {
  const pick = random(seed);
  const of = <T>(list: readonly T[]): T => list[pick(list.length)] ?? assert.fail();
  const text = (pieces: readonly string[]): string => Array.from({ length: 1 + pick(4) }, () => of(pieces)).join("");
  const wanted = (modifier: string): unknown => {
    if (modifier.includes("cidr"))
      return of(["10.0.0.0/8", "10.1.2.0/24", "fe80::/10", "::1/128", "::/0", "0.0.0.0/0", "10.1.2.3"]);
    if (PARTS.some((part) => modifier.includes(part))) return of([0, 1, 5, 8, 22, 30, 47, 2026, 12]);
    if (/\|(lt|gt)e?$/.test(modifier)) return of([0, 3, 5, 31, -2.5, 0.5, 1000]);
    if (modifier.includes("exists")) return pick(2) === 0;
    if (modifier.includes("fieldref")) return of(FIELDS);
    if (modifier.includes("|re")) return of(REGEXES);
    if (modifier.includes("base64")) return of(["ab", "cmd", "a b c", "B", "é"]);
    const kind = pick(12);
    if (modifier === "" && kind === 0) return null;
    return kind === 1
      ? ""
      : kind === 2
        ? of([5, 40, 1.5, -7])
        : kind === 3 && modifier === ""
          ? of([true, "true", "1.5"])
          : text(PIECES);
  };
  const entry = (): [string, unknown] => {
    const modifier = of(MODIFIERS);
    const several = pick(3) === 0 && !/exists|fieldref/.test(modifier);
    const list = several ? Array.from({ length: 2 + pick(3) }, () => wanted(modifier)).filter((v) => v !== null) : [];
    return [`${of(FIELDS)}${modifier}`, list.length > 1 ? list : wanted(modifier)];
  };
  const map = (): object => Object.fromEntries([entry(), ...(pick(2) === 0 ? [entry()] : [])]);
  const chosen = (): unknown => of([map, map, () => [map(), map()], () => [text(["a", "cmd", "é", "*", "?", "Σ"])]])();
  const condition = (): string =>
    of([
      "s1",
      "s1 and s2",
      "s1 or s2",
      "not s1",
      "s1 and not s2",
      "1 of s*",
      "all of them",
      "not (s1 or s2) or s3",
      "not 1 of s* or s2 and s3",
    ]);
  const files = Array.from({ length: 25 }, (_, n) =>
    ruleOf(`r${seed}-${n}`, { s1: chosen(), s2: chosen(), s3: chosen(), condition: condition() }),
  );
  const scalar = (): unknown => {
    switch (pick(9)) {
      case 0:
        return null;
      case 1:
        return of([0, 5, -7, 1.5, 0.1, 1e21, 1.5e-7, 123456789012, 100000.5, -0]);
      case 2:
        return pick(2) === 0;
      case 3:
        return of(ADDRESSES);
      case 4:
        return of(NUMBERS);
      case 5:
        return of(TIMES);
      default:
        return text(TEXTS);
    }
  };
  const value = (): unknown => {
    const kind = pick(9);
    if (kind === 0) return [scalar(), scalar(), scalar()];
    if (kind === 1) return [[scalar()], scalar()];
    return scalar();
  };
  const records = Array.from({ length: count }, () => {
    const fields: Record<string, unknown> = {};
    for (const name of FIELDS) if (!name.includes(".") && pick(3) > 0) fields[name] = value();
    const nested = pick(5);
    if (nested === 0) fields["a"] = { b: value() };
    else if (nested === 1) fields["a"] = { b: { c: value() } };
    else if (nested === 2) fields["a"] = [{ b: value() }, { b: value() }, { x: 1 }];
    else if (nested === 3) fields["a.b"] = value();
    return recordOf(fields);
  });
  const { rules } = parseRules(files);
  assert.ok(rules.length >= 15, `seed ${seed}: only ${rules.length} rules load`);
  return { records, rules };
}

test("generated rules of every modifier on generated events: SQL decides what the matcher decides", async (t) => {
  let matched = 0;
  let pairs = 0;
  for (let seed = 1; seed <= 2 * ROUNDS; seed++) {
    const { records, rules } = generated(seed, 400);
    matched += await compare(records, rules);
    pairs += records.length * rules.length;
  }
  t.diagnostic(`${pairs} pairs, ${matched} of them match`);
  assert.ok(matched > pairs / 20, `only ${matched} of ${pairs} pairs match`);
});

test("every character is folded as the matcher folds it", async () => {
  const { store } = events;
  const rows = await store.query<{ code: number; folded: string }>(
    `SELECT number AS code, lowerUTF8(multiIf(code < 0x80, char(code), code < 0x800, char(bitOr(0xC0, bitShiftRight(code, 6)), bitOr(0x80, bitAnd(code, 63))),
       code < 0x10000, char(bitOr(0xE0, bitShiftRight(code, 12)), bitOr(0x80, bitAnd(bitShiftRight(code, 6), 63)), bitOr(0x80, bitAnd(code, 63))),
       char(bitOr(0xF0, bitShiftRight(code, 18)), bitOr(0x80, bitAnd(bitShiftRight(code, 12), 63)), bitOr(0x80, bitAnd(bitShiftRight(code, 6), 63)), bitOr(0x80, bitAnd(code, 63))))) AS folded
     FROM numbers(1, 0x1FFFF) WHERE code < 0xD800 OR code > 0xDFFF`,
    { limits: { resultRows: 200_000 } },
  );
  const differing = rows.filter(({ code, folded }) => String.fromCodePoint(Number(code)).toLowerCase() !== folded);
  assert.ok(rows.length > 120_000);
  assert.deepEqual(differing, []);
  const [words] = await store.query<{ folded: string }>("SELECT lowerUTF8('ΟΔΟΣ ΣΑΣ İI ẞ') AS folded");
  assert.equal(words?.folded, "ΟΔΟΣ ΣΑΣ İI ẞ".toLowerCase());
});

test("values reach SQL as parameters: none of a rule's text stands in a statement", async () => {
  const hostile = "') OR 1=1 -- {s0:String} \\' \" ` %_";
  const found = parseRules([ruleOf("h", { s: { "Image|contains": hostile }, condition: "s" })]).rules;
  const records = [recordOf({ Image: `x ${hostile} y` }), recordOf({ Image: "x" })];
  assert.equal(await compare(records, found), 1);
});

test("what the engine cannot read as JSON is left to the matcher, not taken for no match", async () => {
  const { rules } = parseRules([ruleOf("u", { s: { "Image|contains": "evil" }, condition: "s" })]);
  const lone = recordOf({ Image: "evil" }).replace("evil", "evil \\ud800");
  const huge = recordOf({ Image: "evil" }).replace('"evil"', '"evil","n":123456789012345678901234567890');
  const rows = [lone, huge].map((text, index) => rowOf(9_000_000 + index, text, readText(text)));
  await events.store.command(`TRUNCATE TABLE ${events.store.table("events")}`);
  await insertRows(events.store, rows);
  const { pairs, left } = await askSql(events.store, rules);
  assert.deepEqual([...pairs], []);
  assert.deepEqual([...left].sort(), ["9000000 u", "9000001 u"]);
});
