/** graph.test: a playbook is drawn as it runs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readPlaybook } from "@holdfast/playbook";
import { graphOf } from "./graph.ts";

function drawn(steps: string): string[] {
  const read = readPlaybook(`id: drawn\nname: Drawn\nstart: a\nsteps:\n${steps}`);
  assert.ok(read.ok, JSON.stringify(read.problems));
  return graphOf(read.playbook).edges.map(
    ({ from, to, label }) => `${from} > ${to}${label === "" ? "" : ` (${label})`}`,
  );
}

test("what comes after branches is tied to where they end, and each way out of a choice says when it is taken", () => {
  assert.deepEqual(
    drawn(`
  a: { switch: "'x'", cases: { one: b, many: c, most: c }, default: c, next: d }
  b: { manual: block it, on_failure: c }
  c: { manual: ask }
  d: { parallel: [e, f], next: h }
  e: { manual: look, next: g }
  f: { if: "true", then: g2 }
  g: { manual: and look again }
  g2: { manual: keep }
  h: { manual: done }
`),
    [
      "(start) > a",
      "a > b (one)",
      "a > c (many, most, else)",
      "c > d",
      "b > d",
      "b > c (on failure)",
      "d > e",
      "d > f",
      "g > h",
      "g2 > h",
      "f > h (else)",
      "e > g",
      "f > g2 (then)",
    ],
  );
});

test("what is repeated leads back, and goes on from the condition when that is over", () => {
  assert.deepEqual(
    drawn(`
  a: { while: "false", do: b, next: d }
  b: { manual: try, within: 5m, on_timeout: c, next: c }
  c: { manual: look }
  d: { manual: done }
`),
    ["(start) > a", "a > b (repeat)", "a > d (when over)", "c > a (again)", "b > c"],
  );
});
