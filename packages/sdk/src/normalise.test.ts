/** normalise: order, failures as notes, complete and clean columns. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkParser } from "./conformance.ts";
import { decodeRecord } from "./decode.ts";
import { EVENT_DEFAULTS, observablesOf } from "./event.ts";
import { ipOf } from "./ip.ts";
import { createNormaliser } from "./normalise.ts";
import type { ParsedEvent, Parser } from "./parser.ts";

const RECEIVED = Date.UTC(2026, 10, 22);
const decode = (text: string, kind = "import", peer = "") => decodeRecord({ text, received: RECEIVED, peer, kind });

function parser(id: string, order: number, parse: Parser["parse"]): Parser {
  return {
    id,
    title: id,
    docs: "https://example.com/",
    order,
    accepts: (record) => record.text.startsWith("take"),
    parse,
    samples: [],
  };
}
const event = (columns: ParsedEvent["columns"]): ReturnType<Parser["parse"]> => ({
  ok: true,
  event: { columns, fields: { a: 1 }, logsource: { product: "linux" } },
});

test("the first parser in order that gives an event wins; failures are notes", () => {
  const throws = parser("b-throws", 10, () => {
    throw new TypeError("broken");
  });
  const refuses = parser("a-refuses", 20, () => ({ ok: false, reason: "not mine" }));
  const takes = parser("c-takes", 30, () => event({ class_uid: 1007, time_ms: 5e11, host: "h" }));
  const late = parser("d-late", 40, () => event({ class_uid: 3002 }));
  const result = createNormaliser([late, takes, refuses, throws])(decode("take this"));
  assert.equal(result.parser, "c-takes");
  assert.equal(result.class_name, "process_activity");
  assert.deepEqual(result.logsource, { product: "linux" });
  assert.deepEqual(Object.keys(result.columns), Object.keys(EVENT_DEFAULTS));
  assert.deepEqual(result.notes, [
    "parser b-throws failed: broken",
    "parser a-refuses refused it: not mine",
    "the event time is before the year 2000",
  ]);
});

test("what no parser takes is unclassified, with its text and the receive time", () => {
  const result = createNormaliser([])(decode(`x${"y".repeat(3000)}`));
  assert.equal(result.class_name, "unclassified");
  assert.equal(result.parser, "none");
  assert.equal(result.columns.time_ms, RECEIVED);
  assert.equal(result.timed, false);
  assert.equal(createNormaliser([])(decode("<13>1 2026-05-01T10:00:00Z h a - - - x")).timed, true);
  assert.equal(result.columns.message.length, 1000);
  assert.match(result.notes.join(), /no time in the record/);
  const pair = createNormaliser([])(decode(`${"y".repeat(999)}😀tail`));
  assert.equal(pair.columns.message, "y".repeat(999));
});

test("the syslog header gives time and host, the sender its address", () => {
  const known = createNormaliser([])(
    decode("<13>1 2026-11-21T22:57:53.595747Z vm - - - - x", "syslog-udp", "10.0.0.5"),
  );
  assert.equal(known.columns.host, "vm");
  assert.equal(known.columns.time_ns, 747_000);
  const unknown = createNormaliser([])(decode("<13>x", "syslog-udp", "10.0.0.5"));
  assert.equal(unknown.columns.host, "10.0.0.5");
});

test("a syslog time without zone is marked as assumed", () => {
  const notes = (text: string): string => createNormaliser([])(decode(text)).notes.join();
  assert.match(notes("<13>Nov 21 22:57:53 vm root: x"), /UTC is assumed/);
  assert.equal(notes("<13>1 2026-11-21T22:57:53+00:00 vm root - - - x"), "");
});

test("columns are clean whatever a parser writes", () => {
  const wild = parser("wild", 1, () =>
    event({
      src_ip: "::ffff:10.1.2.3",
      dst_ip: "db1.example",
      src_port: 70_000,
      dst_port: -1,
      process_pid: 1.5,
      time_ms: Number.NaN,
    }),
  );
  const { columns } = createNormaliser([wild])(decode("take"));
  assert.equal(columns.src_ip, "10.1.2.3");
  assert.equal(columns.dst_ip, "");
  assert.equal(columns.peer_host, "db1.example");
  assert.deepEqual([columns.src_port, columns.dst_port, columns.process_pid], [0, 0, 0]);
  assert.equal(columns.time_ms, RECEIVED);
});

test("a clock that runs ahead is kept and noted", () => {
  const ahead = parser("ahead", 1, () => event({ time_ms: RECEIVED + 3 * 86_400_000 }));
  const result = createNormaliser([ahead])(decode("take"));
  assert.equal(result.columns.time_ms, RECEIVED + 3 * 86_400_000);
  assert.deepEqual(result.notes, ["the event time is more than a day after its arrival"]);
});

test("addresses", () => {
  const good: [string, string][] = [
    ["10.0.0.1", "10.0.0.1"],
    ["::1", "::1"],
    ["::", "::"],
    ["fe80::1%eth0", "fe80::1"],
    ["[2001:db8::9]", "2001:db8::9"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["64:ff9b::192.0.2.1", "64:ff9b::192.0.2.1"],
    ["fe80:0:0:0:e142:5666:31a1:94c3", "fe80:0:0:0:e142:5666:31a1:94c3"],
    ["1::", "1::"],
  ];
  for (const [text, wanted] of good) assert.equal(ipOf(text), wanted, text);
  for (const text of [
    "",
    "-",
    "10.0.0",
    "10.0.0.256",
    "10.0.0.1.2",
    "01.2.3.4",
    "host",
    "1:2",
    ":::",
    "1::2::3",
    "12345::",
    "1:2:3:4:5:6:7:8:9",
    ":1:2:3:4:5:6:7",
    "[::1",
    "LOCAL",
  ]) {
    assert.equal(ipOf(text), "", text);
  }
});

test("observables leave out noise and repeat nothing", () => {
  const found = observablesOf({
    ...EVENT_DEFAULTS,
    host: "h",
    user: "-",
    src_ip: "127.0.0.1",
    dst_ip: "10.0.0.1",
    process_path: "C:\\A.exe",
    parent_path: "c:\\a.exe",
  });
  assert.deepEqual(found, [
    { kind: "host", value: "h" },
    { kind: "ip", value: "10.0.0.1" },
    { kind: "process", value: "C:\\A.exe" },
  ]);
});

test("the conformance kit finds what is broken", () => {
  const good: Parser = {
    ...parser("good", 1, (record) => event({ time_ms: RECEIVED - 5, host: "h", message: record.text })),
    samples: [
      { name: "one", in: "take 1", out: { host: "h" }, fields: { a: 1 } },
      { name: "two", in: "take 2", out: { message: "take 2" } },
    ],
  };
  const check = (one: Parser, all: readonly Parser[] = [one], file = "good.parser.ts"): string[] =>
    checkParser({ parser: one, all, file, received: RECEIVED, mutations: 50 });
  assert.deepEqual(check(good), []);
  assert.match(check(good, [good], "other.parser.ts").join(), /is not the name of/);
  assert.match(check({ ...good, docs: "http://x" }).join(), /https/);
  assert.match(
    check({ ...good, samples: [{ name: "w", in: "take", out: { host: "other" } }] }).join(),
    /host is "h", wanted "other"/,
  );
  assert.match(
    check({ ...good, samples: [{ name: "w", in: "take", out: {}, fields: { a: 2 } }] }).join(),
    /field a is 1, wanted 2/,
  );
  assert.match(check(good, [good, { ...good, id: "first", order: 0 }]).join(), /taken by first/);
  const fragile: Parser = {
    ...good,
    parse: (record) => (record.text.length < 6 ? JSON.parse("{") : good.parse(record)),
  };
  assert.match(check(fragile).join(), /damaged: threw/);
});
