/** watchdog.test: a stuck thread is noticed by its CPU time, a busy machine is forgiven. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CELL, PHASE } from "./block.ts";
import { Watchdog } from "./watchdog.ts";

function watched() {
  const watchdog = new Watchdog({ cpuMs: 250, wallMs: 5_000 });
  const cell = new Int32Array(watchdog.shared);
  const at = (ordinal: number, phase: number): void => {
    cell[CELL.ordinal] = ordinal | 0;
    cell[CELL.phase] = phase;
    cell[CELL.sequence] = (cell[CELL.sequence] ?? 0) + 1;
  };
  return { watchdog, at };
}

test("a record is stuck when its thread has used more CPU time than allowed on it", () => {
  const { watchdog, at } = watched();
  at(7, PHASE.record);
  assert.equal(watchdog.look(0, 1_000), undefined);
  assert.equal(watchdog.look(200, 1_200), undefined);
  assert.deepEqual(watchdog.look(300, 1_260), { ordinal: 7, careful: false });
});

test("a thread that gets no CPU is not stuck until the far limit", () => {
  const { watchdog, at } = watched();
  at(7, PHASE.careful);
  for (let now = 0; now <= 5_000; now += 50) assert.equal(watchdog.look(now, 100), undefined);
  assert.deepEqual(watchdog.look(5_001, 100), { ordinal: 7, careful: true });
});

test("a new record, also with the same number, starts from nothing; an idle worker is never stuck", () => {
  const { watchdog, at } = watched();
  at(7, PHASE.record);
  watchdog.look(0, 0);
  at(7, PHASE.record);
  assert.equal(watchdog.look(10_000, 10_000), undefined);
  at(7, PHASE.idle);
  assert.equal(watchdog.look(30_000, 30_000), undefined);
  assert.equal(watchdog.look(90_000, 90_000), undefined);
  at(4_000_000_000, PHASE.record);
  watchdog.look(0, 0);
  assert.equal(watchdog.look(1, 251)?.ordinal, 4_000_000_000);
});

test("without the CPU time of the thread only the far limit counts", () => {
  const { watchdog, at } = watched();
  at(1, PHASE.record);
  assert.equal(watchdog.look(0, undefined), undefined);
  assert.equal(watchdog.look(4_000, undefined), undefined);
  assert.notEqual(watchdog.look(5_001, undefined), undefined);
});
