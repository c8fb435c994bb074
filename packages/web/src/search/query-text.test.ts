/** query-text.test: terms, pipes and completion, on the queries that broke other search bars. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addTerm, complete, completionAt, isMetric, splitPipes } from "./query-text.ts";

test("a pipe inside quotes is text", () => {
  assert.deepEqual(splitPipes('message:"a | b" | stats count by host'), ['message:"a | b"', "| stats count by host"]);
  assert.deepEqual(splitPipes('message:"it said \\"a | b\\""'), ['message:"it said \\"a | b\\""', ""]);
});

test("a term is added before the pipes and brackets an OR", () => {
  assert.equal(addTerm("", { field: "host", value: "web-1" }), 'host:"web-1"');
  assert.equal(addTerm("a OR b | top 5 host", { field: "user", value: "x" }), '(a OR b) user:"x" | top 5 host');
  assert.equal(addTerm("a", { field: "user", value: "x", exclude: true }), 'a NOT user:"x"');
});

test("a value with quotes and backslashes stays one value", () => {
  assert.equal(addTerm("", { field: "process_path", value: 'C:\\a "b"' }), 'process_path:"C:\\\\a \\"b\\""');
});

test("the same term twice changes nothing", () => {
  assert.equal(addTerm('host:"a"', { field: "host", value: "a" }), 'host:"a"');
});

test("completion knows fields, values and pipes", () => {
  assert.equal(completionAt("ho", 2).kind, "field");
  assert.deepEqual(completionAt("host:we", 7), { kind: "value", field: "host", prefix: "we", from: 5, to: 7 });
  assert.equal(completionAt("host:web-1 | st", 15).kind, "pipe");
  assert.equal(completionAt('message:"some text', 18).kind, "none");
});

test("an accepted completion is written in place", () => {
  const query = "host:we AND x";
  assert.deepEqual(complete(query, completionAt(query, 7), "web 1"), { text: 'host:"web 1"  AND x', caret: 13 });
  assert.deepEqual(complete("ho", completionAt("ho", 2), "host"), { text: "host:", caret: 5 });
  assert.deepEqual(complete("x | top 5 ho", completionAt("x | top 5 ho", 12), "host"), {
    text: "x | top 5 host",
    caret: 14,
  });
});

test("a metric is known by its first word, and its name is completed", () => {
  assert.deepEqual(
    ["metric up", " metric", 'metric "a b" rate', "metrics up", "metric:up", '"metric" up', "a metric up"].map(
      isMetric,
    ),
    [true, true, true, false, false, false, false],
  );
  const at = completionAt("metric http_re", 14);
  assert.deepEqual(at, { kind: "value", field: "metric", prefix: "http_re", from: 7, to: 14 });
  assert.equal(complete("metric http_re", at, "http_requests_total").text, "metric http_requests_total ");
});
