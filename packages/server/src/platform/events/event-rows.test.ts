/** event-rows.test: whatever a parser fills in, the row fits the engine's types; checked byte by byte, and with the engine itself. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { EVENT_DEFAULTS } from "@holdfast/sdk";
import fc from "fast-check";
import { EVENT_TABLE_COLUMNS } from "./columns.ts";
import type { OpenEvents } from "./embedded.ts";
import { createEventRows, encodeEvents, type EventRow } from "./event-rows.ts";
import { openTestEvents } from "./testing.ts";

const NOW = Date.UTC(2026, 10, 21, 10);
const BASE: EventRow = {
  ...EVENT_DEFAULTS,
  id: "1",
  time_ms: NOW,
  received_ms: NOW,
  source: "s",
  parser: "p",
  class: "unclassified",
  peer: "",
  notes: [],
  raw: "r",
};

const parse = (row: Partial<EventRow>, rawBytes?: Uint8Array): Record<string, unknown> => {
  const rows = createEventRows(0);
  assert.equal(rows.add({ ...BASE, ...row }, rawBytes), 0);
  return decode(Buffer.from(rows.bytes(0, rows.end)));
};

/** One row as the engine reads it, by the list of columns. */
function decode(bytes: Buffer): Record<string, unknown> {
  let at = 0;
  const take = (count: number): Buffer => bytes.subarray(at, (at += count));
  const size = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = take(1).readUInt8();
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const word = (): string => take(size()).toString("utf8");
  const readers: Record<string, () => unknown> = {
    UInt64: () => take(8).readBigUInt64LE(),
    UInt32: () => take(4).readUInt32LE(),
    UInt16: () => take(2).readUInt16LE(),
    UInt8: () => take(1).readUInt8(),
    "DateTime64(9, 'UTC')": () => take(8).readBigInt64LE(),
    "DateTime64(3, 'UTC')": () => take(8).readBigInt64LE(),
    IPv6: () => take(16).toString("hex"),
    "Array(LowCardinality(String))": () => Array.from({ length: size() }, word),
  };
  const row = Object.fromEntries(EVENT_TABLE_COLUMNS.map(({ name, type }) => [name, (readers[type] ?? word)()]));
  assert.equal(at, bytes.length, "nothing is left over");
  return row;
}

test("every column of the table is written in its place", () => {
  const full: Record<string, unknown> = { ...BASE, peer: "10.0.0.9", notes: ["n"] };
  for (const [name, value] of Object.entries(EVENT_DEFAULTS)) {
    if (name.startsWith("time_")) continue;
    full[name] = typeof value === "number" ? 7 : name.endsWith("_ip") ? "10.0.0.1" : `${name} ü`;
  }
  const written = parse(full);
  for (const { name, kind } of EVENT_TABLE_COLUMNS) {
    if (name in EVENT_DEFAULTS && kind !== "ip") assert.equal(written[name], full[name], name);
  }
  assert.deepEqual(
    [written["id"], written["source"], written["class"], written["raw"]],
    [1n, "s", "unclassified", "r"],
  );
  assert.deepEqual([written["notes"], written["peer"]], [["n"], "00000000000000000000ffff0a000009"]);
});

test("times keep their nanoseconds and stay in range", () => {
  const ns = (ms: number): bigint => BigInt(ms) * 1_000_000n;
  assert.equal(parse({ time_ns: 1 })["time"], ns(NOW) + 1n);
  assert.equal(parse({ time_ms: NOW + 7, time_ns: 999_999 })["time"], ns(NOW + 7) + 999_999n);
  assert.equal(parse({ time_ns: 5_000_000 })["time"], ns(NOW) + 999_999n);
  assert.equal(parse({ time_ms: -1 })["time"], ns(-1));
  for (const time_ms of [8.64e15, 9e15, Number.POSITIVE_INFINITY])
    assert.equal(parse({ time_ms })["time"], ns(Date.UTC(2262, 3, 11)));
  for (const time_ms of [-8.64e15, Number.NEGATIVE_INFINITY])
    assert.equal(parse({ time_ms })["time"], ns(Date.UTC(1900, 0, 1)));
  const assumed = parse({ time_ms: Number.NaN });
  assert.equal(assumed["time"], ns(NOW));
  assert.deepEqual(assumed["notes"], ["time-out-of-range"]);
});

test("addresses become 16 bytes, and what is none is kept in the notes", () => {
  const bytesOf = (src_ip: string): unknown => parse({ src_ip })["src_ip"];
  assert.equal(bytesOf("10.1.2.3"), "00000000000000000000ffff0a010203");
  assert.equal(bytesOf("fe80::1%eth0"), "fe800000000000000000000000000001");
  assert.equal(bytesOf("::ffff:1.2.3.4"), "00000000000000000000ffff01020304");
  assert.equal(bytesOf("2001:db8:1:2:3:4:5:6"), "20010db8000100020003000400050006");
  assert.equal(bytesOf("2001:db8::"), "20010db8000000000000000000000000");
  assert.equal(bytesOf("::"), "0".repeat(32));
  for (const bad of ["256.1.1.1", "1.2.3", "01.2.3.4", "1.2.3.4.5", "1..2.3", "1.2.3.4 ", "host", "-", ":::"]) {
    const row = parse({ src_ip: bad });
    assert.deepEqual([row["src_ip"], row["notes"]], ["0".repeat(32), [`src_ip-invalid: ${bad}`]]);
  }
  const row = parse({ src_ip: "evil\ud800'\"", dst_ip: "x".repeat(500), notes: ["time-assumed"] });
  assert.deepEqual(row["notes"], [
    "time-assumed",
    "src_ip-invalid: evil\ufffd'\"",
    `dst_ip-invalid: ${"x".repeat(64)}`,
  ]);
});

test("numbers are brought into their types", () => {
  const row = parse({
    src_port: 70_000,
    dst_port: -1,
    process_pid: 2 ** 40,
    parent_pid: 3.9,
    severity_id: Number.NaN,
    http_status: 200,
  });
  assert.deepEqual(
    [row["src_port"], row["dst_port"], row["process_pid"], row["parent_pid"], row["severity_id"], row["http_status"]],
    [65_535, 0, 4_294_967_295, 3, 0, 200],
  );
});

test("half pairs are replaced, whole ones and look-alikes stay", () => {
  assert.equal(parse({ raw: "a\ud800b\udc00c😀 \\ud800" })["raw"], "a\ufffdb\ufffdc😀 \\ud800");
});

test("the raw text is copied as it came when its bytes are at hand, and rows of any size follow one another", () => {
  const raw = "ü".repeat(300_000);
  assert.equal(parse({ raw }, Buffer.from(raw))["raw"], raw);
  const rows = createEventRows(0);
  const places = [raw, "", "x".repeat(70_000), "short"].map((text) => [
    rows.add({ ...BASE, raw: text }),
    rows.end,
    text,
  ]);
  for (const [start, end, text] of places)
    assert.equal(decode(Buffer.from(rows.bytes(Number(start), Number(end))))["raw"], text);
});

describe("with the engine", () => {
  let events: OpenEvents;
  before(async () => {
    events = await openTestEvents();
  });
  after(() => events.close());

  test("takes every row that can be made, and gives the text back", async () => {
    const text = fc
      .string({ unit: "binary", maxLength: 40 })
      .map((value) => `${value}${value.length % 5 === 0 ? "\ud83d" : ""}`);
    const rows: EventRow[] = fc
      .sample(
        fc.record({
          raw: text,
          host: text,
          message: text,
          src_ip: fc.oneof(fc.ipV4(), fc.ipV6(), text),
          time_ms: fc.oneof(fc.integer({ min: -9e15, max: 9e15 }), fc.double()),
          time_ns: fc.double(),
          dst_port: fc.oneof(fc.integer(), fc.double()),
          class_uid: fc.oneof(fc.integer(), fc.double()),
          notes: fc.array(text, { maxLength: 3 }),
        }),
        { numRuns: 2_000, seed: 7 },
      )
      .map((row, at) => ({ ...BASE, ...row, id: BigInt(at), source: "generated" }));
    await events.store.insert({ table: "events", encoded: encodeEvents(rows), rows: rows.length, token: "generated" });
    const found = await events.store.query<{ id: string; raw: string; host: string; src_ip: string }>(
      `SELECT id, raw, host, src_ip FROM ${events.store.table("events")} WHERE source = 'generated' ORDER BY id`,
    );
    assert.equal(found.length, rows.length);
    for (const [at, row] of rows.entries()) {
      assert.equal(found[at]?.raw, row.raw.toString().replaceAll(/\p{Surrogate}/gu, "\ufffd"));
      assert.equal(found[at]?.host, row.host.replaceAll(/\p{Surrogate}/gu, "\ufffd"));
    }
  });
});
