/** contract: what any event store must do for the product, as a suite that runs on the embedded engine and on a server.
 *  What an engine cannot do is named in `lacks` with its reason and shows up as skipped, never as passed. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { EVENT_DEFAULTS } from "@holdfast/sdk";
import { isAppError } from "../errors/index.ts";
import { EVENT_TABLE_COLUMNS } from "./columns.ts";
import { createEventInserter } from "./inserter.ts";
import { migrateEvents } from "./migrate.ts";
import type { EventStore } from "./port.ts";
import type { OpenEvents } from "./embedded.ts";
import { encodeEvents, type EventRow } from "./event-rows.ts";

export interface EventsContract {
  readonly name: string;
  open(): Promise<OpenEvents>;
  /** Names of parts below that this engine does not have, with the reason. */
  readonly lacks?: Readonly<Record<string, string>>;
}

export function eventsContract(contract: EventsContract): void {
  describe(`event store contract: ${contract.name}`, () => {
    let events: OpenEvents;
    let store: EventStore;
    before(async () => {
      events = await contract.open();
      store = events.store;
    });
    after(() => events.close());
    const part = (name: string, run: () => Promise<void>): void => {
      const reason = contract.lacks?.[name];
      void test(name, reason === undefined ? {} : { skip: reason }, run);
    };
    const count = async (table: string, where = "1"): Promise<number> => {
      const [row] = await store.query<{ n: string }>(`SELECT count() AS n FROM ${store.table(table)} WHERE ${where}`);
      return Number(row?.n);
    };

    part("answers pings and says what it is", async () => {
      assert.equal(await store.ping(), true);
      const info = await store.info();
      assert.match(info.version, /^\d+\.\d+/);
      assert.equal(info.engine, events.connection.engine);
    });

    part("an event comes back as it went in", async () => {
      const row = sampleRow({
        id: 18446744073709551615n,
        time_ms: Date.UTC(2026, 10, 21, 10, 11, 12, 345),
        time_ns: 678901,
        raw: HOSTILE.join("\n"),
        host: "dc-01",
        src_ip: "10.1.2.3",
      });
      await store.insert({ table: "events", encoded: encodeEvents([row]), rows: 1, token: randomUUID() });
      const [found] = await store.query<Record<string, unknown>>(
        `SELECT * FROM ${store.table("events")} WHERE id = {id:UInt64}`,
        {
          params: { id: 18446744073709551615n },
        },
      );
      assert.deepEqual(
        Object.keys(found ?? {}),
        EVENT_TABLE_COLUMNS.map((column) => column.name),
      );
      assert.equal(found?.["id"], "18446744073709551615");
      assert.equal(found["time"], "2026-11-21 10:11:12.345678901");
      assert.equal(found["raw"], HOSTILE.join("\n"));
      assert.equal(found["src_ip"], "::ffff:10.1.2.3");
      assert.equal(found["dst_ip"], "::");
    });

    part("the same token is stored once, in the table and in what is derived from it", async () => {
      const source = `dedup-${randomUUID()}`;
      const batch = (raw: string, token: string) => ({
        table: "events",
        encoded: encodeEvents([sampleRow({ source, raw })]),
        rows: 1,
        token,
      });
      const token = randomUUID();
      await store.insert(batch("first", token));
      await store.insert(batch("first", token));
      await store.insert(batch("other data, same token", token));
      await store.insert(batch("first", randomUUID()));
      assert.equal(await count("events", `source = '${source}'`), 2);
      const [minute] = await store.query<{ n: string }>(
        `SELECT sum(events) AS n FROM ${store.table("events_per_minute")} WHERE source = '${source}'`,
      );
      assert.equal(minute?.n, "2");
    });

    part("a worker's inserter works from the connection alone", async () => {
      const inserter = createEventInserter(structuredClone(events.connection));
      const source = `worker-${randomUUID()}`;
      const rows = Array.from({ length: 500 }, (_, at) => sampleRow({ source, id: BigInt(at) }));
      await inserter.insert({ table: "events", encoded: encodeEvents(rows), rows: rows.length, token: randomUUID() });
      assert.equal(await count("events", `source = '${source}'`), 500);
      const present = await inserter.present({ table: "events", first: "498", last: "600" });
      const here = events.connection.engine === "embedded" ? new Set(["498", "499"]) : undefined;
      assert.deepEqual(present, here, "the rows of a range are found by their ids");
      await inserter.close();
    });

    part("parameters carry any value unchanged", async () => {
      for (const text of HOSTILE) {
        const value = text;
        const [row] = await store.query<{ one: string; many: string[]; hit: number }>(
          "SELECT {one:String} AS one, {many:Array(String)} AS many, one IN {many:Array(String)} AS hit",
          { params: { one: value, many: [value, "x"] } },
        );
        assert.deepEqual(row, { one: value, many: [value, "x"], hit: 1 }, JSON.stringify(value));
      }
      const [kinds] = await store.query<Record<string, unknown>>(
        "SELECT {big:UInt64} AS big, {low:Int64} AS low, {real:Float64} AS real, {yes:Bool} AS yes, {list:Array(UInt64)} AS list, {none:Array(String)} AS none, toString({ip:IPv6}) AS ip",
        {
          params: {
            big: 18446744073709551615n,
            low: -9223372036854775808n,
            real: 1.5,
            yes: true,
            list: [1, 9007199254740993n],
            none: [],
            ip: "::ffff:10.0.0.1",
          },
        },
      );
      assert.deepEqual(kinds, {
        big: "18446744073709551615",
        low: "-9223372036854775808",
        real: 1.5,
        yes: true,
        list: ["1", "9007199254740993"],
        none: [],
        ip: "::ffff:10.0.0.1",
      });
    });

    part("long lists of parameters fit", async () => {
      const many = Array.from({ length: 5_000 }, (_, at) => `198.51.${at >> 8}.${at & 255}`);
      const [row] = await store.query<{ n: string }>("SELECT length({many:Array(String)}) AS n", { params: { many } });
      assert.equal(row?.n, "5000");
    });

    part("limits stop a query and say which one", async () => {
      await failsWith("EVENTS_TIMEOUT", () =>
        store.query("SELECT count() FROM numbers(1000000000000) WHERE cityHash64(number) = 1", {
          limits: { timeMs: 300 },
        }),
      );
      await failsWith("EVENTS_TOO_MUCH_MEMORY", () =>
        store.query("SELECT groupArray(number) FROM numbers(100000000)", { limits: { memoryBytes: 10_000_000 } }),
      );
      await failsWith("EVENTS_TOO_MANY_ROWS", () =>
        store.query("SELECT number FROM numbers(5000)", { limits: { resultRows: 100 } }),
      );
      await failsWith("EVENTS_TOO_MANY_ROWS", () =>
        store.query("SELECT count() FROM numbers(5000000) WHERE number % 7 = 1", { limits: { readRows: 1000 } }),
      );
      await failsWith("EVENTS_FAILED", () => store.query("SELECT nonsense FROM nowhere.at_all"));
      const rows = await store.query("SELECT number FROM numbers(5000)", { limits: { resultRows: 5000 } });
      assert.equal(rows.length, 5000, "limits of one query do not stay for the next");
    });

    part("a failed query leaves nothing for the next one", async () => {
      for (let round = 0; round < 30; round += 1) {
        await assert.rejects(
          store.query("SELECT 'secret' AS word, throwIf(number = 9, 'x') FROM numbers(10) SETTINGS max_block_size = 1"),
        );
        assert.deepEqual(await store.query("SELECT 'mine' AS word"), [{ word: "mine" }]);
      }
    });

    part("an abort ends the query inside the engine", async () => {
      const id = randomUUID();
      const stop = new AbortController();
      const running = store.query(ENDLESS, { signal: stop.signal, id, limits: { timeMs: 60_000 } });
      running.catch(() => undefined);
      assert.ok(await becomes(() => inEngine(store, id), 1), "the query runs");
      stop.abort();
      await failsWith("EVENTS_CANCELLED", () => running);
      assert.ok(await becomes(() => inEngine(store, id), 0), "the query is gone from the engine");
      await failsWith("EVENTS_CANCELLED", () => store.query("SELECT 1", { signal: stop.signal }));
    });

    part("streams a long result whole", async () => {
      let rows = 0;
      let sum = 0;
      for await (const chunk of store.stream<{ n: number }>("SELECT toUInt32(number) AS n FROM numbers(300000)", {
        limits: { resultRows: 300_000 },
      })) {
        rows += chunk.length;
        for (const row of chunk) sum += row.n;
      }
      assert.equal(rows, 300_000);
      assert.equal(sum, (300_000 * 299_999) / 2);
    });

    part("leaving a stream early ends its query", async () => {
      const id = randomUUID();
      const endless = "SELECT number, repeat('x', 200) AS pad FROM numbers(1000000000000)";
      for await (const rows of store.stream(endless, { id, limits: { timeMs: 60_000, resultRows: 1e13 } })) {
        assert.ok(rows.length > 0);
        break;
      }
      assert.ok(await becomes(() => inEngine(store, id), 0), "the query is gone from the engine");
    });

    part("an error after the first rows is not taken for the end", async () => {
      let rows = 0;
      const reading = async (): Promise<void> => {
        const sql = "SELECT number, throwIf(number = 650000, 'broken on purpose') AS ok FROM numbers(700000)";
        for await (const chunk of store.stream(sql, { limits: { resultRows: 700_000 } })) rows += chunk.length;
      };
      await failsWith("EVENTS_FAILED", reading);
      assert.ok(rows > 0 && rows < 700_000, `${rows} rows came before the error`);
    });

    part("many questions at once get their own answers", async () => {
      const answers = await Promise.all(
        Array.from({ length: 200 }, async (_, at) => {
          const [row] = await store.query<{ mine: string }>("SELECT {mine:String} AS mine", {
            params: { mine: `caller ${at}` },
          });
          return row?.mine === `caller ${at}`;
        }),
      );
      assert.ok(answers.every(Boolean));
    });

    part("a heavy question does not hold up a light one", async () => {
      const stop = new AbortController();
      const heavy = store.query(ENDLESS, { signal: stop.signal, limits: { timeMs: 60_000 } });
      heavy.catch(() => undefined);
      await sleep(200);
      const since = performance.now();
      await store.query("SELECT 1");
      assert.ok(performance.now() - since < 3_000);
      stop.abort();
      await assert.rejects(heavy);
    });

    part("rows that do not fit are refused whole, as bad data", async () => {
      const source = `bad-${randomUUID()}`;
      const good = `${JSON.stringify({ source, raw: "good" })}\n`;
      for (const bad of [
        '{"id":"not a number"}',
        '{"no_such_column":1}',
        '{"src_ip":"nowhere"}',
        '{"raw":"\\ud800"}',
        "not json at all",
      ]) {
        const ndjson = Buffer.from(`${good}${bad}\n${good}`);
        await failsWith("EVENTS_BAD_DATA", () =>
          store.insert({ table: "events", ndjson, rows: 3, token: randomUUID() }),
        );
      }
      const broken = encodeEvents([sampleRow({ source }), sampleRow({ source })]).subarray(0, -3);
      await failsWith("EVENTS_BAD_DATA", () =>
        store.insert({ table: "events", encoded: broken, rows: 2, token: randomUUID() }),
      );
      assert.equal(await count("events", `source = '${source}'`), 0);
    });

    part("data never acts as a statement", async () => {
      const table = store.table("events");
      for (const tail of [`\n\n; DROP TABLE ${table};`, `;\nDROP TABLE ${table}`, `\n\nDROP TABLE ${table}`]) {
        await failsWith("EVENTS_BAD_DATA", () =>
          store.insert({
            table: "events",
            ndjson: Buffer.from(`{"raw":"good"}${tail}`),
            rows: 1,
            token: randomUUID(),
          }),
        );
      }
      assert.ok((await count("events")) >= 0);
    });

    part("one batch may span months of days", async () => {
      const source = `years-${randomUUID()}`;
      const rows = Array.from({ length: 120 }, (_, at) =>
        sampleRow({ source, id: BigInt(at), time_ms: Date.UTC(2019, 10, 1 + at, 12) }),
      );
      await store.insert({ table: "events", encoded: encodeEvents(rows), rows: rows.length, token: randomUUID() });
      assert.equal(await count("events", `source = '${source}'`), 120);
      assert.equal(
        await count(
          "events",
          `source = '${source}' AND time >= '2019-12-31 00:00:00' AND time < '2020-01-02 00:00:00'`,
        ),
        2,
      );
    });

    part("words of the raw text are found whatever their case", async () => {
      const source = `words-${randomUUID()}`;
      const rows = ["ran MimiKatz.exe today", "nothing here", "Invoke-Mimikatz -DumpCreds"].map((raw) =>
        sampleRow({ source, raw }),
      );
      await store.insert({ table: "events", encoded: encodeEvents(rows), rows: 3, token: randomUUID() });
      assert.equal(await count("events", `source = '${source}' AND hasAllTokens(lower(raw), 'mimikatz')`), 2);
    });

    part("a disk without room is said to be full, and the same batch goes in when there is room again", async () => {
      const source = `full-${randomUUID()}`;
      const batch = {
        table: "events",
        encoded: encodeEvents([sampleRow({ source })]),
        rows: 1,
        token: randomUUID(),
      };
      const [before] = await store.query<{ sql: string }>(
        "SELECT create_table_query AS sql FROM system.tables WHERE database = {database:String} AND name = 'events'",
        {
          params: { database: events.connection.database },
        },
      );
      assert.match(before?.sql ?? "", /min_free_disk_bytes_to_perform_insert = \d{8,}/);
      await store.command(
        `ALTER TABLE ${store.table("events")} MODIFY SETTING min_free_disk_ratio_to_perform_insert = 1`,
      );
      await failsWith("EVENTS_FULL", () => store.insert(batch));
      await store.command(
        `ALTER TABLE ${store.table("events")} MODIFY SETTING min_free_disk_ratio_to_perform_insert = 0.01`,
      );
      await store.insert(batch);
      assert.equal(await count("events", `source = '${source}'`), 1);
    });

    part("migrations can run again, and a new retention is taken over", async () => {
      const { database } = events.connection;
      assert.deepEqual(await migrateEvents(store, { database, retentionDays: 20_000 }), { applied: [] });
      await migrateEvents(store, { database, retentionDays: 400 });
      const [table] = await store.query<{ sql: string }>(
        "SELECT create_table_query AS sql FROM system.tables WHERE database = {database:String} AND name = 'events'",
        { params: { database } },
      );
      assert.match(table?.sql ?? "", /toIntervalDay\(400\)/);
      await migrateEvents(store, { database, retentionDays: 20_000 });
    });
  });
}

/** Text that has broken log systems before: quotes, escapes, control characters, other scripts, half pairs, markup, SQL. */
const HOSTILE = [
  "plain",
  'it\'s "quoted" and `quoted`',
  "back\\slash \\' \\\\",
  "line\nbreak\ttab\rreturn\0null\x1bescape\x7f",
  "日本語 ✓ 😀 \u202eoverride",
  "'); DROP TABLE events; --",
  "{one:String} {{database}} %s $1 ${x}",
  "<script>alert(1)</script>",
  "[1,2]",
  "['a','b']",
  "NULL",
  "\\N",
  "\ufeffbom",
];

const ENDLESS = "SELECT count() FROM numbers(100000000000000) WHERE cityHash64(number) = 1";

function sampleRow(given: Partial<EventRow>): EventRow {
  return {
    ...EVENT_DEFAULTS,
    id: 1n,
    time_ms: Date.now(),
    received_ms: Date.now(),
    source: "contract",
    parser: "none",
    class: "unclassified",
    peer: "",
    notes: [],
    raw: "raw",
    ...given,
  };
}

async function failsWith(code: string, run: () => Promise<unknown>): Promise<void> {
  await assert.rejects(run, (error) => {
    assert.ok(isAppError(error), String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

async function inEngine(store: EventStore, id: string): Promise<number> {
  const [row] = await store.query<{ n: string }>(
    "SELECT count() AS n FROM system.processes WHERE query NOT LIKE '%system.processes%' AND (query_id = {id:String} OR Settings['log_comment'] = {id:String})",
    { params: { id } },
  );
  return Number(row?.n);
}

async function becomes(read: () => Promise<number>, wanted: number): Promise<boolean> {
  for (let round = 0; round < 200; round += 1) {
    if ((await read()) === wanted) return true;
    await sleep(50);
  }
  return false;
}
