/** workflows.test: durable workflows on the real engine and store: order, messages once, time, cancelling, and death at any moment. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { fixedClock } from "../clock/index.ts";
import { tablesError } from "../tables/index.ts";
import { openTestTables, type TestTables } from "../tables/testing.ts";
import type { Workflows } from "./index.ts";
import { openTestWorkflows } from "./testing.ts";

describe("workflows", () => {
  let store: TestTables;
  const open: Workflows[] = [];
  before(async () => {
    store = await openTestTables();
  });
  afterEach(async () => {
    for (const workflows of open.splice(0)) await workflows.close();
  });
  after(() => store.close());
  const create = (clock?: ReturnType<typeof fixedClock>): Workflows => {
    const workflows = openTestWorkflows(store, clock);
    open.push(workflows);
    return workflows;
  };

  test("run each step once, in order, and give the recorded results", async () => {
    const workflows = create();
    const seen: unknown[] = [];
    const sum = workflows.define<{ a: number }>("sum", async (context, { a }) => {
      const b = await context.step("add", async () => ({ value: a + 1 }));
      await context.step("keep", async () => seen.push([context.id, b]));
    });
    await workflows.launch();
    await sum.start("sum-1", { a: 41 });
    await sum.start("sum-1", { a: 7 });
    await settled(workflows, "sum-1");
    await sum.start("sum-1", { a: 8 });
    await delay(50);
    assert.deepEqual(seen, [["sum-1", { value: 42 }]]);
    assert.equal(await workflows.view("sum-2"), undefined);
  });

  test("try a step again as it asks, and fail with what it threw", async () => {
    const workflows = create();
    let tries = 0;
    const shaky = workflows.define<{ failures: number }>("shaky", async (context, { failures }) => {
      await context.step(
        "try",
        async () => {
          tries += 1;
          if (tries <= failures) throw new Error(`refused ${tries}`);
        },
        { attempts: 3, backoffMs: 1 },
      );
    });
    await workflows.launch();
    await shaky.start("shaky-1", { failures: 2 });
    assert.deepEqual(await settled(workflows, "shaky-1"), { id: "shaky-1", state: "done", error: null });
    tries = 0;
    await shaky.start("shaky-2", { failures: 3 });
    assert.deepEqual(await settled(workflows, "shaky-2"), { id: "shaky-2", state: "failed", error: "refused 3" });
  });

  test("go on when the store was away for a while, in a step and while they wait for a message", async () => {
    let away = 0;
    const { db } = store.tables;
    const shaky = Object.create(db, {
      execute: {
        value: (...parameters: Parameters<typeof db.execute>) => {
          if (away === 0) return db.execute(...parameters);
          away -= 1;
          return Promise.reject(tablesError(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })));
        },
      },
    }) as typeof db;
    const workflows = openTestWorkflows({ ...store, tables: { ...store.tables, db: shaky } });
    open.push(workflows);
    const got: unknown[] = [];
    const patient = workflows.define<null>("patient", async (context) => {
      const until = (await context.now()) + 20_000;
      away = 2;
      got.push(await context.receive("in", until));
      away = 2;
      got.push(await context.step("look", async () => (await shaky.execute(sql`select 7 as n`)).rows[0]));
    });
    await workflows.launch();
    await workflows.send("patient-1", "in", { n: 1 }, "first");
    await patient.start("patient-1", null);
    assert.deepEqual(await settled(workflows, "patient-1"), { id: "patient-1", state: "done", error: null });
    assert.deepEqual(got, [{ n: 1 }, { n: 7 }]);
    assert.equal(away, 0);
  });

  test("receive messages in order, each key once, kept from before the start, and nothing at the deadline", async () => {
    const workflows = create();
    const got: unknown[] = [];
    const listener = workflows.define<null>("listener", async (context) => {
      const until = (await context.now()) + 10_000;
      got.push(await context.receive("in", until), await context.receive("in", until));
      got.push(await context.receive("other", (await context.now()) + 30), await context.receive("in", 0));
    });
    await workflows.launch();
    await workflows.send("listener-1", "in", { n: 1 }, "first");
    await listener.start("listener-1", null);
    await workflows.send("listener-1", "in", { n: 99 }, "first");
    await workflows.send("listener-1", "in", null, "second");
    await settled(workflows, "listener-1");
    assert.deepEqual(got, [{ n: 1 }, null, undefined, undefined]);
  });

  test("start and are sent to when the transaction commits, also before the launch, and never when it does not", async () => {
    const workflows = create();
    const got: unknown[] = [];
    const quick = workflows.define<string>("quick", async (context, input) => {
      got.push([input, await context.receive("in", (await context.now()) + 5_000)]);
    });
    await quick.start("quick-early", "early");
    await workflows.launch();
    await assert.rejects(
      store.tables.transaction(async (tx) => {
        await quick.start("quick-undone", "undone", tx);
        await workflows.send("quick-early", "in", "undone", "a", tx);
        throw new Error("changed my mind");
      }),
    );
    await store.tables.transaction(async (tx) => {
      await quick.start("quick-late", "late", tx);
      await workflows.send("quick-late", "in", "b", "b", tx);
      await workflows.send("quick-early", "in", "a", "a", tx);
      assert.deepEqual(got, []);
    });
    await Promise.all([settled(workflows, "quick-early"), settled(workflows, "quick-late")]);
    assert.deepEqual(got.sort(), [
      ["early", "a"],
      ["late", "b"],
    ]);
    assert.equal(await workflows.view("quick-undone"), undefined);
  });

  test("may be started and sent to from inside a step of another", async () => {
    const workflows = create();
    const got: unknown[] = [];
    const child = workflows.define<null>("child", async (context) => {
      got.push(await context.receive("in", (await context.now()) + 5_000));
    });
    const parent = workflows.define<null>("parent", async (context) => {
      await context.step("delegate", async () => {
        await child.start("child-1", null);
        await workflows.send("child-1", "in", "from the parent", "k");
      });
    });
    await workflows.launch();
    await parent.start("parent-1", null);
    await settled(workflows, "parent-1");
    await settled(workflows, "child-1");
    assert.deepEqual(got, ["from the parent"]);
  });

  test("refuse two steps at a time: their order could not be repeated", async () => {
    const workflows = create();
    const both = workflows.define<null>("both", async (context) => {
      await Promise.all([context.step("a", () => delay(20)), context.step("b", () => delay(20))]);
    });
    await workflows.launch();
    await both.start("both-1", null);
    const { state, error } = await settled(workflows, "both-1");
    assert.equal(state, "failed");
    assert.match(error ?? "", /Step "b" of workflow both-1 began while another one ran/);
  });

  test("sleep and wait by the clock they are given", async () => {
    const clock = fixedClock(1_000_000);
    const workflows = create(clock);
    const woke: unknown[] = [];
    const sleeper = workflows.define<null>("sleeper", async (context) => {
      await context.sleepUntil((await context.now()) + 3_600_000);
      // One reading for both: the clock is set forward as soon as the test sees the first.
      const now = await context.now();
      woke.push(now);
      woke.push(await context.receive("in", now + 60_000));
    });
    await workflows.launch();
    await sleeper.start("sleeper-1", null);
    await delay(100);
    assert.deepEqual(woke, []);
    clock.advance(3_600_001);
    await until(() => woke.length === 1);
    clock.advance(60_001);
    await settled(workflows, "sleeper-1");
    assert.deepEqual(woke, [4_600_001, undefined]);
  });

  test("end when they are cancelled, whether they sleep, wait or have not begun", async () => {
    const workflows = create();
    const after: string[] = [];
    const waiting = workflows.define<"sleep" | "receive">("waiting", async (context, how) => {
      const far = (await context.now()) + 3_600_000;
      if (how === "sleep") await context.sleepUntil(far);
      else await context.receive("in", far);
      await context.step("after", async () => after.push(context.id));
    });
    await waiting.start("waiting-0", "sleep");
    await workflows.launch();
    await waiting.start("waiting-1", "sleep");
    await waiting.start("waiting-2", "receive");
    await until(async () => (await workflows.view("waiting-0")) !== undefined);
    await delay(100);
    for (const id of ["waiting-0", "waiting-1", "waiting-2", "waiting-unknown"]) await workflows.cancel(id);
    await workflows.send("waiting-2", "in", "too late", "k");
    await delay(200);
    for (const id of ["waiting-0", "waiting-1", "waiting-2"]) {
      assert.equal((await workflows.view(id))?.state, "cancelled", id);
    }
    assert.deepEqual(after, []);
  });

  test("wake a thousand that wait within a second each, and take up a thousand sleepers after a restart", async () => {
    const first = create();
    const woken = new Map<string, number>();
    const declare = (workflows: Workflows) =>
      workflows.define<number>("crowd", async (context, n) => {
        if (n % 2 === 0) await context.sleepUntil((await context.now()) + 2_500);
        else await context.receive("in", (await context.now()) + 60_000);
        await context.step("woke", async () => void woken.set(context.id, (woken.get(context.id) ?? 0) + 1));
      });
    const crowd = declare(first);
    await first.launch();
    await Promise.all(Array.from({ length: 1000 }, (_, n) => crowd.start(`crowd-${n}`, n)));
    await first.close();
    assert.equal(woken.size, 0);

    const second = create();
    declare(second);
    await second.launch();
    await until(() => woken.size >= 500, 30_000);
    // Until those that wait are back as well: taking up a thousand is work of its own.
    await second.send("crowd-999", "in", "go", "k");
    await until(() => woken.has("crowd-999"), 30_000);
    const latencies: number[] = [];
    for (let n = 1; n < 60; n += 2) {
      const sent = performance.now();
      await second.send(`crowd-${n}`, "in", "go", "k");
      await until(() => woken.has(`crowd-${n}`));
      latencies.push(performance.now() - sent);
    }
    latencies.sort((a, b) => a - b);
    assert.ok((latencies[15] ?? Number.NaN) < 1000, `half of them took longer than ${latencies[15]} ms`);
    await Promise.all(Array.from({ length: 500 }, (_, n) => second.send(`crowd-${2 * n + 1}`, "in", "go", "k")));
    await until(() => woken.size === 1000, 30_000);
    assert.deepEqual([...new Set(woken.values())], [1]);
  });

  test("go on after kill -9 at any moment: no step is lost, and only the one that was cut off runs again", async () => {
    const directory = mkdtempSync(join(tmpdir(), "holdfast-workflows-"));
    const effects = join(directory, "effects");
    const own = await openTestTables();
    try {
      // A process of this test takes the starts; the ones that are killed find them in the store.
      const starter = openTestWorkflows(own);
      open.push(starter);
      const crash = starter.define<{ steps: number }>("crash", async () => {});
      for (let n = 0; n < 6; n += 1) await crash.start(`crash-${n}`, { steps: 40 });
      const kills = 3;
      for (let n = 0; n < kills; n += 1) {
        const child = await startChild(own.url, effects);
        await delay(200 + n * 331);
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      for (let n = 0; n < 6; n += 1) await starter.send(`crash-${n}`, "go", "go", "k");
      const last = await startChild(own.url, effects);
      const lines = () => readFileSync(effects, "utf8").trim().split("\n");
      await until(() => lines().filter((line) => line.endsWith("ended go")).length > 5, 60_000);
      last.kill("SIGKILL");
      await once(last, "exit");

      const counts = new Map<string, number>();
      for (const line of lines()) counts.set(line, (counts.get(line) ?? 0) + 1);
      assert.equal(counts.size, 6 * 41);
      const repeated = [...counts.values()].reduce((sum, count) => sum + count - 1, 0);
      assert.ok(repeated <= kills * 6, `${repeated} steps ran again`);
      assert.ok(Math.max(...counts.values()) <= 1 + kills);
    } finally {
      for (const workflows of open.splice(0)) await workflows.close();
      await own.close();
      rmSync(directory, { recursive: true });
    }
  });

  test("forget what finished long ago, with its messages, and nothing of what still runs or waits to be started", async () => {
    const days = 86_400_000;
    // Ends are stamped by the database, so the clock of this process stands where it says that they are old.
    const clock = fixedClock(Date.now());
    const first = openTestWorkflows(store, clock);
    open.push(first);
    const define = (on: Workflows) =>
      on.define<{ waits: boolean }>("kept", async (context, { waits }) => {
        await context.step("begin", async () => "begun");
        await context.receive("go", waits ? Number.MAX_SAFE_INTEGER : clock.now() + 1_000);
      });
    const flow = define(first);
    await first.launch();
    for (let n = 0; n < 600; n += 1) {
      await first.send(`short-${n}`, "go", {}, "k1");
      await flow.start(`short-${n}`, { waits: false });
    }
    await flow.start("long", { waits: true });
    await flow.start("failing", { waits: true });
    await first.cancel("failing");
    for (let n = 0; n < 600; n += 1) await settled(first, `short-${n}`);
    await first.send("short-1", "go", {}, "too late");
    await first.send("nobody", "go", {}, "for nobody");
    const left = async () => {
      const rows = async (table: ReturnType<typeof sql>, id: ReturnType<typeof sql>) =>
        (
          await store.tables.db.execute<{ id: string }>(
            sql`select distinct ${id} as id from ${table} where ${id} ~ '^(short|long|failing|nobody|later)' order by 1`,
          )
        ).rows.map((row) => row.id);
      return {
        history: await rows(sql`dbos.operation_outputs`, sql`workflow_uuid`),
        known: await rows(sql`dbos.workflow_status`, sql`workflow_uuid`),
        messages: await rows(sql`workflow_message`, sql`workflow_id`),
      };
    };
    assert.equal((await left()).messages.length, 601);
    await first.close();
    // A start that no version of this process knows waits on, and so does what was sent to it.
    await store.tables.transaction(async (tx) => {
      await tx.execute(
        sql`insert into workflow_start (workflow_id, name, input, asked_at) values ('later', 'unknown', '{}', 0)`,
      );
    });
    clock.advance(31 * days);
    const second = openTestWorkflows(store, clock, { keepDays: 30 });
    open.push(second);
    await second.send("later", "go", {}, "kept");
    define(second);
    await second.launch();
    await until(async () => !(await left()).messages.includes("nobody"));
    assert.deepEqual(await left(), { history: ["long"], known: ["long"], messages: ["later"] });
    // What was not touched goes on where it was.
    await second.send("long", "go", {}, "now");
    await settled(second, "long");
    await store.tables.db.execute(sql`delete from workflow_start where workflow_id = 'later'`);
  });

  test("are one engine per process, and say so", async () => {
    const first = create();
    await first.launch();
    await assert.rejects(create().launch(), { code: "WORKFLOWS_STATE", message: /close the running server/ });
    assert.throws(() => first.define("late", async () => {}), { code: "WORKFLOWS_DEFINITION" });
    await first.close();
    await assert.rejects(first.launch(), { code: "WORKFLOWS_STATE" });
  });
});

async function startChild(url: string, effects: string) {
  const program = fileURLToPath(new URL("./testing-crash.ts", import.meta.url));
  const child = spawn(process.execPath, [program, url, effects], { stdio: ["ignore", "pipe", "inherit"] });
  await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => assert.fail("it did not start"))]);
  return child;
}

async function settled(workflows: Workflows, id: string) {
  for (let waited = 0; waited < 20_000; waited += 20) {
    const view = await workflows.view(id);
    if (view !== undefined && view.state !== "running") return view;
    await delay(20);
  }
  return assert.fail(`${id} did not end within 20 s`);
}

async function until(condition: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  for (let waited = 0; waited < limitMs; waited += 5) {
    if (await condition()) return;
    await delay(5);
  }
  assert.fail(`it did not happen within ${limitMs} ms`);
}
