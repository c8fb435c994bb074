/** throttle.test: five free tries, doubling locks up to fifteen minutes, forgiveness after an hour. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { afterFailure, waitOf } from "./throttle.ts";

test("locks double after five failures and stop at fifteen minutes", () => {
  let state = { failures: 0, lastAt: 0, lockedUntil: null as number | null };
  const waits: number[] = [];
  for (let n = 0; n < 14; n += 1) {
    state = { ...afterFailure(state, 1000) };
    waits.push(waitOf(state, 1000) / 1000);
  }
  assert.deepEqual(waits.slice(0, 8), [0, 0, 0, 0, 30, 60, 120, 240]);
  assert.equal(Math.max(...waits), 900);
});

test("an hour without failures forgives", () => {
  const state = { failures: 40, lastAt: 0, lockedUntil: 1 };
  assert.deepEqual(afterFailure(state, 3_600_001), { failures: 1, lastAt: 3_600_001, lockedUntil: null });
});
