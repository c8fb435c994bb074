/** exercise-apart.test: the work and the past of an exercise's incident stand apart from those of real ones. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { incidentRoutes } from "@holdfast/contracts/incidents";
import { investigationRoutes } from "@holdfast/contracts/investigation";
import { openTestArea, START, type TestArea } from "./area.testing.ts";

let area: TestArea;
before(async () => {
  area = await openTestArea();
});
after(() => area?.close());

test("tasks of an exercise are in no list or count of tasks unless they are asked for", async () => {
  const [real, drill] = [await area.openIncident(), await area.openIncident("Rehearsed", "drill")];
  for (const { id } of [real, drill]) {
    const body = incidentRoutes.addTask.body.parse({ title: `Task of ${id}`, team: "operations" });
    await area.incidents.routes.addTask({ params: { id }, query: {}, body }, area.nora);
  }
  const list = async (query: Record<string, string>) => {
    const asked = { params: {}, query: incidentRoutes.listTasks.query.parse(query), body: {} };
    const { items, total } = await area.incidents.routes.listTasks(asked, area.nora);
    return [items.map(({ incident }) => incident.id), total];
  };
  assert.deepEqual(await list({}), [[real.id], 1]);
  assert.deepEqual(await list({ exercise: "any" }), [[drill.id], 1]);
  assert.deepEqual(await list({ exercise: "ex-1" }), [[drill.id], 1]);
  assert.deepEqual(await list({ exercise: "ex-2" }), [[], 0]);
});

test("what ran on a host and what was new there is told of the one or of the other, never of both", async () => {
  const ran = (minute: number, source: string, process_path: string) => ({
    ...{ minute, source, process_path, host: "pc-1", class_uid: 1007, activity_id: 1, process_cmd: process_path },
  });
  await area.storeEvents([
    ran(-3000, "test", "C:\\old.exe"),
    ran(-2, "test", "C:\\real.exe"),
    ran(-1, "drill", "C:\\drill.exe"),
  ]);
  const range = { from: new Date(START - 3_600_000).toISOString(), to: new Date(START).toISOString() };
  const tree = async (more: { exercise?: string }) => {
    const query = investigationRoutes.processTree.query.parse({ host: "pc-1", ...range, ...more });
    const { processes, total } = await area.incidents.investigation.processTree(
      { params: {}, query, body: {} },
      area.nora,
    );
    return [processes.map(({ path }) => path), total];
  };
  assert.deepEqual(await tree({}), [["C:\\real.exe"], 1]);
  assert.deepEqual(await tree({ exercise: "ex-1" }), [["C:\\drill.exe"], 1]);
  const news = async (more: { exercise?: string }) => {
    const query = investigationRoutes.changedBefore.query.parse({ host: "pc-1", at: range.to, ...more });
    const { items } = await area.incidents.investigation.changedBefore({ params: {}, query, body: {} }, area.nora);
    return items.map(({ title }) => title);
  };
  assert.deepEqual(await news({}), ["real.exe"]);
  assert.deepEqual(await news({ exercise: "ex-1" }), ["drill.exe"]);
});
