/** incidents.test: what other areas do with an incident: lines on its timeline, waits, evidence. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { changeRoutes } from "@holdfast/contracts/changes";
import { MINUTE, openTestArea, START, type TestArea } from "./area.testing.ts";

let area: TestArea;
before(async () => {
  area = await openTestArea();
});
after(() => area?.close());

const wait = (incidentId: string, given: { key: string; team: string; since: number; person?: string }) =>
  area.incidents.wait(null, { incidentId, reason: "approval of the isolation", person: null, ...given });
const shown = async (id: string) => {
  const { waitingFor } = await area.triage.incidentDetail(id);
  return waitingFor;
};

describe("a line on the timeline", () => {
  test("is written once for a key, in the order of time, among what triage wrote", async () => {
    const incident = await area.openIncident();
    const line = {
      incidentId: incident.id,
      key: "run:1:start",
      at: START + MINUTE,
      lane: "operations",
      kind: "run",
      title: "Playbook started",
      body: "",
      actor: null,
      link: "/playbooks/runs/1",
    } as const;
    await area.incidents.note(null, line);
    await area.incidents.note(null, { ...line, title: "said again after a crash" });
    const { timeline } = await area.triage.incidentDetail(incident.id);
    const [found, ...more] = timeline.filter(({ kind }) => kind === "run");
    assert.deepEqual(more, []);
    assert.equal(found?.title, "Playbook started");
    assert.equal(found?.link, "/playbooks/runs/1");
    assert.ok(timeline.findIndex(({ kind }) => kind === "state") < timeline.findIndex(({ kind }) => kind === "run"));
  });

  test("follows a merge and its undoing, and never links outside", async () => {
    const [kept, merged] = [await area.openIncident(), await area.openIncident()];
    const title = "half a pair \ud800 and a NUL \u0000";
    await area.incidents.note(null, {
      incidentId: merged.id,
      key: "k",
      at: START,
      lane: "security",
      kind: "note",
      title,
      body: "",
      actor: { id: "u1", name: "nora" },
      link: "//evil.example/x",
    });
    const merge = { id: kept.id };
    const body = { incidentId: merged.id, reason: "" };
    await area.triage.routes.mergeIncident({ params: merge, query: {}, body }, area.nora);
    const lines = async () =>
      (await area.triage.incidentDetail(kept.id)).timeline.filter(({ kind }) => kind === "note");
    assert.equal((await lines())[0]?.title, "half a pair \ufffd and a NUL \ufffd");
    assert.equal((await lines())[0]?.link, null);
    await area.triage.routes.unmergeIncident({ params: merge, query: {}, body: {} }, area.nora);
    assert.deepEqual(await lines(), []);
  });

  test("is not written when the transaction of the caller fails", async () => {
    const incident = await area.openIncident();
    await assert.rejects(
      area.store.tables.transaction(async (tx) => {
        await area.incidents.note(tx, {
          incidentId: incident.id,
          key: "lost",
          at: START,
          lane: "system",
          kind: "note",
          title: "lost",
          body: "",
          actor: null,
        });
        throw new Error("rolled back");
      }),
    );
    const { timeline } = await area.triage.incidentDetail(incident.id);
    assert.equal(
      timeline.some(({ title }) => title === "lost"),
      false,
    );
  });
});

describe("waiting", () => {
  test("is shown for the longest standing wait until all are over, and is said once", async () => {
    const { id } = await area.openIncident();
    await wait(id, { key: "approval:1", team: "payments", since: START, person: "jo" });
    await wait(id, { key: "approval:1", team: "security", since: START + 5 * MINUTE });
    await wait(id, { key: "task:1", team: "security", since: START + 2 * MINUTE });
    assert.deepEqual(await shown(id), {
      team: "operations",
      whom: "payments",
      person: { id: "u2", name: "jo" },
      since: new Date(START).toISOString(),
    });
    await area.incidents.waited(null, { incidentId: id, key: "approval:1", at: START + 3 * MINUTE });
    assert.deepEqual(await shown(id), {
      team: "security",
      whom: "security",
      person: null,
      since: new Date(START + 2 * MINUTE).toISOString(),
    });
    await area.incidents.waited(null, { incidentId: id, key: "task:1", at: START + 4 * MINUTE });
    await area.incidents.waited(null, { incidentId: id, key: "task:1", at: START + 9 * MINUTE });
    assert.equal(await shown(id), null);
    const [first, second] = await area.incidents.waits(id);
    assert.deepEqual(first?.person, { id: "u2", name: "jo" });
    assert.equal(second?.endedAt, START + 4 * MINUTE);
    // Said late by a workflow that was killed: the wait is over and stays over.
    await wait(id, { key: "task:1", team: "security", since: START + 2 * MINUTE });
    assert.equal(await shown(id), null);
  });
});

describe("evidence of a program", () => {
  test("lies under its sha256, once per key", async () => {
    const { id } = await area.openIncident();
    const piece = {
      incidentId: id,
      name: "ps.txt",
      source: "web-1",
      actor: { id: "holdfast", name: "holdfast" },
      key: "step:7",
      bytes: Buffer.from("PID 1 init"),
    };
    const first = await area.incidents.attach(null, piece);
    assert.deepEqual(await area.incidents.attach(null, piece), first);
    const kept = await readFile(join(area.directory, first.sha256.slice(0, 2), first.sha256), "utf8");
    assert.equal(kept, "PID 1 init");
    await assert.rejects(area.incidents.attach(null, { ...piece, key: "big", bytes: Buffer.alloc((1 << 20) + 1) }), {
      code: "INCIDENTS_EVIDENCE_TOO_LARGE",
    });
  });
});

test("what changed on a host before names its changes beside what its events show", async () => {
  const body = changeRoutes.feedChange.body.parse({
    title: "Agent update",
    state: "running",
    plannedStart: new Date(START - 90 * MINUTE).toISOString(),
    actualStart: new Date(START - 80 * MINUTE).toISOString(),
    assets: ["app-7"],
  });
  const { change } = await area.changes.routes.feedChange({ params: { id: "chg-1" }, query: {}, body }, area.jo);
  await area.storeEvents([
    { minute: -3 * 1440, host: "app-7" },
    {
      minute: -60,
      host: "app-7",
      class: "process_activity",
      class_uid: 1007,
      activity_id: 1,
      process_path: "/opt/new",
    },
  ]);
  const before = async (host: string) =>
    (
      await area.incidents.investigation.changedBefore(
        { params: {}, query: { host, at: new Date(START).toISOString() }, body: {} },
        area.nora,
      )
    ).items.map(({ kind, title, changeId }) => [kind, title, changeId ?? ""]);
  assert.deepEqual(await before("app-7"), [
    ["planned-change", "Agent update", change.id],
    ["process", "new", ""],
  ]);
  assert.deepEqual(await before("app-8"), []);
});
