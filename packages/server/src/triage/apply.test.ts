/** apply.test: blocks of signals into alerts and incidents: any split gives the same, a replay counts once. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { sql } from "drizzle-orm";
import type { Signal } from "../detect/index.ts";
import type { TestTables } from "../platform/tables/testing.ts";
import { applySignals, DEFAULT_SETTINGS, type TriageSettings } from "./apply.ts";
import { lookupOf, testEstate } from "./estate.testing.ts";
import { MINUTE, START, signalOf } from "./signals.testing.ts";
import { openTriageTables } from "./tables.testing.ts";

let store: TestTables;
before(async () => {
  store = await openTriageTables();
});
after(() => store.close());
beforeEach(() => clear());

const clear = () =>
  store.tables.db.execute(
    sql`truncate alert, alert_sample, alert_entity, alert_link, incident, incident_member, incident_merge, timeline_entry, triage_block cascade`,
  );

let blocks = 0;
async function apply(signals: readonly Signal[], settings: Partial<TriageSettings> = {}, token = `b${(blocks += 1)}`) {
  const context = {
    tables: store.tables,
    estate: lookupOf(testEstate()),
    settings: { ...DEFAULT_SETTINGS, ...settings },
    now: () => START + 1000 * MINUTE,
  };
  return store.tables.transaction((tx) => applySignals(context, tx, { signals, block: { token } }));
}

const rows = async <T extends Record<string, unknown>>(text: ReturnType<typeof sql>) =>
  (await store.tables.db.execute<T>(text)).rows;
const alerts = () =>
  rows<{
    id: string;
    title: string;
    count: number;
    host: string;
    incident_id: string | null;
    previous_id: string | null;
  }>(sql`select id, title, count, host, incident_id, previous_id from alert order by first_seen, title, host`);
const incidents = () =>
  rows<{
    id: string;
    number: number;
    title: string;
    severity: number;
    severity_why: string;
    alerts: number;
    signals: number;
  }>(
    sql`select id, number, title, severity, severity_why, alerts, signals from incident where merged_into is null order by number`,
  );
const reasons = async () =>
  (await rows<{ reason: string }>(sql`select reason from incident_member order by added_at, reason`)).map(
    (row) => row.reason,
  );

/** Which alerts stand together, without ids of incidents. */
async function groups(): Promise<string[]> {
  const byIncident = new Map<string, string[]>();
  for (const alert of await alerts()) {
    const key = alert.incident_id ?? alert.id;
    byIncident.set(key, [...(byIncident.get(key) ?? []), `${alert.id}:${alert.count}`]);
  }
  return [...byIncident.values()].map((ids) => ids.sort().join(" ")).sort();
}

test("a brute force is one alert with the exact count over many blocks", async () => {
  for (let block = 0; block < 20; block += 1) {
    await apply(
      Array.from({ length: 50 }, (_, i) => signalOf({ n: block * 50 + i, minute: block, host: "bastion-01" })),
    );
  }
  const all = await alerts();
  assert.deepEqual(
    all.map((alert) => Number(alert.count)),
    [1000],
  );
});

test("a block is taken in once: again with the same token it changes nothing, and after a failed transaction it counts once", async () => {
  const signals = [signalOf({ n: 1, minute: 0 }), signalOf({ n: 2, minute: 1 })];
  await apply(signals, {}, "same");
  assert.deepEqual(await apply(signals, {}, "same"), { raised: [], changed: [], opened: [] });
  assert.equal(Number((await alerts())[0]?.count), 2);
  await clear();
  const context = {
    tables: store.tables,
    estate: lookupOf(testEstate()),
    settings: DEFAULT_SETTINGS,
    now: () => START,
  };
  const crash = store.tables.transaction(async (tx) => {
    await applySignals(context, tx, { signals, block: { token: "crash" } });
    throw new Error("power cut");
  });
  await assert.rejects(crash, /power cut/);
  const id = (await apply(signals, {}, "crash")).raised[0];
  assert.deepEqual(
    (await alerts()).map((alert) => [alert.id, Number(alert.count)]),
    [[id, 2]],
  );
});

test("a closed alert takes no new signals: another one is raised and says which it follows", async () => {
  await apply([signalOf({ n: 1, minute: 0 })]);
  const [first] = await alerts();
  await store.tables.db.execute(
    sql`update alert set state = 'closed', verdict = 'benign', closed_at = ${START + MINUTE}`,
  );
  await apply([signalOf({ n: 2, minute: 1 }), signalOf({ n: 3, minute: 2 })]);
  const all = await alerts();
  assert.deepEqual(
    all.map((alert) => [Number(alert.count), alert.previous_id]),
    [
      [1, null],
      [2, first?.id],
    ],
  );
});

test("two alerts on one host open an incident with reasons in words; an unrelated one stays out", async () => {
  await apply([signalOf({ n: 1, minute: 0, rule: "a", host: "ws-1", user: "l.ortiz" })]);
  await apply([
    signalOf({ n: 2, minute: 12, rule: "b", host: "ws-1", user: "FERNHILL\\l.ortiz" }),
    signalOf({ n: 3, minute: 12, rule: "c", host: "ws-9" }),
  ]);
  const [incident, ...more] = await incidents();
  assert.equal(more.length, 0);
  assert.equal(incident?.alerts, 2);
  assert.equal(incident?.title, "Rule a on ws-1");
  assert.deepEqual(await reasons(), [
    'Shares host ws-1 and user FERNHILL\\l.ortiz with "Rule a" on ws-1, 12 minutes later.',
    'Shares host ws-1 and user FERNHILL\\l.ortiz with "Rule b" on ws-1, 12 minutes earlier.',
  ]);
});

test("nothing joins over the join time, nor two alerts that are both low", async () => {
  await apply([signalOf({ n: 1, minute: 0, rule: "a" }), signalOf({ n: 2, minute: 7 * 60, rule: "b" })]);
  assert.deepEqual(await incidents(), []);
  await clear();
  await apply([
    signalOf({ n: 1, minute: 0, rule: "a", level: "low" }),
    signalOf({ n: 2, minute: 1, rule: "b", level: "low" }),
  ]);
  assert.deepEqual(await incidents(), []);
  await apply([signalOf({ n: 3, minute: 2, rule: "c" })]);
  assert.equal((await incidents())[0]?.alerts, 3);
});

test("a critical alert opens alone, and so does a high one on a critical service, raised and explained", async () => {
  await apply([
    signalOf({ n: 1, minute: 0, level: "critical", host: "x" }),
    signalOf({ n: 2, minute: 0, level: "high", host: "y" }),
  ]);
  assert.equal((await incidents()).length, 1);
  await apply([signalOf({ n: 3, minute: 0, level: "high", host: "pay-db-01" })]);
  const opened = await incidents();
  assert.equal(opened.length, 2);
  assert.equal(opened[1]?.severity, 4);
  assert.match(
    opened[1]?.severity_why ?? "",
    /Raised from high to critical: "Rule r1" hits Payroll, a service of criticality 5/,
  );
  assert.ok(
    (await reasons()).includes("Opened the incident alone: severity high on Payroll, a service of criticality 5."),
  );
});

test("a logon from one host's address ties two hosts; an address of ours that both talked to does not", async () => {
  await apply([signalOf({ n: 1, minute: 0, rule: "dump", host: "fin-ws-01" })]);
  await apply([
    signalOf({
      n: 2,
      minute: 20,
      rule: "logon",
      host: "pay-db-01",
      entities: [{ kind: "ip", value: "10.20.1.11", role: "origin" }],
    }),
  ]);
  assert.equal((await incidents())[0]?.alerts, 2);
  assert.ok(
    (await reasons()).includes(
      'Was reached from fin-ws-01, where "Rule dump" on fin-ws-01 was raised, 20 minutes later.',
    ),
  );
  await apply([
    signalOf({
      n: 9,
      minute: 25,
      rule: "worse",
      host: "pay-db-01",
      level: "critical",
      entities: [{ kind: "ip", value: "10.20.1.11", role: "origin" }],
    }),
  ]);
  assert.ok(
    (await reasons()).includes(
      'Shares host pay-db-01 with "Rule logon" on pay-db-01, 5 minutes later. Was reached from fin-ws-01, where "Rule dump" on fin-ws-01 was raised, 25 minutes later.',
    ),
  );
  await clear();
  // A connection out of the host itself comes from its own address: that reaches nobody.
  const itself = { kind: "ip", value: "10.20.1.11", role: "origin" } as const;
  await apply([
    signalOf({ n: 10, minute: 0, rule: "a", host: "fin-ws-01", entities: [itself] }),
    signalOf({ n: 11, minute: 1, rule: "b", host: "fin-ws-01", entities: [itself] }),
  ]);
  assert.ok((await reasons()).every((reason) => !reason.includes("reached")));
  await clear();
  const dc = { kind: "ip", value: "10.20.0.10", role: "seen" } as const;
  await apply([
    signalOf({ n: 3, minute: 0, rule: "a", host: "h1", entities: [dc] }),
    signalOf({ n: 4, minute: 0, rule: "b", host: "h2", entities: [dc] }),
  ]);
  assert.deepEqual(await incidents(), []);
});

test("an outside address ties hosts, unless it stands in too many alerts; machine accounts never do", async () => {
  const from = (n: number) =>
    signalOf({ n, minute: n / 10, host: `h${n}`, entities: [{ kind: "ip", value: "203.0.113.9", role: "origin" }] });
  await apply([from(1), from(2), from(3)]);
  assert.equal((await incidents())[0]?.alerts, 3);
  await clear();
  await apply(Array.from({ length: 60 }, (_, n) => from(n)));
  assert.deepEqual(await incidents(), []);
  await clear();
  await apply(
    ["NT AUTHORITY\\SYSTEM", "WS-1$", "root"].flatMap((user, n) =>
      [1, 2].map((m) => signalOf({ n: n * 10 + m, minute: 0, host: `h${n}${m}`, user })),
    ),
  );
  assert.deepEqual(await incidents(), []);
});

test("any split of the same signals into blocks gives the same alerts and the same groups", async () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  for (let round = 0; round < 12; round += 1) {
    const signals = Array.from({ length: 80 }, (_, n) =>
      signalOf({
        n,
        minute: random(1500),
        rule: `r${random(5)}`,
        host: `h${random(6)}`,
        user: random(3) === 0 ? `u${random(4)}` : "",
        level: (["low", "medium", "high"] as const)[random(3)] ?? "low",
      }),
    );
    await clear();
    await apply(signals);
    const whole = await groups();
    await clear();
    for (let at = 0; at < signals.length; ) {
      const size = 1 + random(15);
      await apply(signals.slice(at, at + size));
      at += size;
    }
    assert.deepEqual(await groups(), whole, `round ${round}`);
  }
});

test("an incident that is full takes no more alerts: the next ones form another, and the overflow is noted", async () => {
  await apply(
    Array.from({ length: 30 }, (_, n) => signalOf({ n, minute: n, rule: `r${n}`, host: "one" })),
    { maxMembers: 10 },
  );
  assert.deepEqual(
    (await incidents()).map((incident) => incident.alerts),
    [10, 10, 10],
  );
  const [left] = await rows<{ n: number }>(sql`select count(*)::int as n from alert where overflow_of is not null`);
  assert.equal(left?.n, 20);
});

test("hostile text is stored as evidence, not refused", async () => {
  const signal = signalOf({ n: 1, minute: 0, host: "a\u0000b", user: "\ud800" });
  await apply([{ ...signal, message: "x\u0000\udfff'; drop table alert; --" }]);
  assert.equal((await alerts())[0]?.host, "a\ufffdb");
});

test("a hundred thousand signals of three causes, and a storm of five thousand alerts, stay quick", async () => {
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const started = performance.now();
    await work();
    return performance.now() - started;
  };
  const storm = (count: number, causes: number, offset = 0) =>
    Array.from({ length: count }, (_, n) => signalOf({ n: n + offset, minute: n / 5_000, host: `h${n % causes}` }));
  await apply(storm(5_000, 3));
  const one = await timed(() => apply(storm(5_000, 3, 5_000)));
  const many = await timed(async () => {
    for (let block = 2; block < 20; block += 1) await apply(storm(5_000, 3, block * 5_000));
  });
  assert.deepEqual(
    (await alerts()).map((alert) => Number(alert.count)).reduce((sum, count) => sum + count, 0),
    100_000,
  );
  assert.ok(many / 18 < one * 3 + 50, `a block took ${many / 18} ms at the end, ${one} ms at the start`);
  await clear();
  const wide = await timed(() => apply(storm(5_000, 5_000)));
  assert.ok(wide < 60_000, `${wide} ms`);
  process.stdout.write(
    `# block of 5,000 signals: ${Math.round(many / 18)} ms for 3 causes, ${Math.round(wide)} ms for 5,000 causes\n`,
  );
});
