/** story-changes.test: the story of an incident tells what was changed on what it hit, in a lane of its own. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { changeRoutes } from "@holdfast/contracts/changes";
import { MINUTE, openTestArea, START, type TestArea } from "./area.testing.ts";

let area: TestArea;
before(async () => {
  area = await openTestArea();
});
after(() => area?.close());

test("changes on a host that an incident hit stand in its story; those elsewhere or long over do not", async () => {
  const { id, hosts } = await area.openIncident();
  const drill = await area.openIncident("Rehearsed", "drill");
  const at = (minute: number): string => new Date(START + minute * MINUTE).toISOString();
  const plan = async (title: string, from: number, asset = hosts[0] ?? ""): Promise<void> => {
    const whole = { title, plannedStart: at(from), plannedEnd: at(from + 30), assets: [asset] };
    const body = changeRoutes.createChange.body.parse(whole);
    await area.changes.routes.createChange({ params: {}, query: {}, body }, area.jo);
  };
  await plan("Kernel", -60);
  await plan("Long ago", -3 * 24 * 60);
  await plan("After it", 24 * 60);
  await plan("Elsewhere", -60, "mx-1");
  await plan("On the other's host", -60, drill.hosts[0]);
  const lane = async (incident: string) =>
    (await area.triage.incidentDetail(incident)).timeline.filter((item) => item.lane === "changes");
  const [only, ...rest] = await lane(id);
  assert.deepEqual([only?.title, only?.kind, only?.at, rest.length], ["Kernel", "change", at(-60), 0]);
  assert.match(only?.link ?? "", /^\/changes\?change=/);
  assert.deepEqual(await lane(drill.id), [], "the hosts of a story are not those of the estate");
});
