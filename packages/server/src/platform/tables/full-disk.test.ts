/** full-disk.test: PostgreSQL on a disk that fills up: clear codes, nothing acknowledged is lost, it starts again. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { createDiskWatch } from "../disk/index.ts";
import { silentLog } from "../log/index.ts";
import { launchPostgres } from "./launcher.ts";
import type { Tables } from "./port.ts";
import { createTables } from "./postgres.ts";

const mountPoint = mkdtempSync(join(tmpdir(), "holdfast-full-"));
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=250m", "tmpfs", mountPoint]).status === 0;
after(() => {
  if (mounted) spawnSync("umount", ["-l", mountPoint]);
  rmdirSync(mountPoint);
});

const row = sql`insert into kept (text) values (repeat('x', 2000))`;

describe("tables on a full disk", { skip: mounted ? false : "a small file system can be mounted by root only" }, () => {
  test("fail cleanly, write again on the ballast's room, also after a restart while full, and lose nothing", async () => {
    const watchDisk = () =>
      createDiskWatch({
        directory: mountPoint,
        reserveBytes: 0,
        reservePercent: 10,
        everyMs: 3_600_000,
        log: silentLog,
      });
    const start = async () => {
      const server = await launchPostgres({ directory: join(mountPoint, "state"), password: "p", log: silentLog });
      return { server, tables: await createTables({ url: server.url, engine: "embedded", log: silentLog }) };
    };
    const watch = await watchDisk();
    const first = await start();
    await first.tables.db.execute(sql`create table kept (n serial primary key, text text)`);
    let acked = await insertUntilRefused(first.tables, 200);
    fill(join(mountPoint, "junk"));
    acked += await insertUntilRefused(first.tables, 100_000);
    assert.equal(await watch.check(), "full");
    watch.close();
    acked += await insertWhenPossible(first.tables);

    process.kill(first.server.pid, "SIGKILL");
    await first.tables.close();
    await first.server.close();
    const watchAgain = await watchDisk();
    assert.equal(watchAgain.state === "full" || watchAgain.state === "low", true, watchAgain.state);
    assert.equal(existsSync(join(mountPoint, "ballast")), false);
    const second = await start();
    acked += await insertWhenPossible(second.tables);
    const found = await second.tables.db.execute<{ n: number }>(sql`select count(*) as n from kept`);
    assert.ok((found.rows[0]?.n ?? 0) >= acked, `${acked} were acknowledged, ${found.rows[0]?.n} are there`);

    rmSync(join(mountPoint, "junk"));
    assert.equal(await watchAgain.check(), "ok");
    assert.equal(existsSync(join(mountPoint, "ballast")), true);
    watchAgain.close();
    await second.tables.close();
    await second.server.close();
  });
});

/** Returns how many rows were acknowledged before the disk refused one, which must have a clear code. */
async function insertUntilRefused(tables: Tables, most: number): Promise<number> {
  for (let acked = 0; acked < most; acked += 1) {
    try {
      await tables.db.execute(row);
    } catch (error) {
      assert.ok(error instanceof Error && "code" in error, String(error));
      // A full log disk makes PostgreSQL stop and start again instead of answering.
      assert.match(String(error.code), /^TABLES_(FULL|UNAVAILABLE)$/);
      return acked;
    }
  }
  return most;
}

async function insertWhenPossible(tables: Tables): Promise<number> {
  for (let waited = 0; waited < 20_000; waited += 50) {
    if ((await insertUntilRefused(tables, 20)) === 20) return 20;
    await sleep(50);
  }
  return assert.fail("it could not write within 20 s although there was room");
}

function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const chunk of [Buffer.alloc(2 ** 20, 1), Buffer.alloc(4096, 1)]) {
      try {
        for (;;) writeSync(file, chunk);
      } catch (error) {
        assert.ok(error instanceof Error && "code" in error && error.code === "ENOSPC", String(error));
      }
    }
  } finally {
    closeSync(file);
  }
}
