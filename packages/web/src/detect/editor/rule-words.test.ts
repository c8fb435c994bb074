/** rule-words.test: what is offered where in a rule's text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { logsourceIn, suggest, type Words } from "./rule-words.ts";

const WORDS: Words = {
  logsources: [
    { product: "windows", category: "process_creation", events: 10, rules: 5 },
    { product: "windows", service: "security", events: 90, rules: 5 },
    { product: "linux", category: "process_creation", events: 0, rules: 7 },
  ],
  fields: [
    { name: "Image", share: 0.985, example: "C:\\x.exe", rules: 3 },
    { name: "Hashes", share: 0, example: null, rules: 2 },
  ],
  since: null,
  modifiers: [{ name: "endswith", help: "the end of the value", example: "Image|endswith: \\x.exe" }],
  tags: [{ tag: "attack.execution", title: "Execution", rules: 4 }],
  levels: ["low", "high"],
  statuses: ["test", "stable"],
  correlationTypes: [{ name: "event_count", help: "how many" }],
};

/** The options where the bar stands. */
function at(text: string): string[] {
  const place = text.indexOf("▮");
  return suggest(text.replace("▮", ""), place, WORDS)?.options.map((option) => option.label) ?? [];
}

test("values go with their attribute", () => {
  assert.deepEqual(at("level: ▮"), ["low", "high"]);
  assert.deepEqual(at("title: x\nstatus: st▮"), ["test", "stable"]);
  assert.deepEqual(at("correlation:\n  type: ▮"), ["event_count"]);
  assert.deepEqual(at("title: ▮"), []);
});

test("a logsource is completed by what goes with its other parts, the busiest first", () => {
  assert.deepEqual(at("logsource:\n  product: ▮"), ["windows", "linux"]);
  assert.deepEqual(at("logsource:\n  product: linux\n  category: ▮"), ["process_creation"]);
  assert.deepEqual(at("logsource:\n  product: linux\n  service: ▮"), []);
  assert.deepEqual(logsourceIn("logsource:\n  product: 'windows'\n  service: security\n"), {
    product: "windows",
    service: "security",
  });
});

test("inside a selection: fields, and modifiers behind a bar", () => {
  const head = "detection:\n  selection:\n";
  assert.deepEqual(at(`${head}    Im▮`), ["Image", "Hashes"]);
  assert.deepEqual(at(`${head}    - Im▮`), ["Image", "Hashes"]);
  assert.deepEqual(at(`${head}    Image|▮`), ["endswith"]);
  assert.deepEqual(at(`${head}    Image|all|en▮`), ["endswith"]);
  const text = `${head}    Image|en`;
  assert.equal(suggest(text, text.length, WORDS)?.from, text.length - 2);
});

test("tags in their list, attributes at the left edge, nothing inside a value", () => {
  assert.deepEqual(at("tags:\n  - att▮"), ["attack.execution"]);
  assert.ok(at("▮").includes("detection"));
  assert.deepEqual(at("logsource:\n  ▮"), ["product", "category", "service"]);
  assert.deepEqual(at("description: some words ▮"), []);
});
