/** pump.test: the pump on real stores: each record searchable once, refused ones found by halves, stuck ones set aside. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { systemClock } from "../platform/clock/index.ts";
import type { OpenEvents } from "../platform/events/index.ts";
import { openTestEvents } from "../platform/events/testing.ts";
import { silentLog } from "../platform/log/index.ts";
import { openDisk, openSpool, type Spool } from "../platform/spool/index.ts";
import { loadMigrations } from "../platform/tables/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { createPump, type Pump } from "./pump.ts";
import { createPumpJournal } from "./pump-journal.ts";
import { insertSource, sourceById } from "./source-store.ts";
import type { TestSignal } from "./testing-worker.ts";
import { createWorkerPool, type WorkerPool } from "./worker-pool.ts";

let events: OpenEvents;
let state: TestTables;
const directory = mkdtempSync(join(tmpdir(), "holdfast-pump-"));

before(async () => {
  const own = loadMigrations().filter((migration) => /^(0001|003\d|0140)-/.test(migration.id));
  [events, state] = await Promise.all([openTestEvents(), openTestTables(own)]);
});

after(async () => {
  await events.close();
  await state.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Line {
  readonly spool: Spool;
  readonly pump: Pump;
  readonly pool: WorkerPool<TestSignal>;
  readonly signals: TestSignal[];
  stop(): Promise<void>;
}

async function startLine(name: string, lingerMs = 20): Promise<Line> {
  const path = join(directory, name);
  const spool = await openSpool({ disk: await openDisk(path), clock: systemClock, log: silentLog, maxBytes: 1e9 });
  const signals: TestSignal[] = [];
  const pool = createWorkerPool<TestSignal>({
    workers: 1,
    workerUrl: new URL("./testing-worker.ts", import.meta.url),
    workerData: events.connection,
    spool: { id: spool.id, directory: path },
    clock: systemClock,
    log: silentLog,
    heapMiB: 128,
    recordBytes: 1_000_000,
  });
  const journal = createPumpJournal<TestSignal>({
    tables: state.tables,
    spool: spool.id,
    clock: systemClock,
    hooks: [async (_, result) => void signals.push(...result.signals)],
  });
  const pump = createPump<TestSignal>({
    spool,
    journal,
    run: pool.run,
    clock: systemClock,
    log: silentLog,
    workers: 1,
    block: { records: 2_000, bytes: 4_000_000 },
    lingerMs,
  });
  await pump.start();
  const stop = async (): Promise<void> => {
    await pump.stop(5_000);
    await pool.stop();
    await spool.close();
  };
  return { spool, pump, pool, signals, stop };
}

async function newSource(id: string): Promise<void> {
  await insertSource(state.tables.db, { id, kind: "http", name: id, now: Date.now() });
}

const send = (line: Line, source: string, texts: readonly string[]) =>
  line.spool.append({
    envelope: { source, kind: "http", receivedMs: Date.now(), peer: "192.0.2.9" },
    records: texts.map((text) => Buffer.from(text)),
  });

/** Rows and distinct ids of a source in the event store. */
async function found(source: string): Promise<{ rows: number; ids: number }> {
  const [row] = await events.store.query<{ n: string; ids: string }>(
    `SELECT count() AS n, uniqExact(id) AS ids FROM ${events.store.table("events")} WHERE source = {source:String}`,
    { params: { source } },
  );
  return { rows: Number(row?.n ?? 0), ids: Number(row?.ids ?? 0) };
}

async function through(source: string, records: number): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 50) {
    const counts = await sourceById(state.tables.db, source);
    if (counts !== undefined && counts.stored + counts.quarantined >= records) return;
    await sleep(50);
  }
  assert.fail(`${source} did not come through`);
}

const quarantine = async (source: string) =>
  (
    await state.tables.db.execute<{ code: string; ordinal: number; raw: Buffer }>(
      sql`SELECT code, ordinal, raw FROM quarantine WHERE source = ${source} ORDER BY ordinal`,
    )
  ).rows;

test("20,000 events in, each searchable exactly once, the checkpoint at the end", async () => {
  await newSource("bulk");
  const line = await startLine("bulk");
  for (let batch = 0; batch < 20; batch += 1) {
    const texts = Array.from({ length: 1_000 }, (_, index) => `{"n":${batch * 1_000 + index},"host":"h${index % 7}"}`);
    await send(line, "bulk", texts);
  }
  await through("bulk", 20_000);
  assert.deepEqual(await found("bulk"), { rows: 20_000, ids: 20_000 });
  const counts = await sourceById(state.tables.db, "bulk");
  assert.equal(counts?.stored, 20_000);
  assert.equal(counts?.quarantined, 0);
  await line.stop();
  const { rows } = await state.tables.db.execute<{ byte_offset: number }>(
    sql`SELECT byte_offset FROM ingest_checkpoint WHERE spool = ${line.spool.id}`,
  );
  assert.equal(Number(rows[0]?.byte_offset), line.spool.end().offset);
  const open = await state.tables.db.execute(sql`SELECT 1 FROM ingest_block WHERE spool = ${line.spool.id}`);
  assert.equal(open.rows.length, 0);
});

test("a record the event store refuses is found by halves and quarantined; the rest is stored, its signals are kept", async () => {
  await newSource("refused");
  const line = await startLine("refused");
  const texts = Array.from({ length: 300 }, (_, index) => `{"n":${index},"t":"test-marker-signal"}`);
  texts[137] = `{"n":137,"t":"test-marker-signal test-marker-refused"}`;
  texts[138] = `{"n":138,"t":"test-marker-refused"}`;
  await send(line, "refused", texts);
  await through("refused", 300);
  assert.deepEqual(await found("refused"), { rows: 298, ids: 298 });
  const rows = await quarantine("refused");
  assert.deepEqual(
    rows.map((row) => [row.code, Number(row.ordinal), row.raw.toString()]),
    [
      ["RECORD_REFUSED", 137, texts[137]],
      ["RECORD_REFUSED", 138, texts[138]],
    ],
  );
  assert.equal(line.signals.length, 298);
  const [stored] = await events.store.query<{ n: string }>(
    `SELECT count() AS n FROM ${events.store.table("signals")} WHERE source = 'refused'`,
  );
  assert.equal(Number(stored?.n), 298);
  await line.stop();
});

test("records that spin or use up the memory are quarantined by name; the others are stored once", async () => {
  await newSource("hostile");
  const line = await startLine("hostile");
  const texts = Array.from({ length: 500 }, (_, index) => `{"n":${index}}`);
  texts[40] = `{"t":"test-marker-spin"}`;
  texts[301] = `{"t":"test-marker-memory"}`;
  await send(line, "hostile", texts);
  await send(line, "hostile", ["after"]);
  await through("hostile", 501);
  assert.deepEqual(await found("hostile"), { rows: 499, ids: 499 });
  const rows = await quarantine("hostile");
  assert.equal(rows.length, 2);
  assert.deepEqual(
    rows.map((row) => Number(row.ordinal)),
    [40, 301],
  );
  assert.equal(rows[0]?.code, "RECORD_TOO_SLOW");
  assert.ok(rows[1]?.code === "WORKER_CRASHED" || rows[1]?.code === "RECORD_TOO_SLOW");
  await line.stop();
});

test("bytes that are not UTF-8 are stored as Latin-1 with a note", async () => {
  await newSource("latin");
  const line = await startLine("latin");
  await line.spool.append({
    envelope: { source: "latin", kind: "syslog-udp", receivedMs: Date.now(), peer: "192.0.2.9" },
    records: [Buffer.from("<13>Nov 21 22:57:53 h app: caf\xe9", "latin1")],
  });
  await through("latin", 1);
  const [row] = await events.store.query<{ raw: string; notes: string[] }>(
    `SELECT raw, notes FROM ${events.store.table("events")} WHERE source = 'latin'`,
  );
  assert.match(row?.raw ?? "", /café$/);
  assert.ok(row?.notes.some((note) => note.startsWith("invalid-utf8")));
  await line.stop();
});

test("a few records wait for company, many start at once", async () => {
  const line = await startLine("company", 3_600_000);
  try {
    await newSource("src_company");
    await send(line, "src_company", ["the first is alone and does not wait"]);
    await through("src_company", 1);
    await send(line, "src_company", ["this one waits"]);
    await sleep(300);
    assert.equal((await sourceById(state.tables.db, "src_company"))?.stored, 1);
    await send(
      line,
      "src_company",
      Array.from({ length: 1_200 }, (_, n) => `{"n":${n}}`),
    );
    await through("src_company", 1_202);
    assert.deepEqual(await found("src_company"), { rows: 1_202, ids: 1_202 });
  } finally {
    await line.stop();
  }
});

test("held, it ends what runs and begins nothing; what arrives waits; a hold that is late lets it go on", async () => {
  await newSource("held");
  const line = await startLine("held");
  const texts = Array.from({ length: 1_000 }, (_, n) => `{"n":${n}}`);
  const planned = async (): Promise<number> => {
    const { rows } = await state.tables.db.execute<{ n: number }>(
      sql`SELECT count(*)::int AS n FROM ingest_block WHERE spool = ${line.spool.id}`,
    );
    return rows[0]?.n ?? -1;
  };
  try {
    for (let batch = 0; batch < 8; batch += 1) await send(line, "held", texts);
    await assert.rejects(line.pump.hold(1), /still ran/);
    const letGo = await line.pump.hold(30_000);
    assert.equal(await planned(), 0);
    const before = (await found("held")).rows;
    assert.equal((await sourceById(state.tables.db, "held"))?.stored, before);
    await send(line, "held", texts);
    await sleep(500);
    assert.deepEqual([(await found("held")).rows, await planned()], [before, 0]);
    await assert.rejects(line.pump.hold(1), /held already/);
    letGo();
    await through("held", 9_000);
    assert.deepEqual(await found("held"), { rows: 9_000, ids: 9_000 });
  } finally {
    await line.stop();
  }
});
