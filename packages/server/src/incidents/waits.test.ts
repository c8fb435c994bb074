/** waits.test: whenever an incident waits it says for whom, team and person, since when; also after merges, other leads and a new start. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { incidentRoutes } from "@holdfast/contracts/incidents";
import { triageRoutes } from "@holdfast/contracts/triage";
import { MINUTE, openTestArea, START, type TestArea } from "./area.testing.ts";

let area: TestArea;
before(async () => {
  area = await openTestArea();
});
after(() => area?.close());
beforeEach(() => area.duty.clear());

const NORA = { id: "u1", name: "nora" };
const JO = { id: "u2", name: "jo" };
const shown = async (id: string) => (await area.triage.incidentDetail(id)).waitingFor;
const listed = async (id: string) => {
  const query = triageRoutes.listIncidents.query.parse({});
  const { items } = await area.triage.routes.listIncidents({ params: {}, query, body: {} }, area.nora);
  return items.find((one) => one.id === id)?.waitingFor;
};
const waits = async (id: string) => {
  const found = await area.incidents.routes.getWork({ params: { id }, query: {}, body: {} }, area.nora);
  return found.waits.filter(({ endedAt }) => endedAt === null).map((one) => [one.team, one.person?.name, one.personBy]);
};
const lead = (id: string, person: string | null) =>
  area.incidents.routes.setRole({ params: { id, role: "operations-lead" }, query: {}, body: { person } }, area.nora);
const approval = (id: string, team = "operations") =>
  area.incidents.wait(null, {
    incidentId: id,
    key: `approval:${team}`,
    team,
    person: null,
    reason: "to approve",
    since: START,
  });
const update = (id: string, body: object) =>
  area.triage.routes.updateIncident(
    { params: { id }, query: {}, body: triageRoutes.updateIncident.body.parse(body) },
    area.nora,
  );

test("nobody named: who is on call for the side, then who leads it; a named person stays", async () => {
  area.duty.set("operations", JO);
  const { id } = await area.openIncident();
  await approval(id);
  const operations = { team: "operations", whom: "operations", since: new Date(START).toISOString() };
  assert.deepEqual(await listed(id), { ...operations, person: JO });
  assert.deepEqual(await waits(id), [["operations", "jo", "on-call"]]);
  await lead(id, "nora");
  assert.deepEqual(await shown(id), { ...operations, person: NORA });
  assert.deepEqual(await waits(id), [["operations", "nora", "lead"]]);
  await lead(id, null);
  assert.deepEqual(await shown(id), { ...operations, person: JO });
  const body = incidentRoutes.startWait.body.parse({ team: "operations", person: "jo", reason: "the logs" });
  await area.incidents.routes.startWait({ params: { id }, query: {}, body }, area.nora);
  await lead(id, "nora");
  assert.deepEqual(await waits(id), [
    ["operations", "nora", "lead"],
    ["operations", "jo", "named"],
  ]);
  const { timeline } = await area.triage.incidentDetail(id);
  assert.ok(timeline.some(({ title }) => title === "Waits for operations (jo, on call)"));
});

test("the state is set with a person, and of an owner team nobody is invented", async () => {
  area.duty.set("operations", JO);
  const { id } = await area.openIncident();
  await update(id, { waitingFor: "security", waitingPerson: "nora", reason: "the image" });
  assert.deepEqual((await shown(id))?.person, NORA);
  await update(id, { waitingFor: null });
  await approval(id, "payments");
  const waiting = await shown(id);
  assert.deepEqual([waiting?.team, waiting?.whom, waiting?.person], ["operations", "payments", null]);
});

test("what was merged in is waited for by the whole, until it is taken apart again", async () => {
  const [kept, merged] = [await area.openIncident(), await area.openIncident()];
  await approval(merged.id);
  assert.equal(await shown(kept.id), null);
  const params = { id: kept.id };
  const body = { incidentId: merged.id, reason: "" };
  await area.triage.routes.mergeIncident({ params, query: {}, body }, area.nora);
  assert.equal((await listed(kept.id))?.team, "operations");
  await area.triage.routes.unmergeIncident({ params, query: {}, body: {} }, area.nora);
  assert.equal(await listed(kept.id), null);
  assert.equal((await listed(merged.id))?.team, "operations");
});

test("an incident that is opened again waits again for what nobody has ended, and only its open time counts", async () => {
  const { id } = await area.openIncident();
  await approval(id, "operations");
  await approval(id, "security");
  area.clock.advance(START + 10 * MINUTE - area.clock.now());
  await update(id, { state: "resolved" });
  assert.equal(await shown(id), null);
  area.clock.advance(30 * MINUTE);
  await area.incidents.waited(null, { incidentId: id, key: "approval:security", at: area.clock.now() });
  await update(id, { state: "open" });
  assert.equal((await shown(id))?.since, new Date(area.clock.now()).toISOString());
  assert.deepEqual(await waits(id), [["operations", undefined, null]]);
  area.clock.advance(5 * MINUTE);
  await area.incidents.waited(null, { incidentId: id, key: "approval:operations", at: area.clock.now() });
  assert.equal(await shown(id), null);
  const found = await area.incidents.routes.getWork({ params: { id }, query: {}, body: {} }, area.nora);
  assert.deepEqual(
    found.waitSums.map(({ team, ms }) => [team, ms]),
    [
      ["operations", 15 * MINUTE],
      ["security", 10 * MINUTE],
    ],
  );
});
