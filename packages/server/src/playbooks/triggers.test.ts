/** triggers.test: what fires, when, on what and how often, on the real store and real workflows; and kill -9 while they fire.
 *  HOLDFAST_TEST_ROUNDS sets the number of kills (3; 200 for the full run). */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, describe, test } from "node:test";
import type { PlaybookSuggestion } from "@holdfast/contracts/playbook-triggers";
import type { JsonObject } from "@holdfast/playbook";
import { sql } from "drizzle-orm";
import { PLACES } from "../places.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { loadMigrations } from "../platform/tables/index.ts";
import { ana, openTriggerArea, TEST_INCIDENTS, type TriggerArea, type TriggerKillSetup } from "./triggers.testing.ts";

const ROUNDS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 3);
const PER_ROUND = 8;
const LONGEST_MS = 900;
const LOOK = `
id: look
name: Look at it
variables: { host: { type: string, required: true, from: "incident.hosts[0]" } }
start: ask
steps:
  ask: { manual: "Look at \${host}." }
`;

describe("triggers of playbooks", () => {
  let store: TestTables;
  let area: TriggerArea;
  before(async () => {
    store = await openTestTables([...loadMigrations(), { id: "9999-incidents", sql: TEST_INCIDENTS }]);
    area = await openTriggerArea(store);
    for (const text of [
      LOOK,
      LOOK.replace("id: look", "id: plain")
        .replace(/variables.*\n/, "")
        .replace("${host}", "all"),
    ]) {
      const { id } = await area.playbooks.routes.createPlaybook({ params: {}, query: {}, body: { text } }, ana);
      await area.playbooks.routes.publishPlaybook({ params: { id }, query: {}, body: {} }, ana);
    }
  });
  after(async () => {
    await area.close();
    await store.close();
  });

  const routes = () => area.playbooks.triggers.routes;
  const written = (condition: string, more: JsonObject = {}) => ({
    name: "A trigger",
    playbookId: "look",
    condition,
    mode: "suggest" as "suggest" | "start",
    enabled: true,
    owner: "security",
    ...more,
  });
  const add = async (condition: string, more: JsonObject = {}) =>
    routes().createPlaybookTrigger({ params: {}, query: {}, body: written(condition, more) }, ana);
  const remove = (id: string) => routes().removePlaybookTrigger({ params: { id }, query: {}, body: {} }, ana);
  const read = async (id: string) => {
    const { items } = await routes().listPlaybookTriggers({ params: {}, query: {}, body: {} }, ana);
    return items.find((trigger) => trigger.id === id);
  };
  const suggestions = async (incident: string): Promise<PlaybookSuggestion[]> =>
    (await routes().listPlaybookSuggestions({ params: {}, query: { incident }, body: {} }, ana)).items;
  const turn = async (): Promise<void> => {
    while ((await area.playbooks.triggers.turn()) > 0);
  };
  const runsOf = async (incident: string) =>
    (await area.playbooks.routes.listRuns({ params: {}, query: { incident, limit: 100 }, body: {} }, ana)).items;

  test("one that suggests says why, once for an incident, and is started once whoever presses", async () => {
    const condition = 'incident.severity == "high" && (incident.hosts.size() > 1 || "T1" in incident.techniques)';
    const { id } = await add(condition);
    await area.touch("s-1", { severity: "low", hosts: ["web-1"], techniques: ["T1"] });
    await turn();
    assert.deepEqual(await suggestions("s-1"), []);
    await area.touch("s-1", { severity: "high", hosts: ["web-1"], techniques: ["T1", "T2"] });
    await turn();
    const [first, ...others] = await suggestions("s-1");
    assert.ok(first !== undefined && others.length === 0);
    assert.deepEqual([first.state, first.mode, first.playbookName], ["suggested", "suggest", "Look at it"]);
    assert.deepEqual(first.reasons, [
      { condition: 'incident.severity == "high"', values: [{ name: "incident.severity", value: "high" }] },
      { condition: '"T1" in incident.techniques', values: [{ name: "incident.techniques", value: "T1" }] },
    ]);
    assert.deepEqual(await runsOf("s-1"), []);
    await area.touch("s-1", { severity: "high", hosts: ["web-1", "web-2"], techniques: [] });
    await turn();
    assert.equal((await suggestions("s-1")).length, 1, "it never fires twice");

    const press = () =>
      routes().startPlaybookSuggestion({ params: { id: first.id }, query: {}, body: { variables: {} } }, ana);
    const [one, two] = await Promise.all([press(), press()]);
    assert.equal(one.id, two.id, "two presses, one run");
    assert.deepEqual([one.startedBy.name, (await runsOf("s-1")).length], ["Ana", 1]);
    const [done] = await suggestions("s-1");
    assert.deepEqual([done?.state, done?.runId, done?.decidedBy?.name], ["started", one.id, "Ana"]);
    assert.equal((await read(id))?.fired, 1);
    await remove(id);
  });

  test("one that starts is the requester, who wrote it is named with it, and what cannot start becomes a suggestion", async () => {
    const { id } = await add('incident.severity == "critical"', { mode: "start", name: "At once" });
    await area.touch("a-1", { severity: "critical", hosts: ["web-1"] });
    await area.touch("a-2", { severity: "critical", hosts: [] });
    await turn();
    const [run] = await runsOf("a-1");
    assert.deepEqual(run?.startedBy, { id: `trigger:${id}`, name: 'Trigger "At once"' });
    const { rows } = await store.tables.db.execute<{ armed_by: { id: string } }>(
      sql`select armed_by from playbook_run where incident_id = 'a-1'`,
    );
    assert.equal(rows[0]?.armed_by.id, "ana");
    const [stuck] = await suggestions("a-2");
    assert.deepEqual([stuck?.state, stuck?.runId], ["suggested", null]);
    assert.match(stuck?.problem ?? "", /needs host/);
    assert.ok(area.notes.includes("Playbook did not start: At once"));
    const body = { variables: { host: "db-1" } };
    const by = await routes().startPlaybookSuggestion({ params: { id: stuck?.id ?? "" }, query: {}, body }, ana);
    assert.equal(by.startedBy.name, "Ana");
    await remove(id);
  });

  test("incidents of exercises start runs of the exercise only, whoever starts them", async () => {
    const { id } = await add('incident.severity == "high"', { mode: "start" });
    await area.touch("e-1", { severity: "high", hosts: ["web-1"], exerciseId: "drill-1" });
    await turn();
    const byHand = { incidentId: "e-1", variables: {} };
    await area.playbooks.routes.runPlaybook({ params: { id: "look" }, query: {}, body: byHand }, ana);
    assert.deepEqual(
      (await runsOf("e-1")).map(({ exerciseId }) => exerciseId),
      ["drill-1", "drill-1"],
    );
    assert.equal((await read(id))?.fired, 0, "apart in the count");
    await remove(id);
  });

  test("a condition that cannot be worked out is shown with its error and stops no other", async () => {
    const bad = await add("incident.nothing.here > 1", { name: "a bad one" });
    const odd = await add("incident.hosts.size()", { name: "an odd one" });
    const good = await add('incident.hosts.exists(h, h == "web-9")', { name: "z good one" });
    await area.touch("x-1", { hosts: ["web-9"] });
    await turn();
    assert.deepEqual(
      (await suggestions("x-1")).map(({ triggerId }) => triggerId),
      [good.id],
    );
    const error = (await read(bad.id))?.error;
    assert.deepEqual([error?.incidentId, /No such key: nothing/.test(error?.reason ?? "")], ["x-1", true]);
    assert.match((await read(odd.id))?.error?.reason ?? "", /gives 1, and a condition gives true or false/);
    const mended = { ...written("incident.hosts.size() > 100"), basedOn: 1 };
    const saved = await routes().savePlaybookTrigger({ params: { id: bad.id }, query: {}, body: mended }, ana);
    assert.deepEqual([saved.error, saved.version, saved.updatedBy.name], [null, 2, "Ana"]);
    const late = routes().savePlaybookTrigger({ params: { id: bad.id }, query: {}, body: mended }, ana);
    await assert.rejects(late, { code: "PLAYBOOKS_TRIGGER_CHANGED", message: /Ana changed this trigger/ });
    await assert.rejects(add("incident.x =="), { code: "PLAYBOOKS_TRIGGER_INVALID", message: /character/ });
    await assert.rejects(add("alert.x == 1"), { code: "PLAYBOOKS_TRIGGER_INVALID", message: /no variable "alert"/ });
    for (const one of [bad, odd, good]) await remove(one.id);
  });

  test("what is off, over, dismissed or merged does not fire again; a trial tells what would and does nothing", async () => {
    const { id } = await add('"m" in incident.tags');
    await area.touch("m-1", { tags: ["m"], hosts: ["web-1"] });
    await area.touch("m-2", { tags: [], hosts: [] });
    await area.touch("m-3", { tags: ["m"], hosts: [], state: "closed" });
    await turn();
    const [hit] = await suggestions("m-1");
    assert.equal((await suggestions("m-3")).length, 0, "closed");
    const no = { params: { id: hit?.id ?? "" }, query: {}, body: { reason: "a test of ours" } };
    const dismissed = await routes().dismissPlaybookSuggestion(no, ana);
    assert.deepEqual(
      [dismissed.state, dismissed.note, dismissed.decidedBy?.name],
      ["dismissed", "a test of ours", "Ana"],
    );
    await assert.rejects(routes().dismissPlaybookSuggestion(no, ana), { code: "PLAYBOOKS_SUGGESTION_OVER" });
    const press = { params: { id: hit?.id ?? "" }, query: {}, body: { variables: {} } };
    await assert.rejects(routes().startPlaybookSuggestion(press, ana), { message: /Ana dismissed/ });
    await area.touch("m-2", { tags: ["m"], hosts: [] });
    await area.merge("m-1", "m-2");
    await turn();
    assert.deepEqual(
      (await suggestions("m-2")).map(({ incidentId }) => incidentId),
      ["m-1"],
      "one for both",
    );
    await routes().savePlaybookTrigger(
      { params: { id }, query: {}, body: { ...written('"m" in incident.tags', { enabled: false }), basedOn: 1 } },
      ana,
    );
    await area.touch("m-4", { tags: ["m"], hosts: [] });
    await turn();
    assert.deepEqual(await suggestions("m-4"), []);
    const trial = await routes().tryPlaybookTrigger(
      { params: {}, query: {}, body: { condition: '"m" in incident.tags' } },
      ana,
    );
    assert.deepEqual(
      trial.fired.map((one) => one.id),
      ["m-4", "m-3", "m-2", "m-1"].filter((one) => trial.fired.some((fired) => fired.id === one)),
    );
    assert.ok(trial.fired.some((one) => one.id === "m-4") && trial.errors.some((one) => one.id === "x-1"));
    assert.deepEqual(await suggestions("m-4"), []);
    await remove(id);
    const { rows } = await store.tables.db.execute<{ action: string }>(
      sql`select action from audit_log where target = ${id} order by seq`,
    );
    assert.deepEqual(
      rows.map(({ action }) => action),
      ["playbook-trigger.created", "playbook-trigger.changed", "playbook-trigger.removed"],
    );
  });

  test(`after ${ROUNDS} kills every incident has its run once, and no other one`, async (t) => {
    await area.close();
    const { db } = store.tables;
    await db.execute(sql`delete from test_incident`);
    await db.execute(sql`insert into playbook_trigger (id, name, playbook_id, condition, mode, enabled, owner, origin, version,
        created_at, created_by, updated_at, updated_by)
      select 'kill-' || mode, mode, 'plain', 'incident.severity in ["high", "critical"]', mode, true, 'x', 'own', 1, 0,
        '{"id":"ana","name":"Ana"}', 0, '{"id":"ana","name":"Ana"}' from unnest(array['suggest', 'start']) mode`);
    for (let round = 0; round < ROUNDS; round += 1) {
      const from = round * PER_ROUND;
      await live({ url: store.url, from, to: from + PER_ROUND, finish: false }, Math.random() * LONGEST_MS);
    }
    const last = ROUNDS * PER_ROUND;
    await live({ url: store.url, from: last, to: last + PER_ROUND, finish: true }, undefined);
    const { rows } = await db.execute<{ id: string; high: boolean; hits: string; runs: string }>(sql`
      select i.id, i.facts ->> 'severity' <> 'low' as high,
        (select string_agg(state, ',' order by mode) from playbook_trigger_hit h where h.incident_id = i.id) as hits,
        (select count(*) from playbook_run r where r.incident_id = i.id)::text as runs
      from test_incident i`);
    const wrong = rows.filter(({ high, hits, runs }) =>
      high ? hits !== "started,suggested" || runs !== "1" : hits !== null || runs !== "0",
    );
    const states = await db.execute<{ status: string; n: string }>(sql`
      select status, count(*)::text as n from dbos.workflow_status
      where workflow_uuid in (select id from playbook_run where key like 'trigger/kill-%') group by status`);
    t.diagnostic(
      `${ROUNDS} kills, ${rows.length} incidents, ${wrong.length} wrong, runs ${JSON.stringify(states.rows)}`,
    );
    assert.ok(rows.length >= PER_ROUND);
    assert.deepEqual(wrong, []);
    const runs = rows.filter(({ high }) => high).length;
    assert.equal(
      states.rows.reduce((sum, { n }) => sum + Number(n), 0),
      runs,
      "each run has its workflow",
    );
    area = await openTriggerArea(store, { shipped: PLACES.playbooks, shippedTriggers: PLACES.triggers });
  });

  test("those that come with the program fit its playbooks, suggest, and stay as people changed them", async () => {
    const list = async () => (await routes().listPlaybookTriggers({ params: {}, query: {}, body: {} }, ana)).items;
    const shipped = (await list()).filter(({ origin }) => origin === "shipped");
    const { items } = await area.playbooks.routes.listPlaybooks({ params: {}, query: {}, body: {} }, ana);
    const own = new Set(["look", "plain"]);
    assert.deepEqual(
      [...new Set(shipped.map(({ playbookId }) => playbookId))].sort(),
      items.flatMap(({ id }) => (own.has(id) ? [] : [id])).sort(),
      "each playbook has one",
    );
    for (const { mode, enabled, problem, id } of shipped)
      assert.deepEqual([mode, enabled, problem], ["suggest", true, ""], id);
    await area.touch("r-1", {
      ...{ severity: "medium", techniques: ["T1486"], tactics: [], hosts: ["fs-1"], users: [], ips: [], sources: [] },
    });
    await turn();
    assert.deepEqual(
      (await suggestions("r-1")).map(({ playbookId, state }) => [playbookId, state]),
      [["ransomware", "suggested"]],
    );
    for (const { id, error } of await list()) if (!id.startsWith("kill")) assert.equal(error, null, id);
    const { id, version, ...before } = shipped[0] ?? assert.fail("none");
    const { name, playbookId, condition, mode, owner } = before;
    const body = { name, playbookId, condition, mode, owner, enabled: false, basedOn: version };
    await routes().savePlaybookTrigger({ params: { id }, query: {}, body }, ana);
    await assert.rejects(remove(id), { code: "PLAYBOOKS_TRIGGER_SHIPPED" });
    await area.close();
    area = await openTriggerArea(store, { shipped: PLACES.playbooks, shippedTriggers: PLACES.triggers });
    assert.equal((await read(id))?.enabled, false);
  });
});

/** Kills it so long after it is ready, or waits for its end. */
function live(setup: TriggerKillSetup, killAfterMs: number | undefined): Promise<void> {
  const file = import.meta.filename.replace(/\.test\.ts$/, ".testing.ts");
  const child = spawn(process.execPath, [file, JSON.stringify(setup)], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (text: Buffer) => {
    errors += text.toString();
  });
  child.stdout.on("data", (text: Buffer) => {
    if (text.toString().includes("ready") && killAfterMs !== undefined)
      setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  });
  return new Promise((resolve, reject) => {
    child.once("exit", (code, signal) => {
      if (signal === "SIGKILL" || code === 0) resolve();
      else reject(new Error(`The process ended by itself (${code ?? signal}): ${errors.slice(0, 2000)}`));
    });
  });
}
