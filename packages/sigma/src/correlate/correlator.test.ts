/** correlator: each type, its windows, and what its matches look like. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCorrelator } from "../index.ts";
import { correlation, input } from "./correlation.testing.ts";

const MINUTE = 60_000;

function finals(matches: ReturnType<ReturnType<typeof createCorrelator>["observe"]>) {
  return matches.map(({ group, firstMs, lastMs, value, count, inputs }) => ({
    group,
    firstMs,
    lastMs,
    value,
    count,
    inputs,
  }));
}

test("event_count: the input that completes the window raises the match, later ones let it grow under the same id", () => {
  const correlator = createCorrelator([correlation({ type: "event_count", bounds: [["gte", 3]] })]);
  assert.deepEqual(correlator.observe([input("a", 0), input("a", 10)]), []);
  const [first] = correlator.observe([input("a", 20)]);
  assert.deepEqual(finals(first === undefined ? [] : [first]), [
    { group: { user: "bob" }, firstMs: 0, lastMs: 20, value: 3, count: 3, inputs: ["a@0", "a@10", "a@20"] },
  ]);
  const [grown] = correlator.observe([input("a", 30), input("a", 40)]);
  assert.equal(grown?.id, first?.id);
  assert.deepEqual([grown?.count, grown?.value, grown?.lastMs, grown?.formedMs], [5, 5, 40, 20]);
});
