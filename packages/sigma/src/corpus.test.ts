/** corpus: the whole SigmaHQ corpus loads, and every regression case fires its own rule. */
import assert from "node:assert/strict";
import { test } from "node:test";
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

test("rules that no known source feeds say so", { skip: withoutData("sigma") }, () => {
  const { rules } = parseRules(ruleFiles("rules"));
  const unfed = new Set(rules.filter(({ fed }) => !fed).map(({ logsource }) => logsource.category));
  // Both need a kernel trace that no log channel carries.
  assert.deepEqual([...unfed].sort(), ["file_access", "file_rename"]);
});

test("every regression case fires its own rule", { skip: withoutData("regression") }, () => {
  const folders = ["rules", "rules-emerging-threats", "rules-threat-hunting"];
  const engine = compile(parseRules(ruleFiles(...folders)).rules);
  let cases = 0;
  for (const { path, bytes } of regressionFiles("json")) {
    const id = path.replace(/^.*\/|\.json$/g, "");
    const events = concatenatedJson(bytes.toString("utf8")).filter(isFields);
    assert.ok(events.length > 0, path);
    const matches = events.flatMap((fields) => engine.match({ fields })).filter(({ rule }) => rule.id === id);
    assert.ok(matches.length >= 1, `${path}: its own rule did not fire`);
    for (const match of matches) assert.ok(match.fields.length > 0, `${path}: the match names no field`);
    cases++;
  }
  assert.equal(cases, 147);
});

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
