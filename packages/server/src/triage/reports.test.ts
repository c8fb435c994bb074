/** reports: alerts of another system through their life, on a real PostgreSQL: raised, repeated, over, raised again, late, and silent. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Signal } from "../detect/index.ts";
import { openArea } from "./area.testing.ts";

import { lookupOf, PAYROLL, testEstate } from "./estate.testing.ts";
import { MINUTE, START, signalOf } from "./signals.testing.ts";

let area: Awaited<ReturnType<typeof openArea>>;
let n = 0;
before(async () => {
  area = await openArea();
});
after(() => area.close());
beforeEach(() => area.clear());

interface Sketch {
  readonly began: number;
  readonly at?: number;
  readonly over?: boolean;
  readonly until?: number;
  readonly cause?: string;
  readonly services?: readonly string[];
}

/** Minutes after the start of the tests. */
function report({ began, at = began, over = false, until, cause = "a1b2", services = [] }: Sketch): Signal {
  n += 1;
  return {
    ...signalOf({ n, minute: over ? at : began, rule: "alertmanager:DiskFull", host: "web-01" }),
    ruleTitle: "DiskFull: / is at 97 %",
    report: {
      cause,
      over,
      atMs: START + at * MINUTE,
      untilMs: until === undefined ? null : START + until * MINUTE,
      services,
    },
  };
}

const standing = async (state = "new,acknowledged,closed") => {
  const { items } = await area.list({ state });
  const details = await Promise.all(items.map(({ id }) => area.alert(id)));
  return details
    .toSorted((a, b) => (a.firstSeen < b.firstSeen ? -1 : 1))
    .map(({ state: is, verdict, count, endedAt }) => [is, verdict, count, endedAt === null ? "holds" : "over"]);
};

test("one alert for all reports of a cause, however far apart; over, nobody having touched it, it closes without a verdict", async () => {
  await area.apply([report({ began: 0 })]);
  await area.apply([report({ began: 0, at: 50 }), report({ began: 0, at: 900 })]);
  await area.apply([report({ began: 1, cause: "other" })]);
  assert.deepEqual(await standing(), [
    ["new", null, 3, "holds"],
    ["new", null, 1, "holds"],
  ]);
  await area.apply([report({ began: 0, at: 901, over: true })]);
  assert.deepEqual(await standing(), [
    ["closed", null, 3, "over"],
    ["new", null, 1, "holds"],
  ]);
  const { items } = await area.list({ state: "closed" });
  const detail = await area.alert(items[0]?.id ?? "");
  const last = detail.timeline.findLast(({ kind }) => kind === "state");
  assert.deepEqual([last?.title, last?.body], ["Closed: it is over", "Its sender says that it is over."]);
  assert.equal(detail.lastSeen, new Date(START + 901 * MINUTE).toISOString());
});

test("what people work on is marked and not closed, and fires again as the same alert", async () => {
  await area.apply([report({ began: 0 })]);
  const [alert] = (await area.list()).items;
  await area.act([alert?.id ?? ""], { kind: "acknowledge" });
  await area.apply([report({ began: 0, at: 5, over: true })]);
  assert.deepEqual(await standing(), [["acknowledged", null, 1, "over"]]);
  await area.apply([report({ began: 7 })]);
  assert.deepEqual(await standing(), [["acknowledged", null, 2, "holds"]]);
});

test("each time that it begins anew is an alert of its own, also within one block", async () => {
  const block = [0, 10, 20].flatMap((began) => [
    report({ began }),
    report({ began, at: began + 2 }),
    report({ began, at: began + 5, over: true }),
  ]);
  await area.apply([...block, report({ began: 30 })]);
  assert.deepEqual(await standing(), [
    ["closed", null, 2, "over"],
    ["closed", null, 2, "over"],
    ["closed", null, 2, "over"],
    ["new", null, 1, "holds"],
  ]);
});

test("a sender that flaps without end within a block leaves the state in which it ended", async () => {
  const flaps = Array.from({ length: 40 }, (_, at) => [
    report({ began: at }),
    report({ began: at, at: at + 0.5, over: true }),
  ]);
  await area.apply([...flaps.flat(), report({ began: 41 })]);
  assert.equal((await standing("new")).length, 1);
  await area.apply([report({ began: 41, at: 42, over: true })]);
  assert.equal((await standing("new")).length, 0);
});

test("a report that comes after its end raises nothing, and an old end does not end what began after it", async () => {
  await area.apply([report({ began: 0, at: 5, over: true })]);
  await area.apply([report({ began: 0 })]);
  assert.deepEqual(await standing(), []);
  await area.apply([report({ began: 6 })]);
  await area.apply([report({ began: 0, at: 5, over: true })]);
  assert.deepEqual(await standing(), [["new", null, 1, "holds"]]);
});

test("closed by a person while it holds, it stays closed until it begins anew", async () => {
  await area.apply([report({ began: 0 })]);
  const [alert] = (await area.list()).items;
  await area.act([alert?.id ?? ""], { kind: "close", verdict: "benign", reason: "known" });
  await area.apply([report({ began: 0, at: 60 })]);
  assert.deepEqual(await standing(), [["closed", "benign", 1, "holds"]]);
  await area.apply([report({ began: 0, at: 61, over: true }), report({ began: 70 })]);
  assert.equal((await standing("new")).length, 1);
});

test("what was to be repeated and was not is over, but not while it may wait in our own queue", async () => {
  await area.apply([report({ began: 0, at: 50, until: 58 }), report({ began: 1, at: 50, cause: "without an end" })]);
  await area.triage.sweep();
  assert.equal((await standing("new")).length, 2);
  await area.apply([report({ began: 0, at: 51, until: 54 })]);
  await area.triage.sweep();
  assert.deepEqual(await standing(), [
    ["closed", null, 2, "over"],
    ["new", null, 1, "holds"],
  ]);
});

test("a service that it names is found in the estate, and counts for nobody's risk", async () => {
  const lookup = lookupOf(testEstate());
  area.again({
    estate: {
      ...lookup,
      servicesOf: async (executor, asked) => ({
        ...(await lookup.servicesOf(executor, asked)),
        named: new Map((asked.named ?? []).map((name) => [name, name === "payroll" ? [PAYROLL] : []])),
      }),
    },
  });
  await area.apply([report({ began: 0, services: ["payroll", "unheard of"] })]);
  const [alert] = (await area.list()).items;
  assert.deepEqual(
    alert?.services.map(({ id }) => id),
    ["payroll", "shop"],
  );
  const { rows } = await area.store.tables.db.execute("select 1 from risk_entity");
  assert.equal(rows.length, 0);
});
