/** rules: what a rule becomes, and that each mistake is one problem with its place while its neighbours load. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRules } from "../index.ts";

const GOOD = `title: Good
id: 11111111-2222-4333-8444-555555555555
status: test
author: Someone
tags:
    - attack.execution
    - attack.t1059.001
    - attack.defense-evasion
    - cve.2024-1
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith: '\\a.exe'
        Threat Name: x
    filter:
        User|fieldref: ParentUser
    condition: selection and not filter
falsepositives:
    - Unknown
level: high
`;

function ruleWith(detection: string, rest = ""): string {
  return `title: T\nlogsource:\n    product: windows\n${rest}detection:\n${detection}`;
}

test("a rule carries its metadata, the fields it reads and its ATT&CK tags", () => {
  const { rules, problems } = parseRules([{ path: "good.yml", text: GOOD }]);
  assert.deepEqual(problems, []);
  const [rule] = rules;
  assert.ok(rule);
  assert.equal(rule.level, "high");
  assert.deepEqual(rule.reads, ["Image", "ParentUser", "ThreatName", "User"]);
  assert.deepEqual(rule.attack, { tactics: ["execution", "defense-evasion"], techniques: ["T1059.001"] });
  assert.deepEqual(rule.logsource, { category: "process_creation", product: "windows" });
  assert.equal(rule.fed, true);
  assert.equal(rule.text, GOOD);
  assert.deepEqual(structuredClone(rule), rule);
});

test("each mistake is one problem, with its line and column", () => {
  const cases: [text: string, code: string, line: number, column: number][] = [
    [ruleWith("    s:\n        A|contain: x\n    condition: s\n"), "MODIFIER_UNKNOWN", 6, 20],
    [ruleWith("    s:\n        A: x\n    condition: s and t\n"), "SELECTION_UNKNOWN", 7, 22],
    [ruleWith("    s:\n        A|re|contains: x\n    condition: s\n"), "MODIFIER_MISPLACED", 6, 24],
    [ruleWith("    s:\n        A|expand: '%x%'\n    condition: s\n"), "PLACEHOLDER_UNSUPPORTED", 6, 19],
    [ruleWith("    s:\n        A|cidr: 10.0.0.0/40\n    condition: s\n"), "CIDR_INVALID", 6, 17],
    [ruleWith("    s:\n        A|lt: many\n    condition: s\n"), "MODIFIER_MISPLACED", 6, 15],
    [ruleWith("    s:\n        A:\n            - a\n            - null\n    condition: s\n"), "NULL_IN_LIST", 8, 15],
    [ruleWith("    s: []\n    condition: s\n"), "SELECTION_EMPTY", 5, 8],
    [ruleWith("    s:\n        A: x\n"), "CONDITION_MISSING", 5, 5],
    [ruleWith("    s:\n        A: x\n    timeframe: 5m\n    condition: s\n"), "AGGREGATION_UNSUPPORTED", 7, 16],
    [ruleWith("    s:\n        A: [1\n    condition: s\n"), "YAML_INVALID", 7, 5],
    [ruleWith("    s:\n        A: x\n    condition: s\n", "level: huge\n"), "LEVEL_INVALID", 4, 8],
    ["title: T\ndetection:\n    s:\n        A: x\n    condition: s\n", "LOGSOURCE_MISSING", 1, 1],
    ["logsource:\n    product: x\n", "TITLE_MISSING", 1, 1],
    ["title: C\ncorrelation:\n    type: event_count\n", "CORRELATION_CONDITION", 3, 5],
    ["title: F\nfilter:\n    rules: any\n", "LOGSOURCE_MISSING", 1, 1],
    [ruleWith("    s:\n        A|all: x\n    condition: s\n"), "ALL_SINGLE", 6, 16],
    [ruleWith("    s:\n        '|exists': true\n    condition: s\n"), "MODIFIER_MISPLACED", 6, 20],
    [ruleWith("    s:\n        A: x\n    condition: s\n", "taxonomy: ours\n"), "TAXONOMY_UNKNOWN", 4, 11],
    ["action: global\nlogsource:\n    product: x\n", "ACTION_UNSUPPORTED", 1, 9],
    ["- just\n- a list\n", "RULE_INVALID", 1, 1],
  ];
  for (const [text, code, line, column] of cases) {
    const { rules, problems } = parseRules([
      { path: "bad.yml", text },
      { path: "good.yml", text: GOOD },
    ]);
    assert.equal(rules.length, 1, `${code}: the good rule must load`);
    assert.deepEqual(
      problems.map((problem) => [problem.path, problem.code, problem.line, problem.column]),
      [["bad.yml", code, line, column]],
      text,
    );
  }
});

test("one file may hold several documents, and a broken one does not stop the others", () => {
  const second = GOOD.replace("title: Good", "title: Second").replace("1111-2222", "9999-2222");
  const text = `${GOOD}---\ntitle: Broken\nlogsource: {}\n---\n${second}`;
  const { rules, problems } = parseRules([{ path: "many.yml", text }]);
  assert.deepEqual(
    rules.map(({ title }) => title),
    ["Good", "Second"],
  );
  assert.deepEqual(
    problems.map(({ code, line }) => [code, line]),
    [["LOGSOURCE_MISSING", 25]],
  );
  assert.equal(rules[1]?.text.trim(), second.trim());
});

test("of two rules with one id the first wins", () => {
  const { rules, problems } = parseRules([
    { path: "a.yml", text: GOOD },
    { path: "b.yml", text: GOOD },
  ]);
  assert.equal(rules.length, 1);
  assert.deepEqual(
    problems.map(({ code, path, line }) => [code, path, line]),
    [["ID_DUPLICATE", "b.yml", 2]],
  );
});

test("a YAML bomb is a problem, not a hang", () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghij"
    .split("")
    .map((name, i) => `${name}: &${name} [${`*${"abcdefghij"[i]},`.repeat(8)}*${"abcdefghij"[i]}]`)
    .join("\n")}\n`;
  const { problems } = parseRules([{ path: "bomb.yml", text: bomb }]);
  assert.deepEqual(
    problems.map(({ code }) => code),
    ["YAML_INVALID"],
  );
});
