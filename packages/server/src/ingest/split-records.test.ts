/** split-records.test: bodies cut into records: NDJSON, arrays, text, whatever the chunks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { splitBody } from "./split-records.ts";

const split = (body: string, type: string): string[] | string => {
  const found = splitBody(Buffer.from(body), type);
  return found.ok ? found.records.map((record) => record.toString()) : `${found.reason} at ${found.at}`;
};

test("lines: empty ones and line ends go, everything else stays", () => {
  assert.deepEqual(split('{"a":1}\r\n\n{"a":2}', "application/x-ndjson"), ['{"a":1}', '{"a":2}']);
  assert.deepEqual(split("\ufeff one \n{", "text/plain; charset=utf-8"), [" one ", "{"]);
  assert.deepEqual(split("[1]\n[2]\n", "application/x-ndjson"), ["[1]", "[2]"]);
});

test("an array keeps its elements as they are written", () => {
  assert.deepEqual(split(' [ {"a" : [1,{"b":"],}\\""}]} ,"x,y", 12 ,null,[ ] ] \n', "application/json"), [
    '{"a" : [1,{"b":"],}\\""}]}',
    '"x,y"',
    "12",
    "null",
    "[ ]",
  ]);
  assert.deepEqual(split("[]", "application/json"), []);
  assert.deepEqual(split('[{"n":18446744073709551615}]', ""), ['{"n":18446744073709551615}']);
});

test("a damaged array says where", () => {
  assert.match(String(split('[{"a":1}', "application/json")), /missing at 8$/);
  assert.match(String(split('[{"a":1} {"b":2}]', "application/json")), /missing at 9$/);
  assert.match(String(split('[{"a":"]', "application/json")), /broken off or damaged at 1$/);
  assert.match(String(split("[1,]", "application/json")), /damaged at 3$/);
  assert.match(String(split("[1] x", "application/json")), /follows the JSON array at 4$/);
});

test("JSON objects one after the other, over several lines or on one", () => {
  assert.deepEqual(split('{\n "a": 1\n}\n{"b":2}{"c":3}', "application/json"), ['{\n "a": 1\n}', '{"b":2}', '{"c":3}']);
  assert.deepEqual(split('{"a":1}\nnot json {\n', "application/json"), ['{"a":1}', "not json {"]);
});

test("a hostile body is cut in linear time", () => {
  const started = performance.now();
  split(`["${"\\".repeat(2_000_000)}"]`, "application/json");
  split("[".repeat(2_000_000), "application/json");
  split(`[${'"'.repeat(2_000_000)}`, "application/json");
  assert.ok(performance.now() - started < 2_000);
});
