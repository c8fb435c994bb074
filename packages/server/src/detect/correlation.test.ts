/** correlation: what the stream adds to the engine: who is heard by triage, what survives a change of rules and a failed transaction,
 *  windows that end while nothing comes, and the way into the event store. On the real stores. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openTestEvents } from "../platform/events/testing.ts";
import { silentLog } from "../platform/log/index.ts";
import { loadMigrations, type Tables, type Transaction } from "../platform/tables/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { createCorrelation, type CorrelationOptions } from "./correlation.ts";
import { readWithdrawals } from "./correlation-view-store.ts";
import { TEST_LATENESS_MS, testCorrelations, testSignal } from "./correlation.testing.ts";
import type { Signal } from "./signal.ts";

const RULES = `
title: Failed
id: failed
logsource: { product: test }
detection: { s: { a: 1 }, condition: s }
---
title: Many failures
id: many
correlation:
  type: event_count
  rules: [failed]
  group-by: [user]
  timespan: 1m
  condition: { gte: 3 }
level: medium
`;
const EXACT = RULES.replace("id: many", "id: exact").replace("gte: 3", "eq: 2");

let state: TestTables;
let events: Awaited<ReturnType<typeof openTestEvents>>;
let tables: Tables;
before(async () => {
  [state, events] = await Promise.all([
    openTestTables(loadMigrations().filter(({ id }) => /^(?:0001-platform|005[56]-correlation.*)$/.test(id))),
    openTestEvents(),
  ]);
  tables = state.tables;
});
after(async () => {
  await Promise.all([state.close(), events.close()]);
});

/** Time moves when the test says so. */
const clock = { ms: Date.UTC(2026, 10, 22, 9), now: () => clock.ms, monotonic: () => clock.ms };

function correlationOf(options: Partial<CorrelationOptions> = {}, text = RULES, inTest: readonly string[] = []) {
  const correlation = createCorrelation({
    tables,
    events: events.store,
    clock,
    log: silentLog,
    raise: async () => {},
    latenessMs: TEST_LATENESS_MS,
    tickMs: 50,
    ...options,
  });
  correlation.use({ rules: testCorrelations(text), test: new Set(inTest) });
  return correlation;
}

let n = 0;
/** One failure of each user, a second apart. */
const failures = (...users: string[]): Signal[] =>
  users.map((user) => testSignal({ n: (n += 1), ruleId: "failed", ms: n * 1_000, values: { user } }));
const apply = (correlation: ReturnType<typeof correlationOf>, signals: readonly Signal[]) =>
  tables.transaction((tx) => correlation.apply(tx, signals));
const rules = (signals: readonly Signal[]): string[] => signals.map(({ ruleId }) => ruleId);

test("rules that only count are kept from triage, unless the correlation is in test or wants them heard", async () => {
  assert.deepEqual(rules(await apply(correlationOf(), failures("a", "a", "a"))), ["many"]);
  const [signal] = await apply(correlationOf(), failures("b", "b", "b"));
  assert.deepEqual(
    [signal?.entity, signal?.user, signal?.host, signal?.level, signal?.outcome],
    [{ kind: "user", value: "b" }, "b", "web-01", "medium", "alert"],
  );
  const tried = await apply(correlationOf({}, RULES, ["many"]), failures("c", "c", "c"));
  assert.deepEqual(rules(tried), ["failed", "failed", "failed", "many"]);
  assert.equal(tried.at(-1)?.outcome, "test");
  const loud = correlationOf({}, RULES.replace("level: medium", "").replace("gte: 3 }", "gte: 3 }\n  generate: true"));
  assert.deepEqual(rules(await apply(loud, failures("d", "d", "d"))), ["failed", "failed", "failed", "many"]);
});

test("a match grows without another signal, and what an exception hid does not count", async () => {
  const correlation = correlationOf();
  const hidden = failures("e", "e", "e").map((signal): Signal => ({ ...signal, outcome: "hidden" }));
  assert.deepEqual(rules(await apply(correlation, hidden)), []);
  assert.deepEqual(rules(await apply(correlation, failures("e", "e", "e"))), ["many"]);
  assert.deepEqual(rules(await apply(correlation, failures("e", "e"))), []);
  const { rows } = await tables.db.execute(
    "SELECT inputs::int, value FROM correlation_match WHERE group_by->>'user' = 'e'",
  );
  assert.deepEqual(rows, [{ inputs: 5, value: 5 }]);
});

test("a transaction that fails leaves no trace, in the tables or in memory", async () => {
  const correlation = correlationOf();
  await apply(correlation, failures("f", "f"));
  const third = failures("f");
  const failing = tables.transaction(async (tx) => {
    assert.deepEqual(rules(await correlation.apply(tx, third)), ["many"]);
    throw new Error("after the correlation");
  });
  await assert.rejects(failing, /after the correlation/);
  assert.deepEqual(rules(await apply(correlation, third)), ["many"]);
});

test("a change of rules keeps what unchanged ones remember, and only that", async () => {
  const correlation = correlationOf();
  await apply(correlation, failures("g", "g"));
  correlation.use({ rules: testCorrelations(RULES.replace("Many failures", "Other title")), test: new Set() });
  assert.deepEqual(rules(await apply(correlation, failures("g"))), ["many"]);
  await apply(correlation, failures("h", "h"));
  correlation.use({ rules: testCorrelations(RULES.replace("timespan: 1m", "timespan: 2m")), test: new Set() });
  assert.deepEqual(rules(await apply(correlation, failures("h"))), []);
});

test("a window that ends while nothing comes is judged by the clock, after a restart too, and its match is stored once", async () => {
  const raised: Signal[] = [];
  const raise = async (_: Transaction, signals: readonly Signal[]): Promise<void> => {
    raised.push(...signals);
  };
  await apply(correlationOf({ raise }, EXACT), failures("i", "i", "j", "j", "j"));
  const correlation = correlationOf({ raise }, EXACT);
  correlation.start();
  for (let turn = 0; turn < 100 && correlation.stats().groups === 0; turn += 1) await sleep(100);
  assert.deepEqual([correlation.stats().groups, raised], [2, []]);
  clock.ms += 60_000 + TEST_LATENESS_MS + 1_000;
  const stored = () =>
    events.store.query<{ rule_id: string; user: string; n: string }>(
      `SELECT rule_id, user, count() AS n FROM ${events.store.table("signals")} WHERE rule_id = 'exact' GROUP BY ALL`,
    );
  for (let turn = 0; turn < 100 && (await stored()).length === 0; turn += 1) await sleep(100);
  await correlation.stop();
  assert.deepEqual(rules(raised), ["exact"]);
  assert.deepEqual(await stored(), [{ rule_id: "exact", user: "i", n: "1" }]);
  const { rows } = await tables.db.execute("SELECT count(*)::int AS n FROM correlation_outbox");
  assert.deepEqual(rows, [{ n: 0 }]);
});

const AVERAGE = RULES.replace("type: event_count", "type: value_avg").replace(
  "{ gte: 3 }",
  "{ field: bytes, gte: 100 }",
);

/** One failure at a second of its own minute, with what it carried. */
const failed = (user: string, second: number, bytes = 0): Signal =>
  testSignal({ n: (n += 1), ruleId: "failed", ms: 3_600_000 + second * 1_000, values: { user, bytes: String(bytes) } });

function listening() {
  const told: string[] = [];
  const onWithdrawn: CorrelationOptions["onWithdrawn"] = async (_, { withdrawn, restored }) => {
    for (const { signalId, mergedInto } of withdrawn) told.push(`withdrawn ${signalId} ${mergedInto ?? "gone"}`);
    for (const { signalId, reason } of restored) told.push(`restored ${signalId} ${reason.length > 20}`);
  };
  return { told, onWithdrawn };
}
const standing = (signalId: string) => readWithdrawals(tables.db, [signalId]);

test("a late event that takes a match back withdraws its signal with a reason, and another one can give it back", async () => {
  const { told, onWithdrawn } = listening();
  const correlation = correlationOf({ onWithdrawn }, AVERAGE);
  const [signal] = await apply(correlation, [failed("x", 0, 10), failed("x", 20, 300)]);
  assert.equal(signal?.ruleId, "many");
  const id = signal.id;
  assert.deepEqual(rules(await apply(correlation, [failed("x", 5), failed("x", 6)])), []);
  assert.deepEqual(told, [`withdrawn ${id} gone`]);
  assert.match((await standing(id)).get(id)?.reason ?? "", /for user x: the condition \(bytes gte 100 in 1m\)/);
  // A memory that was lost in between changes nothing.
  const later = correlationOf({ onWithdrawn }, AVERAGE);
  assert.deepEqual(rules(await apply(later, [failed("x", 7, 700)])), []);
  assert.deepEqual(told.slice(1), [`restored ${id} true`]);
  assert.equal((await standing(id)).size, 0);
});

test("two matches that late events join are one: the signal of the other says which", async () => {
  const { told, onWithdrawn } = listening();
  const correlation = correlationOf({ onWithdrawn });
  const at = (...seconds: number[]) => seconds.map((second) => failed("y", second));
  const raised = await apply(correlation, at(0, 1, 2, 70, 71, 72));
  const [first, second] = raised.map(({ id }) => id);
  assert.equal(raised.length, 2);
  assert.deepEqual(rules(await apply(correlation, at(30, 31, 32))), []);
  assert.deepEqual(told, [`withdrawn ${second} ${first}`]);
});

test("a bound that is hit is counted, over restarts of the memory as well", async () => {
  const correlation = correlationOf({ maxGroups: 2 });
  await apply(correlation, failures("k", "l", "m", "o"));
  const { evicted, groups } = correlation.stats();
  assert.equal(groups, 2);
  assert.ok(evicted >= 2);
  correlation.use({ rules: testCorrelations(RULES), test: new Set() });
  await apply(correlation, failures("p"));
  assert.ok(correlation.stats().evicted > evicted);
});
