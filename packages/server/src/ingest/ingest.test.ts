import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { IMPORT_RECORDS_PATH, INGEST_EVENTS_PATH } from "@holdfast/contracts/ingest";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { systemClock } from "../platform/clock/index.ts";
import type { OpenEvents } from "../platform/events/index.ts";
import { openTestEvents } from "../platform/events/testing.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { openDisk, openSpool, type Spool } from "../platform/spool/index.ts";
import { loadMigrations } from "../platform/tables/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { createIngest, type Ingest } from "./index.ts";
import type { TestSignal } from "./testing-worker.ts";

let events: OpenEvents;
let state: TestTables;
let spool: Spool;
let ingest: Ingest;
let server: Server;
let base = "";
let low: { reason: string } | undefined;
const directory = mkdtempSync(join(tmpdir(), "holdfast-ingest-"));
const port = 20_000 + Math.floor(Math.random() * 20_000);

const CONTEXT: CallContext = {
  actor: { kind: "user", id: "u1", name: "tester" },
  role: "admin",
  team: "operations",
  permissions: new Set(["ingest.write"]),
  sessionId: null,
  session: null,
  ip: "127.0.0.1",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
};

before(async () => {
  const own = loadMigrations().filter((migration) => /^(0001|0030)-/.test(migration.id));
  [events, state] = await Promise.all([openTestEvents(), openTestTables(own)]);
  await startIngest();
  server = createServer((request, response) => {
    const path = new URL(request.url ?? "", "http://localhost").pathname;
    const records = /^\/api\/imports\/([^/]+)\/files\/([^/]+)\/records$/.exec(path);
    const caller = {
      ip: request.socket.remoteAddress ?? "",
      permissionsOf: async (bearer: string) => (bearer === "token" ? new Set(["ingest.write"] as const) : undefined),
    };
    const answer =
      records === null
        ? ingest.handleIngest(request, caller)
        : ingest.handleImportRecords(request, { runId: records[1] ?? "", fileId: records[2] ?? "" });
    void answer.then(({ status, headers, body }) => response.writeHead(status, headers).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
});

after(async () => {
  server.closeAllConnections();
  server.close();
  await stopIngest();
  await events.close();
  await state.close();
  rmSync(directory, { recursive: true, force: true });
});

async function startIngest(): Promise<void> {
  const path = join(directory, "spool");
  spool = await openSpool({ disk: await openDisk(path), clock: systemClock, log: silentLog, maxBytes: 200_000_000 });
  ingest = createIngest<TestSignal>({
    spool,
    spoolDirectory: path,
    tables: state.tables,
    events: events.store,
    audit: createAuditLog({ tables: state.tables, clock: systemClock }),
    clock: systemClock,
    log: silentLog,
    config: {
      ingest: { workers: 1, block: { records: 2_000, bytes: 4_000_000 }, record: { bytes: 100_000 } },
      syslog: { host: "127.0.0.1", udp: { port }, tcp: { port } },
    },
    workerUrl: new URL("./testing-worker.ts", import.meta.url),
    workerData: events.connection,
    hooks: [],
    admission: () => low,
    diskFreeBytes: () => 1,
  });
  await ingest.start();
}

async function stopIngest(): Promise<void> {
  await ingest.stop();
  await spool.close();
}

const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(base + path, { method: "POST", body: new Uint8Array(Buffer.from(body)), headers });

const none = { params: {}, query: {}, body: {} } as const;

async function newSource(name: string): Promise<{ id: string; key: string }> {
  const made = await ingest.routes.createSource({ ...none, body: { name, kind: "http" } }, CONTEXT);
  return { id: made.source.id, key: made.key };
}

const source = (id: string) => ingest.routes.getSource({ ...none, params: { id } }, CONTEXT);

async function through(id: string, records: number) {
  for (let waited = 0; waited < 30_000; waited += 50) {
    const now = await source(id);
    if (now.stored + now.quarantined >= records) return now;
    await sleep(50);
  }
  return assert.fail(`${id} did not come through`);
}

const raws = async (id: string): Promise<string[]> => {
  const rows = await events.store.query<{ raw: string }>(
    `SELECT raw FROM ${events.store.table("events")} WHERE source = {id:String} ORDER BY id`,
    { params: { id } },
  );
  return rows.map((row) => row.raw);
};

test("records over HTTP: NDJSON, gzip, array, text; each stored as it was sent", async () => {
  const { id, key } = await newSource("Web front end");
  assert.equal(id, "web-front-end");
  assert.match(key, /^hfs_.{32}$/);
  const auth = { authorization: `Bearer ${key}` };
  const first = await post(INGEST_EVENTS_PATH, '{"n":1}\n{"n":2}\n', {
    ...auth,
    "content-type": "application/x-ndjson",
  });
  assert.equal(first.status, 200);
  assert.deepEqual(await first.json(), { accepted: 2, rejected: [] });
  const zipped = { ...auth, "content-type": "application/json", "content-encoding": "gzip" };
  assert.equal((await post(INGEST_EVENTS_PATH, gzipSync('[{"n": 3}, {"n":4}]'), zipped)).status, 200);
  assert.equal((await post(INGEST_EVENTS_PATH, "five\nsix", { ...auth, "content-type": "text/plain" })).status, 200);
  const counts = await through(id, 6);
  assert.deepEqual(await raws(id), ['{"n":1}', '{"n":2}', '{"n": 3}', '{"n":4}', "five", "six"]);
  assert.equal(counts.received, 6);
  assert.equal(counts.backlog, 0);
  assert.equal(
    counts.perMinute.reduce((sum, n) => sum + n, 0),
    6,
  );
  assert.equal(counts.coverage, (6 - counts.unclassified) / 6);
});

test("what is refused: no key, a wrong key, a disabled source, a bomb, an unknown encoding, a broken array", async () => {
  const { id, key } = await newSource("refused");
  const auth = { authorization: `Bearer ${key}` };
  const code = async (answer: Promise<Response>) => {
    const response = await answer;
    const problem: unknown = await response.json();
    return [response.status, typeof problem === "object" && problem !== null && "code" in problem ? problem.code : ""];
  };
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "x")), [401, "INGEST_KEY_MISSING"]);
  const wrong = { authorization: `Bearer hfs_${"a".repeat(32)}` };
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "x", wrong)), [401, "INGEST_KEY_UNKNOWN"]);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "x", { authorization: "Bearer other" })), [
    401,
    "INGEST_KEY_UNKNOWN",
  ]);
  const bomb = gzipSync(Buffer.alloc(80_000_000, 97));
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, bomb, { ...auth, "content-encoding": "gzip" })), [
    413,
    "INGEST_BODY_TOO_LARGE",
  ]);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "x", { ...auth, "content-encoding": "br" })), [
    415,
    "INGEST_ENCODING_UNKNOWN",
  ]);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "nonsense", { ...auth, "content-encoding": "gzip" })), [
    400,
    "INGEST_BODY_BROKEN",
  ]);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, '[{"a":1}', { ...auth, "content-type": "application/json" })), [
    400,
    "INGEST_BODY_BROKEN",
  ]);
  const large = await post(INGEST_EVENTS_PATH, `small\n${"x".repeat(100_001)}\n`, auth);
  const { accepted, rejected } = JSON.parse(await large.text());
  assert.equal(accepted, 1);
  assert.deepEqual([rejected[0].index, rejected[0].code], [1, "RECORD_TOO_LARGE"]);
  await ingest.routes.updateSource({ ...none, params: { id }, body: { enabled: false } }, CONTEXT);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "x", auth)), [403, "INGEST_SOURCE_DISABLED"]);
  await ingest.routes.updateSource({ ...none, params: { id }, body: { enabled: true } }, CONTEXT);
  const rotated = await ingest.routes.rotateSourceKey({ ...none, params: { id } }, CONTEXT);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "x", auth)), [401, "INGEST_KEY_UNKNOWN"]);
  assert.equal((await post(INGEST_EVENTS_PATH, "x", { authorization: `Bearer ${rotated.key}` })).status, 200);
  assert.equal((await post(`${INGEST_EVENTS_PATH}?source=${id}`, "y", { authorization: "Bearer token" })).status, 200);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "y", { authorization: "Bearer token" })), [
    404,
    "INGEST_SOURCE_UNKNOWN",
  ]);
  const counts = await through(id, 3);
  assert.equal(counts.rejected, 1);
  assert.deepEqual(await raws(id), ["small", "x", "y"]);
});

test("a low disk refuses with 503 and Retry-After, and the pipeline says why", async () => {
  const { key } = await newSource("low");
  low = { reason: "the disk has 1 byte left." };
  const answer = await post(INGEST_EVENTS_PATH, "x", { authorization: `Bearer ${key}` });
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "10");
  assert.match(await answer.text(), /INGEST_DISK_LOW/);
  assert.equal(ingest.health().state, "refusing");
  low = undefined;
  assert.equal(ingest.health().state, "ok");
});

async function send(run: string, file: string, first: number, lines: readonly string[]) {
  const path = IMPORT_RECORDS_PATH.replace(":id", run).replace(":fileId", file);
  const answer = await post(`${path}?first=${first}`, lines.join("\n"), { "content-type": "application/x-ndjson" });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

async function finished(run: string) {
  await ingest.routes.finishImport({ ...none, params: { id: run } }, CONTEXT);
  for (let waited = 0; waited < 20_000; waited += 50) {
    const now = await ingest.routes.getImport({ ...none, params: { id: run } }, CONTEXT);
    if (now.state === "finished") return now;
    await sleep(50);
  }
  return assert.fail("the import did not finish");
}

const startRun = async (): Promise<string> =>
  (await ingest.routes.startImport({ ...none, body: { name: "t" } }, CONTEXT)).id;
const startFile = (run: string, sha256: string) =>
  ingest.routes.startImportFile({ ...none, params: { id: run }, body: { path: "f", sha256 } }, CONTEXT);

test("imports: exact counts, the same file twice adds nothing, an interrupted one goes on, a restart changes nothing", async () => {
  const sha256 = "ab".repeat(32);
  const lines = Array.from({ length: 500 }, (_, n) =>
    n % 2 === 0 ? JSON.stringify(`line ${n}`) : `{"imported":${n}}`,
  );
  lines[7] = JSON.stringify("x".repeat(100_001));
  const run = await startRun();
  const { fileId, recordsKnown } = await startFile(run, sha256);
  assert.equal(recordsKnown, 0);
  assert.equal((await send(run, fileId, 0, lines.slice(0, 200))).status, 200);
  assert.equal((await send(run, fileId, 300, lines.slice(300))).status, 409, "a gap is refused");
  assert.deepEqual(
    (await send(run, fileId, 0, lines.slice(0, 200))).body.recordsKnown,
    200,
    "a repeated chunk adds nothing",
  );
  await stopIngest();
  await startIngest();
  const resumed = await startRun();
  assert.deepEqual(await startFile(resumed, sha256), { fileId, recordsKnown: 200 });
  assert.equal((await send(resumed, fileId, 100, lines.slice(100))).status, 200);
  const first = await finished(run);
  assert.deepEqual([first.read, first.stored, first.quarantined, first.duplicates], [200, 199, 1, 0]);
  const second = await finished(resumed);
  assert.deepEqual([second.read, second.stored, second.quarantined, second.duplicates], [500, 300, 0, 200]);
  const again = await startRun();
  assert.equal((await startFile(again, sha256)).recordsKnown, 500);
  const third = await finished(again);
  assert.deepEqual([third.read, third.stored, third.quarantined, third.duplicates], [500, 0, 0, 500]);
  assert.equal((await raws("import")).length, 499);
  assert.equal((await source("import")).duplicates, 700);
  assert.equal((await send(again, fileId, 0, lines)).status, 409, "a closed import takes nothing");
});

test("a quarantined record can be seen and replayed, once", async () => {
  const { id, key } = await newSource("replay");
  await post(INGEST_EVENTS_PATH, 'good\ntest-marker-spin "café"', { authorization: `Bearer ${key}` });
  await through(id, 2);
  const list = await ingest.routes.listQuarantine({ ...none, query: { limit: 10, source: id } }, CONTEXT);
  const [row] = list.items;
  assert.ok(row !== undefined && list.items.length === 1);
  assert.equal(row.code, "RECORD_TOO_SLOW");
  assert.equal(row.preview, 'test-marker-spin "café"');
  assert.equal(row.peer, "127.0.0.1");
  const body = { ids: [row.id] };
  assert.deepEqual(await ingest.routes.replayQuarantine({ ...none, body }, CONTEXT), { replayed: 1 });
  assert.deepEqual(await ingest.routes.replayQuarantine({ ...none, body }, CONTEXT), { replayed: 0 });
  const counts = await through(id, 3);
  assert.deepEqual([counts.stored, counts.quarantined], [1, 2], "it spins again, so it is quarantined again");
  const now = await ingest.routes.listQuarantine({ ...none, query: { limit: 10, source: id } }, CONTEXT);
  assert.equal(now.items.length, 2);
  assert.equal(now.items.filter((item) => item.replayedAt !== null).length, 1);
});

test("syslog over TCP in both framings at once, and half a message when the connection ends", async () => {
  const before = (await source("syslog-tcp")).stored;
  const octets = connect(port, "127.0.0.1");
  const lines = connect(port, "127.0.0.1");
  octets.write('64 <133>1 2026-11-21T22:57:53.686549+00:00 vm t - - - line one "q"\n');
  lines.write("<13>Nov 21 22:57:53 vm root: over lines\n<13>half a mess");
  octets.write("60 <133>1 2026-11-21T22:57:59.657754+00:00 vm t - - - line two\n");
  await sleep(100);
  octets.end();
  lines.end();
  await through("syslog-tcp", before + 4);
  const rows = await events.store.query<{ raw: string; peer: string; host: string }>(
    `SELECT raw, toString(peer) AS peer, host FROM ${events.store.table("events")} WHERE source = 'syslog-tcp'`,
  );
  assert.deepEqual(
    rows.map((row) => row.raw).sort(),
    [
      '<133>1 2026-11-21T22:57:53.686549+00:00 vm t - - - line one "q"',
      "<133>1 2026-11-21T22:57:59.657754+00:00 vm t - - - line two",
      "<13>Nov 21 22:57:53 vm root: over lines",
      "<13>half a mess",
    ].sort(),
  );
  assert.ok(rows.every((row) => row.peer === "::ffff:127.0.0.1"));
  assert.equal(rows.filter((row) => row.host === "vm").length, 3);
});

test("a TCP sender waits while nothing may be taken, and loses nothing", async () => {
  const before = (await source("syslog-tcp")).stored;
  low = { reason: "no room." };
  const socket = connect(port, "127.0.0.1");
  let drained = 0;
  const line = `<13>1 - vm t - - - ${"x".repeat(1_000)}\n`;
  for (let n = 0; n < 20_000; n += 1) {
    if (socket.write(line)) continue;
    const outcome = await Promise.race([
      new Promise((resolve) => socket.once("drain", () => resolve("drain"))),
      sleep(400, "stuck"),
    ]);
    drained = n + 1;
    if (outcome === "stuck") break;
  }
  assert.ok(drained > 0 && drained < 20_000, "the sender was held up");
  low = undefined;
  socket.end();
  const counts = await through("syslog-tcp", before + drained);
  assert.equal(counts.stored, before + drained);
});

test("syslog over UDP: one record a datagram, the sender's address kept, one line feed dropped", async () => {
  const socket = createSocket("udp4");
  for (const text of [
    "<134>1 2026-11-21T22:58:05.660Z vm app 16036 - - rfc5424 hi\n",
    "<13>Nov 21 22:57:53 vm root: udp 3164 msg",
  ]) {
    await new Promise<void>((resolve) => socket.send(text, port, "127.0.0.1", () => resolve()));
  }
  socket.close();
  await through("syslog-udp", 2);
  assert.deepEqual((await raws("syslog-udp")).sort(), [
    "<134>1 2026-11-21T22:58:05.660Z vm app 16036 - - rfc5424 hi",
    "<13>Nov 21 22:57:53 vm root: udp 3164 msg",
  ]);
});

const hasLogger = spawnSync("logger", ["--version"]).status === 0;

test("logger of util-linux in all its framings", { skip: hasLogger ? false : "logger is not installed" }, async () => {
  const [tcp, udp] = [(await source("syslog-tcp")).stored, (await source("syslog-udp")).stored];
  const at = ["-n", "127.0.0.1", "-P", String(port)];
  for (const options of [["-T", "--octet-count"], ["-T"], ["-T", "--rfc3164"], ["-d"], ["-d", "--rfc3164"]]) {
    assert.equal(spawnSync("logger", [...at, ...options, `from logger ${options.join(" ")}`]).status, 0);
  }
  await through("syslog-tcp", tcp + 3);
  await through("syslog-udp", udp + 2);
  const rows = await events.store.query<{ message: string; host: string }>(
    `SELECT message, host FROM ${events.store.table("events")} WHERE raw LIKE '%from logger%' ORDER BY message`,
  );
  assert.deepEqual(
    rows.map((row) => row.message),
    [
      "from logger -T",
      "from logger -T --octet-count",
      "from logger -T --rfc3164",
      "from logger -d",
      "from logger -d --rfc3164",
    ],
  );
  assert.ok(rows.every((row) => row.host !== ""));
});
