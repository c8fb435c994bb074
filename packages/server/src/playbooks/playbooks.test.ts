/** playbooks.test: the area on the real store and the real workflows; only respond, which has its own tests, is stood in for. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { catalog } from "@holdfast/content";
import type { RunDetail } from "@holdfast/contracts/playbooks";
import type { JsonObject } from "@holdfast/playbook";
import { sql } from "drizzle-orm";
import { createConnectors } from "../connectors/index.ts";
import { PLACES } from "../places.ts";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { createCel } from "../platform/cel/index.ts";
import { systemClock } from "../platform/clock/index.ts";
import { createEgress } from "../platform/egress/index.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { createSealer } from "../platform/secrets/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import type { Workflows } from "../platform/workflows/index.ts";
import { openTestWorkflows } from "../platform/workflows/testing.ts";
import { createPlaybooks, type Playbooks } from "./index.ts";
import type { Proposal } from "./port.ts";

const ana: CallContext = {
  actor: { kind: "user", id: "ana", name: "Ana" },
  role: "admin",
  team: "security",
  permissions: new Set(),
  sessionId: null,
  session: null,
  ip: "",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
};
const INCIDENT: JsonObject = {
  id: "inc-1",
  hosts: ["web-1", "db-1"],
  users: ["eve"],
  ips: ["203.0.113.9"],
  domains: ["evil.example"],
  files: ["/tmp/x"],
};

const EXAMPLES = join(
  process.env["HOLDFAST_TEST_DATA"] ?? join(import.meta.dirname, "../../../../../shared/data"),
  "cacao/examples",
);
const noExamples = existsSync(EXAMPLES) ? false : "SOARCA's examples are not there (HOLDFAST_TEST_DATA)";

describe("playbooks", () => {
  let store: TestTables;
  let workflows: Workflows;
  let playbooks: Playbooks;
  let proposals: Proposal[] = [];
  const cancelled: string[] = [];
  let fault: Error | null = null;
  let waits: string[] = [];
  const notes: string[] = [];

  const open = async (): Promise<void> => {
    workflows = openTestWorkflows(store);
    const { tables } = store;
    const audit = createAuditLog({ tables, clock: systemClock });
    const real = createConnectors({
      tables,
      clock: systemClock,
      audit,
      log: silentLog,
      sealer: createSealer({ get: () => "0".repeat(64) }),
      egress: createEgress({ log: silentLog }),
      kinds: catalog.connectors,
      actions: catalog.actions,
    });
    playbooks = createPlaybooks({
      tables,
      clock: systemClock,
      log: silentLog,
      audit,
      cel: createCel(),
      workflows,
      shipped: PLACES.playbooks,
      respond: {
        propose: async (proposal) => {
          if (fault !== null) throw fault;
          if (!proposals.some(({ key }) => key === proposal.key)) proposals.push(proposal);
          return { effectId: `effect ${proposal.key}`, approvalId: null };
        },
        cancel: async (effectId) => void cancelled.push(effectId),
      },
      connectors: {
        actions: () => real.actions(),
        list: async () => catalog.connectors.map(({ kind }) => ({ id: kind, kind, enabled: true })),
        plan: async (action, connectorId, input) => ({
          ok: true,
          command: [`${action} by ${connectorId} ${JSON.stringify(input)}`],
          effect: "reversible",
          targets: [],
        }),
      },
      incident: async (id) => (id === INCIDENT["id"] ? INCIDENT : undefined),
      standing: async (id) => (id === INCIDENT["id"] ? { id, family: [id], exerciseId: null, open: true } : undefined),
      newestIncidents: async () => [],
      note: async (_tx, { title }) => void notes.push(title),
      wait: async (_tx, { key, team }) => void waits.push(`${key} ${team}`),
      waited: async (_tx, { key }) => {
        waits = waits.filter((wait) => !wait.startsWith(`${key} `));
      },
    });
    await playbooks.load();
    await workflows.launch();
  };
  before(async () => {
    store = await openTestTables();
    await open();
  });
  after(async () => {
    await workflows.close();
    await store.close();
  });

  const create = async (text: string): Promise<void> => {
    const { id, problems } = await playbooks.routes.createPlaybook({ params: {}, query: {}, body: { text } }, ana);
    assert.deepEqual(problems, []);
    await playbooks.routes.publishPlaybook({ params: { id }, query: {}, body: {} }, ana);
  };
  const run = async (id: string, variables: JsonObject = {}): Promise<string> => {
    const body = { incidentId: "inc-1", variables };
    return (await playbooks.routes.runPlaybook({ params: { id }, query: {}, body }, ana)).id;
  };
  const read = (id: string): Promise<RunDetail> =>
    playbooks.routes.getRun({ params: { id }, query: {}, body: {} }, ana) as Promise<RunDetail>;
  const until = async (id: string, done: (run: RunDetail) => boolean): Promise<RunDetail> => {
    for (let waited = 0; waited < 15_000; waited += 20) {
      const found = await read(id);
      if (done(found)) return found;
      await delay(20);
    }
    return assert.fail(JSON.stringify(await read(id), null, 1));
  };
  const at = (instance: string) => (found: RunDetail) =>
    found.steps.some((step) => step.instance === instance && step.state === "waiting");
  const decide = (id: string, instance: string, decision: "done" | "retry" | "skip", variables: JsonObject = {}) =>
    playbooks.routes.decideStep(
      { params: { id, instance }, query: {}, body: { decision, reason: "", variables } },
      ana,
    );
  type Said = "done" | "refused" | "unknown" | "failed";
  const settle = async (runId: string, instance: string, state: Said = "done", output = {}) => {
    for (
      let waited = 0;
      !proposals.some(({ stepKey, runId: of }) => stepKey === instance && of === runId);
      waited += 20
    ) {
      assert.ok(waited < 10_000, `${instance} was not proposed`);
      await delay(20);
    }
    const effectId = `effect ${runId}/${instance}`;
    await playbooks.settled({ effectId, runId, stepKey: instance, state, output, reason: "it says so" });
  };

  test("all that come with the program are valid, name real actions and dry-run to their end", async () => {
    const { items } = await playbooks.routes.listPlaybooks({ params: {}, query: {}, body: {} }, ana);
    assert.ok(items.length >= 12, `${items.length}`);
    for (const { id } of items) {
      const detail = await playbooks.routes.getPlaybook({ params: { id }, query: {}, body: {} }, ana);
      assert.deepEqual(detail.problems, [], id);
      const body = { incidentId: "inc-1", variables: { pid: 77 } };
      const dry = await playbooks.routes.dryRunPlaybook({ params: { id }, query: {}, body }, ana);
      assert.ok(dry.finished, `${id}: ${dry.reason}`);
      assert.ok(dry.steps.length >= 2, id);
      assert.deepEqual(
        dry.steps.filter(({ problem }) => problem !== "" && !problem.includes("can be done by")),
        [],
        id,
      );
      const cacao = await playbooks.routes.exportPlaybook({ params: { id }, query: {}, body: {} }, ana);
      assert.equal(cacao["spec_version"], "cacao-2.0");
    }
    assert.equal(proposals.length, 0);
  });

  test("a run asks people and respond, keeps what they say, and goes on", async () => {
    await create(`
id: cut
name: Cut off
variables: { host: { type: string, from: "incident.hosts[0]" } }
start: ask
steps:
  ask: { manual: "Is \${host} bad?", ask: [bad], next: sure }
  sure: { if: 'bad == "yes"', then: both, next: tell }
  both: { parallel: [isolate, look] }
  isolate: { action: isolate-host, connector: nftables-ssh, with: { host: "\${host}" }, reason: bad, undo_after: 30m }
  look: { action: edr-find, connector: crowdstrike, with: { host: "\${host}" }, save: { found: "output.n" } }
  tell: { manual: "found \${string(found)}", team: operations }
`);
    const id = await run("cut");
    await until(id, at("ask.1"));
    await until(id, () => waits.join() === `${id}/ask.1/asked security`);
    await decide(id, "ask.1", "done", { bad: "yes", host: "not asked for" });
    await settle(id, "look.1", "done", { n: 3 });
    await settle(id, "isolate.1");
    await settle(id, "isolate.1");
    const waiting = await until(id, at("tell.1"));
    assert.equal(waiting.steps.at(-1)?.text, "found 3");
    await until(id, () => waits.join() === `${id}/tell.1/asked operations`);
    await decide(id, "tell.1", "done");
    const over = await until(id, ({ state }) => state === "done");
    assert.deepEqual(
      proposals.map(({ key, action, input, undoAfterMs }) => ({ key, action, input, undoAfterMs })),
      [
        { key: `${id}/isolate.1`, action: "isolate-host", input: { host: "web-1" }, undoAfterMs: 1_800_000 },
        { key: `${id}/look.1`, action: "edr-find", input: { host: "web-1" }, undoAfterMs: undefined },
      ],
    );
    assert.equal(proposals[0]?.playbookEditedBy?.id, "ana");
    assert.deepEqual(
      over.steps.map(({ state }) => state),
      ["done", "done", "done", "done"],
    );
    assert.equal(over.steps[0]?.decidedBy?.name, "Ana");
    await until(id, () => waits.length === 0);
    await assert.rejects(decide(id, "tell.1", "done"), { code: "PLAYBOOKS_STEP_OVER" });
  });

  test("what was refused or cannot be done goes to a person: again, or on without it", async () => {
    await create(`
id: stubborn
name: Stubborn
start: isolate
steps:
  isolate: { action: isolate-host, connector: nftables-ssh, with: { host: web-1 }, next: odd }
  odd: { commands: [{ type: powershell, command: pwd }] }
`);
    const id = await run("stubborn");
    await settle(id, "isolate.1", "refused");
    const stuck = await until(id, ({ state }) => state === "stuck");
    assert.match(stuck.steps[0]?.reason ?? "", /refused: it says so/);
    await until(id, () => waits.includes(`${id}/isolate.1/stuck security`));
    await decide(id, "isolate.1", "retry");
    await settle(id, "isolate.2");
    const odd = await until(id, ({ steps }) =>
      steps.some(({ instance, state }) => instance === "odd.1" && state === "stuck"),
    );
    assert.match(odd.steps.at(-1)?.reason ?? "", /cannot run commands of the type "powershell"/);
    await decide(id, "odd.1", "skip");
    await until(id, ({ state }) => state === "done");
    await until(id, () => waits.length === 0);
  });

  test("what nobody knows the outcome of waits for whoever looks, and is neither failed nor done again before", async () => {
    const [seen, unseen] = [await run("stubborn"), await run("stubborn")];
    for (const id of [seen, unseen]) {
      await settle(id, "isolate.1", "unknown");
      const doubted = await until(id, ({ steps }) => steps[0]?.waitsFor === "operations");
      assert.deepEqual([doubted.state, doubted.steps[0]?.state, doubted.steps.length], ["running", "waiting", 1]);
      assert.equal(doubted.steps[0]?.reason, "it says so");
      await assert.rejects(decide(id, "isolate.1", "retry"), { code: "PLAYBOOKS_STEP_OVER" });
    }
    await settle(seen, "isolate.1", "done");
    await until(seen, ({ steps }) => steps[0]?.state === "done");
    await settle(unseen, "isolate.1", "failed");
    const failed = await until(unseen, ({ steps }) => steps[0]?.state === "stuck");
    assert.match(failed.steps[0]?.reason ?? "", /^failed: /);
    assert.equal(proposals.filter(({ runId }) => runId === seen || runId === unseen).length, 2, "asked for once each");
    await decide(unseen, "isolate.1", "skip");
    for (const id of [seen, unseen]) {
      await until(id, ({ steps }) => steps.some(({ instance, state }) => instance === "odd.1" && state === "stuck"));
      await decide(id, "odd.1", "skip");
      await until(id, ({ state }) => state === "done");
    }
  });

  test("SOARCA's examples come in, and run as far as there is a way for their commands", {
    skip: noExamples,
  }, async () => {
    const became: Record<string, unknown> = {};
    for (const name of readdirSync(EXAMPLES).sort()) {
      const document: unknown = JSON.parse(readFileSync(join(EXAMPLES, name), "utf8"));
      const { id } = await playbooks.routes.importPlaybook({ params: {}, query: {}, body: { document } }, ana);
      await playbooks.routes.publishPlaybook({ params: { id }, query: {}, body: {} }, ana);
      became[name] = await play(await run(id));
    }
    const cannot = (type: string) => [
      `Holdfast cannot run commands of the type "${type}": do it by hand and skip the step.`,
    ];
    assert.deepEqual(became, {
      "fin-playbook.json": ["stuck", ...cannot("pong")],
      "http-playbook.json": ["done", "http-request GET /get"],
      "manual-playbook.json": ["done", "prepare Falcon for hyperspeed jump"],
      "openc2-playbook.json": ["done", "openc2-command deny ipv4_connection"],
      "powershell-playbook.json": ["stuck", ...cannot("powershell")],
      "ssh-playbook.json": [
        "done",
        "run-ssh-command 192.168.0.10 sh -c ls -la",
        "run-ssh-command 192.168.0.10 sh -c touch /root/file1",
      ],
    });
  });

  /** Says done to all that a run asks; how it ended, what was proposed, and what nobody could do. */
  async function play(id: string): Promise<string[]> {
    for (;;) {
      const now = await until(
        id,
        ({ state, steps }) =>
          state === "done" ||
          state === "stuck" ||
          steps.some((one) => one.state === "waiting" && (one.kind === "manual" || one.effectId !== null)),
      );
      const asked = proposals.filter(({ runId }) => runId === id).map(wordsOf);
      const byHand = now.steps.filter(({ kind }) => kind === "manual").map(({ text }) => text);
      if (now.state === "done") return [now.state, ...asked, ...byHand];
      if (now.state === "stuck") {
        await playbooks.routes.cancelRun({ params: { id }, query: {}, body: { reason: "shown" } }, ana);
        return ["stuck", ...asked, ...now.steps.map(({ reason }) => reason)];
      }
      for (const step of now.steps.filter(({ state }) => state === "waiting")) {
        if (step.kind === "manual") await decide(id, step.instance, "done", {});
        else await settle(id, step.instance);
        await until(id, ({ steps }) => steps.find(({ instance }) => instance === step.instance)?.state === "done");
      }
    }
  }

  test("a playbook in a playbook reports back; cancelling the outer ends the inner and takes back what waits", async () => {
    await create(`
id: inner
name: Inner
variables: { host: { type: string, required: true } }
start: isolate
steps:
  isolate: { action: isolate-host, connector: nftables-ssh, with: { host: "\${host}" } }
`);
    await create(`
id: outer
name: Outer
start: call
steps:
  call: { playbook: inner, with: { host: db-1 }, next: tell }
  tell: { manual: done }
`);
    const [first, second] = [await run("outer"), await run("outer")];
    const child = (await until(first, ({ steps }) => steps[0]?.childRunId != null)).steps[0]?.childRunId ?? "";
    await settle(child, "isolate.1");
    await until(first, at("tell.1"));

    const other = (await until(second, ({ steps }) => steps[0]?.childRunId != null)).steps[0]?.childRunId ?? "";
    await until(other, ({ steps }) => steps[0]?.effectId != null);
    await playbooks.routes.cancelRun({ params: { id: second }, query: {}, body: { reason: "wrong host" } }, ana);
    await until(second, ({ state }) => state === "cancelled");
    const ended = await until(other, ({ state }) => state === "cancelled");
    assert.equal(ended.parentRunId, second);
    for (let waited = 0; cancelled.length === 0 && waited < 5_000; waited += 20) await delay(20);
    assert.deepEqual(cancelled, [`effect ${other}/isolate.1`]);
  });

  test("a run goes on after a restart with what was said meanwhile, and proposes nothing twice", async () => {
    const before = proposals.length;
    const ids = await Promise.all(Array.from({ length: 5 }, () => run("stubborn")));
    for (const id of ids) await until(id, ({ steps }) => steps[0]?.effectId != null);
    await workflows.close();
    await open();
    for (const id of ids) await settle(id, "isolate.1");
    for (const id of ids) await until(id, ({ state }) => state === "stuck");
    assert.equal(proposals.length, before + ids.length);
  });

  const retry = (id: string) =>
    playbooks.routes.retryRun({ params: { id }, query: {}, body: { reason: "mended" } }, ana);

  test("a fault cuts no run off silently: it waits with its cause and step, goes on from there once, or ends", async () => {
    fault = new TypeError("a fault of ours");
    const [first, second] = [await run("stubborn"), await run("stubborn")];
    for (const id of [first, second]) {
      const broken = await until(id, ({ state }) => state === "broken");
      assert.deepEqual(
        [broken.broken?.cause, broken.broken?.steps, broken.endedAt],
        ["a fault of ours", ["isolate"], null],
      );
      assert.ok(waits.includes(`${id}/broken security`), waits.join());
    }
    const before = proposals.length;
    fault = null;
    await workflows.close();
    await open();
    assert.equal((await retry(first)).state, "running");
    await assert.rejects(retry(first), { code: "PLAYBOOKS_NOT_BROKEN" });
    await settle(first, "isolate.1");
    await until(first, ({ state }) => state === "stuck");
    assert.equal(proposals.length, before + 1, "asked for once");
    await playbooks.routes.cancelRun({ params: { id: second }, query: {}, body: { reason: "enough" } }, ana);
    const over = await until(second, ({ state }) => state === "cancelled");
    assert.deepEqual([over.reason, over.broken], ["enough", null]);
    assert.ok(!waits.some((wait) => wait.startsWith(second)) && !waits.includes(`${first}/broken security`));
    const { rows } = await store.tables.db.execute<{ action: string }>(
      sql`select action from audit_log where target in (${first}, ${second}) and action <> 'run.started' order by seq`,
    );
    assert.deepEqual(
      rows.map(({ action }) => action),
      ["run.broken", "run.broken", "run.retried", "run.cancelled"],
    );
  });

  test("a run whose workflow ended in an error waits for a person and goes on from its record, with what was said meanwhile", async () => {
    const before = proposals.length;
    const [first, second, third] = [await run("stubborn"), await run("cut"), await run("cut")];
    await until(first, ({ steps }) => steps[0]?.effectId != null);
    for (const id of [second, third]) await until(id, () => waits.includes(`${id}/ask.1/asked security`));
    await workflows.close();
    const lost = sql`workflow_uuid in (${first}, ${second}, ${third})`;
    await store.tables.db.execute(sql`update dbos.workflow_status set status = 'ERROR' where ${lost}`);
    await open();
    assert.deepEqual([await playbooks.findLost(), await playbooks.findLost()], [3, 0]);
    assert.deepEqual((await read(second)).broken?.steps, ["ask"]);
    // Said while nothing drives the run: it is heard by what drives it next.
    await settle(first, "isolate.1");
    await Promise.all([retry(first), retry(second)]);
    await until(first, ({ state }) => state === "stuck");
    assert.equal(proposals.length, before + 1, "asked for once");
    await decide(second, "ask.1", "done");
    await until(second, ({ state }) => state === "stuck");
    for (const id of [second, third]) {
      await playbooks.routes.cancelRun({ params: { id }, query: {}, body: { reason: "enough" } }, ana);
      assert.equal((await until(id, ({ state }) => state === "cancelled")).broken, null);
    }
    assert.ok(!waits.some((wait) => wait.startsWith(second) || wait.startsWith(third)), waits.join());
  });

  test("what is switched off is started by nobody, and says by whom and why; what runs goes on", async () => {
    const set = (id: string, enabled: boolean, reason: string) =>
      playbooks.routes.switchPlaybook({ params: { id }, query: {}, body: { enabled, reason } }, ana);
    const before = await run("inner", { host: "db-1" });
    const off = await set("inner", false, "it cuts off too much");
    assert.deepEqual([off.off?.by.name, off.off?.reason], ["Ana", "it cuts off too much"]);
    await set("inner", false, "a second reason");
    const { items } = await playbooks.routes.listPlaybooks({ params: {}, query: { q: "Inner" }, body: {} }, ana);
    assert.equal(items[0]?.off?.reason, "it cuts off too much", "whoever was first stands");

    await assert.rejects(run("inner", { host: "db-1" }), {
      code: "PLAYBOOKS_OFF",
      message: /Ana.*it cuts off too much/,
    });
    const key = "an alarm";
    const asked = { incidentId: null, variables: { host: "db-1" }, startedBy: ana.actor, exerciseId: null, key };
    await assert.rejects(playbooks.start({ ...asked, playbookId: "inner" }), { code: "PLAYBOOKS_OFF" });
    const outer = await run("outer");
    const stuck = await until(outer, ({ state }) => state === "stuck");
    assert.match(stuck.steps[0]?.reason ?? "", /"Inner" is switched off/);
    await settle(before, "isolate.1");
    await until(before, ({ state }) => state === "done");

    await set("inner", true, "");
    await decide(outer, "call.1", "retry");
    const child = (await until(outer, ({ steps }) => steps[1]?.childRunId != null)).steps[1]?.childRunId ?? "";
    await settle(child, "isolate.1");
    await until(outer, at("tell.1"));
    const { rows } = await store.tables.db.execute<{ action: string; details: { reason: string } }>(
      sql`select action, details from audit_log where target = 'inner' and action like 'playbook.switched%' order by seq`,
    );
    assert.deepEqual(rows, [
      { action: "playbook.switched-off", details: { reason: "it cuts off too much" } },
      { action: "playbook.switched-on", details: { reason: "" } },
    ]);
  });

  test("texts are drafts with places for their mistakes until they are published; CACAO comes in as a draft", async () => {
    const bad =
      "id: bad\nname: Bad\nstart: a\nsteps:\n  a:\n    action: fly\n    next: nowhere\n  b:\n    if: x ==\n    then: a\n";
    const draft = await playbooks.routes.createPlaybook({ params: {}, query: {}, body: { text: bad } }, ana);
    assert.deepEqual(
      draft.problems.map(({ at: place, line }) => [place, line]),
      [
        ["steps.a.next", 7],
        ["steps.a.action", 6],
        ["steps.b.if", 9],
      ],
    );
    const publish = playbooks.routes.publishPlaybook({ params: { id: "bad" }, query: {}, body: {} }, ana);
    await assert.rejects(publish, { code: "PLAYBOOKS_INVALID" });
    await assert.rejects(run("bad"), { code: "PLAYBOOKS_NOT_PUBLISHED" });
    const document = await playbooks.routes.exportPlaybook({ params: { id: "cut" }, query: {}, body: {} }, ana);
    const back = await playbooks.routes.importPlaybook({ params: {}, query: {}, body: { document } }, ana);
    assert.equal(back.id, "cut-2");
    assert.deepEqual(back.problems, []);
    await assert.rejects(
      run("ransomware", { host: "" }).then(() => run("inner")),
      { code: "PLAYBOOKS_VARIABLE_MISSING" },
    );
    assert.ok(notes.includes("Playbook started: Cut off"));
  });
});

/** What was proposed, in one line. */
function wordsOf({ action, input }: Proposal): string {
  const { method, path, host, argv, action: verb, target } = input;
  const words = [method, path, host, ...(Array.isArray(argv) ? argv : []), verb, ...Object.keys(target ?? {})];
  return [action, ...words.filter((word) => typeof word === "string")].join(" ");
}
