/** contract: what every engine behind the port must do, as one suite that each engine's test runs. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { bigint, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { RECONNECTED } from "./listener.ts";
import { type Migration, migrate } from "./migrate.ts";
import type { Tables } from "./port.ts";
import type { TestTables } from "./testing.ts";

const thing = pgTable("thing", {
  id: text("id").primaryKey(),
  amount: bigint("amount", { mode: "number" }).notNull(),
  facts: jsonb("facts").$type<unknown>(),
  at: timestamp("at", { withTimezone: true, mode: "date" }),
});

const MIGRATIONS: readonly Migration[] = [
  {
    id: "0001-thing",
    sql: "create table thing (id text primary key, amount bigint not null check (amount >= -1000), facts jsonb, at timestamptz);",
  },
  {
    id: "0002-part",
    sql: "create table part (thing_id text not null references thing);\ncreate index on part (thing_id);",
  },
];

export function tablesContract(suite: {
  name: string;
  engine: "embedded" | "server";
  open: (migrations: readonly Migration[]) => Promise<TestTables>;
}): void {
  describe(suite.name, () => {
    let opened: TestTables;
    let tables: Tables;
    before(async () => {
      opened = await suite.open(MIGRATIONS);
      tables = opened.tables;
    });
    after(() => opened.close());

    const put = (id: string, amount = 0) => tables.db.insert(thing).values({ id, amount });
    const amountOf = async (id: string) => (await tables.db.select().from(thing).where(sql`id = ${id}`))[0]?.amount;

    test("answers, and says what it is", async () => {
      const { engine, version, bytesOnDisk } = await tables.info();
      assert.equal(engine, suite.engine);
      assert.ok(Number.parseInt(version, 10) >= 15, version);
      assert.ok(bytesOnDisk > 1_000_000);
      assert.equal(await tables.ping(), true);
    });

    test("really syncs: durability is not switched off", async () => {
      for (const setting of ["fsync", "synchronous_commit", "full_page_writes"]) {
        const found = await tables.db.execute<{ value: string }>(sql`select current_setting(${setting}) as value`);
        assert.equal(found.rows[0]?.value, "on", setting);
      }
    });

    test("commits a transaction as a whole, or nothing of it", async () => {
      await tables.transaction(async (tx) => {
        await tx.insert(thing).values({ id: "whole-1", amount: 1 });
        await tx.insert(thing).values({ id: "whole-2", amount: 2 });
      });
      const failing = tables.transaction(async (tx) => {
        await tx.insert(thing).values({ id: "half", amount: 1 });
        throw new Error("changed my mind");
      });
      await assert.rejects(failing, { message: "changed my mind" });
      assert.deepEqual(
        [await amountOf("whole-1"), await amountOf("whole-2"), await amountOf("half")],
        [1, 2, undefined],
      );
    });

    test("undoes an inner transaction alone", async () => {
      await tables.transaction(async (tx) => {
        await tx.insert(thing).values({ id: "outer", amount: 1 });
        const inner = tx.transaction(async (deep) => {
          await deep.insert(thing).values({ id: "inner", amount: 1 });
          await deep.insert(thing).values({ id: "outer", amount: 2 });
        });
        await assert.rejects(inner, { code: "TABLES_CONFLICT" });
      });
      assert.deepEqual([await amountOf("outer"), await amountOf("inner")], [1, undefined]);
    });

    test("lets ten colliding SERIALIZABLE transactions all succeed, each counted once", async () => {
      await put("counter");
      let runs = 0;
      const increment = () =>
        tables.transaction(
          async (tx) => {
            runs += 1;
            const [row] = await tx.select().from(thing).where(sql`id = 'counter'`);
            await tx
              .update(thing)
              .set({ amount: (row?.amount ?? 0) + 1 })
              .where(sql`id = 'counter'`);
          },
          { isolation: "serializable" },
        );
      await Promise.all(Array.from({ length: 10 }, increment));
      assert.equal(await amountOf("counter"), 10);
      assert.ok(runs > 10, "no transaction ever collided, so this test shows nothing");
    });

    test("runs the loser of a deadlock again", async () => {
      await put("left");
      await put("right");
      const add = (first: string, second: string) =>
        tables.transaction(async (tx) => {
          await tx.update(thing).set({ amount: sql`amount + 1` }).where(sql`id = ${first}`);
          await sleep(100);
          await tx.update(thing).set({ amount: sql`amount + 1` }).where(sql`id = ${second}`);
        });
      await Promise.all([add("left", "right"), add("right", "left")]);
      assert.deepEqual([await amountOf("left"), await amountOf("right")], [2, 2]);
    });

    test("gives up after the last retry with an error that says so", async () => {
      let runs = 0;
      const always = tables.transaction(async (tx) => {
        runs += 1;
        await tx.execute(sql`do $$ begin raise exception 'again' using errcode = '40001'; end $$`);
      });
      await assert.rejects(always, { code: "TABLES_RETRY", retryable: true });
      assert.equal(runs, 6);
    });

    test("delivers a notification on commit only, to every listener, until it stops", async () => {
      const heard: unknown[] = [];
      const stop = tables.subscribe((topic, payload) => heard.push([topic, payload]));
      const stopOther = tables.subscribe(() => {
        throw new Error("a bad listener");
      });
      await assert.rejects(
        tables.transaction(async (tx) => {
          await tables.notify(tx, "never", 1);
          throw new Error("rolled back");
        }),
      );
      await tables.transaction(async (tx) => {
        await tables.notify(tx, "thing.changed", { id: "ü'\"\n", n: 1 });
        await sleep(100);
        assert.deepEqual(heard, [], "delivered before the commit");
      });
      await until(() => heard.length > 0);
      await tables.notify(tables.db, "outside", null);
      await until(() => heard.length > 1);
      stop();
      stopOther();
      await tables.notify(tables.db, "late", null);
      await sleep(100);
      assert.deepEqual(heard, [
        ["thing.changed", { id: "ü'\"\n", n: 1 }],
        ["outside", null],
      ]);
    });

    test("refuses a notification that PostgreSQL could not carry", async () => {
      await assert.rejects(tables.notify(tables.db, "t", "x".repeat(7_900)), { code: "TABLES_MESSAGE_TOO_LARGE" });
      await tables.notify(tables.db, "t", "x".repeat(7_800));
    });

    test("listens again after the server dropped every connection, and queries go on", async () => {
      const heard: string[] = [];
      const stop = tables.subscribe((topic) => heard.push(topic));
      // The others first: a backend that ends itself ends the statement too, and whoever was listed after it would stay.
      await tables.db.execute(
        sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
      await tables.db
        .execute(sql`select pg_terminate_backend(pg_backend_pid())`)
        .catch((error: { code?: string }) => assert.equal(error.code, "TABLES_UNAVAILABLE"));
      await until(() => heard.includes(RECONNECTED));
      await until(async () => await tables.ping());
      await tables.notify(tables.db, "after", null);
      await until(() => heard.includes("after"));
      stop();
    });

    test("survives a connection that is lost inside a transaction", async () => {
      const cut = tables.transaction(async (tx) => {
        await tx.insert(thing).values({ id: "cut", amount: 1 });
        await tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`);
      });
      await assert.rejects(cut, { code: "TABLES_UNAVAILABLE", retryable: true });
      assert.equal(await amountOf("cut"), undefined);
    });

    test("keeps JSON, whole numbers and times as they were", async () => {
      const facts = { deep: [{ a: null, b: [1.5, true, "x"] }], kéy: "😀" };
      const at = new Date("2026-11-22T01:02:03.456Z");
      await tables.db.insert(thing).values({ id: "exact", amount: Number.MAX_SAFE_INTEGER, facts, at });
      const [row] = await tables.db.select().from(thing).where(sql`facts @> '{"deep": [{"a": null}]}'`);
      assert.deepEqual(row, { id: "exact", amount: Number.MAX_SAFE_INTEGER, facts, at });
      const raw = await tables.db.execute(
        sql`select 42::int8 as small, 9223372036854775807::int8 as large, count(*) as n from thing where id = 'exact'`,
      );
      assert.deepEqual(raw.rows, [{ small: 42, large: "9223372036854775807", n: 1 }]);
    });

    test("takes hostile text as a value and never as SQL", async () => {
      const hostile = [
        "'; drop table thing; --",
        "\\'; --",
        "$1",
        "${x}",
        '"',
        "a\nb\tc\r",
        "\u202e",
        "😀",
        "%_",
        "E'\\x27'",
        "",
      ];
      for (const id of hostile) {
        await put(`hostile ${id}`, 7);
        assert.equal(await amountOf(`hostile ${id}`), 7, JSON.stringify(id));
      }
      await assert.rejects(put("nul \u0000"), { code: "TABLES_FAULT" });
    });

    test("names what was violated, and never repeats the values", async () => {
      await put("unique", 1);
      const conflict = {
        code: "TABLES_CONFLICT",
        status: 409,
        details: { sqlstate: "23505", constraint: "thing_pkey", table: "thing" },
      };
      await assert.rejects(put("unique", 2), conflict);
      await assert.rejects(put("small", -5000), { code: "TABLES_CONSTRAINT" });
      await assert.rejects(tables.db.execute(sql`insert into part values ('nobody')`), { code: "TABLES_CONSTRAINT" });
      const error: unknown = await tables.db
        .execute(sql`select ${"hunter2"} from nowhere`)
        .catch((thrown: unknown) => thrown);
      assert.ok(error instanceof Error);
      assert.doesNotMatch(error.message, /hunter2/);
      await assert.rejects(
        tables.transaction(async (tx) => {
          await tx.execute(sql`set local statement_timeout = 50`);
          await tx.execute(sql`select pg_sleep(5)`);
        }),
        { code: "TABLES_TIMEOUT" },
      );
    });

    describe("migrations", () => {
      const next: Migration = { id: "0003-more", sql: "create table more (id int);" };

      test("run once each, in order of their names, however many start at once", async () => {
        assert.deepEqual(await migrate(tables, MIGRATIONS), []);
        const runs = await Promise.all([1, 2, 3].map(() => migrate(tables, [next, ...MIGRATIONS])));
        assert.deepEqual(runs.flat(), ["0003-more"]);
      });

      test("are refused when an applied one was changed, missing, or fails; a failed one leaves nothing", async () => {
        const all = [...MIGRATIONS, next];
        await assert.rejects(migrate(tables, [...MIGRATIONS, { ...next, sql: `${next.sql} ` }]), {
          code: "TABLES_MIGRATION",
          message: /0003-more was changed/,
        });
        assert.deepEqual(await migrate(tables, [...MIGRATIONS, { ...next, sql: `${next.sql}` }]), []);
        await assert.rejects(migrate(tables, MIGRATIONS), {
          code: "TABLES_MIGRATION",
          message: /newer Holdfast.*0003-more/,
        });
        const broken = { id: "0004-broken", sql: "create table half (id int); select nonsense;" };
        await assert.rejects(migrate(tables, [...all, broken]), { code: "TABLES_MIGRATION", message: /0004-broken/ });
        const left = await tables.db.execute<{ found: string | null }>(sql`select to_regclass('half') as found`);
        assert.equal(left.rows[0]?.found, null);
      });
    });

    test("says that it is not there once it is closed", async () => {
      const other = await suite.open(MIGRATIONS);
      await other.close();
      assert.equal(await other.tables.ping(), false);
      await assert.rejects(other.tables.db.execute(sql`select 1`), { code: "TABLES_UNAVAILABLE" });
    });
  });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 20) {
    if (await condition()) return;
    await sleep(20);
  }
  assert.fail("it did not happen within 10 s");
}
