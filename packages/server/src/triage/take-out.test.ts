/** take-out.test: signals leave the alert that they were counted in, later ones follow them, and undoing it restores the state, on the real
 *  stores. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { triageSettingsRoutes } from "@holdfast/contracts/triage-settings";
import type { Signal } from "../detect/index.ts";
import { signalOf } from "./signals.testing.ts";
import { openTakeOut, type TakeOutArea } from "./take-out.testing.ts";

let on: TakeOutArea;
before(async () => {
  on = await openTakeOut();
});
after(() => on.area.close());
beforeEach(async () => {
  await on.area.clear();
  await on.declare("r1", []);
});

let n = 0;
/** Places in the spool are as large as in a real one: they do not fit a number. */
const beat = (host: string, minute: number, more: Partial<Parameters<typeof signalOf>[0]> = {}): Signal => {
  const signal = signalOf({ n: (n += 1), minute, host, level: "low", ...more });
  return { ...signal, eventId: String(7_711_212_771_756_474_368n + BigInt(n)) };
};
/** Six signals of three hosts as one alert: web01 three, web02 two, web03 one. */
const six = (): Signal[] => [
  beat("web01", 0),
  beat("web02", 1, { user: "ann" }),
  beat("web01", 2),
  beat("web03", 3),
  beat("web02", 4, { user: "ben" }),
  beat("web01", 5),
];
const raise = async (signals: Signal[]): Promise<string> => {
  const [id, ...others] = (await on.take(signals)).raised;
  assert.deepEqual(others, []);
  return id ?? assert.fail("nothing was raised");
};
const web = (value: string) => [{ kind: "host", value }];

test("an alert says what it is made of, and why it is one", async () => {
  const id = await raise(six());
  const seen = await on.groups(id, ["host"]);
  assert.deepEqual([seen.count, seen.stored, seen.missing, seen.total, seen.refused], [6, 6, "", 3, ""]);
  assert.deepEqual(
    seen.groups.map(({ values, count }) => [values[0]?.value, count]),
    [
      ["web01", 3],
      ["web02", 2],
      ["web03", 1],
    ],
  );
  assert.deepEqual(seen.why, { keys: [], windowMinutes: 60, version: 1, today: null });
  assert.deepEqual((await on.groups(id)).by, ["host"], "what tells them apart is shown first");
  assert.deepEqual(await on.counts(id, "user"), { "": 4, ann: 1, ben: 1 });
  const page = await on.signals(id, { limit: 4 });
  assert.deepEqual([page.items.length, page.total], [4, 6]);
  const rest = await on.signals(id, { limit: 4, cursor: page.next });
  assert.equal(rest.items.length, 2);
  assert.equal(rest.next, null);
  assert.equal((await on.signals(id, { kind: "host", value: "WEB02" })).total, 2);
});

test("a group that is taken out is an alert of its own with exact counts on both sides, and later signals follow it", async () => {
  const id = await raise(six());
  const { kept, taken } = await on.takeOut(id, { kind: "groups", groups: [web("web02")] });
  const [out] = taken;
  assert.ok(out);
  assert.deepEqual([kept.count, out.count], [4, 2]);
  assert.deepEqual([out.entity.value, out.state, out.ruleId], ["web02", "new", "r1"]);
  const [left, made] = [await on.area.alert(id), await on.area.alert(out.id)];
  assert.deepEqual(
    made.samples.map(({ host }) => host),
    ["web02", "web02"],
  );
  assert.deepEqual(
    left.samples.map(({ host }) => host),
    ["web01", "web01", "web03", "web01"],
  );
  assert.deepEqual(made.entities.map(({ value }) => value).sort(), ["ann", "ben", "web02"]);
  assert.deepEqual(left.entities.map(({ value }) => value).sort(), ["web01", "web03"]);
  assert.equal(Date.parse(made.lastSeen) - Date.parse(made.firstSeen), 3 * 60_000);
  assert.match(left.timeline.find(({ kind }) => kind === "merge")?.title ?? "", /^Took 2 signals out into .*; 4 stay$/);
  assert.match(
    made.timeline.find(({ kind }) => kind === "merge")?.title ?? "",
    /^Taken out of "Rule r1" \(web01\) with 2/,
  );

  await on.take([beat("web02", 6), beat("web01", 7), beat("web04", 8)]);
  assert.deepEqual([(await on.area.alert(id)).count, (await on.area.alert(out.id)).count], [6, 3]);
  assert.deepEqual(await on.counts(id, "host"), { web01: 4, web03: 1, web04: 1 });
  assert.deepEqual(await on.counts(out.id, "host"), { web02: 3 });

  // After the window it is an alert of its own, and still not the first one's.
  const { raised } = await on.take([beat("web02", 200), beat("web01", 66)]);
  assert.equal(raised.length, 1);
  assert.equal((await on.area.alert(raised[0] ?? "")).count, 1);
  assert.equal(await on.sum(), 11);
});

test("signals that are stored and not yet counted are nobody's, and go where the decision says", async () => {
  const first = six();
  const id = await raise(first);
  const late = [beat("web02", 3), beat("web01", 3)];
  await on.store(late);
  const { kept, taken } = await on.takeOut(id, { kind: "groups", groups: [web("web02")] });
  assert.deepEqual([kept.count, taken[0]?.count], [4, 2]);
  await on.area.apply(late);
  assert.deepEqual([(await on.area.alert(id)).count, (await on.area.alert(taken[0]?.id ?? "")).count], [5, 3]);
});

test("signals that come while it is taken out are counted once, whichever is first", async () => {
  const id = await raise(six());
  const coming = Array.from({ length: 20 }, (_, index) => [beat("web02", 6 + index), beat("web01", 6 + index)]);
  const [{ taken }] = await Promise.all([
    on.takeOut(id, { kind: "groups", groups: [web("web02")] }),
    ...coming.map((block) => on.take(block)),
  ]);
  const [kept, out] = [await on.area.alert(id), await on.area.alert(taken[0]?.id ?? "")];
  assert.deepEqual([kept.count, out.count], [24, 22]);
  assert.deepEqual(await on.counts(id, "host"), { web01: 23, web03: 1 });
  await on.putBack(out.id);
  assert.deepEqual([(await on.area.alert(id)).count, await on.sum()], [46, 46]);
});

test("what is taken out of a member of a wave stands in the wave, and every count of it is exact", async () => {
  await on.declare("r1", ["host"]);
  const { raised } = await on.take([
    ...Array.from({ length: 101 }, (_, index) => beat(`ws-${index}`, index / 20, { user: "ann", level: "medium" })),
    beat("ws-0", 6, { user: "ben", level: "medium" }),
  ]);
  const wave = async () => (await on.area.incidents()).find((incident) => incident.wave !== null);
  assert.deepEqual([(await wave())?.alerts, (await wave())?.signals], [101, 102]);
  const was = await on.rowsOf(raised[0] ?? "");
  const ben = [{ kind: "user", value: "ben" }];
  const { taken } = await on.takeOut(raised[0] ?? "", { kind: "groups", groups: [ben] });
  assert.equal(taken[0]?.incidentId, (await wave())?.id);
  assert.deepEqual([(await wave())?.alerts, (await wave())?.signals], [102, 102]);
  await on.putBack(taken[0]?.id ?? "");
  assert.deepEqual([(await wave())?.alerts, (await wave())?.signals], [101, 102]);
  assert.deepEqual(await on.rowsOf(raised[0] ?? ""), was);
});

test("single signals are taken out, a second coming of them is not counted, and others like them stay", async () => {
  const given = six();
  const id = await raise(given);
  const ids = [given[1]?.id ?? "", given[3]?.id ?? ""];
  const { kept, taken } = await on.takeOut(id, { kind: "signals", ids }, { title: "Two of them" });
  const [out] = taken;
  assert.deepEqual([kept.count, out?.count, out?.title], [4, 2, "Two of them"]);
  await on.take([beat("web02", 6)]);
  await on.area.apply([given[1] as Signal]);
  assert.deepEqual([(await on.area.alert(id)).count, (await on.area.alert(out?.id ?? "")).count], [5, 2]);
  const { items } = await on.signals(out?.id ?? "");
  assert.deepEqual(items.map((signal) => signal.id).sort(), [...ids].sort());
  await assert.rejects(on.takeOut(id, { kind: "signals", ids }), { code: "TRIAGE_SIGNAL_ELSEWHERE" });
  const found = await on.area.triage.alertsOf(
    [given[1] as Signal].map(({ id: signal, ruleId, timeMs, entity }) => ({
      id: signal,
      ruleId,
      timeMs,
      entityKind: entity.kind,
      entity: entity.value,
    })),
    { entities: given[1]?.entities ?? [], source: "web" },
  );
  assert.equal(found.get(ids[0] ?? ""), out?.id);
});

test("undone with nothing since, every row is as it was", async () => {
  const id = await raise(six());
  const was = await on.rowsOf(id);
  for (const what of [
    { kind: "groups", groups: [web("web01"), web("web02")], together: true },
    { kind: "groups", groups: [web("web01")] },
    { kind: "apart", by: ["host"] },
  ]) {
    const { taken } = await on.takeOut(id, what);
    assert.notDeepEqual(await on.rowsOf(id), was);
    const { alert, putBack } = await on.putBack(taken[0]?.id ?? "", { together: true });
    assert.deepEqual([alert.count, putBack.length], [6, taken.length]);
    assert.deepEqual(await on.rowsOf(id), was);
    assert.deepEqual(await on.counts(id, "host"), { web01: 3, web02: 2, web03: 1 });
  }
});

test("undone after more has come, everything is counted once, and what people did stays", async () => {
  const id = await raise(six());
  const { taken } = await on.takeOut(id, { kind: "groups", groups: [web("web02")] });
  const out = taken[0]?.id ?? "";
  await on.take([beat("web02", 6), beat("web02", 7), beat("web01", 8)]);
  await on.area.act([out], { kind: "assign", assignee: "u2", team: null });
  await on.area.triage.routes.commentAlert(
    { params: { id: out }, query: {}, body: { text: "I looked at web02." } },
    on.area.jo,
  );
  await on.area.act([out], { kind: "close", verdict: "benign", reason: "done" });
  const { alert } = await on.putBack(out);
  assert.deepEqual([alert.count, alert.state, alert.assignee], [9, "new", null]);
  assert.deepEqual(await on.counts(id, "host"), { web01: 4, web02: 4, web03: 1 });
  const emptied = await on.area.alert(out);
  assert.deepEqual([emptied.count, emptied.state, emptied.verdict], [0, "closed", "benign"]);
  assert.ok(emptied.timeline.some(({ body }) => body === "I looked at web02."));
  assert.match(emptied.timeline.findLast(({ kind }) => kind === "merge")?.title ?? "", /^Put back into "Rule r1"/);
  assert.equal((await on.groups(out)).putBackInto, id);
  assert.deepEqual(
    (await on.area.list({ state: "new,acknowledged,closed" })).items.map((one) => one.id),
    [id],
  );
  assert.deepEqual(await on.area.act([out], { kind: "reopen", reason: "" }), { changed: 0, unchanged: 1, missing: [] });
  await on.take([beat("web02", 9)]);
  assert.deepEqual([(await on.area.alert(id)).count, await on.sum()], [10, 10]);
  await assert.rejects(on.putBack(out), { code: "TRIAGE_NOT_TAKEN" });
  const [decision] = (await on.groups(id)).decisions;
  assert.deepEqual(
    [decision?.reason, decision?.undone?.reason, decision?.undone?.by],
    ["not the same", "it is the same", "nora"],
  );
});

test("in an incident the new alert stands in the same one, and goes back with it", async () => {
  const id = await raise(six());
  const { triage, nora, incidents, incident } = on.area;
  await triage.routes.createIncident({ params: {}, query: {}, body: { title: "Noise", alertIds: [id] } }, nora);
  const was = await on.rowsOf(id);
  const { taken } = await on.takeOut(id, { kind: "groups", groups: [web("web02")] });
  const [open] = await incidents();
  assert.deepEqual([open?.alerts, open?.signals], [2, 6]);
  const { members } = await incident(open?.id ?? "");
  const member = members.find(({ alert }) => alert.id === taken[0]?.id);
  assert.match(member?.reason ?? "", /^nora took it out of "Rule r1", which stands in this incident: not the same/);
  await on.putBack(taken[0]?.id ?? "");
  const [again] = await incidents();
  assert.deepEqual([again?.alerts, again?.signals], [1, 6]);
  assert.deepEqual(await on.rowsOf(id), was);
});

test("under a suppression both stay hidden, and its counters stay exact", async () => {
  const { triage, nora, clock } = on.area;
  const body = {
    expression: 'alert.rule == "r1"',
    ruleId: null,
    owner: "nora",
    reason: "known",
    expiresAt: new Date(clock.now() + 3_600_000).toISOString(),
    includeOpen: false,
  };
  const made = await triage.settings.createSuppression({ params: {}, query: {}, body }, nora);
  await on.take(six());
  const [held] = (await on.area.list({ hold: "suppressed" })).items;
  const { taken } = await on.takeOut(held?.id ?? "", { kind: "groups", groups: [web("web02")] });
  assert.deepEqual([taken[0]?.hold, taken[0]?.holdId], ["suppressed", made.id]);
  await on.take([beat("web02", 6)]);
  const counters = async () => {
    const { items } = await triage.settings.listSuppressions({ params: {}, query: { limit: 10 }, body: {} }, nora);
    return [items[0]?.hiddenAlerts, items[0]?.hiddenSignals];
  };
  assert.deepEqual(await counters(), [2, 7]);
  assert.equal((await on.area.alert(taken[0]?.id ?? "")).count, 3);
  await on.putBack(taken[0]?.id ?? "");
  assert.deepEqual(await counters(), [1, 7]);
  assert.equal((await on.area.alert(held?.id ?? "")).count, 7);
});

test("an exercise's alert is taken apart without touching what is real", async () => {
  on.area.again({ exerciseOf: (source) => (source === "drill" ? "ex-1" : null) });
  await raise(six());
  const drill = six().map((signal) => ({ ...signal, source: "drill" }));
  const rehearsed = await raise(drill);
  const { kept, taken } = await on.takeOut(rehearsed, { kind: "apart", by: ["host"] });
  assert.deepEqual(
    [kept.count, ...taken.map(({ count, exerciseId }) => [count, exerciseId])],
    [3, [2, "ex-1"], [1, "ex-1"]],
  );
  const real = (await on.area.list()).items;
  assert.deepEqual(
    real.map(({ count }) => count),
    [6],
  );
});

test("what is taken out of an alert that somebody has taken up is theirs, and out of a closed one is new", async () => {
  const id = await raise(six());
  await on.area.act([id], { kind: "acknowledge" });
  await on.area.act([id], { kind: "assign", assignee: "u2", team: null });
  on.area.clock.advance(60_000);
  const [taken] = (await on.takeOut(id, { kind: "groups", groups: [web("web02")] })).taken;
  const origin = await on.area.alert(id);
  assert.deepEqual([taken?.state, taken?.assignee?.name, taken?.raisedAt], ["acknowledged", "jo", origin.raisedAt]);
  await on.area.act([id], { kind: "close", verdict: "benign", reason: "" });
  const [second] = (await on.takeOut(id, { kind: "groups", groups: [web("web03")] })).taken;
  assert.deepEqual([second?.state, second?.assignee, second?.verdict], ["new", null, null]);
  assert.equal((await on.area.alert(id)).state, "closed");
});

test("after the keys have changed, an alert is taken apart by today's, and later signals go on there", async () => {
  const id = await raise(six());
  const preview = async (dedup: object[]) => {
    const { settings } = await on.area.triage.settings.getTriageSettings(
      { params: {}, query: {}, body: {} },
      on.area.nora,
    );
    const body = triageSettingsRoutes.previewTriageSettings.body.parse({ settings: { ...settings, dedup } });
    return (await on.area.triage.settings.previewTriageSettings({ params: {}, query: {}, body }, on.area.nora))
      .otherKeys;
  };
  assert.equal((await preview([{ ruleId: "r1", keys: [], windowMinutes: 60 }])).alerts, 0);
  assert.deepEqual(await preview([{ ruleId: "r1", keys: ["host"], windowMinutes: 60 }]), {
    alerts: 1,
    rules: [{ ruleId: "r1", title: "Rule r1", alerts: 1, example: id }],
  });
  assert.equal((await preview([])).alerts, 1, "nothing declared is another key as well");
  await on.declare("r1", ["host"]);
  const { why, by } = await on.groups(id);
  assert.deepEqual([why.today, by], [{ keys: ["host"], version: 2 }, ["host"]]);
  const { kept, taken } = await on.takeOut(id, { kind: "today" });
  assert.deepEqual([kept.count, ...taken.map(({ count }) => count)], [3, 2, 1]);
  const { raised } = await on.take([beat("web02", 6)]);
  assert.deepEqual(raised, []);
  assert.equal((await on.area.alert(taken[0]?.id ?? "")).count, 3);
  assert.equal(await on.sum(), 7);
});

test("what cannot be taken out is refused with what to do instead", async () => {
  const id = await raise(six());
  await assert.rejects(on.takeOut(id, { kind: "groups", groups: [web("web09")] }), { code: "TRIAGE_NOTHING_TO_TAKE" });
  await assert.rejects(on.takeOut(id, { kind: "groups", groups: [web("web01"), web("web02"), web("web03")] }), {
    code: "TRIAGE_TAKE_ALL",
  });
  await assert.rejects(on.takeOut("nothing", { kind: "today" }), { code: "TRIAGE_ALERT_UNKNOWN" });
  await assert.rejects(on.takeOut(id, { kind: "today" }), { code: "TRIAGE_NOTHING_TO_TAKE" });
  await assert.rejects(on.putBack(id), { code: "TRIAGE_NOT_TAKEN" });
  const many = Array.from({ length: 60 }, (_, index) => beat(`x${index}`, 6));
  await on.take(many);
  await assert.rejects(on.takeOut(id, { kind: "apart", by: ["host"] }), { code: "TRIAGE_TOO_MANY_GROUPS" });
  // What was taken out of what was taken out goes back first.
  const { taken } = await on.takeOut(id, { kind: "groups", groups: [web("web01")] });
  const ids = (await on.signals(taken[0]?.id ?? "", { limit: 1 })).items.map((signal) => signal.id);
  const nested = await on.takeOut(taken[0]?.id ?? "", { kind: "signals", ids });
  await assert.rejects(on.putBack(taken[0]?.id ?? ""), { code: "TRIAGE_TAKE_REFUSED" });
  await on.putBack(nested.taken[0]?.id ?? "");
  assert.equal((await on.putBack(taken[0]?.id ?? "")).alert.count, 66);
});
