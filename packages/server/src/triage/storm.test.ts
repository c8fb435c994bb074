/** storm.test: very many alerts of few causes end in few incidents, unrelated ones stay apart, counts are exact; what would glue
 *  everything together does not, and says why; exercises are apart from what is real. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { sql } from "drizzle-orm";
import type { Signal, SignalEntity } from "../detect/index.ts";
import type { TestTables } from "../platform/tables/testing.ts";
import { applySignals, DEFAULT_SETTINGS, type TriageSettings } from "./apply.ts";
import type { Dedup } from "./causes.ts";
import { lookupOf, testEstate } from "./estate.testing.ts";
import type { IncidentChange } from "./incident-changes.ts";
import { MINUTE, START, signalOf } from "./signals.testing.ts";
import { attacks, storm } from "./storm.testing.ts";
import { openTriageTables } from "./tables.testing.ts";

let store: TestTables;
let told: IncidentChange[] = [];
before(async () => {
  store = await openTriageTables();
});
after(() => store.close());
beforeEach(async () => {
  told = [];
  await store.tables.db.execute(
    sql`truncate alert, alert_sample, alert_entity, alert_link, incident, incident_member, incident_merge, timeline_entry, triage_block cascade`,
  );
});

async function apply(signals: readonly Signal[], settings: Partial<TriageSettings> = {}) {
  const context = {
    tables: store.tables,
    estate: lookupOf(testEstate()),
    settings: { ...DEFAULT_SETTINGS, ...settings },
    now: () => START + 30 * MINUTE,
    exerciseOf: (source: string | undefined) => (source?.startsWith("drill-") ? source.slice(6) : null),
    listeners: [async (_tx: unknown, change: IncidentChange) => void told.push(change)],
  };
  return store.tables.transaction((tx) => applySignals(context, tx, { signals }));
}

const rows = async <T extends Record<string, unknown>>(text: ReturnType<typeof sql>) =>
  (await store.tables.db.execute<T>(text)).rows;
const incidents = () =>
  rows<{ id: string; title: string; alerts: number; signals: string; wave: string | null; exercise_id: string | null }>(
    sql`select id, title, alerts, signals, wave, exercise_id from incident where merged_into is null order by number`,
  );
const about = (kind: SignalEntity["kind"], value: string, signal: Signal): Signal => ({
  ...signal,
  entity: { kind, value },
});
const ip = (value: string): SignalEntity => ({ kind: "ip", value, role: "origin" });

test("a storm of three causes ends in three waves, five real attacks in it stay apart, and every signal is counted", async () => {
  const noise = storm(6_000);
  const real = attacks(5);
  const all = [...noise, ...real].sort((a, b) => a.timeMs - b.timeMs);
  for (let at = 0; at < all.length; at += 1_500) await apply(all.slice(at, at + 1_500));
  const found = await incidents();
  const waves = found.filter(({ wave }) => wave !== null);
  assert.deepEqual(waves.map(({ alerts }) => alerts).sort(), [1_500, 1_500, 3_000].sort());
  assert.ok(found.length <= 10, `${found.length} incidents`);
  for (let n = 0; n < 5; n += 1) {
    const members = await rows<{ rule_id: string; incident_id: string }>(
      sql`select rule_id, incident_id from alert where incident_id = (select incident_id from alert where rule_id = ${`dump-${n}`}) order by 1`,
    );
    assert.deepEqual(
      members.map(({ rule_id }) => rule_id),
      [`dump-${n}`, `spread-${n}`],
    );
  }
  const [sum] = await rows<{ n: string }>(sql`select sum(count) as n from alert`);
  assert.equal(Number(sum?.n), all.length);
  assert.equal(
    found.reduce((total, { signals }) => total + Number(signals), 0),
    all.length,
  );
  assert.equal(told.filter(({ kind }) => kind === "opened").length, found.length);
  const [why] = await rows<{ reason: string }>(
    sql`select distinct reason from incident_member m join alert a on a.id = m.alert_id where a.rule_id = 'guess'`,
  );
  assert.match(why?.reason ?? "", /^Part of a wave: "Rule guess" fired on more than 100 entities within 10 minutes/);
  // The same alerts again count in their incident, without new members.
  await apply(noise.slice(0, 100).map((signal) => ({ ...signal, id: `again-${signal.id}` })));
  const again = await incidents();
  assert.equal(
    again.reduce((total, { signals }) => total + Number(signals), 0),
    all.length + 100,
  );
  assert.equal(again.length, found.length);
});

test("a host that only reports glues nobody: alerts about accounts stay apart and say why; an attack that goes on is joined", async () => {
  const seen = (n: number, rule: string, user: string, tactic: string, minute: number) => ({
    ...about("user", user, signalOf({ n, minute, rule, host: "dc-01", user })),
    tactics: [tactic],
  });
  await apply([
    seen(1, "roast", "ann", "credential-access", 0),
    seen(2, "spray", "bob", "credential-access", 1),
    seen(3, "lock", "cyd", "credential-access", 2),
  ]);
  assert.deepEqual(await incidents(), []);
  const [bob] = await rows<{ apart: { kind: string; value: string; reason: string }[] }>(
    sql`select apart from alert where entity_value = 'bob'`,
  );
  assert.equal(bob?.apart[0]?.value, "dc-01");
  assert.match(bob?.apart[0]?.reason ?? "", /^Not joined by the host that reported it alone: neither is a later step/);
  await apply([seen(4, "replicate", "dora", "exfiltration", 10)]);
  assert.equal((await incidents())[0]?.alerts, 4);
});

test("an entity that the settings name a hub ties nothing", async () => {
  const from = [ip("198.51.100.7")];
  const signals = [1, 2, 3].map((n) => signalOf({ n, minute: n, rule: `r${n}`, host: `h${n}`, entities: from }));
  await apply(signals, { hubs: new Map([["ip:198.51.100.7", "the scanner of the security team"]]) });
  assert.deepEqual(await incidents(), []);
  const [row] = await rows<{ apart: { reason: string }[] }>(sql`select apart from alert where host = 'h2'`);
  assert.match(row?.apart[0]?.reason ?? "", /the settings name it a hub \(the scanner of the security team\)/);
});

test("a rule's declared keys decide what is one alert", async () => {
  const dedup = (keys: Dedup["keys"]) => ({ dedup: new Map([["r1", { keys, windowMs: 60 * MINUTE }]]) });
  const signals = [0, 1, 2, 3].map((n) =>
    signalOf({ n, minute: n, host: `h${n}`, user: n % 2 === 0 ? "ann" : "bob", level: "low" }),
  );
  await apply(signals, dedup(["user"]));
  const shown = await rows<{ entity_kind: string; entity_value: string; count: string }>(
    sql`select entity_kind, entity_value, count from alert order by entity_value`,
  );
  assert.deepEqual(
    shown.map(({ entity_kind, entity_value, count }) => [entity_kind, entity_value, Number(count)]),
    [
      ["user", "ann", 2],
      ["user", "bob", 2],
    ],
  );
  await apply(
    [4, 5].map((n) => signalOf({ n, minute: n, host: `h${n}`, rule: "all", level: "low" })),
    { dedup: new Map([["all", { keys: [], windowMs: MINUTE }]]) },
  );
  assert.equal((await rows(sql`select id from alert where rule_id = 'all'`)).length, 1);
});

test("an exercise joins with itself only and is in no queue", async () => {
  const drill = { source: "drill-x1" };
  await apply([
    signalOf({ n: 1, minute: 0, rule: "a", host: "h1" }),
    { ...signalOf({ n: 2, minute: 1, rule: "b", host: "h1" }), ...drill },
    { ...signalOf({ n: 3, minute: 2, rule: "c", host: "h1" }), ...drill },
    { ...signalOf({ n: 4, minute: 2, rule: "a", host: "h1" }), ...drill },
  ]);
  assert.deepEqual(
    (await incidents()).map(({ alerts, exercise_id }) => [alerts, exercise_id]),
    [[3, "x1"]],
  );
  const queued = await rows<{ rule_id: string; count: string }>(sql`select rule_id, count from alert where queued`);
  assert.deepEqual(
    queued.map(({ rule_id, count }) => [rule_id, Number(count)]),
    [["a", 1]],
  );
  assert.deepEqual(
    told.map(({ kind, exerciseId }) => [kind, exerciseId]),
    [["opened", "x1"]],
  );
});
