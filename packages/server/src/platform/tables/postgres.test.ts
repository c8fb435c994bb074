import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "drizzle-orm";
import { openTestTables } from "./testing.ts";

test("thin path", async () => {
  const { tables, close } = await openTestTables();
  const got: unknown[] = [];
  const stop = tables.subscribe((topic, payload) => got.push([topic, payload]));
  await tables.transaction(async (tx) => {
    await tables.notify(tx, "t", { a: 1 });
  });
  await tables.db.execute(sql`select 1`);
  await assert.rejects(tables.db.execute(sql`select ${"x"} from nope`), { code: "TABLES_FAULT" });
  console.log(got, await tables.info());
  stop();
  await close();
});
