/** rules: every rule of the starter pack is complete, can fire, and decides its own cases as written beside it:
 *  the raw record goes the whole way, decode -> normalise -> match, with all rules loaded. Correlations decide sequences. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createNormaliser, decodeRecord } from "@holdfast/sdk";
import { compile, createCaseRunner, lintRules, parseRules, readCaseFile, type Rule } from "@holdfast/sigma";
import { parse } from "yaml";
import { catalog } from "../catalog.gen.ts";

const folder = new URL(".", import.meta.url);
const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".yml") && !path.endsWith(".cases.yml"))
  .sort();
const { rules, correlations, problems } = parseRules(
  paths.map((path) => ({ path, text: readFileSync(new URL(path, folder), "utf8") })),
);
const engine = compile(rules);
const normalise = createNormaliser(catalog.parsers);
const complete = [...rules, ...correlations];
const slugs = new Map(rules.map((rule) => [rule.id, rule.path.replace(/^.*\//, "").replace(/\.yml$/, "")]));

interface Case {
  readonly why: string;
  /** Other rules that this event raises too. */
  readonly also: readonly string[];
  readonly text: string;
}

test("the pack is complete: at least 60 rules, none refused, all can be fed", () => {
  assert.deepEqual(problems, []);
  assert.deepEqual(engine.problems, []);
  assert.equal(complete.length, paths.length);
  assert.ok(rules.length >= 60, `${rules.length} rules`);
  assert.deepEqual(
    rules.filter((rule) => !rule.fed).map((rule) => rule.path),
    [],
  );
  assert.equal(new Set(complete.map((rule) => rule.title)).size, complete.length, "titles are unique");
});

test("lint finds nothing to warn of", () => {
  const files = paths.map((path) => ({ path, text: readFileSync(new URL(path, folder), "utf8") }));
  assert.deepEqual(lintRules(files, { minSeverity: "warning" }), []);
});

test("every rule says what, why, when it is wrong and what it belongs to", () => {
  for (const rule of complete) {
    assert.match(rule.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, rule.path);
    assert.ok(rule.description.length >= 60, `${rule.path}: the description says too little`);
    assert.ok(rule.falsepositives.length > 0, `${rule.path}: falsepositives`);
    assert.ok(rule.attack.tactics.length > 0, `${rule.path}: a tactic`);
    assert.ok(rule.attack.techniques.length > 0, `${rule.path}: a technique`);
    assert.equal(rule.author, "Holdfast", rule.path);
    assert.match(rule.text, /^date: "?2\d{3}-\d\d-\d\d/m, rule.path);
  }
});

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const attack = resolve(repository, process.env["HOLDFAST_TEST_DATA"] ?? "../shared/data", "attack");
const known = existsSync(attack);

test("tactics and techniques are those of ATT&CK 19.1", {
  skip: known ? false : "no ATT&CK data in HOLDFAST_TEST_DATA",
}, () => {
  const techniques = new Map<string, readonly string[]>();
  for (const entry of readJson("techniques.json")) {
    const { id, tactics } = entry;
    if (typeof id === "string" && Array.isArray(tactics)) techniques.set(id, tactics.map(String));
  }
  const tactics = new Set(readJson("tactics.json").map((entry) => String(entry["shortName"])));
  for (const rule of complete) {
    const tags = rule.tags.filter((tag) => tag.startsWith("attack.")).map((tag) => tag.slice("attack.".length));
    const named = tags.filter((tag) => !/^t\d/.test(tag));
    for (const tag of named) assert.ok(tactics.has(tag), `${rule.path}: no tactic ${tag}`);
    for (const tag of tags.filter((tag) => /^t\d/.test(tag))) {
      const of = techniques.get(tag.toUpperCase());
      assert.ok(of !== undefined, `${rule.path}: no technique ${tag}`);
      assert.ok(
        of.some((tactic) => named.includes(tactic)),
        `${rule.path}: ${tag} belongs to ${of.join(", ")}, the rule says ${named.join(", ")}`,
      );
    }
  }
});

for (const rule of rules) {
  test(`rule ${rule.path}`, () => {
    const cases = casesOf(rule);
    const own = slugs.get(rule.id) ?? "";
    assert.ok(cases.match.length > 0 && cases.no_match.length > 0, "needs at least one case of each kind");
    for (const { why, also, text } of cases.match)
      assert.deepEqual(raised(text), [own, ...also].sort(), `must match: ${why}\n${text}`);
    for (const { why, text } of cases.no_match)
      assert.ok(!raised(text).includes(own), `must not match: ${why}\n${text}`);
  });
}

const runner = createCaseRunner({
  rules,
  correlations,
  readRecord: (text) => eventOf(text),
  readEvents: async (path) => ({ problem: `${path}: write events into the cases` }),
  exact: false,
});

for (const rule of correlations) {
  test(`correlation ${rule.path}`, async () => {
    const path = rule.path.replace(/\.yml$/, ".cases.yml");
    const read = readCaseFile(path, readFileSync(new URL(path, folder), "utf8"));
    assert.ok(read.ok, JSON.stringify(read));
    const results = await runner.run(read.file);
    const given = new Set(read.file.sequences.map(({ matches }) => matches > 0));
    assert.equal(given.size, 2, "needs at least one sequence of each kind");
    for (const { why, passed, reasons } of results) assert.ok(passed, `${why}\n${reasons.join("\n")}`);
  });
}

function eventOf(text: string) {
  const kind = text.startsWith("{") ? "http" : "syslog-tcp";
  const event = normalise(decodeRecord({ text, received: Date.UTC(2026, 10, 20, 9, 15), peer: "192.0.2.7", kind }));
  assert.notEqual(event.class_name, "unclassified", text);
  return { fields: event.fields, logsource: event.logsource, text };
}

function raised(text: string): string[] {
  return engine
    .match(eventOf(text))
    .map((match) => slugs.get(match.rule.id) ?? "")
    .sort();
}

function casesOf(rule: Rule): { readonly match: Case[]; readonly no_match: Case[] } {
  const text = readFileSync(new URL(rule.path.replace(/\.yml$/, ".cases.yml"), folder), "utf8");
  const file: unknown = parse(text);
  assert.ok(isMap(file), "a case file is a map with match and no_match");
  return { match: listOf(file["match"]), no_match: listOf(file["no_match"]) };
}

function listOf(value: unknown): Case[] {
  assert.ok(Array.isArray(value), "match and no_match are lists");
  return value.map((entry: unknown) => {
    assert.ok(isMap(entry) && typeof entry["why"] === "string", "a case says why");
    const also = Array.isArray(entry["also"]) ? entry["also"].map(String) : [];
    const record = entry["record"];
    return { why: entry["why"], also, text: typeof record === "string" ? record : JSON.stringify(record) };
  });
}

function readJson(name: string): Record<string, unknown>[] {
  const value: unknown = JSON.parse(readFileSync(join(attack, name), "utf8"));
  assert.ok(Array.isArray(value));
  return value.filter(isMap);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
