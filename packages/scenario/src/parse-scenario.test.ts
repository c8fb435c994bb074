/** parse-scenario: a good file gives a scenario; a bad one gives every problem with its line. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseScenario } from "./parse-scenario.ts";
import { durationOf } from "./reading.ts";
import { SCENARIO } from "./testing.ts";

test("a good file", () => {
  const parsed = parseScenario(SCENARIO);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  assert.equal(parsed.scenario.duration_ms, 6 * 3_600_000);
  assert.equal(parsed.scenario.ends_at_minutes, 17 * 60);
  assert.deepEqual(
    parsed.scenario.attack.map((step) => [step.id, step.before_end_ms, step.actions.length]),
    [
      ["first", 7_200_000, 12],
      ["second", 3_600_000, 16],
    ],
  );
});

const changes: readonly [what: string, from: string, to: string, message: RegExp][] = [
  ["an unknown key", "story:", "stori:", /unknown key/],
  ["a missing key", "title: Small", "", /title of the file: is missing/],
  ["an unknown profile", "profile: web-access", "profile: web", /no profile "web"/],
  ["an unknown action", "- pipe: {", "- pype: {", /exactly one action/],
  ["an unknown role", "on: server", "on: servr", /no host role "servr"/],
  ["an unknown person", "as: admin", "as: adm", /no person role "adm"/],
  ["a process that was not started", "end: { by: child }", "end: { by: chld }", /no process "chld"/],
  ["a parent that is not there", "parent: shell", "parent: shel", /no process "shel"/],
  ["a target that is not there", "target: lsass.exe", "target: lsas.exe", /no program "lsas.exe"/],
  ["a placeholder without role", "{{user.account}}", "{{usr.account}}", /{{usr.account}} names no role/],
  ["a technique that is none", "T1059.001", "T59", /no ATT&CK id/],
  ["a duration that is none", "before_end: 2h", "before_end: soon", /must be a duration/],
  ["a number that is none", "count: 3", "count: many", /must be a number/],
  ["a number out of range", "count: 5,", "count: 500000,", /out of its range/],
  ["parameters that are no JSON", `'{"userName":"x"}'`, "'{userName'", /must be a JSON object/],
  ["a step before the start", "before_end: 2h", "before_end: 20h", /before the start/],
  ["a step twice", "step: second", "step: first", /second time/],
];

for (const [what, from, to, message] of changes)
  test(`${what} is reported with its line`, () => {
    const parsed = parseScenario(SCENARIO.replace(from, to));
    assert.ok(!parsed.ok, "must be refused");
    assert.match(parsed.problems.map((problem) => problem.message).join("\n"), message);
    const line = SCENARIO.slice(0, SCENARIO.indexOf(from)).split("\n").length;
    const near = parsed.problems.some((problem) => Math.abs(problem.line - line) <= 5 || problem.line === 1);
    assert.ok(near, `line ${line}: ${JSON.stringify(parsed.problems)}`);
  });

test("broken YAML and things that are no map are problems, not exceptions", () => {
  for (const text of ["", "a: [", "- 1", "null", "42", "id: {", "attack: 3", "hosts: []"]) {
    const parsed = parseScenario(text);
    assert.ok(!parsed.ok && parsed.problems.length > 0, text);
  }
});

test("durations", () => {
  assert.equal(durationOf("1h 30m"), 5_400_000);
  assert.equal(durationOf("90s"), 90_000);
  assert.equal(durationOf("2.5m"), 150_000);
  assert.equal(durationOf("5"), undefined);
  assert.equal(durationOf("-5m"), undefined);
});
