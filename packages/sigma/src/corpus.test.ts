/** corpus: the whole SigmaHQ corpus loads, and every regression case fires its own rule. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readEvtx } from "@holdfast/evtx";
import { concatenatedJson, regressionFiles, ruleFiles, withoutData } from "../../../test/recordings.ts";
import { compile, parseRules } from "./index.ts";

test("every rule of the SigmaHQ corpus loads", { skip: withoutData("sigma") }, () => {
  const { rules, problems } = parseRules(ruleFiles("rules"));
  assert.equal(rules.length, 3141);
  assert.deepEqual(problems, []);
  assert.deepEqual(compile(rules).problems, []);
});

test("of the other folders, only rules with placeholders are refused", { skip: withoutData("sigma") }, () => {
  const { rules, problems } = parseRules(
    ruleFiles("rules-emerging-threats", "rules-threat-hunting", "rules-compliance", "rules-placeholder"),
  );
  const refused = new Set(problems.map(({ code }) => code));
  assert.deepEqual([...refused], ["PLACEHOLDER_UNSUPPORTED"]);
  // All 23 of rules-placeholder, and the two rules for which the emerging threats use a placeholder.
  assert.equal(problems.length, 25);
  assert.equal(rules.length, 473 + 140 + 3 - 2);
});

test("with a list for each of their placeholders, all of them load", { skip: withoutData("sigma") }, () => {
  const files = ruleFiles("rules-placeholder", "rules-emerging-threats");
  const names = new Set(files.flatMap(({ text }) => [...text.matchAll(/%([\w-]+)%/g)].map((match) => match[1] ?? "")));
  const placeholders = Object.fromEntries([...names].map((name) => [name, ["one", "two*"]]));
  const { rules, problems } = parseRules(files, { placeholders });
  assert.deepEqual(problems, []);
  assert.equal(rules.length, 23 + 473);
});

test("rules that no known source feeds say so", { skip: withoutData("sigma") }, () => {
  const { rules } = parseRules(ruleFiles("rules"));
  const unfed = new Set(rules.filter(({ fed }) => !fed).map(({ logsource }) => logsource.category));
  // Both need a kernel trace that no log channel carries.
  assert.deepEqual([...unfed].sort(), ["file_access", "file_rename"]);
});

/** Cases with more matching records than their file counts; the count is a minimum in the corpus' own runner. */
const MORE_THAN_COUNTED = [
  // AnyDesk artefact: three of the five writes are to user.conf.*, as the rule asks.
  "0b9ad457-2554-44c1-82c2-d56a99c42377",
  // Security zones: all three records set a value under ZoneMap.
  "45e112d0-7759-4c2a-aa36-9f8fb79d3393",
  // Administrative share: one record for AutoShareServer, one for AutoShareWks.
  "c7dcacd0-cc59-4004-b0a4-1d6cdebe6f3e",
];

test("every regression case fires its own rule as often as counted, from JSON and from EVTX", {
  skip: withoutData("regression"),
}, () => {
  const engine = compile(parseRules(ruleFiles("rules", "rules-emerging-threats", "rules-threat-hunting")).rules);
  const firings = (id: string, events: readonly unknown[], path: string): number => {
    const matches = events.filter(isFields).flatMap((fields) => engine.match({ fields }));
    const own = matches.filter(({ rule }) => rule.id === id);
    for (const match of own) assert.ok(match.fields.length > 0, `${path}: the match names no field`);
    return own.length;
  };
  const evtx = new Map(regressionFiles("evtx").map(({ path, bytes }) => [path.replace(/evtx$/, "json"), bytes]));
  const counts = new Map(regressionFiles("yml").map(({ path, bytes }) => [folderOf(path), bytes.toString("utf8")]));
  const more: string[] = [];
  let cases = 0;
  for (const { path, bytes } of regressionFiles("json")) {
    const id = path.replace(/^.*\/|\.json$/g, "");
    const fromJson = firings(id, concatenatedJson(bytes.toString("utf8")), path);
    const records = [...readEvtx(evtx.get(path) ?? assert.fail(path))].map(({ json }): unknown => JSON.parse(json));
    assert.equal(firings(id, records, path), fromJson, `${path}: JSON and EVTX differ`);
    const counted = /^\s+match_count: (\d+)/m.exec(counts.get(folderOf(path)) ?? "")?.[1];
    assert.ok(fromJson >= Number(counted ?? 1), `${path}: fired ${fromJson} times of ${counted ?? "at least 1"}`);
    if (counted !== undefined && fromJson > Number(counted)) more.push(id);
    cases++;
  }
  assert.equal(cases, 147);
  assert.deepEqual(more, MORE_THAN_COUNTED);
});

function folderOf(path: string): string {
  return path.replace(/[^/]*$/, "");
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
