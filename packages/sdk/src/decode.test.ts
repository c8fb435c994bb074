/** decode: line ends, JSON with its limits, JSON inside syslog, linear time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRecord } from "./decode.ts";
import { checkJson } from "./json-limits.ts";

const decode = (text: string, kind = "import") =>
  decodeRecord({ text, received: Date.UTC(2026, 10, 22), peer: "", kind });

test("one line end is taken off, nothing else", () => {
  assert.equal(decode("a b\n").text, "a b");
  assert.equal(decode("a b\r\n").text, "a b");
  assert.equal(decode("a b\r").text, "a b");
  assert.equal(decode("a b\n\n").text, "a b\n");
  assert.equal(decode(" a ").text, " a ");
  assert.equal(decode("").text, "");
});

test("JSON objects are found, other JSON is text", () => {
  assert.deepEqual(decode('{"a":1}').json, { a: 1 });
  assert.deepEqual(decode('\ufeff {"a":1}').json, { a: 1 });
  for (const text of ["[1]", "1", '"x"', "null", "{", '{"a"', "{}{}"]) assert.equal(decode(text).json, undefined, text);
  assert.match(decode('{"a"').notes?.[0] ?? "", /damaged/);
});

test("JSON inside syslog, with and without the CEE cookie", () => {
  const plain = decode('<13>1 2026-11-21T22:57:53Z h a - - - {"x":{"y":2}}');
  assert.deepEqual(plain.json, { x: { y: 2 } });
  assert.equal(plain.syslog?.host, "h");
  assert.deepEqual(decode('<13>Nov 21 22:57:53 h a: @cee: {"x":3}').json, { x: 3 });
  assert.deepEqual(decode('<13>Nov 21 22:57:53 h a: {"x":3}').json, { x: 3 });
});

test("over syslog a record without header is a message", () => {
  assert.equal(decode("hello", "syslog-udp").syslog?.message, "hello");
  assert.equal(decode("hello", "import").syslog, undefined);
});

test("depth and number of fields are limited before JSON.parse", () => {
  const deep = (depth: number): string => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
  assert.ok(decode(deep(64)).json !== undefined);
  assert.equal(decode(deep(65)).json, undefined);
  assert.match(decode(deep(65)).notes?.[0] ?? "", /deeper than 64/);
  const wide = (fields: number): string =>
    `{${Array.from({ length: fields }, (_, i) => `"f${i}":"a:b{[\\""`).join(",")}}`;
  assert.equal(Object.keys(decode(wide(2000)).json ?? {}).length, 2000);
  assert.match(decode(wide(2001)).notes?.[0] ?? "", /more than 2000 fields/);
  assert.equal(decode(`{"a":${"[".repeat(1_000_000)}`).json, undefined);
});

test("braces, colons and quotes inside strings do not count", () => {
  assert.deepEqual(checkJson('{"a":"\\\\"}'), { ok: true, text: '{"a":"\\\\"}' });
  assert.equal(checkJson(`{"a":"${"[".repeat(100)}"}`).ok, true);
  assert.equal(checkJson(`{"a":"\\"${"[".repeat(100)}"}`).ok, true);
});

test("integers that a double cannot hold keep their digits", () => {
  const { json } = decode(
    '{"k":-9214364837600034816,"n":1777629600123456789,"safe":9007199254740991,"f":1234567890123456789.5,"e":12345678901234567e3,"s":"12345678901234567890"}',
  );
  assert.equal(json?.["k"], "-9214364837600034816");
  assert.equal(json?.["n"], "1777629600123456789");
  assert.equal(json?.["safe"], 9007199254740991);
  assert.equal(typeof json?.["f"], "number");
  assert.equal(typeof json?.["e"], "number");
  assert.equal(json?.["s"], "12345678901234567890");
});

test("hostile names stay data", () => {
  const { json } = decode('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
  assert.deepEqual(Object.keys(json ?? {}), ["__proto__", "constructor"]);
  const plain: Record<string, unknown> = {};
  assert.equal(plain["polluted"], undefined);
});

test("a megabyte of anything takes linear time", () => {
  const size = 1_000_000;
  const hostile = [
    "[",
    '"',
    "\\",
    '\\"',
    "{",
    "<",
    "<13>",
    " ",
    "=",
    "a=",
    "[a ",
    '[a b="',
    "%",
    "9",
    ":",
    "Nov 21 ",
    "<13>1 - - - - - [",
    "\u0000",
  ];
  for (const piece of hostile) {
    for (const head of ["", "{", '{"a":"', "<13>1 - - - - - ", "<13>Nov 21 22:57:53 "]) {
      const text = head + piece.repeat(Math.ceil(size / piece.length));
      // The thread's own time: on a busy machine the clock counts what others do.
      const started = process.threadCpuUsage();
      decode(text, "syslog-tcp");
      const { user, system } = process.threadCpuUsage(started);
      const took = (user + system) / 1000;
      assert.ok(took < 250, `${JSON.stringify(head + piece)} took ${took} ms`);
    }
  }
});
