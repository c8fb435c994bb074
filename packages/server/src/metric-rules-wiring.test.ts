/** metric-rules-wiring: points of metrics become alerts when they cross a threshold for long enough, and end when they come back; on real
 *  stores, through a restart, with what a person does to the rule meanwhile. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createMetricRows } from "./platform/events/index.ts";
import { silentLog } from "./platform/log/index.ts";
import { readRules } from "./metric-rules/rule-text.ts";
import { judge, type Standing } from "./metric-rules/judge.ts";
import { wireMetricRules } from "./metric-rules-wiring.ts";
import { createSearch } from "./search/index.ts";
import { openArea } from "./triage/area.testing.ts";

const MINUTE = 60_000;
const RULE = `
id: disk-nearly-full
title: A disk is nearly full
description: Free some space, or make it larger.
query: metric disk.free min by asset
below: 10
for: 3m
every: 1m
over: 1m
level: high
`;

let area: Awaited<ReturnType<typeof openArea>>;
let rules: ReturnType<typeof open>;
let lastId = 0;

function open() {
  const search = createSearch({
    events: area.events,
    tables: area.store.tables,
    clock: area.clock,
    log: silentLog,
    limits: { seconds: 30, memoryBytes: 2 ** 30, rows: 10_000 },
    alertsOf: async () => new Map(),
    namesOf: { asset: async () => [], service: async () => [] },
  });
  return wireMetricRules({
    tables: area.store.tables,
    clock: area.clock,
    audit: area.audit,
    log: silentLog,
    search,
    triage: area.triage,
  });
}

before(async () => {
  area = await openArea();
  rules = open();
});
after(() => area.close());

/** A minute with a point of each, every 20 s; looked at in its middle and after it. */
async function live(minutes: number, free: Readonly<Record<string, number>>): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    const rows = createMetricRows(0);
    const points = Object.entries(free).flatMap(([asset, value]) =>
      [0, 20_000, 40_000].map((ms) => ({ asset, value, ms })),
    );
    for (const { asset, value, ms } of points) {
      lastId += 1;
      const time = area.clock.now() + ms;
      const none = { stale: false, count: 0, sum: 0, start: 0, bounds: [], buckets: [], exemplars: [] };
      const labels = { host: asset };
      const about = { name: "disk.free", kind: "gauge", unit: "%", temporality: "", source: "m", service: "" } as const;
      rows.add({ id: String(lastId), ...none, ...about, received: time, time, value, labels, asset });
    }
    if (points.length > 0)
      await area.events.insert({
        table: "metrics",
        encoded: rows.bytes(0, rows.end),
        rows: points.length,
        token: `rules-${lastId}`,
      });
    for (let part = 0; part < 4; part += 1) {
      area.clock.advance(MINUTE / 4);
      await rules.sweep();
    }
  }
}

const save = (text: string) => rules.routes.saveMetricRules({ params: {}, query: {}, body: { text } }, area.nora);
const list = async () => (await rules.routes.listMetricRules({ params: {}, query: {}, body: {} }, area.nora)).items;
const alerts = async () =>
  (await area.list({ state: "new,acknowledged" })).items.map(({ ruleId, title, severity, entity, id }) => ({
    id,
    said: [ruleId, title, severity, entity.value],
  }));
const RAISED = ["metric:disk-nearly-full", "A disk is nearly full: db-1", "high", "db-1"];

test("a trial says what each series is now; a mistake in the text is said with its place; nothing is kept", async () => {
  await live(2, { "db-1": 50, "db-2": 4 });
  const tried = await rules.routes.tryMetricRules({ params: {}, query: {}, body: { text: RULE } }, area.nora);
  assert.deepEqual(tried.rules[0]?.series, [
    { name: "db-1", value: 50, crossed: false },
    { name: "db-2", value: 4, crossed: true },
  ]);
  assert.equal(tried.rules[0]?.condition, "below 10 for 3 min");
  const unknown = RULE.replace("disk.free", "disk.fre");
  const other = await rules.routes.tryMetricRules({ params: {}, query: {}, body: { text: unknown } }, area.nora);
  assert.match(other.rules[0]?.problem ?? "", /Did you mean "disk\.free"/);
  for (const [text, said] of [
    [RULE.replace("below: 10", "below: ten"), /below: /],
    [RULE.replace("below: 10", "below: 10\nabove: 20"), /above or below/],
    [RULE.replace("for: 3m", "for: 3 minutes"), /a duration such as/],
    [RULE.replace("metric disk", "host:a disk"), /begins with "metric"/],
    [RULE.replace("by asset", "by asset | top 5 asset"), /no pipes/],
    [RULE.replace("by asset", "by asset span=5m"), /no span=/],
    [`${RULE}colour: red\n`, /colour/],
    ["a: [", /no YAML/],
  ] as const) {
    const answer = await rules.routes.tryMetricRules({ params: {}, query: {}, body: { text } }, area.nora);
    assert.match(answer.reason, said);
    await assert.rejects(async () => save(text), said);
  }
  assert.deepEqual(await list(), []);
});

test("what crosses for long enough is one alert on its host, through a restart, and over when it is back", async () => {
  await live(1, { "db-1": 50, "db-2": 60 });
  await save(RULE);
  await live(2, { "db-1": 50, "db-2": 60 });
  // Not for long enough: a short dip is no alert.
  await live(2, { "db-1": 5, "db-2": 60 });
  await live(2, { "db-1": 50, "db-2": 60 });
  assert.deepEqual(await alerts(), []);
  await live(2, { "db-1": 5, "db-2": 60 });
  assert.deepEqual(
    (await list())[0]?.crossed.map(({ name, state }) => [name, state]),
    [["db-1", "crossed"]],
  );
  // What it had seen so far stands in the state store.
  rules = open();
  await live(2, { "db-1": 4, "db-2": 60 });
  const [alert, ...more] = await alerts();
  assert.deepEqual([alert?.said, more], [RAISED, []]);
  const detail = await area.alert(alert?.id ?? "");
  assert.match(
    detail.samples[0]?.message ?? "",
    /^A disk is nearly full \(db-1\): \d, below 10 for 3 min, measured over 1 min\.$/,
  );
  // A metric that stops does not say that all is well.
  await live(3, { "db-2": 60 });
  await live(3, { "db-1": 3, "db-2": 60 });
  assert.equal((await alerts()).length, 1);
  assert.deepEqual(
    (await list())[0]?.crossed.map(({ name, state, value }) => [name, state, value]),
    [["db-1", "alert", 3]],
  );
  await live(2, { "db-1": 70, "db-2": 60 });
  assert.deepEqual(await alerts(), []);
  // Back for a minute only: it is another alert.
  await live(5, { "db-1": 2, "db-2": 60 });
  assert.deepEqual(
    (await alerts()).map(({ said }) => said),
    [RAISED],
  );
  await live(2, { "db-1": 70, "db-2": 60 });
  assert.deepEqual(await alerts(), []);
  const over = await area.alert(alert?.id ?? "");
  assert.equal(over.state, "closed");
  assert.ok(over.timeline.some(({ body }) => body.includes("It is 70 again.")));
});

test("a rule that is changed or removed ends what it raised; one that cannot be evaluated says why", async () => {
  await live(6, { "db-1": 70, "db-2": 1 });
  const [first] = await alerts();
  assert.equal(first?.said.at(-1), "db-2");
  // The same text again changes nothing.
  await save(RULE);
  assert.equal((await alerts()).length, 1);
  await save(RULE.replace("below: 10", "below: 0.5"));
  assert.deepEqual(await alerts(), []);
  await save(`rules:\n${indented(RULE.replace("for: 3m", "for: 0s"))}${indented(RULE.replaceAll("disk", "queue"))}`);
  await live(2, { "db-1": 70, "db-2": 1 });
  assert.equal((await alerts()).length, 1);
  const broken = (await list()).find(({ id }) => id === "queue-nearly-full");
  assert.match(broken?.problem ?? "", /There is no metric "queue\.free"/);
  await rules.routes.deleteMetricRule({ params: { id: "disk-nearly-full" }, query: {}, body: {} }, area.nora);
  assert.deepEqual(await alerts(), []);
  assert.deepEqual(
    (await list()).map(({ id }) => id),
    ["queue-nearly-full"],
  );
  await assert.rejects(
    async () => rules.routes.deleteMetricRule({ params: { id: "disk-nearly-full" }, query: {}, body: {} }, area.nora),
    /no alert on a metric/,
  );
});

const indented = (text: string): string => `  - ${text.trim().replaceAll("\n", "\n    ")}\n`;

test("a look after a long pause begins anew; a day without points ends an alert", () => {
  const read = readRules(RULE);
  const rule = (read.ok ? read.rules[0] : undefined) ?? assert.fail();
  const crossed: Standing = { series: "a", sinceMs: 0, signalId: null, value: 1, seenMs: MINUTE };
  const at = (toMs: number, lastMs: number) => ({
    fromMs: toMs - MINUTE,
    toMs,
    lastMs,
    values: [{ name: "a", value: 1 }],
  });
  assert.equal(judge(rule, [crossed], at(5 * MINUTE, 4 * MINUTE)).raised.length, 1);
  const paused = judge(rule, [crossed], at(60 * MINUTE, 4 * MINUTE));
  assert.deepEqual([paused.raised.length, paused.standing[0]?.sinceMs], [0, 59 * MINUTE]);
  const raised = { ...crossed, signalId: "s" };
  const absent = (toMs: number) => judge(rule, [raised], { ...at(toMs, toMs - MINUTE), values: [] });
  assert.equal(absent(23 * 60 * MINUTE).standing.length, 1);
  assert.match(absent(25 * 60 * MINUTE).over[0]?.why ?? "", /no points for a day/);
});
