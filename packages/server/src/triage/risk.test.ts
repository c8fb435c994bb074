/** risk.test: what entities add up to: the arithmetic, decay, spread, an incident that no single alert would open, versions of weights. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type TriageSettingsValue, triageSettingsRoutes } from "@holdfast/contracts/triage-settings";
import { openArea, type TriageArea } from "./area.testing.ts";
import { heatOf, type Part, scoreAt, scoreOf } from "./risk.ts";
import { SHIPPED } from "./settings.ts";
import { MINUTE, START, signalOf } from "./signals.testing.ts";

let area: TriageArea;
before(async () => {
  area = await openArea();
});
after(() => area.close());
beforeEach(() => area.clear());

const HOUR = 60 * MINUTE;
const part = (more: Partial<Part>): Part => ({
  ruleId: "r",
  title: "R",
  rank: 2,
  status: "stable",
  tactics: ["execution"],
  count: 1,
  firstMs: START,
  lastMs: START,
  alertId: "a",
  ...more,
});
const nothing = { criticality: 0, exposure: "" };
const risk = async (query: Record<string, string> = {}) =>
  area.triage.settings.listRisk(
    { params: {}, query: triageSettingsRoutes.listRisk.query.parse(query), body: {} },
    area.nora,
  );
const detail = (id: string) => area.triage.settings.getRisk({ params: { id }, query: {}, body: {} }, area.nora);
const put = (base: number, settings: TriageSettingsValue, note = "for the test") =>
  area.triage.settings.putTriageSettings({ params: {}, query: {}, body: { base, note, settings } }, area.nora);

test("the score is the sum of the parts times the spread, halves in a half-life, and one rule counts once", () => {
  const { risk: settings } = SHIPPED;
  const at = START;
  const one = scoreOf([part({})], { standing: { criticality: 5, exposure: "internet" }, settings, at });
  assert.equal(one.score, 15 * 1 * 1.5 * 1.3);
  const two = scoreOf([part({}), part({ ruleId: "s", tactics: ["impact"], rank: 3 })], {
    standing: nothing,
    settings,
    at,
  });
  assert.equal(two.score, (15 * 0.8 + 35 * 0.8) * 1.25);
  assert.deepEqual(
    two.parts.map(({ ruleId, weight }) => [ruleId, weight]),
    [
      ["s", 35],
      ["r", 15],
    ],
  );
  const later = scoreOf([part({})], { standing: nothing, settings, at: START + 24 * HOUR });
  assert.equal(later.score, (15 * 0.8) / 2);
  const many = scoreOf([part({ count: 1_000_000 })], { standing: nothing, settings, at });
  assert.equal(many.score, 15 * 0.8 * settings.repeatMost);
  assert.equal(scoreOf([part({})], { standing: nothing, settings, at: START + 8 * 24 * HOUR }).score, 0);
  assert.ok(Math.abs(scoreAt(heatOf(64, START, settings), START + 48 * HOUR, settings) - 16) < 1e-6);
});

test("low and quiet signals open an incident together, whose reasons and arithmetic add up; none of them would alone", async () => {
  area.again({ describeRule: () => ({ description: "", falsepositives: [], status: "stable" }) });
  const tactics = ["execution", "discovery", "persistence", "credential-access", "exfiltration", "impact"];
  const settings = { ...SHIPPED, risk: { ...SHIPPED.risk, threshold: 40 } };
  await put(0, settings);
  const signals = tactics.flatMap((tactic, n) => [
    { ...signalOf({ n, minute: n * 5, rule: `low-${n}`, level: "low", host: "pay-db-01" }), tactics: [tactic] },
    {
      ...signalOf({ n: n + 50, minute: n * 5, rule: `info-${n}`, level: "informational", host: "pay-db-01" }),
      tactics: [],
    },
  ]);
  await area.apply(signals.slice(0, 2));
  assert.deepEqual(await area.incidents(), []);
  assert.equal((await area.list({ state: "new" })).total, 1);
  assert.equal((await area.list({ hold: "quiet" })).total, 1);
  for (let at = 2; at < signals.length; at += 2) await area.apply(signals.slice(at, at + 2));
  const [incident, ...more] = await area.incidents();
  assert.equal(more.length, 0);
  assert.match(incident?.title ?? "", /^Risk of host pay-db-01 passed 40/);
  const members = (await area.incident(incident?.id ?? "")).members;
  const reasons = members.map(({ reason }) => reason);
  assert.ok(
    reasons.some((reason) =>
      /^Opened the incident: the risk of host pay-db-01 reached \d+\.\d, over the threshold of 40\.$/.test(reason),
    ),
  );
  assert.ok(
    reasons.some((reason) => /^Counts \d+\.\d of the \d+\.\d points of risk of host pay-db-01\.$/.test(reason)),
  );
  const { items } = await risk();
  assert.deepEqual([items[0]?.key, items[0]?.incidentId, items[0]?.criticality], ["asset:asset-db", incident?.id, 5]);
  const shown = await detail("asset:asset-db");
  triageSettingsRoutes.getRisk.response.parse(shown);
  const [opening] = shown.openings;
  const sum = (opening?.parts ?? []).reduce((total, { points }) => total + points, 0);
  assert.ok(Math.abs(sum * (opening?.spread ?? 0) - (opening?.score ?? 0)) < 1e-9);
  for (const one of shown.parts) {
    const { weight, confidence, criticality, exposure, repeat, decay } = one;
    assert.ok(Math.abs(weight * confidence * criticality * exposure * repeat * decay - one.points) < 1e-9);
  }
  assert.equal(opening?.settingsVersion, 1);
  assert.equal(shown.history.length, 48);
  assert.ok((shown.history[47] ?? 0) > 30);
});

test("what is judged false counts no more, and again when it is reopened; a host that only reports is nobody's risk", async () => {
  await area.apply([
    signalOf({ n: 1, minute: 0, rule: "a", level: "high", host: "h1", user: "ann" }),
    { ...signalOf({ n: 2, minute: 0, rule: "b", host: "proxy-01" }), entity: { kind: "user", value: "ann" } },
  ]);
  const scores = async () => Object.fromEntries((await risk()).items.map(({ key, score }) => [key, Math.round(score)]));
  const start = await scores();
  assert.deepEqual(Object.keys(start).sort(), ["host:h1", "user:ann"]);
  const [alert] = (await area.list({ rule: "a" })).items;
  await area.act([alert?.id ?? ""], { kind: "close", verdict: "false-positive", reason: "" });
  assert.deepEqual(Object.keys(await scores()), []);
  await area.act([alert?.id ?? ""], { kind: "reopen", reason: "" });
  assert.deepEqual(await scores(), start);
});

test("settings have versions: a change on an old one is refused, scores follow the new weights, the past stays readable", async () => {
  await area.apply([signalOf({ n: 1, minute: 0, rule: "a", level: "high", host: "h1" })]);
  const before = (await risk()).items[0]?.score ?? 0;
  const heavier = { ...SHIPPED, risk: { ...SHIPPED.risk, severity: { ...SHIPPED.risk.severity, high: 70 } } };
  await put(0, heavier, "high weighs more");
  assert.ok(Math.abs(((await risk()).items[0]?.score ?? 0) - before * 2) < 1e-6);
  await assert.rejects(put(0, SHIPPED), { code: "TRIAGE_SETTINGS_CHANGED" });
  const { items } = await area.triage.settings.listTriageSettings(
    { params: {}, query: triageSettingsRoutes.listTriageSettings.query.parse({}), body: {} },
    area.nora,
  );
  assert.deepEqual(
    items.map(({ version, by, note }) => [version, by, note]),
    [
      [1, "nora", "high weighs more"],
      [0, "Holdfast", "As shipped."],
    ],
  );
  const [entry] = await area.audit.list({ limit: 1 });
  assert.equal(entry?.action, "triage.settings.changed");
});

test("a preview says who would pass the threshold and what would be quiet, and changes nothing", async () => {
  const level = "low" as const;
  await area.apply([
    signalOf({ n: 1, minute: 0, rule: "a", level, host: "pay-db-01" }),
    signalOf({ n: 2, minute: 1, rule: "b", level, host: "pay-db-01" }),
  ]);
  const before = await risk();
  const look = (settings: TriageSettingsValue) =>
    area.triage.settings.previewTriageSettings({ params: {}, query: {}, body: { settings } }, area.nora);
  const same = await look(SHIPPED);
  assert.deepEqual([same.overBefore, same.overAfter, same.changed], [0, 0, 0]);
  const found = await look({ ...SHIPPED, quietBelow: "medium", risk: { ...SHIPPED.risk, threshold: 5 } });
  assert.equal(found.overBefore, 0);
  assert.ok(found.overAfter > 0 && found.overAfter <= found.asked);
  const host = found.entities.find(({ value }) => value === "pay-db-01");
  assert.deepEqual([host?.wasOver, host?.isOver], [false, true]);
  assert.equal(host?.after, host?.before);
  assert.equal(found.quiet.hidden, (await area.list({ state: "new" })).total);
  assert.equal(found.quiet.raised, 0);
  assert.deepEqual(await risk(), before);
});
