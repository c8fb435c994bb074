/** policy.test: the right policy, the right people, and what lint finds before the night in which it matters. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContactMethod } from "@holdfast/contracts/oncall-model";
import { lintPolicy } from "./lint.ts";
import { type KnownPolicy, policyFor, recipientsOf, type Roster } from "./policy.ts";
import { simulate } from "./simulate.ts";

const NOW = Date.parse("2026-06-01T12:00:00Z");
const mail = (to: string, quiet: ContactMethod["quiet"] = null): ContactMethod => ({
  kind: "email",
  connectorId: "smtp",
  to,
  quiet,
});
const roster: Roster = {
  people: new Map(
    [
      { id: "ann", name: "ann", team: "security" as const },
      { id: "ben", name: "ben", team: "security" as const },
      { id: "cas", name: "cas", team: "operations" as const },
    ].map((one) => [one.id, one]),
  ),
  schedules: new Map([
    [
      "day",
      {
        id: "day",
        name: "Day shift",
        team: "security" as const,
        timeZone: "UTC",
        overrides: [],
        layers: [
          {
            name: "office",
            people: ["ann"],
            start: "2026-01-01",
            handOver: "09:00",
            rotation: { unit: "week" as const, every: 1 },
            hours: [{ days: [1, 2, 3, 4, 5], from: "09:00", to: "17:00" }],
          },
        ],
      },
    ],
  ]),
  contacts: new Map([
    ["ann", [mail("ann@example.org", { from: "20:00", to: "07:00", timeZone: "Europe/Berlin", unless: "critical" })]],
    ["cas", [mail("cas@example.org")]],
  ]),
  channels: new Map([["smtp", { kind: "email" as const, name: "Mail" }]]),
};
const policy = (given: Partial<KnownPolicy>): KnownPolicy => ({
  id: "p",
  name: "Default",
  order: 100,
  opens: { severityAtLeast: "high", services: [], criticalityAtLeast: 0 },
  repeat: 0,
  steps: [{ notify: [{ kind: "schedule", id: "day" }], waitSeconds: 300, when: null }],
  ...given,
});

test("the first policy in order that fits the severity, the service and its criticality opens", () => {
  const all = [
    policy({ id: "rest" }),
    policy({ id: "pay", order: 10, opens: { severityAtLeast: "low", services: ["payroll"], criticalityAtLeast: 3 } }),
  ];
  const chosen = (severity: "low" | "high", services: { id: string; criticality: number }[]) =>
    policyFor(all, { severity, services })?.id;
  assert.equal(chosen("low", [{ id: "payroll", criticality: 5 }]), "pay");
  assert.equal(chosen("low", [{ id: "payroll", criticality: 2 }]), undefined);
  assert.equal(chosen("high", [{ id: "payroll", criticality: 2 }]), "rest");
});

test("a person named by several targets is paged once, and quiet hours keep a method back except for what is severe enough", () => {
  const step = {
    notify: [
      { kind: "schedule" as const, id: "day" },
      { kind: "person" as const, id: "ann" },
      { kind: "team" as const, team: "operations" as const },
    ],
    waitSeconds: 60,
    when: null,
  };
  const at = (severity: "high" | "critical", moment: string) =>
    recipientsOf(step, roster, { severity, at: Date.parse(moment) }).map(({ person, methods, problem }) => [
      person?.id,
      methods[0]?.skipped ?? null,
      problem !== null,
    ]);
  assert.deepEqual(at("high", "2026-06-01T12:00Z"), [
    ["ann", null, false],
    ["cas", null, false],
  ]);
  const quiet = "quiet from 20:00 to 07:00 (Europe/Berlin)";
  assert.deepEqual(
    at("high", "2026-06-01T18:30Z").map(([, why]) => why),
    [null, quiet, null],
  );
  assert.deepEqual(
    at("critical", "2026-06-01T18:30Z").map(([, why]) => why),
    [null, null, null],
  );
});

test("lint names the step nobody reaches, who cannot be reached, the gap, and the policy that hides another", () => {
  const bad = policy({
    steps: [
      { notify: [{ kind: "schedule", id: "day" }], waitSeconds: 60, when: null },
      {
        notify: [{ kind: "person", id: "ben" }],
        waitSeconds: 60,
        when: { severities: ["low"], hours: [], timeZone: "UTC" },
      },
      {
        notify: [
          { kind: "person", id: "zed" },
          { kind: "channel", connectorId: "gone", to: "#soc" },
          { kind: "schedule", id: "no" },
        ],
        waitSeconds: 60,
        when: null,
      },
    ],
  });
  const first = policy({
    id: "q",
    name: "All",
    order: 1,
    opens: { severityAtLeast: "low", services: [], criticalityAtLeast: 0 },
  });
  const codes = lintPolicy(bad, { roster, policies: [bad, first], now: NOW }).map(
    ({ step, code }) => `${step ?? "-"} ${code}`,
  );
  assert.deepEqual(codes, [
    "0 SCHEDULE_GAP",
    "1 STEP_UNREACHABLE",
    "1 PERSON_NO_CONTACT",
    "2 PERSON_UNKNOWN",
    "2 CHANNEL_UNKNOWN",
    "2 STEP_TARGET_UNKNOWN",
    "- POLICY_SHADOWED",
  ]);
  const good = policy({ steps: [{ notify: [{ kind: "person", id: "cas" }], waitSeconds: 60, when: null }] });
  assert.deepEqual(lintPolicy(good, { roster, policies: [good], now: NOW }), []);
});

test("the simulator says when each step comes, who is reached how, and why a step is left out", () => {
  const two = policy({
    repeat: 1,
    steps: [
      { notify: [{ kind: "schedule", id: "day" }], waitSeconds: 300, when: null },
      {
        notify: [{ kind: "person", id: "cas" }],
        waitSeconds: 600,
        when: { severities: ["critical"], hours: [], timeZone: "UTC" },
      },
    ],
  });
  const said = (severity: "high" | "critical") =>
    simulate(two, roster, { subject: { severity, services: [] }, at: NOW }).map(
      (one) =>
        `${one.at.slice(11, 16)} ${one.round}.${one.step} ${one.skipped ?? one.people.map(({ person }) => person?.name).join()}`,
    );
  assert.deepEqual(said("critical"), ["12:00 1.1 ann", "12:05 1.2 cas", "12:15 2.1 ann", "12:20 2.2 cas"]);
  assert.deepEqual(said("high"), [
    "12:00 1.1 ann",
    "12:05 1.2 only for critical",
    "12:05 2.1 ann",
    "12:10 2.2 only for critical",
  ]);
});
