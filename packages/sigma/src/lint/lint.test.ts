/** lint: every check finds its bad example and leaves its good one alone; fixes keep the layout and the meaning. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { concatenatedJson, regressionFiles, ruleFiles, withoutData } from "../../../../test/recordings.ts";
import { compile, type Finding, LINT_CHECKS, lintRules, mendRuleFile, parseRules, type RuleFile } from "../index.ts";
import { exampleFiles } from "./examples.testing.ts";

const codesOf = (findings: readonly Finding[]): string[] => findings.map(({ code }) => code);

test("there are at least 100 checks, each with a code of its own", () => {
  const codes = LINT_CHECKS.map(({ code }) => code);
  assert.equal(new Set(codes).size, codes.length);
  assert.ok(codes.length >= 100, `${codes.length} checks`);
  for (const { code, teaches } of LINT_CHECKS) {
    assert.match(code, /^[A-Z0-9_]+$/);
    assert.match(teaches, /[.:]/, code);
  }
});

test("the rule that examples are made of is sound", () => {
  assert.deepEqual(lintRules(exampleFiles("level: low")), []);
});

for (const { code, bad, good, severity, given } of LINT_CHECKS) {
  test(`${code} is found in its bad example and not in its good one`, () => {
    const found = lintRules(exampleFiles(bad), given);
    const own = found.find((finding) => finding.code === code);
    assert.ok(
      own !== undefined,
      `found only ${codesOf(found).join(", ") || "nothing"} in\n${exampleFiles(bad)[0]?.text}`,
    );
    assert.equal(own.severity, severity);
    assert.match(own.message, /\S{2}.*[.?]$/s, own.message);
    const others = lintRules(exampleFiles(good), given);
    assert.ok(!codesOf(others).includes(code), others.find((finding) => finding.code === code)?.message);
    assert.deepEqual(
      others.filter((finding) => finding.severity === "error"),
      [],
      "a good example is a sound rule",
    );
  });
}

test("every code of the loader is a check with words and examples", () => {
  const folder = join(import.meta.dirname, "../load");
  const known = new Set(LINT_CHECKS.map(({ code }) => code));
  const codes = readdirSync(folder)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .flatMap((name) => [...readFileSync(join(folder, name), "utf8").matchAll(/code: "([A-Z][A-Z_0-9]+)"/g)])
    .map((found) => found[1] ?? "");
  assert.ok(codes.length > 15);
  assert.deepEqual(
    codes.filter((code) => !known.has(code)),
    [],
  );
});

const place = (finding: Finding | undefined): string => `${finding?.line}:${finding?.column}`;

test("a finding points at the key or the character it is about", () => {
  const text = [
    "title: Whoami started",
    "id: 5c0d7b1e-9a41-4c0e-8f5e-2f6a4d0c9b10",
    "logsource: { product: windows, category: process_creation }",
    "detection:",
    "  selection:",
    "    Image|endwith: 'x'",
    "    CommandLine|contains:",
    "      - whoami",
    "      - Whoami",
    "  condition: selection and (not selection)",
  ].join("\n");
  const findings = lintRules([{ path: "a.yml", text }]);
  const at = (code: string): string => place(findings.find((finding) => finding.code === code));
  assert.equal(at("MODIFIER_UNKNOWN"), "6:10");
  assert.equal(at("VALUE_DUPLICATE"), "9:9");
  assert.equal(at("CONDITION_NEVER"), "10:14");
});

test("a code can be switched off: for all, for a file, for a line", () => {
  const file = (text: string) => [{ path: "a.yml", text: exampleFiles(text)[0]?.text ?? "" }];
  const bad = "status: testing";
  assert.deepEqual(codesOf(lintRules(file(bad))), ["STATUS_INVALID"]);
  assert.deepEqual(lintRules(file(bad), { disabled: ["STATUS_INVALID"] }), []);
  assert.deepEqual(lintRules(file(`${bad} # lint-disable STATUS_INVALID`)), []);
  assert.deepEqual(lintRules(file(`${bad}\n# lint-disable TITLE_SPACES, STATUS_INVALID`)), []);
  assert.deepEqual(codesOf(lintRules(file(`${bad}\nlevel: low # lint-disable STATUS_INVALID`))), ["STATUS_INVALID"]);
  assert.deepEqual(lintRules(file("title: whoami started"), { minSeverity: "warning" }), []);
  const louder = lintRules(file("title: whoami started"), { severities: { TITLE_LOWER_CASE: "error" } });
  assert.deepEqual(
    louder.map(({ severity }) => severity),
    ["error"],
  );
});

test("whoever has loaded the files hears only what lint itself finds", () => {
  const [, correlation] = exampleFiles([
    "level: low",
    LINT_CHECKS.find(({ code }) => code === "REFERENCE_UNKNOWN")?.bad[0] ?? "",
  ]);
  assert.ok(correlation);
  assert.deepEqual(codesOf(lintRules([correlation])), ["REFERENCE_UNKNOWN"]);
  assert.deepEqual(lintRules([correlation], { loading: false }), []);
});

test("fixes change what they are about, and keep comments, quotes and order", () => {
  const text = `# about this rule
title: Whoami started.   # a title
id: 5C0D7B1E-9A41-4C0E-8F5E-2F6A4D0C9B10
date: 2026/1/5
tags:
    - attack.initial_access   # by us
    - attack.T1078
logsource:
    product: windows
    category: process_creation
detection:
    selection:
        commandLine|all|contains:
            - "whoami"   # the tool
            - whoami /all
            - 'it''s'
            - 'it''s'
        User|cidr: '10.1.2.3/8'
    condition: selection   # only that
`;
  const { text: mended } = mendRuleFile({ path: "a.yml", text });
  assert.equal(
    mended,
    text
      .replace("started.", "started")
      .replace("5C0D7B1E-9A41-4C0E-8F5E-2F6A4D0C9B10", "5c0d7b1e-9a41-4c0e-8f5e-2f6a4d0c9b10")
      .replace("2026/1/5", "2026-01-05")
      .replace("initial_access", "initial-access")
      .replace("T1078", "t1078")
      .replace("commandLine|all|contains", "CommandLine|contains|all")
      .replace("            - 'it''s'\n            - 'it''s'\n", "            - 'it''s'\n")
      .replace("10.1.2.3/8", "10.0.0.0/8"),
  );
  const again = lintRules([{ path: "a.yml", text: mended }]).filter(
    ({ code, fix }) => fix.length > 0 && code !== "VALUE_COVERED",
  );
  assert.deepEqual(codesOf(again), [], "nothing is left to mend");
});

interface Corpus {
  readonly findings: readonly Finding[];
  /** Files with something to mend, before and after. */
  readonly before: readonly RuleFile[];
  readonly after: readonly RuleFile[];
}

let known: Corpus | undefined;

/** Worked out once for all the tests that need it. */
function corpus(): Corpus {
  if (known !== undefined) return known;
  const files = ruleFiles("rules", "rules-emerging-threats", "rules-threat-hunting");
  const findings = lintRules(files);
  const fixable = new Set(findings.filter(({ fix }) => fix.length > 0).map(({ path }) => path));
  const before = files.filter(({ path }) => fixable.has(path));
  const after = before.map((file) => ({ ...file, text: mendRuleFile(file).text }));
  known = { findings, before, after };
  return known;
}

test("a mended rule of the corpus loads, keeps its comments, and has nothing left to mend", {
  skip: withoutData("sigma"),
}, () => {
  const { before, after } = corpus();
  const comments = (text: string): number => text.split("\n").filter((line) => /^\s*#/.test(line)).length;
  assert.ok(before.length > 50, `${before.length} files`);
  assert.deepEqual(parseRules(after).problems, []);
  for (const [index, { path, text }] of after.entries()) {
    assert.notEqual(text, before[index]?.text, path);
    assert.equal(comments(text), comments(before[index]?.text ?? ""), path);
  }
  const left = lintRules(after).filter(({ fix }) => fix.length > 0);
  assert.deepEqual(
    left.map(({ path, code }) => `${path} ${code}`),
    [],
  );
});

test("what was mended matches what it matched before", {
  skip: withoutData("sigma") || withoutData("regression"),
}, () => {
  const [old, mended] = [corpus().before, corpus().after].map((files) => compile(parseRules(files).rules));
  let matches = 0;
  for (const { path, bytes } of regressionFiles("json"))
    for (const record of concatenatedJson(bytes.toString("utf8"))) {
      const fields = Object(record);
      const found = old?.match({ fields }).map(({ rule }) => rule.id) ?? [];
      assert.deepEqual(
        mended?.match({ fields }).map(({ rule }) => rule.id),
        found,
        path,
      );
      matches += found.length;
    }
  assert.ok(matches > 5, `${matches} matches`);
});

/** What the corpus is found to have. A change of a check that changes these must be looked at, finding by finding. */
test("on the SigmaHQ corpus lint is precise: hardly an error, few warnings", { skip: withoutData("sigma") }, () => {
  const { findings } = corpus();
  const of = (severity: string): Finding[] => findings.filter((finding) => finding.severity === severity);
  assert.deepEqual(
    of("error").map(({ code, path }) => `${code} ${path.replace(/^.*\//, "")}`),
    ["VALUE_EMPTY_PLACED proc_creation_win_powershell_susp_child_processes.yml"],
  );
  assert.ok(of("warning").length < 150, `${of("warning").length} warnings`);
  assert.ok(findings.length < 1300, `${findings.length} findings`);
});
