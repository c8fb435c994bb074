/** limits.test: what the facade refuses so that one caller cannot take everything: waiting statements and large bodies. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isAppError } from "../../errors/index.ts";
import { silentLog } from "../../log/index.ts";
import type { Child } from "../child.ts";
import { startChild } from "../child.ts";
import { createEventStore } from "../client.ts";
import type { EventStore } from "../port.ts";

describe("facade limits", () => {
  let home: string;
  let child: Child;
  let store: EventStore;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), "hf-lim-"));
    await mkdir(join(home, "run"), { mode: 0o700 });
    const socketPath = join(home, "run", "ch.sock");
    const config = {
      directory: join(home, "data"),
      listen: { socketPath },
      user: "u",
      secret: "s",
      lanes: { reads: 1, writes: 1, waiting: 1 },
      bodyBytes: 10_000,
    };
    child = await startChild({ config, home, log: silentLog });
    store = createEventStore({
      socketPath,
      url: "http://localhost",
      user: "u",
      password: "s",
      database: "t",
      engine: "embedded",
    });
    await store.command("CREATE DATABASE t ENGINE = Atomic");
    await store.command("CREATE TABLE t.rows (a String) ENGINE = MergeTree ORDER BY a");
  });
  after(async () => {
    await store.close();
    await child.stop();
    await rm(home, { recursive: true, force: true });
  });

  test("beyond the waiting room a statement is refused as unavailable, the others get their answers", async () => {
    const asked = await Promise.allSettled(Array.from({ length: 6 }, () => store.query("SELECT sleep(0.3)")));
    const refused = asked.filter((one) => one.status === "rejected");
    assert.equal(asked.length - refused.length, 2);
    for (const one of refused)
      assert.ok(
        isAppError(one.reason) && one.reason.code === "EVENTS_UNAVAILABLE" && one.reason.retryable,
        String(one.reason),
      );
    assert.equal((await store.query("SELECT 1")).length, 1);
  });

  test("searches do not keep inserts waiting", async () => {
    const slow = store.query("SELECT sleep(2)");
    const since = performance.now();
    await store.insert({ table: "rows", ndjson: Buffer.from('{"a":"x"}\n'), rows: 1, token: "x" });
    assert.ok(performance.now() - since < 1_500);
    await slow;
  });

  test("a body over the limit is refused, and nothing of it is stored", async () => {
    const ndjson = Buffer.from(`${JSON.stringify({ a: "y".repeat(20_000) })}\n`);
    await assert.rejects(
      store.insert({ table: "rows", ndjson, rows: 1, token: "y" }),
      (error) => isAppError(error) && error.code === "EVENTS_BAD_DATA",
    );
    assert.deepEqual(await store.query("SELECT count() AS n FROM t.rows"), [{ n: "1" }]);
  });
});
