/** audit-log.test: the chain: appended in order by many at once, every kind of tampering found. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { sql } from "drizzle-orm";
import { fixedClock } from "../clock/index.ts";
import { loadMigrations } from "../tables/index.ts";
import { openTestTables, type TestTables } from "../tables/testing.ts";
import { type AuditLog, createAuditLog, type NewEntry } from "./index.ts";

const clock = fixedClock(Date.parse("2026-11-22T10:00:00.123Z"));
const ANN = { kind: "user", id: "u1", name: "Ann" } as const;

let store: TestTables;
let audit: AuditLog;

const write = (entry: Partial<NewEntry> = {}) =>
  store.tables.transaction((tx) => audit.append(tx, { actor: ANN, action: "thing.changed", target: "t1", ...entry }));

/** What an intruder with the database's own rights would do. */
const tamper = (statement: string) =>
  store.tables.transaction(async (tx) => {
    await tx.execute(sql`alter table audit_log disable trigger all`);
    await tx.execute(sql.raw(statement));
    await tx.execute(sql`alter table audit_log enable trigger all`);
  });

before(async () => {
  store = await openTestTables(loadMigrations().filter((migration) => migration.id.startsWith("0001-")));
  audit = createAuditLog({ tables: store.tables, clock });
});
after(() => store.close());
beforeEach(() => tamper("truncate audit_log"));

describe("audit log", () => {
  test("keeps what was written, newest first, and filters it", async () => {
    await write({ action: "session.opened", target: "s1" });
    clock.advance(5);
    await write({
      action: "token.revoked",
      actor: { kind: "system", id: "holdfast", name: "holdfast" },
      details: { b: 1, a: ["x"] },
    });
    const all = await audit.list({ limit: 10 });
    assert.deepEqual(
      all.map(({ seq, at, actor, action, target, details }) => ({ seq, at, actor: actor.id, action, target, details })),
      [
        {
          seq: 2,
          at: new Date(clock.now()).toISOString(),
          actor: "holdfast",
          action: "token.revoked",
          target: "t1",
          details: { a: ["x"], b: 1 },
        },
        {
          seq: 1,
          at: new Date(clock.now() - 5).toISOString(),
          actor: "u1",
          action: "session.opened",
          target: "s1",
          details: {},
        },
      ],
    );
    const seqs = async (filter: object) => (await audit.list({ limit: 10, ...filter })).map((entry) => entry.seq);
    assert.deepEqual(await seqs({ actor: "Ann" }), [1]);
    assert.deepEqual(await seqs({ action: "token." }), [2]);
    assert.deepEqual(await seqs({ action: "%" }), []);
    assert.deepEqual(await seqs({ target: "s1" }), [1]);
    assert.deepEqual(await seqs({ before: 2 }), [1]);
    assert.deepEqual(await seqs({ limit: 1 }), [2]);
  });

  test("belongs to the transaction of the change", async () => {
    const change = store.tables.transaction(async (tx) => {
      await audit.append(tx, { actor: ANN, action: "a.b", target: "t" });
      throw new Error("the change failed");
    });
    await assert.rejects(change, /the change failed/);
    assert.equal((await audit.verify()).entries, 0);
  });

  test("verifies an honest log, also with hostile text and odd values", async () => {
    const hostile = [
      "\u0000",
      "\ud800 half",
      "'; drop table audit_log; --",
      "\u202e<script>",
      "😀",
      "__proto__",
      '\n\r\t\\"',
    ];
    for (const text of hostile) {
      await write({
        target: text,
        actor: { ...ANN, name: text },
        details: { [text]: text, nested: [{ z: 1, a: -0 }] },
      });
    }
    await write({
      details: { n: 1e300, m: 0.1, big: Number.MAX_SAFE_INTEGER, inf: Infinity, no: undefined, when: new Date(0) },
    });
    const verdict = await audit.verify();
    assert.deepEqual(
      [verdict.ok, verdict.entries, verdict.firstBad, verdict.reason],
      [true, hostile.length + 1, null, null],
    );
    assert.equal(verdict.head, (await audit.list({ limit: 1 }))[0]?.hash);
  });

  test("has no gap and no fork when many write at once, at every isolation level", async () => {
    const levels = ["read committed", "repeatable read", "serializable"] as const;
    const writes = Array.from({ length: 24 }, (_, index) =>
      store.tables.transaction((tx) => audit.append(tx, { actor: ANN, action: "a.b", target: String(index) }), {
        isolation: levels[index < 18 ? 0 : (index % 2) + 1] ?? "read committed",
      }),
    );
    const entries = await Promise.all(writes);
    assert.equal(new Set(entries.map((entry) => entry.seq)).size, 24);
    assert.deepEqual(await audit.verify().then(({ ok, entries: count }) => [ok, count]), [true, 24]);
  });

  test("is refused every change by the database", async () => {
    await write();
    for (const statement of ["update audit_log set action = 'x'", "delete from audit_log", "truncate audit_log"]) {
      await assert.rejects(store.tables.db.execute(sql.raw(statement)), { code: "TABLES_APPEND_ONLY" }, statement);
    }
    assert.equal((await audit.verify()).entries, 1);
  });

  describe("finds tampering behind the trigger's back", () => {
    const cases: readonly (readonly [string, string, number])[] = [
      ["an edited action", "update audit_log set action = 'x' where seq = 4", 4],
      ["an edited detail", `update audit_log set details = '{"n": 99}' where seq = 4`, 4],
      ["an edited actor", "update audit_log set actor_name = 'Bob' where seq = 4", 4],
      ["a time moved by a microsecond", "update audit_log set at = at + interval '1 microsecond' where seq = 4", 4],
      ["a deleted entry", "delete from audit_log where seq = 4", 4],
      ["a deleted first entry", "delete from audit_log where seq = 1", 1],
      [
        "a deleted entry with the rest moved up",
        "delete from audit_log where seq = 4; update audit_log set seq = seq - 1 where seq > 4",
        4,
      ],
      [
        "two entries swapped",
        "update audit_log set seq = 99 where seq = 4; update audit_log set seq = 4 where seq = 5; update audit_log set seq = 5 where seq = 99",
        4,
      ],
      [
        "an inserted entry",
        "insert into audit_log select 9, at, actor_kind, actor_id, actor_name, action, target, details, prev_hash, 'h' from audit_log where seq = 8",
        9,
      ],
      ["an invented hash", "update audit_log set hash = repeat('a', 64) where seq = 4", 4],
    ];
    for (const [name, statement, firstBad] of cases) {
      test(name, async () => {
        for (let n = 1; n <= 8; n += 1) await write({ details: { n } });
        await tamper(statement);
        const verdict = await audit.verify();
        assert.deepEqual([verdict.ok, verdict.firstBad], [false, firstBad]);
        assert.equal(verdict.entries, firstBad - 1);
        assert.ok(verdict.reason);
      });
    }
  });

  test("sees a cut or rewritten end only with a head that was noted elsewhere", async () => {
    for (let n = 1; n <= 8; n += 1) await write({ details: { n } });
    const noted = { seq: 8, hash: (await audit.verify()).head };
    assert.equal((await audit.verify(noted)).ok, true);
    await tamper("delete from audit_log where seq > 6");
    assert.equal((await audit.verify()).ok, true, "a chain alone cannot tell");
    assert.deepEqual(await audit.verify(noted).then(({ ok, firstBad }) => [ok, firstBad]), [false, 7]);
    await write({ details: { n: "again" } });
    await write({ details: { n: "again" } });
    assert.equal((await audit.verify()).ok, true);
    assert.deepEqual(await audit.verify(noted).then(({ ok, firstBad }) => [ok, firstBad]), [false, 8]);
  });
});
