/** incident-split.test: split and link, and the way back: both incidents as they were, reasons and all. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { openArea, type TriageArea } from "./area.testing.ts";
import { signalOf } from "./signals.testing.ts";

let area: TriageArea;
before(async () => {
  area = await openArea();
});
after(() => area.close());
beforeEach(() => area.clear());

async function incidentOf(host: string): Promise<string> {
  const n = host.charCodeAt(1) * 10;
  await area.apply(["a", "b", "c"].map((rule, k) => signalOf({ n: n + k, minute: k, rule, host })));
  return (await area.incidents()).find(({ hosts }) => hosts.includes(host))?.id ?? "";
}

test("a split moves alerts into an incident of their own; undoing it restores members, reasons and counts", async () => {
  const id = await incidentOf("h1");
  const whole = await area.incident(id);
  const moving = whole.members.slice(1).map(({ alert }) => alert.id);
  const body = { alertIds: moving, title: "Another matter", reason: "another account" };
  const { kept, split } = await area.triage.routes.splitIncident({ params: { id }, query: {}, body }, area.nora);
  assert.deepEqual([kept.alerts, split.alerts, split.title], [1, 2, "Another matter"]);
  assert.match(
    (await area.incident(split.id)).members[0]?.reason ?? "",
    /^nora took it out of INC-1: another account$/,
  );
  // The system does not put back what a person took out.
  await area.apply([signalOf({ n: 900, minute: 3, rule: "a", host: "h1" })]);
  assert.equal((await area.incident(id)).members.length, 1);
  await area.triage.routes.unsplitIncident({ params: { id: split.id }, query: {}, body: {} }, area.nora);
  const again = await area.incident(id);
  assert.deepEqual(
    again.members.map(({ alert, reason }) => [alert.id, reason]),
    whole.members.map(({ alert, reason }) => [alert.id, reason]),
  );
  assert.equal(again.removed.length, 0);
  assert.equal((await area.incidents()).length, 1);
  assert.ok(again.timeline.some(({ title }) => title === "Split off INC-1 with 2 alerts"));
  await assert.rejects(area.triage.routes.unsplitIncident({ params: { id }, query: {}, body: {} }, area.nora), {
    code: "TRIAGE_NOTHING_SPLIT",
  });
});
