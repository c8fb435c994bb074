/** action-contract.test: every action, with every connector that can carry it out, against a far side that remembers: what it gives fits
 *  its output, a trial changes nothing, the effect shows and is gone again once it is taken back, one key is one effect. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import type { BoundAction, JsonObject, Outcome, Plan } from "@holdfast/sdk";
import { catalog } from "./catalog.gen.ts";
import { CONNECTORS, INPUTS } from "./samples.testing.ts";
import { createWorld, type World } from "./world.testing.ts";

const worldOf = (): World =>
  createWorld({
    sha256: (data) => createHash("sha256").update(data).digest("hex"),
    hmacSha256: (key, data) => createHmac("sha256", key).update(data).digest("hex"),
  });

type Action = (typeof catalog.actions)[number];

/** Says by "unknown" that its effect cannot be seen. */
const UNSEEN: readonly string[] = ["http-request", "openc2-command", "run-ssh-command"];
/** The gravest input of an action whose sample only reads. */
const GRAVE: Readonly<Record<string, JsonObject>> = { "http-request": { method: "POST", path: "/x", body: "{}" } };

const inputOf = (action: Action): JsonObject =>
  GRAVE[action.name] ?? (INPUTS[action.name] as JsonObject | undefined) ?? assert.fail(`${action.name} has no sample`);

function bind(action: Action, kind: string, { ports }: World, performed: JsonObject | null = null): BoundAction {
  const connector = catalog.connectors.find((one) => one.kind === kind) ?? assert.fail();
  const sample = CONNECTORS[kind] ?? assert.fail(`${kind} has no sample`);
  const read = connector.read(sample.settings, sample.secrets);
  if (!read.ok) assert.fail(read.reason);
  const bound = action.bind(read.connect(ports).capabilities, inputOf(action), performed);
  return bound.ok ? bound : assert.fail(`${kind}: ${bound.reason}`);
}

function able(plan: Plan | undefined): Extract<Plan, { ok: true }> {
  if (plan?.ok !== true) assert.fail(plan?.reason ?? "there is no such plan");
  return plan;
}

function outputOf(outcome: Outcome): JsonObject {
  if (outcome.kind !== "done") assert.fail(`${outcome.kind}: ${outcome.reason}`);
  return outcome.output;
}

async function holds({ probe }: BoundAction): Promise<unknown> {
  const outcome = await (probe ?? assert.fail("what changes something can be looked at"))();
  return outcome.kind === "done" ? outcome.output["holds"] : outcome.kind;
}

for (const action of catalog.actions) {
  const kinds = catalog.connectors.filter(({ offers }) => offers.includes(action.capability)).map(({ kind }) => kind);

  test(`${action.name} refuses a wrong input with a reason that names the field, and a wrong output`, () => {
    const input = inputOf(action);
    const capabilities = { [action.capability]: {} };
    for (const field of Object.keys(input)) {
      const refused = action.bind(capabilities, { ...input, [field]: { wrong: null } });
      assert.ok(!refused.ok && refused.at.startsWith(field) && refused.reason.startsWith(`${refused.at}: `), field);
      assert.match(refused.reason, /: .*[a-z]/);
      if (action.input.shape[field]?.safeParse(null).success === true) continue;
      const missing = action.bind(capabilities, { ...input, [field]: null });
      assert.ok(!missing.ok && missing.reason === `${field} is missing: give it a value`, field);
    }
    const unknown = action.bind(capabilities, { ...input, more: 1 });
    assert.ok(!unknown.ok && unknown.reason.includes('"more"'));
    for (const [field, schema] of Object.entries(action.output.shape)) {
      assert.notEqual((schema as { meta?: () => { title?: string } | undefined }).meta?.()?.title ?? "", "", field);
    }
    assert.ok(Object.keys(action.output.shape).length > 0);
  });

  for (const kind of kinds) {
    test(`${action.name} by ${kind}: tried it changes nothing; done it gives its output; its effect shows, and goes with undo`, async () => {
      const world = worldOf();
      const planned = bind(action, kind, world);
      assert.deepEqual(world.calls, [], "planning reaches nothing");
      outputOf(await able(planned.perform).check());
      assert.notDeepEqual(world.calls, [], "a trial asks the far side");
      assert.deepEqual(world.changes, [], "a trial changes nothing");

      const seen = planned.probe !== undefined && !UNSEEN.includes(action.name);
      if (seen) assert.equal(await holds(planned), false, "not there before it is done");
      const output = outputOf(await able(planned.perform).run("key-1"));
      action.output.parse(output);
      if (planned.effect === "read") return;
      assert.notDeepEqual(world.changes, [], "done it changes something");
      const performed = bind(action, kind, world, output);
      assert.equal(await holds(performed), seen ? true : "unknown");
      if (planned.effect !== "reversible") return;
      outputOf(await able(performed.undo).run("key-1/undo"));
      assert.equal(await holds(performed), seen ? false : "unknown", "a look says that it is gone");
    });

    test(`${action.name} by ${kind}: the same key is the same effect on the far side`, async () => {
      const [first, second, other] = await Promise.all(
        ["key-1", "key-1", "key-2"].map(async (key) => {
          const world = worldOf();
          outputOf(await able(bind(action, kind, world).perform).run(key));
          return world.changes;
        }),
      );
      assert.deepEqual(second, first);
      // What sets a state is the same whoever sets it; what a far side would do twice carries the key.
      if (KEYED.includes(action.capability)) assert.notDeepEqual(other, first, kind);
    });
  }
}

const KEYED: readonly string[] = ["messages", "requests", "openc2"];

test("what was done but gives no output that fits is not known to be done", async () => {
  const action = catalog.actions.find(({ name }) => name === "isolate-host") ?? assert.fail();
  const plan = { ok: true, command: ["x"], check: async () => assert.fail(), run: async () => given } as const;
  const given: Outcome = { kind: "done", evidence: "it said so", output: { host: 7 } };
  const firewall = new Proxy({} as never, { get: () => () => plan });
  const bound = action.bind({ firewall }, { host: "web-01" });
  assert.ok(bound.ok);
  const outcome = await able(bound.perform).run("key");
  assert.ok(outcome.kind === "unknown");
  assert.match(outcome.reason, /it said so.*output\.host/);
});
