/** approval-model.test: generated sequences of request, approve, refuse, edit, expire, withdraw, break-glass, crash and race
 *  against a model that only keeps a log and judges each use by reading the log from its beginning. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as machine from "./approval.ts";
import { bindingOf } from "./binding.ts";

/** 400 by default; fifty for each of HOLDFAST_TEST_ROUNDS, so that its 200 are 10,000. */
const ROUNDS = Math.max(400, 50 * Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 0));
const PEOPLE = ["ann", "bob", "cid", "dan", "eve", "fay"] as const;
const TEAM = {
  ann: "security",
  bob: "security",
  cid: "security",
  dan: "operations",
  eve: "operations",
  fay: "operations",
} as const;
type Name = (typeof PEOPLE)[number];
const someone = (name: Name) => ({ id: name, name });

type Op =
  | { op: "decide"; who: Name; verdict: "approve" | "refuse"; stale: boolean; factorAge: number | null }
  | { op: "edit"; who: Name; input: number }
  | { op: "expire" }
  | { op: "withdraw" }
  | { op: "break-glass"; who: Name; stale: boolean }
  | { op: "use"; tampered: boolean }
  | { op: "wait"; ms: number }
  | { op: "crash" };

const person = fc.constantFrom(...PEOPLE);
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant("decide" as const),
      who: person,
      verdict: fc.constantFrom("approve" as const, "approve" as const, "approve" as const, "refuse" as const),
      stale: fc.boolean(),
      factorAge: fc.option(fc.integer({ min: -1000, max: 400_000 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant("edit" as const), who: person, input: fc.integer({ min: 0, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.constant<Op>({ op: "expire" }) },
  { weight: 1, arbitrary: fc.constant<Op>({ op: "withdraw" }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("break-glass" as const), who: person, stale: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ op: fc.constant("use" as const), tampered: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 4_000_000 }) }) },
  { weight: 1, arbitrary: fc.constant<Op>({ op: "crash" }) },
);
const sides = fc.constantFrom<readonly machine.Side[]>(
  [{ team: "operations", count: 1, owners: [] }],
  [{ team: "operations", count: 2, owners: [] }],
  [{ team: null, count: 1, owners: [] }],
  [{ team: "operations", count: 1, owners: ["shop"], people: [someone("dan"), someone("eve")] }],
  [
    { team: "security", count: 1, owners: [] },
    { team: "operations", count: 1, owners: [] },
  ],
);
const request = fc.record({
  sides,
  secondFactor: fc.boolean(),
  onExpiry: fc.constantFrom("refuse" as const, "refuse" as const, "proceed" as const),
  editor: fc.option(person),
});

/** A log of what was tried and taken. */
type Event =
  | { kind: "edit"; by: Name }
  | { kind: "decision"; by: Name; verdict: "approve" | "refuse"; at: number; onHash: string; factorAt: number | null }
  | { kind: "glass"; onHash: string; at: number }
  | { kind: "silence"; at: number }
  | { kind: "withdraw" }
  | { kind: "use" };

const START = 1_800_000_000_000;
const LIFE = 3_600_000;

test(`${ROUNDS} generated sequences: nothing is used without what its requirement asks for, or twice`, () => {
  let uses = 0;
  let steps = 0;
  fc.assert(
    fc.property(request, fc.array(op, { minLength: 1, maxLength: 50 }), (asked, ops) => {
      const expiresAt = START + LIFE;
      const hashOf = (input: number): string =>
        bindingOf({
          action: "isolate",
          connectorId: "fw",
          targets: [{ kind: "host", value: `web-${input}` }],
          command: "x",
          input: { input },
          playbookVersion: null,
          undoAfterMs: 60_000,
          exerciseId: null,
          expiresAt,
        });
      let current = 0;
      let now = START;
      const before: string[] = [];
      const log: Event[] = [];
      let approval: machine.Approval = {
        state: "waiting",
        hash: hashOf(0),
        revision: 0,
        requirement: {
          rule: "r",
          policyVersion: 1,
          sides: asked.sides,
          secondFactor: asked.secondFactor,
          onExpiry: asked.onExpiry,
          because: "",
        },
        expiresAt,
        requestedBy: someone("ann"),
        editedBy: asked.editor === null ? [] : [someone(asked.editor)],
        decisions: [],
        breakGlass: null,
        createdAt: START,
        settledAt: null,
      };
      const take = (step: machine.Step, event: Event | undefined): void => {
        if (!step.ok) return;
        approval = step.approval;
        if (event !== undefined) log.push(event);
      };
      for (const one of ops) {
        steps += 1;
        const hashSeen = "stale" in one && one.stale && before.length > 0 ? (before[0] as string) : approval.hash;
        switch (one.op) {
          case "decide": {
            const factorAt = one.factorAge === null ? null : now - one.factorAge;
            const { who, verdict } = one;
            take(
              machine.decide(approval, {
                by: someone(who),
                team: TEAM[who],
                verdict,
                reason: "r",
                at: now,
                factorAt,
                hash: hashSeen,
              }),
              { kind: "decision", by: who, verdict, at: now, onHash: hashSeen, factorAt },
            );
            break;
          }
          case "edit": {
            const step = machine.edit(approval, { by: someone(one.who), hash: hashOf(one.input), at: now });
            if (step.ok) {
              before.push(approval.hash);
              current = one.input;
            }
            take(step, { kind: "edit", by: one.who });
            break;
          }
          case "expire":
            take(machine.expire(approval, now), { kind: "silence", at: now });
            break;
          case "withdraw":
            take(machine.withdraw(approval, now), { kind: "withdraw" });
            break;
          case "break-glass":
            take(machine.breakGlass(approval, { by: someone(one.who), reason: "r", at: now, hash: hashSeen }), {
              kind: "glass",
              onHash: hashSeen,
              at: now,
            });
            break;
          case "use": {
            const hash = one.tampered ? hashOf(current + 7) : hashOf(current);
            const step = machine.use(approval, { hash, at: now });
            if (!step.ok) break;
            uses += 1;
            assert.equal(one.tampered, false, "used for something else than was approved");
            judge(log, { asked, expiresAt, now, hash });
            take(step, { kind: "use" });
            break;
          }
          case "wait":
            now += one.ms;
            break;
          case "crash":
            // What a restart reads back is what was written, and nothing else.
            approval = JSON.parse(JSON.stringify(approval)) as machine.Approval;
            break;
        }
      }
    }),
    { numRuns: ROUNDS, seed: 4 },
  );
  assert.ok(uses > ROUNDS / 50, `the sequences reached only ${uses} uses in ${steps} steps`);
});

/** Reads the whole log; knows nothing of the machine's states. */
function judge(
  log: readonly Event[],
  {
    asked,
    expiresAt,
    now,
    hash,
  }: {
    asked: { sides: readonly machine.Side[]; secondFactor: boolean; onExpiry: string; editor: Name | null };
    expiresAt: number;
    now: number;
    hash: string;
  },
): void {
  assert.ok(!log.some(({ kind }) => kind === "use"), "used twice");
  assert.ok(!log.some(({ kind }) => kind === "withdraw"), "used after it was withdrawn");
  assert.ok(!log.some((event) => event.kind === "decision" && event.verdict === "refuse"), "used after it was refused");
  const lastEdit = log.findLastIndex(({ kind }) => kind === "edit");
  const after = log.slice(lastEdit + 1);
  const glass = after.some((event) => event.kind === "glass" && event.onHash === hash);
  const silence =
    asked.onExpiry === "proceed" && log.some((event) => event.kind === "silence" && event.at >= expiresAt);
  if (silence) return assert.ok(now < expiresAt + 600_000, "silence was acted on long after");
  assert.ok(now < expiresAt, "used after it had expired");
  if (glass) return;
  const makers = new Set<string>(["ann", ...(asked.editor === null ? [] : [asked.editor])]);
  for (const event of log) if (event.kind === "edit") makers.add(event.by);
  const valid = new Set<Name>();
  for (const event of after) {
    if (event.kind !== "decision" || event.onHash !== hash || makers.has(event.by) || event.at >= expiresAt) continue;
    const fresh = event.factorAt !== null && event.at - event.factorAt >= 0 && event.at - event.factorAt <= 300_000;
    if (!asked.secondFactor || fresh) valid.add(event.by);
  }
  for (const { team, count, people } of asked.sides) {
    const named = (name: Name): boolean => people === undefined || people.some(({ id }) => id === name);
    const found = [...valid].filter((name) => (team === null || TEAM[name] === team) && named(name)).length;
    assert.ok(found >= count, `${found} of ${count} approvals of ${team ?? "either"}`);
  }
}

test("the hash covers every part of what will happen", () => {
  const base = {
    action: "a",
    connectorId: "c",
    targets: [{ kind: "host" as const, value: "h" }],
    command: "x",
    input: { a: 1, b: 2 },
    playbookVersion: "1",
    undoAfterMs: 1000,
    exerciseId: null,
    expiresAt: 5,
  };
  const hash = bindingOf(base);
  assert.equal(bindingOf({ ...base, input: { b: 2, a: 1 } }), hash, "the order of keys says nothing");
  const others = [
    { action: "b" },
    { connectorId: "d" },
    { targets: [{ kind: "host" as const, value: "i" }] },
    { targets: [{ kind: "ip" as const, value: "h" }] },
    { command: "y" },
    { input: { a: 1 } },
    { playbookVersion: "2" },
    { playbookVersion: null },
    { undoAfterMs: null },
    { exerciseId: "e" },
    { expiresAt: 6 },
  ];
  const hashes = new Set(others.map((change) => bindingOf({ ...base, ...change })));
  assert.equal(hashes.size, others.length);
  assert.ok(!hashes.has(hash));
});
