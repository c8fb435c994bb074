/** rules: lint, test, explain, fields and coverage as a process, without a server: what they print, write and end with. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const MAIN = join(import.meta.dirname, "../main.ts");
let folder = "";
const SOUND = `title: Whoami started by a person
id: 5c0d7b1e-9a41-4c0e-8f5e-2f6a4d0c9b10
status: test
description: Whoami is hardly ever used by administrators, and often first by intruders.
author: Mira Sand
date: 2026-11-20
tags:
  - attack.discovery
  - attack.t1033
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image|endswith: '\\whoami.exe'
  condition: selection
falsepositives:
  - Administrators at work
level: low
`;
const BAD = SOUND.replace("9b10", "9b11")
  .replace("a person", "someone.")
  .replace("|endswith: '\\whoami.exe'", "|endwith: '\\whoami.exe' # the tool");
const EVENT = { Channel: "Security", EventID: 4688, NewProcessName: "C:\\Windows\\System32\\whoami.exe" };
const CASES = `match:
  - why: the tool itself
    record: { Channel: Security, EventID: 4688, NewProcessName: 'C:\\Windows\\System32\\whoami.exe' }
no_match:
  - why: another tool
    fields: { Image: 'C:\\Windows\\System32\\hostname.exe' }
files:
  - path: ../event.json
    count: 1
`;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-rules-"));
  mkdirSync(join(folder, "rules"));
  writeFileSync(join(folder, "rules/whoami.yml"), SOUND);
  writeFileSync(join(folder, "rules/whoami.cases.yml"), CASES);
  writeFileSync(join(folder, "bad.yml"), BAD);
  writeFileSync(join(folder, "event.json"), JSON.stringify(EVENT));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function holdfast(args: readonly string[], input = ""): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", MAIN, "rules", ...args],
    { cwd: folder, encoding: "utf8", input },
  );
  return { code: status, stdout, stderr };
}

test("lint ends with 1 on an error, 0 without, 2 on wrong usage", () => {
  const bad = holdfast(["lint", "bad.yml"]);
  assert.equal(bad.code, 1, bad.stderr);
  assert.match(
    bad.stdout,
    /^bad.yml\n +1:8 +info +TITLE_ENDS_IN_DOT .*\[--fix\]\n +15:10 +error +MODIFIER_UNKNOWN .*Did you mean "endswith"\?/,
  );
  assert.match(bad.stdout, /1 error, 0 warnings, 1 note in 1 of 1 file\. 1 can be mended/);
  assert.deepEqual(holdfast(["lint", "rules"]), { code: 0, stdout: "1 file: nothing to say.\n", stderr: "" });
  assert.equal(holdfast(["lint", "bad.yml", "--disable", "MODIFIER_UNKNOWN", "TITLE_ENDS_IN_DOT"]).code, 0);
  for (const args of [
    ["lint"],
    ["lint", "gone.yml"],
    ["lint", "bad.yml", "--disable", "NONE"],
    ["lint", "bad.yml", "-f", "xml"],
  ])
    assert.equal(holdfast(args).code, 2, args.join(" "));
});

test("lint speaks JSON, SARIF and GitHub", () => {
  const [first] = holdfast(["lint", "bad.yml", "--json"]).stdout.split("\n");
  assert.deepEqual(JSON.parse(first ?? ""), {
    path: "bad.yml",
    line: 1,
    column: 8,
    code: "TITLE_ENDS_IN_DOT",
    severity: "info",
    message: "The title ends in a dot: leave it out.",
    fixable: true,
  });
  const sarif = JSON.parse(holdfast(["lint", "bad.yml", "--format", "sarif"]).stdout);
  const [result] = sarif.runs[0].results;
  assert.equal(sarif.version, "2.1.0");
  assert.deepEqual(result.locations[0].physicalLocation.region, { startLine: 1, startColumn: 8 });
  const [replacement] = result.fixes[0].artifactChanges[0].replacements;
  assert.deepEqual(replacement.insertedContent, { text: "Whoami started by someone" });
  assert.equal(replacement.deletedRegion.endColumn, 34);
  assert.match(
    holdfast(["lint", "bad.yml", "-f", "github"]).stdout,
    /^::error file=bad.yml,line=15,col=10,title=MODIFIER_UNKNOWN::"endwith" is no/m,
  );
});

test("lint mends the file and keeps its comments; settings come from a file too", () => {
  const path = join(folder, "mended.yml");
  writeFileSync(path, BAD);
  const { code, stderr } = holdfast(["lint", "mended.yml", "--fix"]);
  assert.equal(code, 1, "what is not safe to mend is left");
  assert.match(stderr, /mended mended.yml: TITLE_ENDS_IN_DOT/);
  assert.equal(readFileSync(path, "utf8"), BAD.replace("someone.", "someone"));
  writeFileSync(
    join(folder, "lint.yml"),
    "disable: [MODIFIER_UNKNOWN]\nseverity: { TITLE_ENDS_IN_DOT: warning }\nstrict: true\n",
  );
  const settled = holdfast(["lint", "bad.yml", "--lint-config", "lint.yml"]);
  assert.equal(settled.code, 1);
  assert.match(settled.stdout, /warning +TITLE_ENDS_IN_DOT/);
  assert.doesNotMatch(settled.stdout, /MODIFIER_UNKNOWN/);
});

test("lint teaches: a list of all checks, and one with its examples", () => {
  assert.ok(holdfast(["lint", "--list"]).stdout.split("\n").length > 100);
  assert.match(
    holdfast(["lint", "--about", "title_ends_in_dot"]).stdout,
    /Bad:\n {4}title: Whoami started\.\n\nGood:\n {4}title: Whoami started\n/,
  );
});

test("test finds the cases beside a rule and decides them", () => {
  const passed = holdfast(["test", "rules/whoami.yml"]);
  assert.deepEqual([passed.code, passed.stdout], [0, "3 cases in 1 file: 3 passed, 0 failed.\n"], passed.stderr);
  writeFileSync(
    join(folder, "wrong.cases.yml"),
    `rule: whoami\n${CASES.replace("4688", "4689").replace("../event", "event")}`,
  );
  const failed = holdfast(["test", "wrong.cases.yml", "--rules", "rules"]);
  assert.equal(failed.code, 1);
  assert.match(
    failed.stdout,
    /^FAIL {2}wrong.cases.yml:3 {2}Whoami started by a person {2}match: the tool itself\n.*\n.*event 4689/,
  );
  assert.match(failed.stdout, /3 cases in 1 file: 2 passed, 1 failed\.\n$/);
});

test("test writes JUnit", () => {
  const { code, stderr } = holdfast(["test", "wrong.cases.yml", "-r", "rules", "-f", "junit", "-o", "cases.xml"]);
  assert.equal(code, 1, stderr);
  const xml = readFileSync(join(folder, "cases.xml"), "utf8");
  assert.match(xml, /<testsuites name="holdfast rules test" tests="3" failures="1">/);
  assert.match(
    xml,
    /<testcase name="match: the tool itself" classname="Whoami started by a person" file="wrong.cases.yml" line="3">\n +<failure message="The rule must match/,
  );
});

test("explain shows the value that decided, from a file and from standard input", () => {
  const { code, stdout, stderr } = holdfast(["explain", "rules/whoami.yml", "--event", "event.json"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Whoami started by a person \[.*\] matches\./);
  assert.match(
    stdout,
    /✔ Image \(here NewProcessName\) ends with "\\whoami.exe": it is "C:\\Windows\\System32\\whoami.exe" {2}←/,
  );
  const other = holdfast(
    ["explain", "rules/whoami.yml", "-e", "-", "--json"],
    JSON.stringify({ ...EVENT, EventID: 4689 }),
  );
  assert.equal(JSON.parse(other.stdout).routing.routed, false);
});

test("lint, test and explain see rules as pipelines make them", () => {
  writeFileSync(join(folder, "own.yml"), SOUND.replace("Image|", "Tool|"));
  writeFileSync(
    join(folder, "map.yml"),
    "name: map\npriority: 10\ntransformations:\n  - type: field_name_mapping\n    mapping: { Tool: Image }\n",
  );
  writeFileSync(
    join(folder, "refuse.yml"),
    "name: refuse\npriority: 20\ntransformations:\n  - type: rule_failure\n    message: not for this house\n",
  );
  const verdictOf = (...more: string[]): unknown =>
    JSON.parse(holdfast(["explain", "own.yml", "-e", "event.json", "--json", ...more]).stdout).matched;
  assert.deepEqual([verdictOf(), verdictOf("--pipeline", "map.yml")], [false, true]);
  writeFileSync(join(folder, "own.cases.yml"), CASES.replace("../", ""));
  const args = ["test", "own.cases.yml"];
  assert.deepEqual([holdfast(args).code, holdfast([...args, "--pipeline", "map.yml"]).code], [1, 0]);
  assert.equal(holdfast(["lint", "own.yml", "--pipeline", "map.yml"]).code, 0);
  const refused = holdfast(["lint", "own.yml", "--pipeline", "map.yml", "refuse.yml"]);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /not for this house/i);
  assert.equal(holdfast(["lint", "own.yml", "--pipeline", "gone.yml"]).code, 2);
});

test("fields and coverage count, and the layer is written", () => {
  assert.match(
    holdfast(["fields", "rules"]).stdout,
    /^windows\/process_creation: 1 rule\nfield +rules\n.*\nImage +1\n/,
  );
  const { stdout, code } = holdfast(["coverage", "rules", "--layer", "layer.json"]);
  assert.equal(code, 0);
  assert.match(stdout, /^Discovery +1 +1 of \d+ /m);
  assert.match(stdout, /^Tactics without a rule: Reconnaissance, /m);
  const layer = JSON.parse(readFileSync(join(folder, "layer.json"), "utf8"));
  assert.equal(layer.versions.layer, "4.5");
  assert.equal(layer.techniques[0].techniqueID, "T1033");
  assert.equal(JSON.parse(holdfast(["coverage", "rules", "--min-level", "high", "--json"]).stdout).rules, 0);
});

test("a reader that leaves is no fault", async () => {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, "rules", "lint", "--list"]);
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  const [code] = await once(child, "close");
  assert.deepEqual([code, stderr], [0, ""]);
});
