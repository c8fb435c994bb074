/** holds.test: suppressions hide with exact counts and end by themselves; maintenance holds and lets go; nothing is ever dropped. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { triageSettingsRoutes } from "@holdfast/contracts/triage-settings";
import { openArea, type TriageArea } from "./area.testing.ts";
import { MINUTE, signalOf } from "./signals.testing.ts";

let area: TriageArea;
before(async () => {
  area = await openArea();
});
after(() => area.close());
beforeEach(() => area.clear());

const at = (minutes: number) => new Date(area.clock.now() + minutes * MINUTE).toISOString();
const suppress = (body: object) =>
  area.triage.settings.createSuppression(
    {
      params: {},
      query: {},
      body: triageSettingsRoutes.createSuppression.body.parse({
        owner: "nora",
        reason: "a known scan",
        expiresAt: at(60),
        ...body,
      }),
    },
    area.nora,
  );
const preview = (expression: string, days = 7) =>
  area.triage.settings.previewSuppression(
    { params: {}, query: {}, body: { expression, ruleId: null, days } },
    area.nora,
  );
const maintain = (scope: object, more: object = {}) =>
  area.triage.settings.createMaintenance(
    {
      params: {},
      query: {},
      body: triageSettingsRoutes.createMaintenance.body.parse({
        title: "Patching",
        owner: "jo",
        reason: "monthly updates",
        begin: at(-1),
        end: at(30),
        scope,
        ...more,
      }),
    },
    area.jo,
  );
const windows = async () =>
  (await area.triage.settings.listMaintenance({ params: {}, query: { limit: 10 }, body: {} }, area.nora)).items;
const suppressions = async () =>
  (await area.triage.settings.listSuppressions({ params: {}, query: { limit: 10 }, body: {} }, area.nora)).items;
const open = async () =>
  (await area.list({ state: "new,acknowledged" })).items.map(({ ruleId, count }) => `${ruleId} ${count}`);

test("a suppression hides what it is true for, counts it exactly, shows it, and ends by itself", async () => {
  await area.apply([signalOf({ n: 1, minute: 0, rule: "scan", host: "h1", user: "svc-scan" })]);
  const seen = await preview('alert.user == "svc-scan" && "T1110" in alert.techniques');
  assert.deepEqual([seen.ok, seen.asked, seen.alerts, seen.examples[0]?.on], [true, 1, 1, "h1"]);
  const made = await suppress({ expression: 'alert.users.exists(u, u == "svc-scan") && alert.host.like("h*")' });
  assert.deepEqual([made.state, made.hiddenAlerts, made.hiddenSignals], ["active", 1, 1]);
  assert.deepEqual(await open(), []);
  await area.apply([
    signalOf({ n: 2, minute: 1, rule: "scan", host: "h1", user: "svc-scan" }),
    signalOf({ n: 3, minute: 1, rule: "scan", host: "h1", user: "mallory" }),
    signalOf({ n: 4, minute: 2, rule: "other", host: "h1", user: "svc-scan", level: "critical" }),
  ]);
  assert.deepEqual(await open(), ["scan 1"]);
  assert.deepEqual(await area.incidents(), []);
  const [standing] = await suppressions();
  assert.deepEqual([standing?.hiddenAlerts, standing?.hiddenSignals], [2, 3]);
  const hidden = await area.list({ holdId: made.id });
  assert.deepEqual(hidden.items.map(({ ruleId, count, hold }) => `${ruleId} ${count} ${hold}`).sort(), [
    "other 1 suppressed",
    "scan 2 suppressed",
  ]);
  area.clock.advance(61 * MINUTE);
  await area.apply([signalOf({ n: 5, minute: 3, rule: "scan", host: "h1", user: "svc-scan" })]);
  assert.deepEqual(await open(), ["scan 2"]);
  await area.triage.sweep();
  const [ended] = await suppressions();
  assert.deepEqual([ended?.state, ended?.ending], ["over", "Ended by itself at its time."]);
  assert.deepEqual(
    (await area.audit.list({ limit: 2 })).map(({ action, actor }) => `${action} ${actor.kind}`),
    ["suppression.ended system", "suppression.created user"],
  );
});

test("ending a suppression gives back what it hid, and that finds its incident", async () => {
  const made = await suppress({ expression: 'alert.rule.startsWith("x")', expiresAt: null });
  await area.apply([
    signalOf({ n: 1, minute: 0, rule: "x1", host: "h1" }),
    signalOf({ n: 2, minute: 1, rule: "x2", host: "h1" }),
  ]);
  assert.deepEqual(await open(), []);
  const body = { reason: "it hid an attack", release: true };
  const ended = await area.triage.settings.endSuppression({ params: { id: made.id }, query: {}, body }, area.jo);
  assert.deepEqual([ended.state, ended.ending], ["over", "Ended by jo: it hid an attack"]);
  assert.deepEqual((await open()).sort(), ["x1 1", "x2 1"]);
  assert.deepEqual(
    (await area.incidents()).map(({ alerts }) => alerts),
    [2],
  );
  // Later signals of the same cause fall on the alert that came back.
  await area.apply([signalOf({ n: 3, minute: 2, rule: "x1", host: "h1" })]);
  assert.deepEqual((await open()).sort(), ["x1 2", "x2 1"]);
});

test("a suppression hides every open alert that it is true for, however many there are", async () => {
  const rules = Array.from({ length: 12 }, (_, at) => `r${at}`);
  const signals = rules.flatMap((rule, at) =>
    Array.from({ length: 95 }, (_, host) =>
      signalOf({ n: at * 95 + host, minute: 0, rule, host: `h${host}`, level: "low" }),
    ),
  );
  await area.apply(signals);
  const made = await suppress({ expression: 'alert.host != "h7"' });
  assert.deepEqual([made.hiddenAlerts, made.hiddenSignals], [12 * 94, 12 * 94]);
  assert.equal((await open()).length, 12);
});

test("a wrong expression is refused with the place; one that fails on an alert hides nothing", async () => {
  await assert.rejects(suppress({ expression: "alert.user = 'x'" }), { code: "TRIAGE_EXPRESSION_INVALID" });
  await assert.rejects(suppress({ expression: "event.user == 'x'" }), /There is no variable "event"/);
  const wrong = await preview("alert.host ==");
  assert.equal(wrong.ok, false);
  assert.notEqual(wrong.at, null);
  await area.apply([signalOf({ n: 1, minute: 0 })]);
  assert.match((await preview("alert.host")).problem ?? "", /no question/);
  await suppress({ expression: "alert.fields.nothing == 'x'", includeOpen: true });
  await area.apply([signalOf({ n: 2, minute: 0, rule: "b" })]);
  assert.equal((await open()).length, 2);
  await assert.rejects(suppress({ expression: "true", expiresAt: at(-1) }), { code: "TRIAGE_TIME_INVALID" });
});

test("maintenance holds by service, asset, rule or expression, and lets go when it ends, also after a restart", async () => {
  const touched: string[] = [];
  const onIncident = [{ touched: async (_tx: unknown, ids: readonly string[]) => void touched.push(...ids) }];
  area.again({ onIncident });
  await maintain({ by: "service", serviceId: "payroll" });
  await maintain({ by: "asset", host: "web-01" });
  await maintain({ by: "rule", ruleId: "noisy" }, { begin: at(10), end: at(20) });
  await area.apply([
    signalOf({ n: 1, minute: 0, rule: "a", host: "pay-db-01", level: "critical" }),
    signalOf({ n: 2, minute: 1, rule: "b", host: "pay-db-01" }),
    signalOf({ n: 3, minute: 1, rule: "b", host: "web-01.corp.example" }),
    signalOf({ n: 4, minute: 1, rule: "noisy", host: "h9" }),
  ]);
  assert.deepEqual(await open(), ["noisy 1"]);
  assert.deepEqual(await area.incidents(), []);
  assert.deepEqual(touched, [], "what is held sets nothing off");
  assert.deepEqual((await windows()).map(({ state, holding }) => [state, holding]).sort(), [
    ["active", 1],
    ["active", 2],
    ["planned", 0],
  ]);
  // What acts on a machine is told who works on it; windows by rule, planned ones and those of others are not about it.
  const standing = async (hosts: string[], services: string[] = []) =>
    (await area.triage.maintenanceOn({ hosts, services })).map(({ title, owner }) => `${title} ${owner}`);
  assert.deepEqual(await standing(["WEB-01.corp.example", "10.0.0.1"]), ["Patching jo"]);
  assert.deepEqual(await standing(["web-011", "noisy"], ["shop"]), []);
  assert.deepEqual(await standing(["web-01"], ["payroll"]), ["Patching jo", "Patching jo"]);
  area.clock.advance(31 * MINUTE);
  area.again({ onIncident });
  await area.triage.sweep();
  await area.triage.sweep();
  assert.deepEqual(await standing(["web-01"], ["payroll"]), []);
  assert.deepEqual((await open()).sort(), ["a 1", "b 1", "b 1", "noisy 1"]);
  const [incident] = await area.incidents();
  assert.deepEqual([incident?.alerts, incident?.severity], [2, "critical"]);
  assert.deepEqual([...new Set(touched)], [incident?.id]);
  assert.deepEqual((await windows()).map(({ state, holding, released }) => [state, holding, released]).sort(), [
    ["over", 0, 0],
    ["over", 0, 1],
    ["over", 0, 2],
  ]);
  assert.equal((await area.audit.list({ limit: 10 })).filter(({ action }) => action === "maintenance.ended").length, 3);
});
