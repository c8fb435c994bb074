/** The kill test of playbooks: kill -9 of the server, of the state store and of all, at seeded moments while playbooks run, people approve and
 *  effects take place and are undone on a far side that counts: no run is lost, nothing happens twice, nothing without approval.
 *  HOLDFAST_TEST_ROUNDS is the number of kills (3; 200 for the full run), HOLDFAST_TEST_SEED repeats a run. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { silentLog } from "../../packages/server/src/platform/log/index.ts";
import { createTables } from "../../packages/server/src/platform/tables/index.ts";
import { startHoldfast } from "../e2e/server.ts";
import { type Attended, attend, KINDS, kindOf } from "./attendant.ts";
import { type FarSide, FAR_SIDE_SECRETS, startFarSide } from "./far-side.ts";
import { milliseconds as ms } from "./machine.ts";
import { type Json, logIn, PASSWORD, type Person, until, withToken } from "./people.ts";
import { seeded, seedOfRun } from "./random.ts";
import { type Fault, strike } from "./strike.ts";

const ROUNDS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 3);
const SEED = seedOfRun();
const PER_ROUND = 4;
/** From the start of a round's runs; they take about this long when nothing comes between. */
const LONGEST_MS = 3_000;
/** How long a start takes is the crash test's matter; here it only must come. */
const READY_WITHIN_MS = 600_000;
const FAULTS = ["server", "postgres", "all"] as const satisfies readonly Fault[];

test(`${ROUNDS} kills while playbooks run, seed ${SEED}`, { timeout: ROUNDS * 300_000 + 600_000 }, async (t) => {
  const random = seeded(SEED);
  const far = await startFarSide(seeded(SEED + 1));
  const outside = mkdtempSync(join(tmpdir(), "holdfast-playbook-kill-"));
  const options = { home: join(outside, "home"), readyWithinMs: READY_WITHIN_MS };
  let server = await startHoldfast(options);
  const stopping = new AbortController();
  const attending: Promise<Attended>[] = [];
  t.after(async () => {
    stopping.abort();
    await Promise.allSettled(attending);
    await server.kill();
    await server.stop();
    far.close();
    rmSync(outside, { recursive: true, force: true });
  });
  await prepare(withToken(server), far);
  await forgetTheHour(options.home);
  const people = { starter: await logIn(server, "ana"), approver: await logIn(server, "olga") };
  const happened = (input: Json): boolean => far.times(deniedOf(input)) > 0;
  const ready: number[] = [];
  let mid = 0;

  for (let round = 0; round < ROUNDS; round += 1) {
    for (let n = round * PER_ROUND; n < (round + 1) * PER_ROUND; n += 1) {
      const attended = attend({ n, ...people, signal: stopping.signal, happened });
      // It is awaited at the end; until then its fault is nobody's rejection.
      attended.catch(() => {});
      attending.push(attended);
    }
    await sleep(random.between(0, LONGEST_MS));
    // Every other blow falls while an effect takes place, however busy the machine is.
    for (let waited = 0; round % 2 === 1 && far.busy() === 0 && waited < 60_000; waited += 5) await sleep(5);
    if (far.busy() > 0) mid += 1;
    const fault = FAULTS[round % FAULTS.length] ?? "all";
    const restart = async (onSpawn: (pid: number) => void): Promise<number> => {
      server = await startHoldfast({ ...options, ports: server.ports, onSpawn });
      return server.readyMs;
    };
    ready.push(await strike(fault, random, { server, restart }));
  }

  const runs = await Promise.all(attending);
  await settled(people.approver);
  const judged = await Promise.all(runs.map((run) => judge(run, { person: people.approver, far })));
  const wrong = judged.flatMap((one) => one.wrong);
  const byPeople = runs.reduce((sum, run) => sum + run.looked, 0);
  const kinds = KINDS.map((kind) => `${runs.filter(({ n }) => kindOf(n) === kind).length} ${kind}`).join(", ");
  t.diagnostic(
    `${ROUNDS} kills (${mid} while an effect was taking place), ${runs.length} runs (${kinds}), ${far.count()} acts outside, ` +
      `${byPeople} unknown outcomes decided by a person, ready again after at most ${ms(Math.max(...ready))}, ${wrong.length} wrong`,
  );
  assert.deepEqual(wrong, []);
});

/** What is to be undone is undone, and nothing is under way. */
async function settled(person: Person): Promise<void> {
  const open = async (): Promise<Json[]> => {
    const found: Json[] = [];
    for (const state of ["ready", "sent", "undoing", "done"]) {
      const { items } = await person.get(`/api/effects?state=${state}&limit=1000`);
      found.push(...(items as Json[]).filter((one) => state !== "done" || one["undoAt"] !== null));
    }
    return found;
  };
  await until("everything is settled", open, { holds: (effects) => effects.length === 0, withinMs: 300_000 });
}

/** What is wrong with a run and its effects, in words. */
async function judge(
  { n, runId }: Attended,
  { person, far }: { person: Person; far: FarSide },
): Promise<{ wrong: string[] }> {
  const wrong: string[] = [];
  const check = (isSo: boolean, what: string): void => {
    if (!isSo) wrong.push(`run ${n} (${kindOf(n)}): ${what}`);
  };
  const run = await person.get(`/api/playbook-runs/${runId}`);
  const approved = kindOf(n) === "approved";
  check(run["state"] === (kindOf(n) === "left" ? "running" : "done"), `is ${String(run["state"])}`);
  const all = [...(run["steps"] as Json[])];
  for (const { childRunId } of run["steps"] as Json[]) {
    if (childRunId === null) continue;
    const child = await person.get(`/api/playbook-runs/${String(childRunId)}`);
    check(child["state"] === "done", `its inner run is ${String(child["state"])}`);
    all.push(...(child["steps"] as Json[]));
  }
  const acts = all.filter(({ effectId }) => effectId !== null);
  check(acts.length === (approved ? 3 : 2), `has ${acts.length} effects`);
  for (const act of acts) {
    const effect = await person.get(`/api/effects/${String(act["effectId"])}`);
    const approval = await person.get(`/api/approvals/${String(effect["approvalId"])}`);
    const { host } = effect["input"] as { host?: string };
    const [doing, undoing] =
      host === undefined ? [deniedOf(effect["input"] as Json), ""] : [`contain ${host}`, `lift ${host}`];
    const times = [far.times(doing), undoing === "" ? 0 : far.times(undoing)];
    const state = String(effect["state"]);
    const fits = String(times) === String(WANTED[`${kindOf(n)} ${state}`]);
    check(fits, `${doing}: ${state}, done ${times[0]} times, undone ${times[1]} times`);
    check(
      (times[0] ?? 0) === 0 || approval["state"] === "used",
      `${doing}: its approval is ${String(approval["state"])}`,
    );
  }
  return { wrong };
}

/** How often it was done and undone, by what was decided and what became of the effect; anything else is wrong. */
const WANTED: Readonly<Record<string, readonly number[]>> = {
  "approved done": [1, 0],
  "approved undone": [1, 1],
  // OpenC2 cannot be asked whether it happened: a person looked, and it had not.
  "approved failed": [0, 0],
  "refused refused": [0, 0],
  "left waiting": [0, 0],
};

/** How the far side calls what an OpenC2 command denies. */
const deniedOf = (input: Json): string => `deny ${String((input["target"] as Json)["ipv4_net"])}`;

async function prepare(admin: Person, far: FarSide): Promise<void> {
  const allow = ["127.0.0.1"];
  const connectors = [
    { id: "falcon", name: "Falcon", kind: "crowdstrike", secrets: FAR_SIDE_SECRETS, settings: { url: far.url } },
    { id: "actuator", name: "Actuator", kind: "openc2-http", secrets: {}, settings: { url: `${far.url}/openc2` } },
  ];
  for (const connector of connectors) await admin.make("POST", "/api/connectors", { ...connector, allow });
  await admin.make("POST", "/api/users", { name: "ana", role: "analyst", team: "security", password: PASSWORD });
  await admin.make("POST", "/api/users", { name: "olga", role: "operations", team: "operations", password: PASSWORD });
  for (const text of [INNER, OUTER]) {
    const { id } = await admin.make("POST", "/api/playbooks", { text });
    await admin.make("POST", `/api/playbooks/${String(id)}/publish`, {});
  }
  const { policy, version } = (await admin.get("/api/response-policy")) as { policy: Json; version: number };
  await admin.make("PUT", "/api/response-policy", {
    basedOn: version,
    note: "many hosts in one test",
    policy: {
      ...policy,
      rules: [{ name: "operations", when: {}, approve: "operations", expiresMinutes: 1_440 }],
      limits: { hostsPerHour: 100_000, usersPerHour: 100_000 },
      undoAfterMinutes: null,
      driftCheckMinutes: 1_440,
    },
  });
}

/** More acts in one test than the limits of a real hour let out: none is remembered for them. */
async function forgetTheHour(home: string): Promise<void> {
  const { "state-password": password } = JSON.parse(readFileSync(join(home, "secrets.json"), "utf8")) as Json;
  const socket = readFileSync(join(home, "state", "pg", "postmaster.pid"), "utf8").split("\n")[4] ?? "";
  const place = new URLSearchParams({ host: socket, port: "5432" });
  const url = `postgresql://holdfast:${encodeURIComponent(String(password))}@/holdfast?${place}`;
  const tables = await createTables({ url, engine: "embedded", log: silentLog, connections: 1 });
  try {
    await tables.db.execute(`
      CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER forget BEFORE INSERT ON respond_touched FOR EACH ROW EXECUTE FUNCTION forget()`);
  } finally {
    await tables.close();
  }
}

const OUTER = `
id: kill
name: Cut off and deny
variables:
  host: { type: string, required: true }
  address: { type: string, required: true }
  second: { type: string, required: true }
start: both
steps:
  both: { parallel: [isolate, deny], next: sure }
  isolate:
    action: edr-isolate
    connector: falcon
    with: { host: "\${host}" }
    reason: A test cuts it off.
    undo_after: 3s
    on_failure: not-approved
  deny:
    action: openc2-command
    connector: actuator
    with: { action: deny, target: { ipv4_net: "\${address}" } }
    reason: A test denies it.
  not-approved: { end: true }
  sure: { manual: Go on?, team: operations, ask: [more], next: more }
  more: { if: 'more == "yes"', then: inner }
  inner: { playbook: kill-inner, with: { address: "\${second}" } }
`;

const INNER = `
id: kill-inner
name: Deny one more
variables: { address: { type: string, required: true } }
start: deny
steps:
  deny:
    action: openc2-command
    connector: actuator
    with: { action: deny, target: { ipv4_net: "\${address}" } }
    reason: A test denies one more.
`;
