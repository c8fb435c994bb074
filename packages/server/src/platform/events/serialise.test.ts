/** serialise.test: whatever a parser fills in, the line fits the engine's types; checked with the engine itself. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { EVENT_DEFAULTS } from "@holdfast/sdk";
import fc from "fast-check";
import { EVENT_TABLE_COLUMNS } from "./columns.ts";
import type { OpenEvents } from "./embedded.ts";
import type { EventRow } from "./serialise.ts";
import { addressText, millisText, serialiseEvent } from "./serialise.ts";
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

const parse = (row: Partial<EventRow>): Record<string, unknown> => {
  const line = serialiseEvent({ ...BASE, ...row });
  assert.ok(line.endsWith("}\n") && line.indexOf("\n") === line.length - 1, "one line, one break at its end");
  const value: unknown = JSON.parse(line);
  assert.ok(typeof value === "object" && value !== null);
  return Object.fromEntries(Object.entries(value));
};

test("every column of the table except time's parts can be written", () => {
  const full: Record<string, unknown> = { ...BASE, peer: "10.0.0.9", notes: ["n"] };
  for (const [name, value] of Object.entries(EVENT_DEFAULTS)) {
    if (name.startsWith("time_")) continue;
    full[name] = typeof value === "number" ? 1 : name.endsWith("_ip") ? "10.0.0.1" : "x";
  }
  const written = Object.keys(parse(full));
  assert.deepEqual([...written].sort(), EVENT_TABLE_COLUMNS.map((column) => column.name).sort());
});

test("times keep their nanoseconds and stay in range", () => {
  assert.equal(parse({ time_ns: 1 })["time"], "2026-11-21 10:00:00.000000001");
  assert.equal(parse({ time_ms: NOW + 7, time_ns: 999_999 })["time"], "2026-11-21 10:00:00.007999999");
  assert.equal(parse({ time_ns: 5_000_000 })["time"], "2026-11-21 10:00:00.000999999");
  assert.equal(parse({ time_ms: -1 })["time"], "1969-12-31 23:59:59.999");
  for (const time_ms of [8.64e15, 9e15, Number.POSITIVE_INFINITY])
    assert.equal(parse({ time_ms })["time"], "2262-04-11 00:00:00.000");
  for (const time_ms of [-8.64e15, Number.NEGATIVE_INFINITY])
    assert.equal(parse({ time_ms })["time"], "1900-01-01 00:00:00.000");
  const assumed = parse({ time_ms: Number.NaN });
  assert.equal(assumed["time"], "2026-11-21 10:00:00.000");
  assert.deepEqual(assumed["notes"], ["time-out-of-range"]);
});

test("time's text is that of the calendar", () => {
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1000, 0, 1), max: Date.UTC(9999, 0, 1) }), (ms) => {
      const iso = new Date(ms).toISOString();
      assert.equal(millisText(ms), `${iso.slice(0, 10)} ${iso.slice(11, 23)}`);
    }),
    { numRuns: 20_000 },
  );
  for (const ms of [
    0,
    -1,
    Date.UTC(2000, 1, 29),
    Date.UTC(1900, 1, 28, 23, 59, 59, 999),
    Date.UTC(2100, 2, 1),
    Date.UTC(2024, 11, 31),
  ]) {
    assert.equal(`${millisText(ms).replace(" ", "T")}Z`, new Date(ms).toISOString());
  }
});

test("addresses become IPv6 text, and what is none is kept in the notes", () => {
  assert.equal(addressText("10.1.2.3"), "::ffff:10.1.2.3");
  assert.equal(addressText("fe80::1%eth0"), "fe80::1");
  assert.equal(addressText("::ffff:1.2.3.4"), "::ffff:1.2.3.4");
  for (const bad of ["256.1.1.1", "1.2.3", "01.2.3.4", "1.2.3.4.5", "1..2.3", "1.2.3.4 ", "host", "-", ":::"])
    assert.equal(addressText(bad), undefined, bad);
  const row = parse({ src_ip: "evil\ud800'\"", dst_ip: "x".repeat(500), notes: ["time-assumed"] });
  assert.equal(row["src_ip"], undefined);
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
    [65_535, undefined, 4_294_967_295, 3, undefined, 200],
  );
});

test("half pairs are replaced, whole ones and look-alikes stay", () => {
  assert.equal(parse({ raw: "a\ud800b\udc00c😀 \\ud800" })["raw"], "a\ufffdb\ufffdc😀 \\ud800");
});

describe("with the engine", () => {
  let events: OpenEvents;
  before(async () => {
    events = await openTestEvents();
  });
  after(() => events.close());

  test("takes every line that can be made, and gives the text back", async () => {
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
    const ndjson = Buffer.from(rows.map(serialiseEvent).join(""));
    await events.store.insert({ table: "events", ndjson, rows: rows.length, token: "generated" });
    const found = await events.store.query<{ id: string; raw: string; host: string }>(
      `SELECT id, raw, host FROM ${events.store.table("events")} WHERE source = 'generated' ORDER BY id`,
    );
    assert.equal(found.length, rows.length);
    for (const [at, row] of rows.entries()) {
      assert.equal(found[at]?.raw, row.raw.toString().replaceAll(/\p{Surrogate}/gu, "\ufffd"));
      assert.equal(found[at].host, row.host.replaceAll(/\p{Surrogate}/gu, "\ufffd"));
    }
  });
});
