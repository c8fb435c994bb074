/** boundary.test: every action at the door to the outside: one effect has one key, however often it is sent, and another effect another;
 *  what undoes and probes it is told what it gave; an effect of an exercise never gets there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { catalog } from "@holdfast/content";
import { createBoundary, type Crossing } from "./boundary.ts";
import type { Call, Connectors, Outcome } from "./port.ts";

const OUTPUT = { before: "enabled", at: "2026-11-22T08:00:00.000Z" };

function outside(): { connectors: Connectors; calls: Call[] } {
  const calls: Call[] = [];
  const taken = async (call: Call): Promise<Outcome> => {
    calls.push(call);
    return { kind: "done", output: OUTPUT, evidence: "" };
  };
  const plan: Connectors["plan"] = async () => assert.fail("nothing is planned here");
  return { connectors: { plan, perform: taken, undo: taken, probe: taken }, calls };
}

const effectOf = (action: string, more: Partial<Crossing> & Pick<Crossing, "id">): Crossing => ({
  ...{
    action,
    connectorId: "c1",
    input: { a: 1 },
    output: {},
    settledAt: null,
    exerciseId: null,
    state: "sent" as const,
  },
  ...more,
});

for (const { name } of catalog.actions) {
  test(`${name}: one effect, one key; what it gave goes to its undo; an exercise's reaches nothing`, async () => {
    const { connectors, calls } = outside();
    const at = createBoundary(connectors);
    const sent = effectOf(name, { id: "effect-1" });
    await at(sent).perform();
    await at(structuredClone(sent)).perform();
    await at(effectOf(name, { id: "effect-2" })).perform();
    assert.deepEqual(
      calls.map(({ key, performed }) => [key, performed]),
      [
        ["effect-1", null],
        ["effect-1", null],
        ["effect-2", null],
      ],
    );
    const done = effectOf(name, { id: "effect-1", state: "done", settledAt: 1, output: OUTPUT });
    await at(done).undo();
    await at(done).probe();
    assert.deepEqual(
      calls.slice(3).map(({ key, performed }) => [key, performed]),
      [
        ["effect-1", OUTPUT],
        ["effect-1", OUTPUT],
      ],
    );
    const rehearsed = at(effectOf(name, { id: "effect-3", exerciseId: "ex-1" }));
    await Promise.all([rehearsed.perform(), rehearsed.undo(), rehearsed.probe()]);
    assert.equal(calls.length, 5);
  });
}
