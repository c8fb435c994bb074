/** settings-change.test: what differs is said in words, and two people's changes of different things both stay. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TriageSettingsValue } from "@holdfast/contracts/triage-settings";
import { differences, onTopOf, problemOf } from "./settings-change.ts";

const base: TriageSettingsValue = {
  risk: {
    threshold: 100,
    halfLifeHours: 24,
    keepDays: 7,
    severity: { informational: 1, low: 5, medium: 15, high: 35, critical: 60 },
    confidence: { stable: 1, test: 0.9, experimental: 0.7, deprecated: 0.4, unknown: 0.8 },
    criticality: { none: 0.8, "1": 0.7, "2": 0.85, "3": 1, "4": 1.25, "5": 1.5 },
    exposure: { internet: 1.3, partner: 1.15, internal: 1, isolated: 0.8, unknown: 1 },
    repeat: 0.1,
    repeatMost: 2,
    spread: 0.25,
    spreadMost: 2.5,
  },
  grouping: {
    windowMinutes: 60,
    joinHours: 6,
    noiseBound: 50,
    maxMembers: 500,
    stepMinutes: 60,
    waveBound: 100,
    waveMinutes: 10,
  },
  quietBelow: "low",
  hubs: [],
  dedup: [],
};
const hub = { kind: "ip", value: "10.0.0.1", reason: "the proxy" } as const;

test("what differs is named by its place, with the value before and after", () => {
  const after = { ...base, risk: { ...base.risk, severity: { ...base.risk.severity, high: 40 } }, hubs: [hub] };
  assert.deepEqual(differences(base, after), [
    { what: "risk severity high", before: "35", after: "40" },
    { what: "hubs", before: "none", after: "10.0.0.1" },
  ]);
  assert.deepEqual(differences(base, base), []);
});

test("a change is put on top of another person's: both stay, and the same thing twice is mine", () => {
  const mine = { ...base, risk: { ...base.risk, threshold: 80, spread: 0.5 } };
  const theirs = { ...base, risk: { ...base.risk, threshold: 120 }, quietBelow: "medium" as const, hubs: [hub] };
  const both = onTopOf(base, mine, theirs);
  assert.deepEqual([both.risk.threshold, both.risk.spread, both.quietBelow, both.hubs.length], [80, 0.5, "medium", 1]);
});

test("what cannot be saved is said by the name of its field and what it may be", () => {
  assert.equal(problemOf(base), "");
  const grouping = { ...base.grouping, joinHours: Number.NaN };
  assert.equal(problemOf({ ...base, grouping }), "grouping join hours: give a number.");
  assert.equal(
    problemOf({ ...base, grouping: { ...base.grouping, waveBound: 1 } }),
    "grouping wave bound: at least 5.",
  );
  assert.equal(
    problemOf({ ...base, grouping: { ...base.grouping, maxMembers: 2.5 } }),
    "grouping max members: give a whole number.",
  );
  assert.equal(problemOf({ ...base, hubs: [{ ...hub, reason: "" }] }), "Hub 1: give its value, and say what it is.");
});
