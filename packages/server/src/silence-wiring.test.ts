/** silence-wiring: a source that falls silent becomes an alert that says what is blind, and ends by itself; on real stores. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WATCH } from "@holdfast/contracts/silence";
import type { SourceFacts } from "./ingest/index.ts";
import { silentLog } from "./platform/log/index.ts";
import type { BlockSeen } from "./silence/memory.ts";
import { wireSilence } from "./silence-wiring.ts";
import { openArea } from "./triage/area.testing.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let area: Awaited<ReturnType<typeof openArea>>;
const sources = new Map<string, SourceFacts>([
  ["auth", { name: "Logons", watched: true, enabled: true }],
  ["audit", { name: "Audit", watched: true, enabled: true }],
  ["old", { name: "Imported files", watched: false, enabled: true }],
]);
/** As ingest counts it. */
const lastHeard = new Map<string, number>();
/** What waits before the pump, and whether anybody can send. */
const pump = { heldMs: 0, accepting: true };
const open = () =>
  wireSilence({
    tables: area.store.tables,
    events: area.events,
    clock: area.clock,
    log: silentLog,
    zone: "UTC",
    ingest: () => ({
      sourceFacts: (id) => sources.get(id),
      lastHeardMs: async (id) => lastHeard.get(id) ?? null,
      progress: () => ({ throughMs: area.clock.now() - pump.heldMs, accepting: pump.accepting }),
    }),
    detect: { rulesReading: async () => [{ id: "r1", title: "Many failed logons" }] },
    triage: area.triage,
  });
let silence: ReturnType<typeof open>;

before(async () => {
  area = await openArea();
  silence = open();
  await silence.start();
});
after(async () => {
  await silence.stop();
  await area.close();
});

/** Everybody who is named speaks every ten seconds for so long; looked at each minute. */
async function live(ms: number, who: Readonly<Record<string, readonly string[]>>): Promise<void> {
  for (let passed = 0; passed < ms; passed += MINUTE) {
    for (let second = 0; second < 60; second += 10) {
      area.clock.advance(10_000);
      silence.observe({ ...seen(who), lanesDropped: 0 });
    }
    await silence.sweep();
  }
}

function seen(who: Readonly<Record<string, readonly string[]>>): BlockSeen {
  const ms = area.clock.now();
  const lanes = Object.entries(who).flatMap(([source, hosts]) =>
    hosts.map((host) => ({ source, host, count: 1, firstMs: ms, lastMs: ms, longestMs: 0, delaysMs: [1_000] })),
  );
  return { lanes, sources: Object.keys(who).map((source) => ({ source, lastReceivedMs: ms })), fills: [] };
}

const standing = async () =>
  (await area.list({ state: "new,acknowledged" })).items.map(({ title, ruleId }) => [ruleId, title]);
const ALL = { auth: ["web-1", "web-2"], audit: ["web-1", "web-2"], old: ["web-9"] };

test("a day of speech, an import that ends, our own backlog, a full disk and a restart raise nothing", async () => {
  await live(25 * HOUR, ALL);
  await live(10 * MINUTE, { auth: ALL.auth, audit: ALL.audit });
  assert.deepEqual(await standing(), []);
  // Nothing goes through the pump: what waits before it may be theirs.
  for (pump.heldMs = MINUTE; pump.heldMs < 20 * MINUTE; pump.heldMs += MINUTE) {
    area.clock.advance(MINUTE);
    await silence.sweep();
  }
  pump.heldMs = 0;
  silence.observe({ ...seen(ALL), lanesDropped: 0 });
  pump.accepting = false;
  for (let minute = 0; minute < 20; minute += 1) {
    area.clock.advance(MINUTE / 2);
    await silence.sweep();
  }
  pump.accepting = true;
  await silence.sweep();
  assert.deepEqual(await standing(), []);
  await silence.stop();
  area.clock.advance(3 * HOUR);
  silence = open();
  await silence.start();
  await silence.sweep();
  assert.deepEqual(await standing(), []);
});

test("one log of a host that stops is told from a host that is down, and from a source that stops; each ends by itself", async () => {
  await live(10 * MINUTE, ALL);
  await live(4 * MINUTE, { auth: ["web-1"], audit: ["web-1", "web-2"] });
  assert.deepEqual(await standing(), [[`${WATCH}silence`, "Logons has stopped on web-2"]]);
  await live(3 * MINUTE, ALL);
  assert.deepEqual(await standing(), []);

  await live(4 * MINUTE, { auth: ["web-1"], audit: ["web-1"] });
  assert.deepEqual(await standing(), [[`${WATCH}silence`, "web-2 is silent"]]);
  await live(3 * MINUTE, ALL);
  assert.deepEqual(await standing(), []);

  await live(4 * MINUTE, { audit: ALL.audit });
  assert.deepEqual(await standing(), [[`${WATCH}silence`, "Logons is silent"]]);
});

test("the alert names the rules that are blind; the source says so itself; a restart forgets neither; what comes again ends it", async () => {
  const [alert] = (await area.list({ state: "new" })).items;
  assert.ok(alert);
  assert.deepEqual([alert.severity, alert.entity.kind, alert.entity.value], ["high", "source", "auth"]);
  const detail = await area.alert(alert.id);
  const blind = detail.samples[0]?.fields.filter(({ selection }) => selection === "blind");
  assert.deepEqual(
    blind?.map(({ value, pattern }) => [value, pattern]),
    [["Many failed logons", "r1"]],
  );
  assert.match(detail.samples[0]?.message ?? "", /1 live rule reads it and is blind meanwhile/);
  assert.equal(silence.states().get("auth"), "silent");

  await silence.stop();
  area.clock.advance(HOUR);
  silence = open();
  await silence.start();
  await live(4 * MINUTE, { audit: ALL.audit });
  assert.equal(silence.states().get("auth"), "silent");
  assert.deepEqual(await standing(), [[`${WATCH}silence`, "Logons is silent"]]);

  await live(MINUTE, ALL);
  assert.deepEqual(await standing(), []);
  const over = await area.alert(alert.id);
  assert.equal(over.state, "closed");
  assert.ok(over.timeline.some(({ body }) => body.startsWith("Records come again, after")));
  const answer = await silence.routes.sourceInsight({ params: { id: "auth" }, query: {}, body: {} }, area.nora);
  assert.equal(answer.speech.state, "speaks");
  assert.match(answer.speech.sentence, /^Speaks at least every 1\d s/);
  assert.deepEqual(answer.conditions.map(({ kind, reach, endedAt }) => [kind, reach, endedAt !== null]).slice(0, 1), [
    ["silence", "source", true],
  ]);
});

test("a source that has just begun says that it is being learned, and from when it will be missed", async () => {
  const said = async (): Promise<string> =>
    (await silence.routes.sourceInsight({ params: { id: "young" }, query: {}, body: {} }, area.nora)).speech.sentence;
  sources.set("young", { name: "Young", watched: true, enabled: true });
  assert.equal(await said(), "Nothing has come from it yet.");
  lastHeard.set("young", area.clock.now() - MINUTE);
  assert.match(
    await said(),
    /^Its rhythm is being learned: by the next 30 records; last heard 60 s ago\. Then it is missed/,
  );
  await live(MINUTE, { young: ["web-9"] });
  assert.match(await said(), /^Its rhythm is being learned: 6 of 30 records have come; last heard 0 s ago\./);
  assert.equal(silence.states().get("young"), "learning");
  await live(5 * MINUTE, { young: ["web-9"] });
  assert.match(await said(), /^Speaks at least every/);
});

test("a disabled source is waited for no more", async () => {
  await live(4 * MINUTE, { audit: ALL.audit });
  assert.equal((await standing()).length, 1);
  sources.set("auth", { name: "Logons", watched: true, enabled: false });
  await silence.sweep();
  assert.deepEqual(await standing(), []);
});
