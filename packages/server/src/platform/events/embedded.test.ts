/** embedded.test: the contract on the embedded engine, and what its process must survive: deaths of child and parent,
 *  a second opener, long paths. All of it on real processes. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isAppError } from "../errors/index.ts";
import { silentLog } from "../log/index.ts";
import { eventsContract } from "./contract.ts";
import type { EmbeddedEvents } from "./embedded.ts";
import { openEmbeddedEvents } from "./embedded.ts";
import { identify } from "./process-identity.ts";
import { openTestEvents } from "./testing.ts";

eventsContract({ name: "embedded", open: openTestEvents });

describe("embedded event store process", () => {
  let base: string;
  before(async () => {
    base = await mkdtemp(join(tmpdir(), "hf-emb-"));
  });
  const opened: EmbeddedEvents[] = [];
  after(async () => {
    for (const events of opened) await events.close();
    await rm(base, { recursive: true, force: true });
  });
  const open = async (directory: string): Promise<EmbeddedEvents> => {
    const events = await openEmbeddedEvents({ directory, database: "holdfast", log: silentLog, retentionDays: 20_000 });
    opened.push(events);
    return events;
  };

  test("keeps data and schema over a restart, in a directory of mode 700", async () => {
    const directory = join(base, "a home with spaces");
    const first = await open(directory);
    await mark(first, 1);
    await first.close();
    const second = await open(directory);
    assert.deepEqual(await marks(second), [1]);
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
    assert.equal((await stat(join(directory, "run"))).mode & 0o777, 0o700);
    await second.close();
  });

  test("works where the path is too long for a socket", async () => {
    const directory = join(base, "d".repeat(90), "e".repeat(90));
    const events = await open(directory);
    assert.ok(events.connection.socketPath !== undefined && Buffer.byteLength(events.connection.socketPath) <= 103);
    await mark(events, 1);
    assert.deepEqual(await marks(events), [1]);
    await events.close();
    await assert.rejects(stat(join(events.connection.socketPath, "..")));
  });

  test("falls back to a loopback port when no short path exists, and keeps it over a restart", async () => {
    const directory = join(base, "f".repeat(90), "g".repeat(90));
    const temporary = join(base, "t".repeat(100));
    await mkdir(temporary, { recursive: true });
    const parent = startParent({ directory, temporary });
    const [url, pid] = (await parent.line()).split(" ");
    assert.match(url ?? "", /^http:\/\/127\.0\.0\.1:\d+$/);
    process.kill(Number(pid), "SIGKILL");
    parent.say("mark");
    assert.equal(await parent.line(), "marked");
    await parent.kill();
  });

  test("a second opener is refused in clear words, and the first goes on", async () => {
    const directory = join(base, "twice");
    const first = await open(directory);
    await refused(() => open(directory), /held by the Holdfast process \d+/);
    // Without the note of who holds it the engine's own lock still refuses.
    await rm(join(directory, "holder.json"));
    await refused(() => open(directory), /Another process has the event store/);
    await mark(first, 1);
    assert.deepEqual(await marks(first), [1]);
    await first.close();
  });

  test("a killed child is replaced; meanwhile calls fail as unavailable, afterwards everything is there", async () => {
    const events = await open(join(base, "killed-child"));
    await mark(events, 1);
    for (let round = 1; round <= 3; round += 1) {
      const pid = events.pid();
      assert.ok(pid !== undefined);
      process.kill(pid, "SIGKILL");
      let unavailable = 0;
      const done = await eventually(async () => {
        try {
          await mark(events, round + 1);
          return true;
        } catch (error) {
          assert.ok(isAppError(error) && error.code === "EVENTS_UNAVAILABLE" && error.retryable, String(error));
          unavailable += 1;
          return false;
        }
      });
      assert.ok(done, "the store came back");
      assert.ok(unavailable > 0, "the death was noticed");
    }
    assert.equal(events.restarts(), 3);
    assert.deepEqual(await marks(events), [1, 2, 3, 4]);
    await events.close();
  });

  test("killed again and again in the middle of inserts, it stores every batch once, in the counts too", async () => {
    const events = await open(join(base, "killed-inserting"));
    const perBatch = 200;
    let kills = 0;
    const killer = (async () => {
      while (kills < 4) {
        await sleep(200 + ((kills * 137) % 400));
        const pid = events.pid();
        if (pid === undefined) continue;
        process.kill(pid, "SIGKILL");
        kills += 1;
      }
    })();
    let batches = 0;
    for (; batches < 60 || kills < 4; batches += 1) {
      const lines = Array.from({ length: perBatch }, (_, row) =>
        JSON.stringify({
          id: String(batches * perBatch + row),
          time: `2026-11-2${row % 3} 10:00:00.000000000`,
          received: "2026-11-21 10:00:00.000",
          source: "load",
          raw: `row ${row}`,
        }),
      );
      const batch = {
        table: "events",
        ndjson: Buffer.from(`${lines.join("\n")}\n`),
        rows: perBatch,
        token: `segment-${batches}`,
      };
      // The retry of the pump: the same rows under the same token until they are acknowledged.
      assert.ok(
        await eventually(() => events.store.insert(batch).then(() => true, retryable)),
        `batch ${batches} was stored`,
      );
    }
    await killer;
    assert.equal(kills, 4);
    assert.ok(await eventually(() => events.store.ping()));
    const [stored] = await events.store.query(
      `SELECT count() AS n, uniqExact(id) AS ids FROM ${events.store.table("events")}`,
    );
    const [counted] = await events.store.query(
      `SELECT sum(events) AS n FROM ${events.store.table("events_per_minute")}`,
    );
    const all = String(batches * perBatch);
    assert.deepEqual({ stored, counted }, { stored: { n: all, ids: all }, counted: { n: all } });
    await events.close();
  });

  test("a killed parent takes its child with it, and the directory can be opened again with everything acknowledged", async () => {
    const directory = join(base, "killed-parent");
    const parent = startParent({ directory });
    const [, pid] = (await parent.line()).split(" ");
    parent.say("mark");
    assert.equal(await parent.line(), "marked");
    await parent.kill();
    assert.ok(await eventually(() => !runs(Number(pid))), "the child is gone");
    const again = await open(directory);
    assert.deepEqual(await marks(again), [7]);
    await again.close();
  });

  test("a child that hangs after its parent died is ended before the directory is opened", async () => {
    const directory = join(base, "hung-child");
    const parent = startParent({ directory });
    const [, pid] = (await parent.line()).split(" ");
    process.kill(Number(pid), "SIGSTOP");
    await parent.kill();
    assert.ok(runs(Number(pid)), "the stopped child cannot leave by itself");
    const again = await open(directory);
    assert.ok(!runs(Number(pid)));
    assert.deepEqual(await marks(again), []);
    await again.close();
  });

  test("a process that merely has the id of an old child is left alone", async () => {
    const directory = join(base, "other-process");
    const first = await open(directory);
    await first.close();
    const stranger = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"], { stdio: "ignore" });
    assert.ok(stranger.pid !== undefined);
    const forged = {
      child: { pid: stranger.pid, born: "another time" },
      parent: { pid: stranger.pid, born: "another time" },
    };
    await writeFile(join(directory, "holder.json"), JSON.stringify(forged));
    const again = await open(directory);
    assert.ok(runs(stranger.pid));
    await again.close();
    stranger.kill("SIGKILL");
  });
});

async function mark(events: EmbeddedEvents, id: number): Promise<void> {
  const row = `${JSON.stringify({ id: String(id), time: "2026-11-21 10:00:00.000000000", received: "2026-11-21 10:00:00.000", raw: "mark" })}\n`;
  await events.store.insert({ table: "events", ndjson: Buffer.from(row), rows: 1, token: `mark-${id}` });
}

async function marks(events: EmbeddedEvents): Promise<number[]> {
  const rows = await events.store.query<{ id: string }>(`SELECT id FROM ${events.store.table("events")} ORDER BY id`);
  return rows.map((row) => Number(row.id));
}

async function refused(run: () => Promise<unknown>, words: RegExp): Promise<void> {
  await assert.rejects(run, (error) => {
    assert.ok(isAppError(error), String(error));
    assert.equal(error.code, "EVENTS_IN_USE");
    assert.match(error.message, words);
    return true;
  });
}

function retryable(error: unknown): boolean {
  assert.ok(isAppError(error) && error.retryable, String(error));
  return false;
}

async function eventually(check: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let round = 0; round < 400; round += 1) {
    if (await check()) return true;
    await sleep(50);
  }
  return false;
}

/** A process that has ended but was not yet collected by the system counts as gone. */
const runs = (pid: number): boolean => identify(pid) !== undefined;

/** Another Holdfast process: opens the store, prints where it is and the child's id, marks on demand. */
const PARENT = `
import { createInterface } from "node:readline";
const { openEmbeddedEvents } = await import(process.argv[1]);
const { silentLog } = await import(process.argv[2]);
const events = await openEmbeddedEvents({ directory: process.argv[3], database: "holdfast", log: silentLog, retentionDays: 20000 });
console.log(events.connection.url + " " + events.pid());
const ndjson = Buffer.from('{"id":"7","time":"2026-11-21 10:00:00.000000000","received":"2026-11-21 10:00:00.000"}\\n');
createInterface({ input: process.stdin }).on("line", async () => {
  for (;;) {
    try {
      await events.store.insert({ table: "events", ndjson, rows: 1, token: "seven" });
      break;
    } catch { await new Promise((resolve) => setTimeout(resolve, 100)); }
  }
  console.log("marked");
});
`;

function startParent(options: { directory: string; temporary?: string }): {
  line(): Promise<string>;
  say(word: string): void;
  kill(): Promise<void>;
} {
  const here = (name: string): string => new URL(name, import.meta.url).href;
  const child = spawn(
    process.execPath,
    ["--input-type=module", "--eval", PARENT, here("./embedded.ts"), here("../log/index.ts"), options.directory],
    {
      stdio: ["pipe", "pipe", "inherit"],
      env: options.temporary === undefined ? {} : { TMPDIR: options.temporary },
    },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async line() {
      const next = await lines.next();
      return next.done === true ? "" : next.value;
    },
    say: (word) => void child.stdin.write(`${word}\n`),
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
