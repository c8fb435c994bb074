/** undo.test: what people decided about alerts and members is taken back, and everything stands as it stood before. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { triageRoutes } from "@holdfast/contracts/triage";
import { openArea, type TriageArea } from "./area.testing.ts";
import { signalOf } from "./signals.testing.ts";

let area: TriageArea;
before(async () => {
  area = await openArea();
});
after(() => area?.close());
beforeEach(() => area.clear());

async function one(): Promise<string> {
  await area.apply([signalOf({ n: 1, minute: 0, level: "medium" })]);
  return (await area.list()).items[0]?.id ?? "";
}

const standing = async (id: string) => {
  const { state, verdict, severity, assignee, team } = await area.alert(id);
  return { state, verdict, severity, assignee, team };
};

test("each decision about an alert is taken back to how it stood, however it stood", async () => {
  const id = await one();
  const fresh = await standing(id);
  assert.equal((await area.alert(id)).decided, null);
  const decisions = [
    { kind: "acknowledge" },
    { kind: "assign", assignee: "u2", team: null },
    { kind: "close", verdict: "benign", reason: "known" },
    { kind: "severity", severity: "critical", reason: "seen before" },
  ] as const;
  for (const action of decisions) {
    await area.act([id], action);
    assert.notDeepEqual(await standing(id), fresh, action.kind);
    assert.equal((await area.alert(id)).decided?.by.name, "nora");
    assert.equal((await area.act([id], { kind: "undo", of: action.kind })).changed, 1, action.kind);
    assert.deepEqual(await standing(id), fresh, action.kind);
  }
  assert.deepEqual(await area.act([id], { kind: "undo", of: "severity" }), { changed: 0, unchanged: 1, missing: [] });
  // What was closed before is closed again, under the verdict that it had.
  await area.act([id], { kind: "close", verdict: "benign", reason: "known" });
  const closed = await standing(id);
  await area.act([id], { kind: "reopen", reason: "not so sure" });
  await area.act([id], { kind: "undo", of: "reopen" });
  assert.deepEqual(await standing(id), closed);
  const told = (await area.alert(id)).timeline.map(({ title }) => title);
  assert.ok(told.includes("Took the acknowledgement back") && told.includes("Took the reopening back"));
});

test("what a colleague or an incident did since is not taken back with it", async () => {
  const id = await one();
  await area.act([id], { kind: "acknowledge" });
  await area.act([id], { kind: "assign", assignee: "u2", team: null });
  assert.equal((await area.act([id], { kind: "undo", of: "acknowledge" })).changed, 0);
  const body = { title: "Odd", alertIds: [id] };
  const incident = await area.triage.routes.createIncident({ params: {}, query: {}, body }, area.nora);
  await area.update(incident.id, { state: "closed", verdict: "benign" });
  assert.equal((await area.alert(id)).decided, null);
  assert.equal((await area.act([id], { kind: "undo", of: "assign" })).changed, 0);
  assert.equal((await standing(id)).state, "closed");
});

test("a member that is put back stands with its reason and what it shares, also where its incident was merged in", async () => {
  await area.apply([
    signalOf({ n: 1, minute: 0, rule: "a", host: "h1", level: "high" }),
    signalOf({ n: 2, minute: 1, rule: "b", host: "h1", level: "high" }),
    signalOf({ n: 3, minute: 0, rule: "c", host: "h9", level: "high" }),
    signalOf({ n: 4, minute: 1, rule: "d", host: "h9", level: "high" }),
  ]);
  const [first, second] = (await area.incidents({ sort: "oldest" })).map(({ id }) => id);
  assert.ok(first !== undefined && second !== undefined);
  const before = (await area.incident(second)).members;
  const body = { incidentId: second, reason: "the same" };
  await area.triage.routes.mergeIncident({ params: { id: first }, query: {}, body }, area.nora);
  const [member] = before;
  assert.ok(member !== undefined && member.shared.length > 0);
  const params = { id: first, alertId: member.alert.id };
  await area.triage.routes.removeMember({ params, query: {}, body: {} }, area.nora);
  const add = triageRoutes.addMembers.body.parse({ alertIds: [member.alert.id] });
  await area.triage.routes.addMembers({ params: { id: first }, query: {}, body: add }, area.nora);
  const back = (await area.incident(first)).members.find(({ alert }) => alert.id === member.alert.id);
  assert.deepEqual(
    [back?.reason, back?.shared, back?.addedAt, back?.addedBy],
    [member.reason, member.shared, member.addedAt, "system"],
  );
  assert.deepEqual((await area.incident(first)).removed, []);
  await area.triage.routes.unmergeIncident({ params: { id: first }, query: {}, body: {} }, area.nora);
  assert.deepEqual(
    (await area.incident(second)).members.map(({ alert, reason }) => [alert.id, reason]),
    before.map(({ alert, reason }) => [alert.id, reason]),
  );
});
