/** signal-alerts.test: a stored signal finds its alert however its rule is deduplicated: by nothing declared, by declared keys, by keys
 *  that the settings have since changed, held by a suppression, and inside an exercise. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { triageSettingsRoutes } from "@holdfast/contracts/triage-settings";
import type { Signal } from "../detect/index.ts";
import { openArea, type TriageArea } from "./area.testing.ts";
import { signalOf } from "./signals.testing.ts";

let area: TriageArea;
before(async () => {
  area = await openArea();
  area.again({ exerciseOf: (source) => (source === "drill" ? "ex-1" : null) });
});
after(() => area.close());

const calls = { params: {}, query: {} };
const declare = async (ruleId: string, keys: string[]): Promise<void> => {
  const { version, settings } = await area.triage.settings.getTriageSettings({ ...calls, body: {} }, area.nora);
  const next = { ...settings, dedup: [{ ruleId, keys, windowMinutes: 60 }] };
  const body = triageSettingsRoutes.putTriageSettings.body.parse({ base: version, settings: next, note: "keys" });
  await area.triage.settings.putTriageSettings({ ...calls, body }, area.nora);
};
/** Asks with what the event store keeps of a signal, and what its event names. */
const alertOf = async (signal: Signal): Promise<string | undefined> => {
  const { id, ruleId, timeMs, entity, entities, source = "" } = signal;
  const stored = { id, ruleId, timeMs, entityKind: entity.kind, entity: entity.value };
  return (await area.triage.alertsOf([stored], { entities, source })).get(id);
};

test("the alert of a signal is found by whatever its rule was deduplicated by", async () => {
  const plain = signalOf({ n: 1, minute: 0, rule: "guess", host: "web-1", user: "ann" });
  const [first] = (await area.apply([plain])).raised;
  assert.equal(await alertOf(plain), first);

  // One rule, one host, two people: two alerts, since people are what was declared.
  await declare("guess", ["user"]);
  const ann = signalOf({ n: 2, minute: 5, rule: "guess", host: "web-2", user: "Ann" });
  const ben = signalOf({ n: 3, minute: 5, rule: "guess", host: "web-2", user: "ben" });
  const { raised } = await area.apply([ann, ben]);
  assert.equal(raised.length, 2);
  const shown = new Map((await area.list()).items.map(({ id, entity }) => [id, entity.value]));
  assert.equal(shown.get((await alertOf(ann)) ?? ""), "Ann");
  assert.equal(shown.get((await alertOf(ben)) ?? ""), "ben");

  // Other keys later do not lose what was collapsed by the earlier ones.
  await declare("guess", ["host", "user"]);
  assert.equal(shown.get((await alertOf(ben)) ?? ""), "ben");
  assert.equal(await alertOf(plain), first);

  // Who knows the rule and the entity only, as what a correlation takes back, finds the alert when there is one that it can be.
  const known = async (user: string) => {
    const stored = { id: ben.id, ruleId: "guess", timeMs: ben.timeMs, entityKind: "user" as const, entity: user };
    return (await area.triage.alertsOf([stored], { entities: [], source: "" })).get(ben.id);
  };
  assert.equal(shown.get((await known("BEN")) ?? ""), "ben");
  assert.equal(await known("cas"), undefined);

  const other = signalOf({ n: 4, minute: 300, rule: "guess", host: "web-2", user: "ben" });
  assert.equal(await alertOf(other), undefined, "none was active at that time");
});

test("a held signal and one of an exercise find the alert that holds them, and no other", async () => {
  await area.triage.settings.createSuppression(
    {
      ...calls,
      body: triageSettingsRoutes.createSuppression.body.parse({
        expression: 'alert.rule == "scan"',
        owner: "nora",
        reason: "a known scan",
        expiresAt: new Date(area.clock.now() + 3_600_000).toISOString(),
      }),
    },
    area.nora,
  );
  await declare("scan", ["user"]);
  const held = signalOf({ n: 10, minute: 0, rule: "scan", host: "h1", user: "svc" });
  await area.apply([held]);
  const hidden = await area.alert((await alertOf(held)) ?? "");
  assert.deepEqual([hidden.ruleId, hidden.hold, hidden.entity.value], ["scan", "suppressed", "svc"]);

  await declare("drill", ["host"]);
  const real = signalOf({ n: 20, minute: 0, rule: "drill", host: "h2" });
  const rehearsed = { ...signalOf({ n: 21, minute: 0, rule: "drill", host: "h2" }), source: "drill" };
  const { raised } = await area.apply([real, rehearsed]);
  assert.equal(raised.length, 2);
  const found = [await alertOf(real), await alertOf(rehearsed)];
  assert.equal(new Set(found).size, 2);
  assert.deepEqual([...found].sort(), [...raised].sort());
});
