/** The test of backups: one is made while events flow, people work and an approval waits; it is checked, broken, put into a fresh home
 *  and started there: nothing that was acknowledged before is missing, nothing is there twice, nothing acts outward before a person says
 *  so. Then a server is killed in the middle of one. HOLDFAST_TEST_SEED repeats a run. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { backupStopped, restoreBackup } from "../../packages/server/src/backup/index.ts";
import type { EndedBackup } from "@holdfast/contracts/backup";
import { silentLog } from "../../packages/server/src/platform/log/index.ts";
import { createTables } from "../../packages/server/src/platform/tables/index.ts";
import { freePort, killNow, type RunningServer, startHoldfast } from "../e2e/server.ts";
import { createApi, createSource } from "./api.ts";
import { type FarSide, FAR_SIDE_SECRETS, startFarSide } from "./far-side.ts";
import { type Attempt, openLedger, RULE, RULE_ID } from "./ledger.ts";
import { noCounts, startLoad } from "./load.ts";
import { assertVerdict, judge, settle } from "./oracle.ts";
import { type Json, logIn, PASSWORD, until, withToken } from "./people.ts";
import { seeded, seedOfRun } from "./random.ts";

const SENDERS = 3;
const CLI = join(import.meta.dirname, "../../packages/cli/src/main.ts");
const outside = mkdtempSync(join(tmpdir(), "holdfast-backup-"));
const place = (name: string): string => join(outside, name);
const rules = place("rules");
const key = (home: string): string => join(home, "secrets.json");
const ports = { http: await freePort(), syslog: await freePort() };

let far: FarSide;
let first: RunningServer;
let second: RunningServer | undefined;
/** What the first server acknowledged until the moment that the backup says it is of. */
let acked: readonly Attempt[] = [];
let secrets: Readonly<Record<string, string>> = {};
let effectId = "";
let incidentId = "";
let facts: unknown;
const evidence = randomBytes(300_000);

before(async () => {
  mkdirSync(rules);
  writeFileSync(join(rules, "marker.yml"), RULE);
  far = await startFarSide(seeded(seedOfRun()));
  first = await startHoldfast({ home: place("first"), rules: [rules] });
});
after(async () => {
  for (const server of [first, second]) await server?.stop();
  far.close();
  rmSync(outside, { recursive: true, force: true });
});

test("made under load, it says what is in it, and events wait for it only shortly", { timeout: 120_000 }, async (t) => {
  const ledger = await openLedger(place("acknowledged"));
  const api = createApi(first);
  const source = await createSource(api, "Backup test");
  const target = () => ({ ...first, key: source.key, sourceId: source.id, syslogPort: first.syslog.port });
  const load = startLoad({ target, ledger, round: 0, senders: SENDERS, counts: noCounts(), pauseMs: 150 });
  try {
    await work(source.key);
    const heard: { readonly at: number; readonly batches: number }[] = [];
    const watch = setInterval(() => heard.push({ at: Date.now(), batches: load.counts.ackedBatches }), 5);
    const made = await cli("--home", first.home, "backup", place("copy"), "--json");
    clearInterval(watch);
    assert.equal(made.code, 0, made.err);
    const { takenAt, heldMs, files, bytes } = JSON.parse(made.out) as EndedBackup;
    const before = heard.filter(({ at }) => at <= Date.parse(takenAt ?? "")).at(-1)?.batches ?? 0;
    acked = ledger.all().slice(0, before);
    assert.ok(before > 0);
    t.diagnostic(
      `${files} files, ${bytes} bytes, events held for ${heldMs} ms, ${acked.length * 100} events before it`,
    );
    assert.ok(files > 500 && bytes > 1_000_000);
    assert.match(made.err, /secrets\.json/);
  } finally {
    await load.stop();
    await ledger.close();
  }
  assert.ok(ledger.all().length > acked.length, "senders were heard while it was made");
  await settle(api);
  assert.deepEqual(
    readdirSync(outside).filter((name) => name.includes("partial")),
    [],
  );
  assert.deepEqual(existsSync(join(first.home, "backup")), false);
  facts = await factsOf(first);
  assert.deepEqual(await slotsOf(first.home), []);
});

test("a folder that is not empty, one in the home, and one from elsewhere are refused", async () => {
  const api = createApi(first);
  const refused = async (folder: string, words: RegExp): Promise<void> => {
    await api.post("/api/backup", { folder });
    const { last } = await until("it ended", () => withToken(first).get("/api/backup"), {
      holds: ({ running }) => running === null,
    });
    assert.match(JSON.stringify(last), words);
  };
  await refused(place("copy"), /BACKUP_FOLDER.*not empty/);
  await refused(join(first.home, "evidence", "copy"), /BACKUP_FOLDER.*lies in the home/);
  // The same name as the command line's own token does not make it that.
  const token = { name: "local command line", role: "admin", expiresInDays: 1 };
  const { secret } = (await api.post("/api/tokens", token)) as { secret: string };
  const elsewhere = createApi({ url: first.url, token: secret });
  for (const folder of [place("stolen"), "../stolen", "stolen"]) {
    const answer = await elsewhere.call("POST", "/api/backup", { folder });
    assert.equal(answer.status, 422, JSON.stringify(answer.body));
  }
});

test("checking it finds it whole; one changed byte, one missing and one foreign file are named", async () => {
  const whole = await cli("backup", "verify", place("copy"));
  assert.equal(whole.code, 0, whole.out);
  // The same files have other names by the engine's links.
  const [part = "", missing = ""] = filesUnder(place("copy")).filter((path) => /\/store\/.*\.bin$/.test(path));
  const nameOf = (path: string): string => path.slice(place("copy").length + 1);
  const bytes = readFileSync(part);
  const broken = Buffer.from(bytes);
  broken[bytes.length >> 1] = (broken[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(part, broken);
  renameSync(missing, place("missing"));
  writeFileSync(join(place("copy"), "home", "extra"), "");
  const told = await cli("backup", "verify", place("copy"));
  assert.equal(told.code, 1);
  const lines = [`${nameOf(part)}: changed`, `${nameOf(missing)}: missing`, "home/extra: not of this backup"];
  assert.deepEqual(told.out.trimEnd().split("\n").toSorted(), lines.toSorted());
  const code = { code: "BACKUP_DAMAGED", message: /\(changed\).*\(missing\)|\(missing\).*\(changed\)/ };
  await assert.rejects(restoreInto("never", key(first.home)), code);
  assert.equal(existsSync(place("never")), false);
  writeFileSync(part, bytes);
  renameSync(place("missing"), missing);
  rmSync(join(place("copy"), "home", "extra"));
});

test("it holds no secret, and the search for them can find one", async () => {
  for (const [name, secret] of Object.entries(secrets))
    assert.deepEqual(filesWith(place("copy"), secret), [], `${name} is in the backup`);
  // What is written in plain words in the same tables is found by the same search.
  assert.notDeepEqual(filesWith(place("copy"), "What the backup must hold"), []);
  const made = await cli("--home", first.home, "backup", place("with key"), "--with-key", "--json");
  assert.equal(made.code, 0, made.err);
  assert.match(made.err, /The key is in it/);
  const keyed = join(place("with key"), "home", "secrets.json");
  assert.deepEqual(filesWith(place("with key"), secrets["sealing key"] ?? ""), [keyed]);
});

test("it goes only into an empty home, and only with its own key", async () => {
  await assert.rejects(restoreInto("first", key(first.home)), { code: "HOME_IN_USE" });
  mkdirSync(place("full"));
  writeFileSync(join(place("full"), "thesis.txt"), "");
  await assert.rejects(restoreInto("full", key(first.home)), { code: "RESTORE_HOME", message: /not empty/ });
  await assert.rejects(restoreInto("never"), { code: "RESTORE_KEY", message: /holds no key/ });
  writeFileSync(place("wrong.json"), JSON.stringify({ sealing: "a", "state-password": "b" }));
  await assert.rejects(restoreInto("never", place("wrong.json")), { code: "RESTORE_KEY", message: /another home/ });
  assert.equal(existsSync(place("never")), false);
});

test("restored, it has all that was acknowledged, once, and its log of changes holds", {
  timeout: 120_000,
}, async (t) => {
  const copied = key(first.home);
  writeFileSync(place("kept.json"), readFileSync(copied));
  await first.stop();
  const put = await cli("--home", place("second"), "restore", place("copy"), "--key", place("kept.json"));
  assert.equal(put.code, 0, put.err);
  second = await startHoldfast({ home: place("second"), rules: [rules], ports });
  const api = createApi(second);
  await settle(api);
  const verdict = await judge(api, acked);
  t.diagnostic(JSON.stringify(verdict));
  assertVerdict(verdict, SENDERS);
  assert.deepEqual(await factsOf(second), facts);
  for (const source of (await api.list("/api/sources")) as Json[]) {
    const { received, stored, quarantined } = source as Record<string, number>;
    assert.equal(received, (stored ?? 0) + (quarantined ?? 0), JSON.stringify(source));
  }
  for (const [name, secret] of Object.entries(secrets))
    assert.equal(await eventsWith(second, secret), 0, `${name} is in the events`);
  assert.ok((await eventsWith(second, "holdfast-crash-marker")) > 0);
  // Approved while it waits; what became of it is looked at below.
  const olga = await logIn(second, "olga");
  const { approvalId } = await olga.get(`/api/effects/${effectId}`);
  const approval = await olga.get(`/api/approvals/${String(approvalId)}`);
  await olga.make("POST", `/api/approvals/${String(approvalId)}/decision`, {
    ...{ verdict: "approve", reason: "the test", hash: approval["hash"] },
  });
});

test("a restore that is killed leaves a home that does not start, and says what to do", async () => {
  const home = place("half");
  const killed = spawn(process.execPath, [CLI, "--home", home, "restore", place("copy"), "--key", place("kept.json")], {
    stdio: "ignore",
  });
  await until("it copies", async () => existsSync(join(home, "restoring")), {
    holds: (copies) => copies,
  });
  killed.kill("SIGKILL");
  if (killed.signalCode === null) await once(killed, "exit");
  assert.ok(existsSync(join(home, "restoring")), "it was through before it was killed");
  const advice = /was cut off.*remove that folder and run the restore again/s;
  for (const parameters of [["up"], ["restore", place("copy"), "--key", place("kept.json")]]) {
    const { code, err } = await cli("--home", home, ...parameters);
    assert.equal(code, 1);
    assert.match(err, advice);
  }
  assert.match((await cli("--home", home, "doctor")).out, advice);
});

test("kill -9 in the middle leaves no slot, no links and no folder, and the next one works", {
  timeout: 120_000,
}, async () => {
  assert.ok(second !== undefined);
  const going = cli("--home", second.home, "backup", place("cut off"));
  await until("it writes", async () => readdirSync(outside).filter((name) => name.includes("partial")), {
    holds: (found) => found.length > 0,
  });
  killNow(second.pids().server);
  await second.ended;
  assert.equal((await going).code, 1);
  assert.equal(existsSync(place("cut off")), false);
  second = await startHoldfast({ home: place("second"), rules: [rules], ports });
  assert.deepEqual(
    readdirSync(outside).filter((name) => name.includes("partial")),
    [],
  );
  assert.deepEqual(await slotsOf(second.home), []);
  assert.deepEqual(shadowsOf(second.home), []);
  assert.equal((await cli("--home", second.home, "backup", place("cut off"))).code, 0);
});

test("what acts outward waits for a person, over a restart too, and then happens once", {
  timeout: 120_000,
}, async () => {
  assert.ok(second !== undefined);
  assert.equal(far.count(), 0, "it went out before anybody released it");
  assert.notEqual((await withToken(second).get("/api/restore"))["held"], null);
  const olga = await logIn(second, "olga");
  const released = await cli("--home", second.home, "restore", "--release");
  assert.equal(released.code, 0, released.err);
  await until("the approved effect is done", () => olga.get(`/api/effects/${effectId}`), {
    holds: ({ state }) => state === "done",
  });
  assert.deepEqual([far.times("contain host-7"), far.count()], [1, 1]);
  assert.equal((await withToken(second).get("/api/restore"))["held"], null);
});

test("made of a stopped one, it starts as well", { timeout: 120_000 }, async () => {
  await second?.kill();
  const cold = await cli("--home", place("second"), "backup", place("cold"));
  assert.equal(cold.code, 0, cold.err);
  assert.match(cold.err, /No server runs/);
  await restoreInto("third", place("kept.json"), "cold");
  second = await startHoldfast({ home: place("third"), rules: [rules], ports });
  const api = createApi(second);
  await settle(api);
  assertVerdict(await judge(api, acked), SENDERS);
});

test("a store that is a server of its own is refused in words, and left out only when that is asked for", async () => {
  await second?.stop();
  const given = { home: place("third"), withKey: false, here: { state: false, events: true }, now: Date.now() };
  const make = (withoutServers: boolean) =>
    backupStopped({ ...given, withoutServers, folder: place("partly"), onBytes: () => {} });
  await assert.rejects(make(false), { code: "BACKUP_ELSEWHERE", message: /PostgreSQL server/ });
  const { parts, files } = await make(true);
  assert.deepEqual(parts, { state: "elsewhere", events: "here" });
  assert.ok(files.some(({ path }) => path.startsWith("home/events/")));
  assert.ok(!files.some(({ path }) => path.startsWith("home/state/")));
});

/** An incident with evidence, an effect that waits for its approval, and secrets wherever one can be put. */
async function work(sourceKey: string): Promise<void> {
  const admin = withToken(first);
  const secret = (): string => `hf${randomBytes(16).toString("hex")}`;
  const own = JSON.parse(readFileSync(key(first.home), "utf8")) as Record<string, string>;
  const token = (await admin.make("POST", "/api/tokens", { name: "t", role: "viewer", expiresInDays: 1 }))["secret"];
  const [client, ticket] = [secret(), secret()];
  secrets = {
    ...{ "client secret": client, "ticket secret": ticket, token: String(token), "source key": sourceKey },
    ...{ "sealing key": own["sealing"] ?? "", "state password": own["state-password"] ?? "" },
    ...{ "local token": first.token, "password of admin": first.password, "password of people": PASSWORD },
    "far side": FAR_SIDE_SECRETS.clientSecret,
  };
  const allow = ["127.0.0.1"];
  const settings = { url: far.url };
  const falcon = { kind: "crowdstrike", settings, allow };
  await admin.make("POST", "/api/connectors", { ...falcon, id: "falcon", name: "Falcon", secrets: FAR_SIDE_SECRETS });
  const other = { clientId: "other", clientSecret: client };
  await admin.make("POST", "/api/connectors", { ...falcon, id: "other", name: "Other", secrets: other });
  await admin.ask("POST", "/api/ticket-systems", { kind: "github", name: "Tickets", secret: ticket });
  await admin.make("POST", "/api/users", { name: "olga", role: "operations", team: "operations", password: PASSWORD });
  const { items } = await until("there is an alert", () => admin.get(`/api/alerts?rule=${RULE_ID}`), {
    holds: (page) => (page["items"] as unknown[]).length === SENDERS,
  });
  const alertIds = (items as Json[]).map(({ id }) => String(id));
  const incident = await admin.make("POST", "/api/incidents", { title: "What the backup must hold", alertIds });
  incidentId = String(incident["id"]);
  const sent = await fetch(`${first.url}/api/incidents/${incidentId}/evidence-files?name=dump.bin`, {
    method: "POST",
    headers: { authorization: `Bearer ${first.token}`, "content-type": "application/octet-stream" },
    body: evidence,
  });
  assert.equal(sent.status, 200, await sent.text());
  const effect = await admin.make("POST", "/api/effects", {
    ...{ key: "backup-test-isolate", incidentId, action: "edr-isolate", connectorId: "falcon" },
    ...{ input: { host: "host-7" }, reason: "the test" },
  });
  effectId = String(effect["id"]);
  assert.equal(effect["state"], "waiting");
}

/** What nobody changed after the backup was made. */
async function factsOf(server: RunningServer): Promise<unknown> {
  const api = createApi(server);
  const page = (path: string): Promise<Json[]> => api.list(path) as Promise<Json[]>;
  const kept = (await api.get(`/api/incidents/${incidentId}/evidence`)) as { items: Json[] };
  const verdicts = [];
  for (const { id } of kept.items)
    verdicts.push(((await api.post(`/api/evidence/${String(id)}/verify`, {})) as Json)["verdict"]);
  const effect = (await api.get(`/api/effects/${effectId}`)) as Json;
  const { ok, firstBad } = (await api.get("/api/audit/verify")) as { ok: boolean; firstBad: number | null };
  return {
    alerts: (await page(`/api/alerts?rule=${RULE_ID}`)).map(({ id }) => id).sort(),
    incidents: (await page("/api/incidents")).map(({ id, title }) => [id, title]).sort(),
    approvals: (await page("/api/approvals?state=waiting")).map(({ id }) => id).sort(),
    evidence: [kept.items.map(({ sha256, bytes }) => [sha256, bytes]), verdicts],
    effect: [effect["state"], effect["approvalId"]],
    users: (await page("/api/users")).map(({ name, role }) => [name, role]).sort(),
    audit: [ok, firstBad],
  };
}

async function eventsWith(server: RunningServer, text: string): Promise<number> {
  const { rows } = await createApi(server).search({ query: `"${text}" | stats count` });
  return Number(rows[0]?.[0] ?? 0);
}

const restoreInto = (home: string, keyFile?: string, from = "copy") =>
  restoreBackup({
    folder: place(from),
    home: place(home),
    ...(keyFile === undefined ? {} : { key: keyFile }),
    onPhase: () => {},
    onBytes: () => {},
    now: Date.now(),
  });

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function cli(...parameters: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const flags = ["--disable-warning=ExperimentalWarning", CLI, ...parameters];
    execFile(process.execPath, flags, { env: { PATH: process.env["PATH"] } }, (error, out, err) =>
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, out, err }),
    );
  });
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const filesWith = (folder: string, text: string): string[] =>
  filesUnder(folder).filter((path) => text !== "" && readFileSync(path).includes(text));

const shadowsOf = (home: string): string[] => {
  const folder = join(home, "events", "data", "shadow");
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("holdfast")) : [];
};

async function slotsOf(home: string): Promise<unknown[]> {
  const { "state-password": password } = JSON.parse(readFileSync(key(home), "utf8")) as Record<string, string>;
  const host = readFileSync(join(home, "state", "pg", "postmaster.pid"), "utf8").split("\n")[4] ?? "";
  const url = `postgresql://holdfast:${encodeURIComponent(password ?? "")}@/holdfast?${new URLSearchParams({ host, port: "5432" })}`;
  const tables = await createTables({ url, engine: "embedded", log: silentLog, connections: 1 });
  try {
    return (await tables.db.execute("select slot_name from pg_replication_slots")).rows;
  } finally {
    await tables.close();
  }
}
