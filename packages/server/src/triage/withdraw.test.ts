/** withdraw: what becomes of alerts whose signals an event that came late took back, and gave back, on a real PostgreSQL. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Signal } from "../detect/index.ts";
import { openArea } from "./area.testing.ts";
import { signalOf } from "./signals.testing.ts";

let area: Awaited<ReturnType<typeof openArea>>;
before(async () => {
  area = await openArea();
});
after(() => area.close());
beforeEach(() => area.clear());

const REASON = "An event that came late changed what was counted.";
const changed = (signal: Signal, mergedInto: string | null = null) => ({
  signalId: signal.id,
  ruleId: signal.ruleId,
  entity: signal.entity,
  timeMs: signal.timeMs,
  reason: REASON,
  mergedInto,
});
const withdraw = (...withdrawn: ReturnType<typeof changed>[]) =>
  area.store.tables.transaction((tx) => area.triage.withdrawSignals(tx, { withdrawn, restored: [] }));
const restore = (...restored: ReturnType<typeof changed>[]) =>
  area.store.tables.transaction((tx) => area.triage.withdrawSignals(tx, { withdrawn: [], restored }));
const only = async (query: Record<string, string> = {}) => {
  const { items } = await area.list(query);
  assert.equal(items.length, 1);
  return area.alert(items[0]?.id ?? "");
};
const last = ({ timeline }: Awaited<ReturnType<typeof only>>) => {
  const entry = timeline.findLast(({ kind }) => kind === "state");
  return [entry?.title, entry?.body, entry?.lane];
};

test("an alert that stood on it alone is closed with the reason, and opens again when it holds again", async () => {
  const signal = signalOf({ n: 1, minute: 0 });
  await area.apply([signal]);
  await withdraw(changed(signal));
  const closed = await only({ state: "closed" });
  assert.deepEqual([closed.state, closed.verdict], ["closed", "false-positive"]);
  assert.deepEqual(last(closed), ["Closed as false-positive: what it stood on was withdrawn", REASON, "system"]);
  await restore(changed(signal));
  const open = await only();
  assert.deepEqual([open.state, open.verdict], ["new", null]);
  assert.equal(last(open)[0], "Reopened: what it stood on holds again");
});

test("a match that became part of another closes as its duplicate", async () => {
  const signal = signalOf({ n: 1, minute: 0 });
  await area.apply([signal]);
  await withdraw(changed(signal, "other"));
  assert.equal((await only({ state: "closed" })).verdict, "duplicate");
});

test("an alert with other signals, or one that somebody works on, is only marked", async () => {
  const [first, second] = [signalOf({ n: 1, minute: 0 }), signalOf({ n: 2, minute: 1 })];
  await area.apply([first, second]);
  await withdraw(changed(first));
  const marked = await only();
  assert.deepEqual([marked.state, last(marked)[0]], ["new", "1 of its 2 signals is withdrawn"]);
  await area.act([marked.id], { kind: "acknowledge" });
  await withdraw(changed(second));
  const kept = await only();
  assert.deepEqual([kept.state, last(kept)[0]], ["acknowledged", "What it stood on was withdrawn"]);
  await restore(changed(second));
  assert.deepEqual([(await only()).state, last(await only())[0]], ["acknowledged", "What it stood on holds again"]);
});

test("its incident says so too, and a signal that raised no alert changes nothing", async () => {
  const [one, other] = [signalOf({ n: 1, minute: 0, rule: "a" }), signalOf({ n: 2, minute: 1, rule: "b" })];
  await area.apply([one, other]);
  await withdraw(changed(one), changed(signalOf({ n: 9, minute: 0, rule: "nobody" })));
  const [incident] = await area.incidents();
  const { timeline } = await area.incident(incident?.id ?? "");
  const entry = timeline.find(({ kind, body }) => kind === "state" && body === REASON);
  assert.equal(entry?.title, '"Rule a": closed as false-positive: what it stood on was withdrawn');
});
