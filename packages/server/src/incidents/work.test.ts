/** work.test: what people do together on an incident, through its routes and on real stores. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { incidentRoutes } from "@holdfast/contracts/incidents";
import { triageRoutes } from "@holdfast/contracts/triage";
import { sql } from "drizzle-orm";
import { MINUTE, openTestArea, type TestArea } from "./area.testing.ts";
import { namesIn } from "./people-notes.ts";
import { covered, durationText, sumWaits } from "./wait-sum.ts";

let area: TestArea;
before(async () => {
  area = await openTestArea();
});
after(() => area?.close());

const work = (id: string) =>
  area.incidents.routes
    .getWork({ params: { id }, query: {}, body: {} }, area.nora)
    .then(incidentRoutes.getWork.response.parse);
const addTask = (id: string, body: object, call = area.nora) =>
  area.incidents.routes.addTask({ params: { id }, query: {}, body: incidentRoutes.addTask.body.parse(body) }, call);
const updateTask = (id: string, body: object, call = area.nora) =>
  area.incidents.routes.updateTask(
    { params: { id }, query: {}, body: incidentRoutes.updateTask.body.parse(body) },
    call,
  );
const saveReview = (id: string, body: object) =>
  area.incidents.routes.saveReview(
    {
      params: { id },
      query: {},
      body: incidentRoutes.saveReview.body.parse({ happened: "", wentWell: "", wentBadly: "", waits: "", ...body }),
    },
    area.nora,
  );
const titles = async (id: string, kind: string) =>
  (await area.triage.incidentDetail(id)).timeline.filter((item) => item.kind === kind).map(({ title }) => title);

test("a team is waited for as long as at least one of its waits runs", () => {
  const waits = [
    { team: "operations", since: 0, endedAt: 10 * MINUTE },
    { team: "operations", since: 5 * MINUTE, endedAt: 12 * MINUTE },
    { team: "operations", since: 30 * MINUTE, endedAt: null },
    { team: "security", since: 11 * MINUTE, endedAt: 13 * MINUTE },
  ];
  assert.deepEqual(sumWaits(waits, 40 * MINUTE), [
    { team: "operations", ms: 22 * MINUTE, waits: 3, open: true },
    { team: "security", ms: 2 * MINUTE, waits: 1, open: false },
  ]);
  assert.equal(covered(waits, 40 * MINUTE), 23 * MINUTE);
  assert.deepEqual([20_000, 95 * MINUTE, 60 * 60 * MINUTE].map(durationText), ["20 s", "1 h 35 min", "2 d 12 h"]);
});

test("roles are held by people, one each, and told on the timeline once", async () => {
  const { id, number } = await area.openIncident();
  const set = (role: "commander" | "scribe", person: string | null) =>
    area.incidents.routes.setRole({ params: { id: `INC-${number}`, role }, query: {}, body: { person } }, area.nora);
  await set("commander", "jo");
  await set("commander", "u2");
  await set("scribe", "nora");
  await set("scribe", null);
  const { roles } = await work(id);
  assert.deepEqual(
    roles.map(({ role, person }) => [role, person.name, person.team]),
    [["commander", "jo", "operations"]],
  );
  assert.deepEqual(await titles(id, "role"), ["Commander: jo", "Scribe: nora", "Scribe: nobody any more"]);
  await assert.rejects(set("scribe", "nobody-here"), { code: "INCIDENTS_PERSON_UNKNOWN" });
});

describe("tasks", () => {
  test("hold the incident up for the team that has them, and the time counts for that team", async () => {
    const { id } = await area.openIncident();
    const task = await addTask(id, { title: "Say what breaks", team: "operations", blocking: true });
    area.clock.advance(10 * MINUTE);
    await updateTask(task.id, { owner: "nora" });
    assert.equal((await work(id)).tasks[0]?.team, "security");
    area.clock.advance(5 * MINUTE);
    await updateTask(task.id, { state: "done", outcome: "Nothing: two more nodes stand." });
    area.clock.advance(30 * MINUTE);
    const { waitSums, waits, waitedMs, tasks } = await work(id);
    assert.deepEqual(
      waitSums.map(({ team, ms, open }) => [team, ms, open]),
      [
        ["operations", 10 * MINUTE, false],
        ["security", 5 * MINUTE, false],
      ],
    );
    assert.equal(waitedMs, 15 * MINUTE);
    assert.equal(waits[1]?.person?.name, "nora");
    assert.equal(tasks[0]?.state, "done");
    assert.equal((await area.triage.incidentDetail(id)).waitingFor, null);
    await updateTask(task.id, { state: "open" });
    assert.equal((await area.triage.incidentDetail(id)).waitingFor?.team, "security");
    assert.deepEqual((await titles(id, "wait")).slice(0, 3), [
      "Waits for operations",
      "Waited 10 min for operations",
      "Waits for security (nora)",
    ]);
  });

  test("of a template are added once", async () => {
    const { id } = await area.openIncident();
    const add = () =>
      area.incidents.routes.addTasks({ params: { id }, query: {}, body: { template: "ransomware" } }, area.jo);
    const first = await add();
    assert.ok(first.added.length >= 5 && first.left === 0);
    assert.deepEqual(await add(), { added: [], left: first.added.length });
    assert.ok((await work(id)).waits.length >= 2);
  });

  test("and actions of reviews are listed across incidents, with what is overdue", async () => {
    const { id } = await area.openIncident();
    const dueAt = new Date(area.clock.now() + 60 * MINUTE).toISOString();
    const action = await addTask(id, {
      kind: "action",
      title: "Patch",
      team: "operations",
      owner: "jo",
      dueAt,
      blocking: true,
    });
    assert.equal((await area.triage.incidentDetail(id)).waitingFor, null, "an action holds nobody up");
    const list = async (query: object) =>
      (
        await area.incidents.routes.listTasks(
          { params: {}, query: incidentRoutes.listTasks.query.parse(query), body: {} },
          area.jo,
        )
      ).items.map((task) => task.id);
    assert.deepEqual(await list({ owner: "me", kind: "action", state: "overdue" }), []);
    area.clock.advance(61 * MINUTE);
    assert.deepEqual(await list({ owner: "me", kind: "action", state: "overdue" }), [action.id]);
    await updateTask(action.id, { state: "done" }, area.jo);
    assert.deepEqual(await list({ kind: "action", state: "unfinished" }), []);
    assert.deepEqual(await list({ kind: "action", state: "finished" }), [action.id]);
  });
});

describe("notes", () => {
  test("tell the people they name, who see where until they have read it", async () => {
    const { id } = await area.openIncident();
    const text = "@jo look at <b>this</b>, mail nora@example.test is none";
    const { mentioned } = await area.incidents.routes.writeNote(
      { params: { id }, query: {}, body: { text } },
      area.nora,
    );
    assert.deepEqual(mentioned, ["jo"]);
    const inbox = (call = area.jo) =>
      area.incidents.routes.listMentions(
        { params: {}, query: incidentRoutes.listMentions.query.parse({}), body: {} },
        call,
      );
    const { items, unread } = await inbox();
    assert.equal(unread, 1);
    assert.equal(items[0]?.text, text);
    assert.equal(items[0]?.incident.id, id);
    assert.equal((await inbox(area.nora)).unread, 0);
    const read = { noteIds: items.map(({ noteId }) => noteId) };
    const mark = (call = area.jo) => area.incidents.routes.readMentions({ params: {}, query: {}, body: read }, call);
    assert.deepEqual(await mark(area.nora), { changed: 0 }, "nobody reads for somebody else");
    assert.deepEqual(await mark(), { changed: 1 });
    assert.equal((await inbox()).unread, 0);
    assert.deepEqual([...namesIn("@jo. @anna-lena: (@bo) x@mail.test @@no")], ["jo.", "jo", "anna-lena", "bo"]);
  });

  test("that are decisions keep why, and what was known", async () => {
    const { id } = await area.openIncident();
    const body = { what: "Isolate web-1", why: "It beacons", information: ["two nodes left", "no change runs"] };
    await area.incidents.routes.decide({ params: { id }, query: {}, body }, area.jo);
    const { decisions } = await work(id);
    assert.deepEqual(
      decisions.map(({ id: _id, at: _at, ...facts }) => facts),
      [{ ...body, by: { id: "u2", name: "jo" } }],
    );
    assert.deepEqual(await titles(id, "decision"), ["Decided: Isolate web-1"]);
    await assert.rejects(area.store.tables.db.execute(sql`update incident_note set title = 'Decided: nothing'`));
  });
});

test("a wait set by a person is ended by a person, others are not", async () => {
  const { id } = await area.openIncident();
  const start = { team: "payments", person: null, reason: "their go" };
  const { key } = await area.incidents.routes.startWait({ params: { id }, query: {}, body: start }, area.nora);
  await area.incidents.wait(null, {
    incidentId: id,
    key: "approval:9",
    team: "operations",
    person: null,
    reason: "",
    since: area.clock.now(),
  });
  area.clock.advance(MINUTE);
  const end = (given: string) =>
    area.incidents.routes.endWait({ params: { id }, query: {}, body: { key: given } }, area.jo);
  await assert.rejects(end("approval:9"), { code: "INCIDENTS_WAIT_UNKNOWN" });
  assert.equal((await end(key)).endedAt, new Date(area.clock.now()).toISOString());
  await assert.rejects(end(key), { code: "INCIDENTS_WAIT_UNKNOWN" });
});

test("links are seen from both ends and removed from either", async () => {
  const [one, two] = [await area.openIncident(), await area.openIncident()];
  const body = { incidentId: two.id, kind: "caused-by", reason: "same key" } as const;
  await area.incidents.routes.linkIncident({ params: { id: one.id }, query: {}, body }, area.nora);
  assert.deepEqual(
    (await work(two.id)).links.map((link) => [link.incident.id, link.outgoing]),
    [[one.id, false]],
  );
  await area.incidents.routes.unlinkIncident({ params: { id: two.id, otherId: one.id }, query: {}, body: {} }, area.jo);
  assert.deepEqual((await work(one.id)).links, []);
  const self = area.incidents.routes.linkIncident(
    { params: { id: one.id }, query: {}, body: { ...body, incidentId: one.id } },
    area.nora,
  );
  await assert.rejects(self, { code: "INCIDENTS_LINK_INVALID" });
});

test("two people who write the same review do not overwrite each other", async () => {
  const { id } = await area.openIncident();
  const first = await saveReview(id, { happened: "a", version: 0 });
  assert.equal(first.version, 1);
  await assert.rejects(saveReview(id, { happened: "b", version: 0 }), { code: "INCIDENTS_REVIEW_CHANGED" });
  await saveReview(id, { happened: "a and b", version: 1, publish: true });
  const { review } = await work(id);
  assert.equal(review.happened, "a and b");
  assert.equal(review.publishedBy, "nora");
  assert.deepEqual(await titles(id, "review"), ["Published the review"]);
});

test("whom it waits for is set with its state, and nobody waits once it is over", async () => {
  const { id } = await area.openIncident();
  const update = (body: object) =>
    area.triage.routes.updateIncident(
      { params: { id }, query: {}, body: triageRoutes.updateIncident.body.parse(body) },
      area.nora,
    );
  const set = await update({ waitingFor: "operations", reason: "their go" });
  assert.equal(set.waitingFor?.team, "operations");
  area.clock.advance(7 * MINUTE);
  await addTask(id, { title: "Look again", team: "security", blocking: true });
  const over = await update({ state: "resolved" });
  assert.equal(over.waitingFor, null);
  const { waits, waitSums } = await work(id);
  assert.deepEqual(
    waits.map(({ endedAt, manual }) => [endedAt !== null, manual]),
    [
      [true, true],
      [true, false],
    ],
  );
  assert.equal(waitSums[0]?.ms, 7 * MINUTE);
});
