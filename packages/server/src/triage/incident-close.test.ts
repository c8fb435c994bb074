/** incident-close.test: alerts close and open with their incident, listeners are told inside the transaction, repeats are folded. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Incident } from "@holdfast/contracts/triage";
import { openArea, type TriageArea } from "./area.testing.ts";
import type { IncidentChange } from "./incident-changes.ts";
import { MINUTE, START, signalOf } from "./signals.testing.ts";

let area: TriageArea;
before(async () => {
  area = await openArea();
});
after(() => area.close());
beforeEach(() => area.clear());

async function oneIncident(): Promise<Incident> {
  await area.apply(["a", "b"].map((rule, n) => signalOf({ n, minute: n, rule, host: "h1" })));
  const [first] = await area.incidents();
  assert.ok(first !== undefined);
  return first;
}

test("closing an incident closes its alerts with the verdict; opening it again restores each; listeners are told in the transaction", async () => {
  const told: IncidentChange[] = [];
  area.again({ onIncident: [async (_tx, change) => void told.push(change)] });
  const first = await oneIncident();
  const [one, two] = (await area.incident(first.id)).members.map(({ alert }) => alert.id);
  await area.act([one ?? ""], { kind: "acknowledge" });
  await area.update(first.id, { state: "closed", verdict: "benign", reason: "a test" });
  const closed = await area.incident(first.id);
  assert.deepEqual(
    closed.members.map(({ alert }) => [alert.state, alert.verdict]),
    [
      ["closed", "benign"],
      ["closed", "benign"],
    ],
  );
  assert.ok(closed.timeline.some((item) => item.title === "Closed 2 alerts with the incident as benign"));
  await area.update(first.id, { state: "open" });
  assert.deepEqual([(await area.alert(one ?? "")).state, (await area.alert(two ?? "")).state], ["acknowledged", "new"]);
  // What a person closed stays closed when the incident is opened again.
  await area.act([two ?? ""], { kind: "close", verdict: "false-positive", reason: "" });
  await area.update(first.id, { state: "closed" });
  await area.update(first.id, { state: "open", severity: "critical" });
  assert.deepEqual((await area.alert(two ?? "")).verdict, "false-positive");
  assert.deepEqual(
    told
      .filter(({ incidentId }) => incidentId === first.id)
      .map(({ kind, before, state, by }) => [kind, before, state, by?.name]),
    [
      ["opened", null, "open", undefined],
      ["state", "open", "closed", "nora"],
      ["state", "closed", "open", "nora"],
      ["state", "open", "closed", "nora"],
      ["state", "closed", "open", "nora"],
      ["severity", "medium", "open", "nora"],
    ],
  );
  area.again({ onIncident: [async () => Promise.reject(new Error("the pager is down"))] });
  await assert.rejects(area.update(first.id, { state: "contained" }), /the pager is down/);
  assert.equal((await area.incident(first.id)).state, "open");
});

test("identical rows that follow each other stand as one with a count", async () => {
  await area.apply([0, 1, 2, 3].map((n) => signalOf({ n, minute: n, rule: "a", host: "h1" })));
  await area.apply([signalOf({ n: 9, minute: 9, rule: "b", host: "h1" })]);
  const { timeline } = await area.incident((await area.incidents())[0]?.id ?? "");
  const events = timeline.filter((item) => item.kind === "event");
  assert.deepEqual(
    events.map(({ title, count, until }) => [title, count, until]),
    [
      ["Rule a", 4, new Date(START + 3 * MINUTE).toISOString()],
      ["Rule b", undefined, undefined],
    ],
  );
});
