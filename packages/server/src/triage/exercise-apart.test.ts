/** exercise-apart.test: what people do with alerts and incidents of an exercise never makes anything real of them, nor the reverse. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { openArea, type TriageArea } from "./area.testing.ts";
import { signalOf } from "./signals.testing.ts";

let area: TriageArea;
before(async () => {
  area = await openArea();
});
after(() => area.close());
beforeEach(async () => {
  await area.clear();
  area.again({ exerciseOf: (source) => (source.startsWith("ex-") ? source : null) });
});

async function alertOf(n: number, source?: string): Promise<string> {
  const one = signalOf({ n, minute: n, rule: `r${n}`, host: `h${n}` });
  await area.apply([source === undefined ? one : { ...one, source }]);
  const { items } = await area.list(source === undefined ? {} : { exercise: source });
  return items.find(({ ruleId }) => ruleId === `r${n}`)?.id ?? assert.fail(`no alert of r${n}`);
}

const open = (alertIds: string[]) =>
  area.triage.routes.createIncident({ params: {}, query: {}, body: { title: "Opened by hand", alertIds } }, area.nora);
const apart = { code: "TRIAGE_EXERCISE_MIXED" };

test("an incident that a person opens with alerts of an exercise belongs to it", async () => {
  const made = await open([await alertOf(1, "ex-1")]);
  assert.equal(made.exerciseId, "ex-1");
  assert.deepEqual(await area.incidents(), [], "it is in no list of what is real");
  assert.deepEqual(
    (await area.incidents({ exercise: "ex-1" })).map(({ id }) => id),
    [made.id],
  );
});

test("alerts of an exercise and real ones, or of two exercises, are never brought into one incident", async () => {
  const [real, drill, other] = [await alertOf(1), await alertOf(2, "ex-1"), await alertOf(3, "ex-2")];
  await assert.rejects(open([real, drill]), apart);
  await assert.rejects(open([drill, other]), apart);
  const [incident, rehearsed] = [await open([real]), await open([drill])];
  const add = (id: string, alertIds: string[]) =>
    area.triage.routes.addMembers({ params: { id }, query: {}, body: { alertIds, reason: "" } }, area.nora);
  await assert.rejects(add(incident.id, [other]), apart);
  await assert.rejects(add(rehearsed.id, [other]), apart);
  await assert.rejects(add(rehearsed.id, [await alertOf(4)]), apart);
  const merge = (id: string, otherId: string) =>
    area.triage.routes.mergeIncident(
      { params: { id }, query: {}, body: { incidentId: otherId, reason: "" } },
      area.nora,
    );
  await assert.rejects(merge(incident.id, rehearsed.id), apart);
  await assert.rejects(merge(rehearsed.id, incident.id), apart);
  assert.equal((await add(rehearsed.id, [await alertOf(5, "ex-1")])).alerts, 2);
});
