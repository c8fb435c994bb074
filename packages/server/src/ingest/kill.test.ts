/** kill.test: the pump killed with -9 under load on the real engines: nothing lost, nothing twice. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { EventStore } from "../platform/events/index.ts";
import { openTestEvents } from "../platform/events/testing.ts";
import { loadMigrations } from "../platform/tables/index.ts";
import { openTestTables } from "../platform/tables/testing.ts";
import { sourceById } from "./source-store.ts";

const ROUNDS = Number(process.env["HOLDFAST_TEST_KILLS"] ?? 3);

interface Life {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
}

/** Starts the process and collects the numbers it acknowledges. */
function start(setup: object, acked: Set<number>): Life {
  const entry = fileURLToPath(new URL("./testing-process.ts", import.meta.url));
  const child = spawn(process.execPath, [entry, JSON.stringify(setup)], { stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  const ready = new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error("the process ended before it was ready")));
    child.stdout.on("data", (chunk: Buffer) => {
      const lines = (text + chunk.toString()).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "READY") resolve();
        const found = /^A (\d+) (\d+)$/.exec(line);
        for (let n = 0; n < Number(found?.[2] ?? 0); n += 1) acked.add(Number(found?.[1]) + n);
      }
    });
  });
  return { child, ready, ended: new Promise<void>((resolve) => child.once("close", () => resolve())) };
}

test(`${ROUNDS} rounds of kill -9 under load: nothing acknowledged is lost, nothing is visible or counted twice`, async (t) => {
  const own = loadMigrations().filter((migration) => /^(0001|003\d|0140)-/.test(migration.id));
  const [events, state] = await Promise.all([openTestEvents(), openTestTables(own)]);
  const home = mkdtempSync(join(tmpdir(), "holdfast-kill-"));
  t.after(async () => {
    await events.close();
    await state.close();
    rmSync(home, { recursive: true, force: true });
  });
  const acked = new Set<number>();
  const base = { directory: join(home, "spool"), stateUrl: state.url, connection: events.connection };
  for (let round = 0; round < ROUNDS; round += 1) {
    const life = start({ ...base, first: round * 1_000_000 }, acked);
    await life.ready;
    await sleep(300 + Math.random() * 1_500);
    life.child.kill("SIGKILL");
    await life.ended;
  }
  const last = start({ ...base, first: ROUNDS * 1_000_000 }, acked);
  await last.ready;
  await sleep(300);
  last.child.stdin?.end();
  await last.ended;
  const rows = await events.store.query<{ id: string; raw: string }>(
    `SELECT id, raw FROM ${events.store.table("events")}`,
    { limits: { resultRows: 10_000_000 } },
  );
  const numbers = rows.map((row) => Number(/"number":(\d+)/.exec(row.raw)?.[1]));
  const stored = new Set(numbers);
  assert.equal(stored.size, numbers.length, "visible twice");
  assert.equal(new Set(rows.map((row) => row.id)).size, rows.length, "two records with one id");
  const lost = [...acked].filter((number) => !stored.has(number));
  assert.equal(lost.length, 0, `${lost.length} acknowledged records are lost, the first is ${lost[0]}`);
  const counts = await sourceById(state.tables.db, "import");
  const points = await pointsOf(events.store);
  assert.equal(counts?.stored, rows.length + points.length, "counted as often as stored");
  const measured = new Set(points);
  assert.equal(measured.size, points.length, "a point is there twice");
  assert.deepEqual(
    [...acked].filter((number) => !measured.has(number)),
    [],
    "acknowledged points are lost",
  );
  for (const rollUp of ["metrics_1m", "metrics_1h"])
    assert.equal(await samplesIn(events.store, rollUp), points.length, `${rollUp} has each point once`);
  const [signals] = await events.store.query<{ n: string; ids: string }>(
    `SELECT count() AS n, uniqExact(event_id) AS ids FROM ${events.store.table("signals")}`,
  );
  assert.deepEqual([Number(signals?.n), Number(signals?.ids)], [rows.length, rows.length], "one signal for each event");
  t.diagnostic(`${acked.size} acknowledged, ${rows.length} stored in ${ROUNDS + 1} lives`);
});

async function pointsOf(store: EventStore): Promise<number[]> {
  const rows = await store.query<{ value: number }>(`SELECT value FROM ${store.table("metrics")}`, {
    limits: { resultRows: 10_000_000 },
  });
  return rows.map(({ value }) => Number(value));
}

async function samplesIn(store: EventStore, rollUp: string): Promise<number> {
  const [row] = await store.query<{ n: string }>(`SELECT sum(samples) AS n FROM ${store.table(rollUp)}`);
  return Number(row?.n);
}
