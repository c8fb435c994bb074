/** escalation.test: paging on real workflows: steps in time, answers, storms, crashes between sending and noting it. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { createDeliveries } from "./deliveries.ts";
import { openTestOncall, START, step, type TestOncall, until } from "./area.testing.ts";

let area: TestOncall;
before(async () => {
  area = await openTestOncall();
  for (const name of ["ann", "ben", "cas"])
    await area.contacts(name, {}, { kind: "pagerduty", connectorId: "duty", to: name });
});
after(() => area.close());
beforeEach(async () => {
  area.answerWith(async () => ({ kind: "done" }));
  for (const id of area.incidents.keys()) await area.incident(id, { state: "closed" });
  for (const { id } of (await area.ask("listPolicies", {})).items) await area.ask("deletePolicy", { params: { id } });
});

/** What was sent for one incident: the clocks of others go on. */
const sent = (id: string) => area.sent.filter(({ subject }) => subject.endsWith(id));
const of = async (id: string) => area.ask("getIncidentOnCall", { params: { id } });
const settle = () => new Promise((resolve) => setTimeout(resolve, 150));
const secretOf = (text: string): string => /\/oncall\/answer\/(\S+)/.exec(text)?.[1] ?? "";

test("pages step by step in time, again as often as the policy says, and then says that nobody answered", async () => {
  // All within the half hour after which the clock to acknowledge would page again.
  await area.policy([step("ann", 300), step("ben", 500)], { repeat: 1 });
  await area.incident("slow");
  await until(() => sent("slow").length === 1, "the first page");
  area.clock.advance(299_000);
  await settle();
  assert.equal(sent("slow").length, 1);
  for (const [ms, count, waits] of [
    [2_000, 2, 500_000],
    [500_000, 3, 300_000],
    [300_000, 4, 500_000],
  ] as const) {
    area.clock.advance(ms);
    await until(() => sent("slow").length === count, `page ${count}`);
    // It reckons its next time from now: the clock may go on only when it has.
    const next = new Date(area.clock.now() + waits).toISOString();
    await until(async () => (await of("slow")).escalation?.nextAt === next, `the time after page ${count}`);
  }
  area.clock.advance(500_000);
  await until(async () => (await of("slow")).escalation?.state === "exhausted", "the end of the steps");
  assert.deepEqual(
    sent("slow").map(({ to: address }) => address.split("@")[0]),
    ["ann", "ben", "ann", "ben"],
  );
  const said = area.notes.filter(({ incidentId }) => incidentId === "slow").map(({ title }) => title);
  assert.deepEqual(
    said.filter((title) => !title.startsWith("Time to")),
    ["Paged ann", "Paged ben", "Paged ann", "Paged ben", "Nobody answered"],
  );
});

test("an answer stops it; the clock to acknowledge is met; a later change pages nobody", async () => {
  await area.policy([step("ann", 60), step("ben", 60)]);
  await area.incident("fast");
  await until(() => sent("fast").length === 1, "the first page");
  const { incident } = await area.ask(
    "acknowledgeIncident",
    { params: { id: "fast" }, body: { reason: "mine" } },
    "cas",
  );
  assert.equal(incident.escalation?.state, "acknowledged");
  assert.deepEqual(incident.escalation.answeredBy, { id: "cas", name: "cas" });
  assert.equal(incident.clocks.find(({ phase }) => phase === "acknowledge")?.state, "met");
  await area.incident("fast");
  area.clock.advance(3_600_000);
  await settle();
  assert.equal(sent("fast").length, 1);
  await area.incident("fast", { severity: "critical" });
  await until(() => sent("fast").length === 2, "a page since it became worse");
  await area.incident("fast", { state: "resolved" });
  assert.equal((await of("fast")).escalation?.state, "ended");
});

test("an alarm pages by its own severity, also for an incident that no policy opens for", async () => {
  await area.policy([step("ann", 3_600)], {
    order: 1,
    opens: { severityAtLeast: "critical", services: [], criticalityAtLeast: 0 },
  });
  await area.incident("glass", { severity: "low" });
  const asked = { incidentId: "glass", key: "glass:1", reason: "went ahead without approval" };
  assert.equal(await area.oncall.page(null, { ...asked, severity: "critical" }), "started");
  await until(() => sent("glass").length === 1, "the page of the alarm");
});

test("a storm of changes side by side makes one page for an incident and step", async () => {
  await area.policy([step("ann", 3_600)]);
  const ids = ["s1", "s2", "s3"];
  for (const id of ids) await area.incident(id);
  await Promise.all(Array.from({ length: 120 }, (_, at) => area.oncall.incidentChanged(null, ids[at % 3] ?? "s1")));
  await Promise.all(ids.map((id) => area.oncall.page(null, { incidentId: id, key: `other:${id}`, reason: "again" })));
  await until(() => ids.every((id) => sent(id).length === 1), "a page each");
  await settle();
  for (const id of ids) assert.equal(sent(id).length, 1);
  for (const id of ids) assert.equal((await of(id)).pages.length, 1);
});

test("a method that fails or whose end is unknown gives way to the next one; one that got through ends it", async () => {
  await area.policy([step("ann", 3_600)]);
  area.answerWith(async ({ connectorId }) =>
    connectorId === "mail" ? { kind: "failed", reason: "550 no such box" } : { kind: "done" },
  );
  await area.incident("bounce");
  await until(
    async () =>
      (await of("bounce")).pages[0]?.deliveries.every(({ state }) => state !== "waiting" && state !== "sending") ===
      true,
    "both methods",
  );
  assert.deepEqual(
    (await of("bounce")).pages[0]?.deliveries.map(({ kind, state, reason }) => [kind, state, reason]),
    [
      ["email", "failed", "550 no such box"],
      ["pagerduty", "delivered", ""],
    ],
  );
});

test("what was being sent when the process died is not sent again: it is unknown, and the next method is used", async () => {
  await area.policy([step("ben", 3_600)]);
  let release = (): void => {};
  area.answerWith(({ connectorId }) =>
    connectorId === "mail"
      ? new Promise((resolve) => (release = () => resolve({ kind: "unknown", reason: "the connection broke" })))
      : Promise.resolve({ kind: "done" }),
  );
  await area.incident("torn");
  await until(() => sent("torn").length === 1, "the mail on its way");
  const [page] = (await of("torn")).pages;
  assert.equal(page?.deliveries[0]?.state, "sending");
  // As a second process would find it after the first was killed.
  await createDeliveries(area.ports).deliver(page?.id ?? "");
  release();
  await settle();
  assert.deepEqual(
    (await of("torn")).pages[0]?.deliveries.map(({ kind, state }) => [kind, state]),
    [
      ["email", "unknown"],
      ["pagerduty", "delivered"],
    ],
  );
  assert.equal(sent("torn").filter(({ connectorId }) => connectorId === "mail").length, 1);
});

test("put off, it begins again later in a round of its own; paged by hand it begins at once", async () => {
  await area.policy([step("ann", 60)]);
  await area.incident("later");
  await until(() => sent("later").length === 1, "the first page");
  await area.ask("snoozeIncident", { params: { id: "later" }, body: { minutes: 30, reason: "on the phone" } });
  area.clock.advance(20 * 60_000);
  await settle();
  assert.equal(sent("later").length, 1);
  area.clock.advance(11 * 60_000);
  await until(() => sent("later").length === 2, "the page after the pause");
  assert.deepEqual(
    (await of("later")).pages.map(({ round }) => round),
    [2, 1],
  );
  await area.ask("pageIncident", { params: { id: "later" }, body: { reason: "still broken" } });
  await until(() => sent("later").length === 3, "the page by hand");
});

test("the link of a mail shows a page to whoever opens it, answers only by its button, and once", async () => {
  await area.policy([step("ann", 60), step("ben", 60)]);
  await area.incident("linked", { title: "<b>Dump & run</b> linked" });
  await until(() => sent("linked").length === 1, "the page");
  const secret = secretOf(sent("linked")[0]?.text ?? "");
  for (let scans = 0; scans < 3; scans += 1) {
    const shown = await area.oncall.answers.show(secret);
    assert.equal(shown.status, 200);
    assert.match(shown.body, /&lt;b&gt;Dump &amp; run&lt;/);
    assert.doesNotMatch(shown.body, /<b>/);
  }
  assert.equal((await of("linked")).escalation?.state, "running");
  assert.match((await area.oncall.answers.press(secret)).body, /You have answered/);
  const { escalation } = await of("linked");
  assert.deepEqual(
    [escalation?.state, escalation?.answeredBy?.name, escalation?.answeredFrom],
    ["acknowledged", "ann", "email"],
  );
  assert.equal((await area.oncall.answers.press(secret)).status, 410);
  assert.equal((await area.oncall.answers.show("x".repeat(43))).status, 404);
});

test("PagerDuty and Slack answer by their signatures only, and only for pages that are known", async () => {
  await area.policy([step("ann", 600)]);
  const sign = (body: string, key: string) => createHmac("sha256", key).update(body).digest("hex");
  await area.ask("saveHook", { params: { kind: "pagerduty" }, body: { secret: "duty-secret" } });
  await area.ask("saveHook", { params: { kind: "slack" }, body: { secret: "slack-secret" } });
  await area.incident("duty");
  await until(() => sent("duty").length === 1, "the page");
  const key = sent("duty")[0]?.key ?? "";
  const body = JSON.stringify({
    event: { event_type: "incident.acknowledged", agent: { summary: "Ann" }, data: { incident_key: key } },
  });
  const { pagerduty, slack } = area.oncall.answers;
  assert.equal((await pagerduty({ "x-pagerduty-signature": `v1=${sign(body, "guess")}` }, body)).status, 401);
  assert.equal((await of("duty")).escalation?.state, "running");
  assert.equal(
    (await pagerduty({ "x-pagerduty-signature": `v1=00,v1=${sign(body, "duty-secret")}` }, body)).body,
    '{"answered":true}',
  );
  assert.equal((await of("duty")).escalation?.answeredFrom, "pagerduty");

  await area.incident("chat");
  await until(() => sent("chat").length === 1, "the page");
  const payload = `payload=${encodeURIComponent(JSON.stringify({ user: { username: "ann.chat" }, actions: [{ value: sent("chat")[0]?.key }] }))}`;
  const stamped = (seconds: number) => ({
    "x-slack-request-timestamp": String(seconds),
    "x-slack-signature": `v0=${sign(`v0:${seconds}:${payload}`, "slack-secret")}`,
  });
  const now = Math.floor(area.clock.now() / 1000);
  assert.equal((await slack(stamped(now - 400), payload)).status, 401);
  assert.match((await slack(stamped(now), payload)).body, /You have answered/);
  assert.equal((await of("chat")).escalation?.state, "acknowledged");
});

test("clocks start by severity, stand only with a reason, run out once, and say the arithmetic", async () => {
  await area.policy([step("ann", 86_400)], { opens: null });
  const opened = area.clock.now();
  await area.incident("timed", { severity: "critical" });
  const contain = async () => (await of("timed")).clocks.find(({ phase }) => phase === "contain");
  assert.equal((await contain())?.dueAt, new Date(opened + 3_600_000).toISOString());
  area.clock.advance(600_000);
  await area.oncall.waits(null, "timed", { key: "approval:1", reason: "waits for operations to approve" });
  area.clock.advance(7_200_000);
  assert.deepEqual(
    [(await contain())?.state, (await contain())?.pauseReason],
    ["paused", "waits for operations to approve"],
  );
  await area.ask("pauseClock", { params: { id: "timed", phase: "contain" }, body: { reason: "vendor" } });
  await area.oncall.waited(null, "timed", { key: "approval:1" });
  assert.equal((await contain())?.state, "paused");
  await area.ask("resumeClock", { params: { id: "timed", phase: "contain" } });
  assert.equal((await contain())?.dueAt, new Date(opened + 3_600_000 + 7_200_000).toISOString());
  assert.match((await contain())?.why ?? "", /60 minutes to contain what is critical, and 120 minutes that it stood/);
  area.clock.advance(3_000_001);
  await until(async () => (await contain())?.state === "breached", "the end of the clock");
  const breaches = () =>
    area.notes.filter(({ incidentId, title }) => incidentId === "timed" && title === "Time to contain ran out");
  await until(() => breaches().length === 1, "the note of it");
  // To acknowledge was due long ago, does not stand, and pages where a policy opens for it.
  assert.equal((await of("timed")).clocks[0]?.state, "breached");
  await area.incident("timed", { state: "contained" });
  assert.equal((await contain())?.metAt, new Date(area.clock.now()).toISOString());
});

test("an incident that is opened again is timed again, without the time in which it was over", async () => {
  await area.policy([step("ann", 86_400)], { opens: null });
  const opened = area.clock.now();
  await area.incident("again", { severity: "critical" });
  const states = async () => (await of("again")).clocks.map(({ phase, state }) => `${phase} ${state}`).sort();
  area.clock.advance(600_000);
  await area.incident("again", { state: "resolved" });
  assert.deepEqual(await states(), ["acknowledge met", "contain met", "resolve met"]);
  area.clock.advance(7_200_000);
  await area.incident("again", { state: "contained" });
  assert.deepEqual(await states(), ["acknowledge met", "contain met", "resolve running"]);
  const resolve = (await of("again")).clocks.find(({ phase }) => phase === "resolve");
  assert.equal(resolve?.dueAt, new Date(opened + 480 * 60_000 + 7_200_000).toISOString());
  assert.match(resolve?.why ?? "", /120 minutes that it stood/);
  await area.incident("again", { state: "open" });
  assert.deepEqual(await states(), ["acknowledge met", "contain running", "resolve running"]);
  area.clock.advance(3_600_000);
  await until(async () => (await states()).includes("contain breached"), "the end of the clock to contain");
});

test("a swap gives two people each other's shift and nobody else's; a shift of two people is refused", async () => {
  const schedule = await area.ask("createSchedule", {
    body: {
      name: "Week",
      team: "security",
      timeZone: "Europe/Berlin",
      layers: [
        {
          name: "week",
          people: ["ann", "ben"],
          start: "2026-06-01",
          handOver: "09:00",
          rotation: { unit: "week", every: 1 },
          hours: [],
        },
      ],
    },
  });
  const week = (at: number) => ({
    from: new Date(Date.UTC(2026, 5, 1, 7) + at * 604_800_000).toISOString(),
    to: new Date(Date.UTC(2026, 5, 8, 7) + at * 604_800_000).toISOString(),
  });
  await area.ask("swapShifts", {
    params: { id: schedule.id },
    body: { first: week(1), second: week(2), reason: "holiday" },
  });
  const { segments, gaps } = await area.ask("getSchedule", {
    params: { id: schedule.id },
    query: { from: week(0).from, to: week(3).to },
  });
  assert.deepEqual(
    segments.map(({ person }) => person?.name),
    ["ann", "ann", "ben", "ben"],
  );
  assert.deepEqual(gaps, []);
  await assert.rejects(
    area
      .ask("swapShifts", {
        params: { id: schedule.id },
        body: { first: { from: week(1).from, to: week(2).to }, second: week(3), reason: "" },
      })
      .then(() => {}),
    /choose a whole shift|same person/,
  );
  assert.equal((await area.oncall.onCall("security", START + 20 * 60_000))[0]?.person?.name, "ann");
});
