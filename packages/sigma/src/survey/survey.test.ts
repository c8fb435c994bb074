/** survey: fields and coverage count what the rules say, and the layer is one that the Navigator takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleFiles, withoutData } from "../../../../test/recordings.ts";
import { coverageOf, fieldsRead, navigatorLayer, parseRules } from "../index.ts";

function ruleText(title: string, tags: readonly string[], selection = "Image: x"): { path: string; text: string } {
  const list = tags.length === 0 ? " []" : tags.map((tag) => `\n  - ${tag}`).join("");
  const text = `title: ${title}\nid: ${title}\nlevel: high\ntags:${list}\nlogsource:\n  product: windows\n  category: process_creation\ndetection:\n  s:\n    ${selection}\n  condition: s\n`;
  return { path: `${title}.yml`, text };
}

const rulesOf = (...files: { path: string; text: string }[]) => {
  const { rules, problems } = parseRules(files);
  assert.deepEqual(problems, []);
  return rules;
};

test("fields are counted per log source, once a rule, the most read first", () => {
  const rules = rulesOf(
    ruleText("a", [], "Image: x\n    CommandLine|contains: y"),
    ruleText("b", [], "CommandLine|contains: y\n    User|fieldref: ParentUser"),
    { path: "c.yml", text: "title: c\nlogsource:\n  product: nowhere\ndetection:\n  s:\n    - word\n  condition: s\n" },
  );
  assert.deepEqual(fieldsRead(rules), [
    {
      logsource: { product: "windows", category: "process_creation" },
      rules: 2,
      fed: true,
      keywordRules: 0,
      fields: [
        { name: "CommandLine", rules: 2 },
        { name: "Image", rules: 1 },
        { name: "ParentUser", rules: 1 },
        { name: "User", rules: 1 },
      ],
    },
    { logsource: { product: "nowhere" }, rules: 1, fed: false, keywordRules: 1, fields: [] },
  ]);
});

test("a technique counts under the tactics its rule names, a former tactic under its new name", () => {
  const coverage = coverageOf(
    rulesOf(
      ruleText("a", ["attack.persistence", "attack.t1078"]),
      ruleText("b", ["attack.t1033"]),
      ruleText("c", ["attack.defense_evasion", "attack.t9999"]),
      ruleText("d", []),
    ),
  );
  assert.deepEqual(
    coverage.techniques.map(({ id, tactic, titles }) => [id, tactic, titles]),
    [
      ["T1033", "discovery", ["b"]],
      ["T1078", "persistence", ["a"]],
    ],
  );
  const tactic = (name: string) => coverage.tactics.find(({ shortName }) => shortName === name);
  assert.equal(tactic("persistence")?.byLevel.high, 1);
  assert.equal(tactic("stealth")?.rules, 1);
  assert.equal(tactic("discovery")?.rules, 1);
  assert.equal(coverage.untagged, 1);
  assert.ok(coverage.without.includes("impact") && !coverage.without.includes("stealth"));
  assert.equal(coverage.without.length, 12);
  assert.deepEqual(coverage.unknown, [{ tag: "T9999", rules: 1 }]);
});

test("the layer has the parts that format 4.5 asks for", () => {
  const layer = navigatorLayer(coverageOf(rulesOf(ruleText("a", ["attack.discovery", "attack.t1033"]))), "Ours");
  assert.equal(layer["name"], "Ours");
  assert.equal(layer["domain"], "enterprise-attack");
  assert.deepEqual(Object(layer["versions"]).layer, "4.5");
  assert.deepEqual(layer["techniques"], [
    {
      techniqueID: "T1033",
      tactic: "discovery",
      score: 1,
      comment: "a",
      enabled: true,
      metadata: [],
      links: [],
      showSubtechniques: false,
    },
  ]);
});

test("every technique tag of the SigmaHQ corpus is counted", { skip: withoutData("sigma") }, () => {
  const { rules } = parseRules(ruleFiles("rules"));
  const coverage = coverageOf(rules);
  const tagged = new Set(rules.flatMap(({ attack }) => attack.techniques));
  assert.deepEqual(coverage.unknown, []);
  assert.deepEqual(new Set(coverage.techniques.map(({ id }) => id)), tagged);
  assert.deepEqual(coverage.without, []);
});
