/** score: expectations against facts; the library of exercises that ships is whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exerciseFile } from "@holdfast/contracts/exercises";
import { PLACES } from "../places.ts";
import type { Facts } from "./facts.ts";
import { readLibrary } from "./library.ts";
import { hasBegun, scoreOf } from "./score.ts";
import { runDetail } from "./view.ts";

const START = Date.UTC(2026, 10, 22, 9);
const MINUTE = 60_000;

const file = exerciseFile.parse({
  id: "test",
  title: "Test",
  story: "A test.",
  kind: "live",
  scenario: "payroll-intrusion",
  duration: 30,
  injects: [
    { kind: "telemetry", id: "lure", at: 0, title: "Lure", steps: ["lure"] },
    {
      kind: "question",
      id: "cause",
      at: 5,
      title: "Cause",
      to: "security",
      text: "?",
      options: ["a", "b"],
      correct: "b",
    },
  ],
  expect: [
    { kind: "detected", id: "seen", title: "Seen", rules: ["r1"], after: "lure", within: 5 },
    { kind: "approved", id: "approved", title: "Approved", action: "isolate-host", by: "operations", within: 10 },
    { kind: "contained", id: "contained", title: "Contained", actions: ["isolate-host"], within: 10 },
    { kind: "answered", id: "named", title: "Named", question: "cause", within: 5 },
  ],
});

const facts = (changes: Partial<Facts>): Facts => ({
  startedAt: START,
  injects: new Map([["lure", START + MINUTE]]),
  alerts: [],
  incidents: [],
  effects: [],
  runs: [],
  told: [],
  answers: [],
  ...changes,
});

const states = (given: Partial<Facts>, minute: number, over = false) =>
  scoreOf(file, facts(given), { now: START + minute * MINUTE, over }).results.map((one) => one.state);

test("an expectation is open, met, late or missed by its own clock", () => {
  assert.deepEqual(states({}, 2), ["open", "open", "open", "open"]);
  const alert = { ruleId: "r1", title: "A", acknowledgedAt: null };
  assert.equal(states({ alerts: [{ ...alert, raisedAt: START + 5.5 * MINUTE }] }, 6)[0], "met");
  assert.equal(states({ alerts: [{ ...alert, raisedAt: START + 6.5 * MINUTE }] }, 7)[0], "late");
  assert.equal(states({ alerts: [{ ...alert, ruleId: "r2", raisedAt: START + 2 * MINUTE }] }, 7)[0], "missed");
  // What was there before the inject is no answer to it.
  assert.equal(states({ alerts: [{ ...alert, raisedAt: START }] }, 2)[0], "open");
  assert.deepEqual(states({}, 2, true), ["missed", "missed", "missed", "missed"]);
});

test("an approval counts from the right team only, containment only with proof, an answer only when right", () => {
  const effect = { action: "isolate-host", title: "Isolate", proposedAt: START, provenAt: null };
  const approval = { by: "bo", at: START + MINUTE };
  assert.equal(states({ effects: [{ ...effect, approvals: [{ ...approval, team: "security" }] }] }, 2)[1], "open");
  assert.equal(states({ effects: [{ ...effect, approvals: [{ ...approval, team: "operations" }] }] }, 2)[1], "met");
  assert.equal(states({ effects: [{ ...effect, approvals: [] }] }, 2)[2], "open");
  assert.equal(states({ effects: [{ ...effect, approvals: [], provenAt: START + 2 * MINUTE }] }, 2)[2], "met");
  const injects = new Map([["cause", START + MINUTE]]);
  assert.equal(
    states({ injects, answers: [{ question: "cause", text: "a", by: "bo", at: START + 2 * MINUTE }] }, 3)[3],
    "missed",
    "the first answer counts, so nothing can meet it any more",
  );
  const right = scoreOf(
    file,
    facts({ injects, answers: [{ question: "cause", text: "b", by: "bo", at: START + 2 * MINUTE }] }),
    { now: START + 3 * MINUTE, over: true },
  );
  assert.equal(right.results[3]?.state, "met");
  assert.equal(right.score, 25);
  assert.equal(right.results[3]?.tookSeconds, 60);
});

test("right answers are not to be read while a run goes on, and are at its end", () => {
  const run = {
    id: "ex-1",
    exercise: "test",
    file,
    state: "running",
    auto: false,
    speed: 1,
    startedAt: START,
    endsAt: START + 30 * MINUTE,
    finishedAt: null,
    startedBy: { id: "u", name: "u" },
    notes: [],
    results: null,
    stages: null,
  } as const;
  const real = { detect: [], acknowledge: [], approve: [], contain: [] };
  const answers = [{ question: "cause", text: "a", by: "bo", at: START + 6 * MINUTE }];
  const material = { facts: facts({ answers }), done: [], told: [], gaps: [], real, now: START + 7 * MINUTE };
  const during = runDetail({ run, ...material });
  assert.doesNotMatch(JSON.stringify(during), /"correct"/);
  assert.equal(during.injects[1]?.answer?.right, false);
  const after = runDetail({ run: { ...run, state: "finished", finishedAt: START + 8 * MINUTE }, ...material });
  assert.match(JSON.stringify(after.injects), /"correct":"b"/);
});

test("every exercise that ships can be read, and its scenario has the steps it names", () => {
  const entries = [...readLibrary(PLACES.exercises).values()];
  assert.ok(entries.filter((entry) => entry.file?.kind === "live").length >= 6);
  assert.ok(entries.some((entry) => entry.file?.kind === "tabletop"));
  assert.deepEqual(
    entries.flatMap((entry) => entry.problems),
    [],
  );
});

test("what a run never came to is no gap", () => {
  const expectation = { kind: "told", id: "t", title: "told", team: "operations", after: "call", within: 5 } as const;
  assert.equal(hasBegun(expectation, { injects: new Map() }), false);
  assert.equal(hasBegun(expectation, { injects: new Map([["call", START]]) }), true);
  const { after: _after, ...fromTheStart } = expectation;
  assert.equal(hasBegun(fromTheStart, { injects: new Map() }), true);
});
