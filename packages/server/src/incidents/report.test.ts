/** report.test: the page for a manager: what it says, and that hostile words stay words. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { incidentRoutes } from "@holdfast/contracts/incidents";
import { triageRoutes } from "@holdfast/contracts/triage";
import { MINUTE, openTestArea, type TestArea } from "./area.testing.ts";

let area: TestArea;
before(async () => {
  area = await openTestArea();
});
after(() => area?.close());

const HOSTILE = `<script>alert(1)</script><img src=x onerror=alert(2)>" onload='x' \u202egnp.exe &amp; \u0007`;

test("says who was waited for how long, what was done and what is open, and takes no markup from anybody", async () => {
  const { id } = await area.openIncident(HOSTILE.replaceAll("\u0007", ""));
  const params = { id };
  const add = (title: string, owner: string | null) =>
    area.incidents.routes.addTask(
      {
        params,
        query: {},
        body: incidentRoutes.addTask.body.parse({ title, team: "operations", owner, blocking: true }),
      },
      area.nora,
    );
  const done = await add("Say what breaks", "jo");
  area.clock.advance(12 * MINUTE);
  await area.incidents.routes.updateTask(
    { params: { id: done.id }, query: {}, body: { state: "done", outcome: HOSTILE } },
    area.jo,
  );
  await add("Rebuild", null);
  const decision = { what: HOSTILE, why: "it beacons", information: [] };
  await area.incidents.routes.decide({ params, query: {}, body: decision }, area.jo);
  await area.triage.routes.updateIncident(
    { params, query: {}, body: triageRoutes.updateIncident.body.parse({ state: "contained", summary: HOSTILE }) },
    area.nora,
  );
  const page = await area.incidents.report(id, "html");
  const html = page.toString();
  assert.doesNotMatch(html, /<script|<img|\u202e|onload='/);
  assert.match(html, /&#60;script&#62;/);
  assert.match(html, /\[U\+202E\]/);
  assert.match(html, /operations<\/td><td>12 min in 2 waits, still waiting/);
  assert.match(html, /Say what breaks \(operations\)/);
  assert.match(html, /Rebuild: operations/);
  assert.match(html, /12 min after it was opened/);
  const pdf = await area.incidents.report(id, "pdf");
  assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
  assert.equal(pagesOf(pdf), 1);
});

test("what was only proposed, or was refused, is not among what was done", async () => {
  const { id } = await area.openIncident();
  const titles = ["Proposed: Isolate web-3", "Not allowed: Isolate dc-1", "Done and verified: Isolate web-3"];
  for (const [at, title] of titles.entries()) {
    const line = { incidentId: id, key: `effect:${at}`, at: area.clock.now(), title, body: "", actor: null };
    await area.incidents.note(null, { ...line, lane: "operations", kind: "effect" });
  }
  const html = (await area.incidents.report(id, "html")).toString();
  const done = html.slice(html.indexOf("<h2>Done</h2>"), html.indexOf("<h2>Still open</h2>"));
  assert.match(done, /Done and verified: Isolate web-3/);
  assert.doesNotMatch(done, /Proposed|Not allowed/);
  assert.match(html, /Not allowed: Isolate dc-1/);
});

test("is one page however much was done, and says what it left out", async () => {
  const { id } = await area.openIncident("A long night ".repeat(20));
  const params = { id };
  for (let n = 0; n < 40; n += 1) {
    const body = { what: `Step ${n} ${"with a long what ".repeat(20)}`, why: "because ".repeat(200), information: [] };
    await area.incidents.routes.decide({ params, query: {}, body }, area.jo);
    const task = { title: `Task ${n} ${"said at length ".repeat(15)}`, team: "operations", blocking: n % 2 === 0 };
    await area.incidents.routes.addTask(
      { params, query: {}, body: incidentRoutes.addTask.body.parse(task) },
      area.nora,
    );
  }
  const summary = "\u4e2d\u6587 and words. ".repeat(800);
  await area.triage.routes.updateIncident(
    { params, query: {}, body: triageRoutes.updateIncident.body.parse({ summary }) },
    area.nora,
  );
  assert.equal(pagesOf(await area.incidents.report(id, "pdf")), 1);
  const html = (await area.incidents.report(id, "html")).toString();
  assert.match(html, /\d+ more decisions stand on the timeline of the incident\./);
  assert.match(html, /\d+ more tasks stand on the incident\./);
  assert.match(html, /Long texts are shortened so that this is one page/);
  assert.match(html, /Step 39 /, "what was decided last is on it");
});

test("a report of an exercise says first that nothing of it happened; one of a real incident does not", async () => {
  const [real, drill] = [await area.openIncident(), await area.openIncident("Rehearsed", "drill")];
  const words = /EXERCISE\. This did not happen/;
  const html = (await area.incidents.report(drill.id, "html")).toString();
  assert.match(html, /<title>EXERCISE: INC-/);
  assert.ok(html.search(words) > 0 && html.search(words) < html.indexOf("<h1>"));
  assert.match((await area.incidents.report(drill.id, "pdf")).toString("latin1"), /\(EXERCISE: INC-/);
  assert.doesNotMatch((await area.incidents.report(real.id, "html")).toString(), words);
});

function pagesOf(pdf: Buffer): number {
  return (pdf.toString("latin1").match(/\/Type \/Page\b/g) ?? []).length;
}
