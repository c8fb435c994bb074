/** playbooks.test: the command line's playbooks on the real program: in, looked at, run, followed, switched off and on, and out. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { PlaybookSuggestion } from "@holdfast/contracts/playbook-triggers";
import type { RunDetail } from "@holdfast/contracts/playbooks";
import { type RunningServer, startHoldfast } from "./server.ts";

const MAIN = join(import.meta.dirname, "../../packages/cli/src/main.ts");
const GREET = `id: greet
name: Greet
variables: { who: { type: string, required: true }, times: { type: integer, value: 1 } }
start: ask
steps:
  ask: { manual: "Greet \${who} \${string(times)} times.", team: operations }
`;

describe("playbooks from a terminal", { timeout: 600_000 }, () => {
  let server: RunningServer;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "holdfast-playbooks-"));
    server = await startHoldfast();
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Ended {
    readonly code: number | null;
    readonly out: string;
    readonly err: string;
  }
  async function holdfast(...args: readonly string[]): Promise<Ended> {
    const to = ["--url", server.url, "--token", server.token];
    const child = spawn(process.execPath, [MAIN, ...to, "playbooks", ...args], { cwd: folder });
    const ended = new Promise<number | null>((done) => void child.once("exit", done));
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, out, err };
  }
  async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return (await answer.json()) as T;
  }

  async function until<T>(what: string, read: () => Promise<T | undefined>): Promise<T> {
    for (let look = 0; look < 600; look += 1) {
      const found = await read();
      if (found !== undefined) return found;
      await sleep(100);
    }
    return assert.fail(`It never came to this: ${what}.`);
  }

  test("a file is checked with its line, taken in, published, and comes out as it went in, and as CACAO", async () => {
    writeFileSync(join(folder, "greet.yml"), GREET);
    writeFileSync(
      join(folder, "bad.yml"),
      GREET.replace("id: greet", "id: bad").replace("start: ask", "start: nowhere"),
    );
    const [bad, good] = await Promise.all([holdfast("lint", "bad.yml", "greet.yml"), holdfast("lint", "greet.yml")]);
    assert.deepEqual([bad.code, good.code, good.out], [1, 0, ""], bad.err);
    assert.match(bad.out, /^bad\.yml:4: error: start: /);
    const taken = await holdfast("import", "greet.yml", "--publish");
    assert.deepEqual([taken.code, taken.out], [0, "greet: published as v1\n"], taken.err);
    writeFileSync(join(folder, "greet.yml"), GREET.replace("name: Greet", "name: Greet them"));
    assert.equal((await holdfast("import", "greet.yml")).out, "greet: a draft\n");
    const [shown, cacao] = await Promise.all([
      holdfast("show", "greet"),
      holdfast("export", "greet", "-o", "greet.json"),
    ]);
    assert.equal(shown.out, readFileSync(join(folder, "greet.yml"), "utf8"));
    assert.match(shown.err, /on, with a draft, v1/);
    assert.equal(cacao.code, 0, cacao.err);
    assert.equal(JSON.parse(readFileSync(join(folder, "greet.json"), "utf8")).spec_version, "cacao-2.0");
    assert.equal((await holdfast("import", "greet.json")).out, "greet-2: a draft\n");
    const gone = await holdfast("import", "gone.json");
    assert.deepEqual([gone.code, gone.out], [2, ""]);
  });

  test("a run is looked ahead at, started once per key, followed to its end, and listed", async () => {
    const dry = await holdfast("dry-run", "greet", "--set", "who=Ana", "--json");
    assert.deepEqual([dry.code, JSON.parse(dry.out).steps[0].text], [0, "Greet Ana 1 times."], dry.err);
    const lost = await holdfast("run", "greet");
    assert.equal(lost.code, 1);
    assert.match(lost.err, /PLAYBOOKS_VARIABLE_MISSING/);
    const start = ["run", "greet", "--set", "who=Ana", "times=3", "--key", "k1"];
    const following = holdfast(...start, "--follow");
    let run: RunDetail | undefined;
    for (let look = 0; run?.steps[0]?.state !== "waiting"; look += 1) {
      assert.ok(look < 600, "the run began");
      await sleep(50);
      const { items } = await api<{ items: { id: string }[] }>("GET", "/api/playbook-runs?playbook=greet");
      if (items[0] !== undefined) run = await api<RunDetail>("GET", `/api/playbook-runs/${items[0].id}`);
    }
    const again = await holdfast(...start, "--json");
    assert.equal(JSON.parse(again.out).id, run.id, "the same key, the same run");
    assert.equal(run.steps[0]?.text, "Greet Ana 3 times.");
    const done = { decision: "done", reason: "", variables: {} };
    await api("POST", `/api/playbook-runs/${run.id}/steps/ask.1`, done);
    const ended = await following;
    assert.deepEqual([ended.code, ended.out], [0, `${run.id}: done\n`], ended.err);
    assert.match(ended.err, /ask: waits for operations/);
    const [all, one] = await Promise.all([holdfast("runs", "--state", "done", "--json"), holdfast("runs", run.id)]);
    assert.equal(JSON.parse(all.out).id, run.id);
    assert.match(one.out, /^ask +manual +done/m);
    assert.equal((await holdfast("runs", "--state", "asleep")).code, 2);
  });

  test("an incident that looks as a trigger says has its playbook suggested, and one press starts it", async () => {
    const bad = await holdfast("try-trigger", "incident.severity ==");
    assert.deepEqual([bad.code, bad.out], [1, ""], bad.err);
    const listed = await holdfast("triggers", "ransomware");
    assert.match(listed.out, /^ransomware-signs +ransomware +suggest +0 /m, listed.err);
    const trigger = { playbookId: "greet", condition: 'incident.hosts.exists(h, h.like("pump-*"))', owner: "security" };
    const make = (name: string, mode: string) =>
      api("POST", "/api/playbook-triggers", { ...trigger, name, mode, enabled: true });
    await Promise.all([make("ask people", "suggest"), make("at once", "start")]);
    const { key } = await api<{ key: string }>("POST", "/api/sources", { name: "windows" });
    const record = {
      SourceName: "Microsoft-Windows-Eventlog",
      Channel: "Security",
      EventID: 1102,
      SubjectUserName: "eve",
    };
    const sent = await fetch(`${server.url}/api/ingest/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" },
      body: JSON.stringify({ ...record, Hostname: "pump-1", TimeCreated: new Date().toISOString() }),
    });
    assert.ok(sent.ok, `${sent.status}`);
    const raised = await until("the alert", async () => {
      const { items } = await api<{ items: { id: string; incidentId: string | null }[] }>("GET", "/api/alerts");
      return items[0];
    });
    const title = "The pump stands";
    const body = { title, alertIds: [raised.id] };
    const incident = raised.incidentId ?? (await api<{ id: string }>("POST", "/api/incidents", body)).id;
    const suggested = await until("both fired", async () => {
      const { items } = await api<{ items: PlaybookSuggestion[] }>(
        "GET",
        `/api/playbook-suggestions?incident=${incident}`,
      );
      // A cleared log has a trigger that came with Holdfast, too.
      const own = items.filter(({ playbookId }) => playbookId === "greet");
      return own.length === 2 && own.every(({ state }) => state === "suggested") ? own : undefined;
    });
    const automatic = suggested.find(({ mode }) => mode === "start");
    assert.match(automatic?.problem ?? "", /needs who/, "what lacks a value asks a person");
    const [tried, shown] = await Promise.all([
      holdfast("try-trigger", trigger.condition),
      holdfast("suggestions", incident),
    ]);
    assert.match(tried.out, /^INC-\d+ /, tried.err);
    assert.match(shown.out, /^greet +suggested +ask people/m, shown.err);
    const start = `/api/playbook-suggestions/${automatic?.id ?? ""}/start`;
    const run = await api<RunDetail>("POST", start, { variables: { who: "Ana" } });
    assert.deepEqual([run.incidentId, run.state], [incident, "running"]);
    assert.equal((await api<RunDetail>("POST", start, {})).id, run.id);
  });

  test("what is switched off does not start, and says why, until it is on again", async () => {
    assert.equal((await holdfast("off", "greet")).code, 2, "a reason is asked for");
    const off = await holdfast("off", "greet", "--reason", "nobody is there");
    assert.match(off.out, /^greet is off\. Switched off by .* nobody is there\n$/, off.err);
    const [refused, listed] = await Promise.all([holdfast("run", "greet", "--set", "who=Ana"), holdfast("list")]);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /switched off \(.*nobody is there\).*\[PLAYBOOKS_OFF\]/);
    assert.match(listed.out, /^greet +1 +off /m);
    assert.equal((await holdfast("on", "greet")).out, "greet is on\n");
    assert.equal((await holdfast("run", "greet", "--set", "who=Ana")).code, 0);
  });
});
