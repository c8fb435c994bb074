/** conditions: each condition on rules, items and field names, their linking, and what earlier items leave behind. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { after, type Map } from "./pipeline.testing.ts";

const SUFFIX = { type: "field_name_suffix", suffix: "!" };

const CONDITIONS: [name: string, item: Map, selection: unknown, holds: boolean][] = [
  ["log source", { rule_conditions: [{ type: "logsource", product: "windows" }] }, { a: 1 }, true],
  [
    "another log source",
    { rule_conditions: [{ type: "logsource", product: "windows", service: "system" }] },
    { a: 1 },
    false,
  ],
  [
    "contains an item",
    { rule_conditions: [{ type: "contains_detection_item", field: "a", value: "X" }] },
    { a: "x" },
    true,
  ],
  [
    "contains no such value",
    { rule_conditions: [{ type: "contains_detection_item", field: "a", value: 1 }] },
    { a: "1" },
    false,
  ],
  ["contains a field", { rule_conditions: [{ type: "contains_field", field: "a" }] }, { a: 1 }, true],
  ["is a rule", { rule_conditions: [{ type: "is_sigma_rule" }] }, { a: 1 }, true],
  ["is no correlation", { rule_conditions: [{ type: "is_sigma_correlation_rule" }] }, { a: 1 }, false],
  [
    "level",
    { rule_conditions: [{ type: "rule_attribute", attribute: "level", value: "medium", op: "gte" }] },
    { a: 1 },
    true,
  ],
  [
    "status",
    { rule_conditions: [{ type: "rule_attribute", attribute: "status", value: "stable", op: "gte" }] },
    { a: 1 },
    false,
  ],
  [
    "list attribute",
    { rule_conditions: [{ type: "rule_attribute", attribute: "fields", value: "User", op: "in" }] },
    { a: 1 },
    true,
  ],
  [
    "unknown attribute",
    { rule_conditions: [{ type: "rule_attribute", attribute: "nothing", value: 1 }] },
    { a: 1 },
    false,
  ],
  ["tag", { rule_conditions: [{ type: "tag", tag: "attack.t1059" }] }, { a: 1 }, true],
  ["negated", { rule_conditions: [{ type: "tag", tag: "attack.t1059" }], rule_cond_not: true }, { a: 1 }, false],
  [
    "one of two",
    { rule_conditions: [{ type: "tag", tag: "x" }, { type: "is_sigma_rule" }], rule_cond_op: "or" },
    { a: 1 },
    true,
  ],
  ["both of two", { rule_conditions: [{ type: "tag", tag: "x" }, { type: "is_sigma_rule" }] }, { a: 1 }, false],
  [
    "an expression",
    {
      rule_conditions: { x: { type: "tag", tag: "x" }, y: { type: "is_sigma_rule" } },
      rule_cond_expr: "not x and (x or y)",
    },
    { a: 1 },
    true,
  ],
  [
    "any string",
    { detection_item_conditions: [{ type: "match_string", cond: "any", pattern: "ab" }] },
    { a: ["x", "abc"] },
    true,
  ],
  [
    "all strings",
    { detection_item_conditions: [{ type: "match_string", cond: "all", pattern: "ab" }] },
    { a: ["x", "abc"] },
    false,
  ],
  [
    "from the start",
    { detection_item_conditions: [{ type: "match_string", cond: "any", pattern: "bc" }] },
    { a: "abc" },
    false,
  ],
  [
    "no string",
    { detection_item_conditions: [{ type: "match_string", cond: "any", pattern: "x", negate: true }] },
    { a: "abc" },
    true,
  ],
  ["value", { detection_item_conditions: [{ type: "match_value", cond: "any", value: 1 }] }, { a: 1 }, true],
  ["wildcard", { detection_item_conditions: [{ type: "contains_wildcard", cond: "any" }] }, { a: "x*" }, true],
  ["no wildcard", { detection_item_conditions: [{ type: "contains_wildcard", cond: "any" }] }, { a: "x\\*" }, false],
  ["null", { detection_item_conditions: [{ type: "is_null", cond: "all" }] }, { a: null }, true],
  [
    "not null",
    { detection_item_conditions: [{ type: "is_null", cond: "all" }], detection_item_cond_not: true },
    { a: null },
    false,
  ],
];

for (const [name, item, selection, holds] of CONDITIONS) {
  test(`condition: ${name}`, () => {
    const shown = after([{ ...SUFFIX, ...item }], selection);
    assert.equal(shown.includes("!"), holds, shown);
  });
}

test("what was applied and what state was set is known to later items", () => {
  const applied = { type: "processing_item_applied", processing_item_id: "first" };
  const first = { id: "first", type: "field_name_mapping", mapping: { a: "b" } };
  assert.equal(after([first, { ...SUFFIX, rule_conditions: [applied] }], { a: 1, c: 2 }), "b!=1 and c!=2");
  assert.equal(after([first, { ...SUFFIX, detection_item_conditions: [applied] }], { a: 1, c: 2 }), "b!=1 and c=2");
  assert.equal(after([first, { ...SUFFIX, field_name_conditions: [applied] }], { a: 1, c: 2 }), "b!=1 and c=2");
  const state = { type: "processing_state", key: "k", val: 5, op: "gt" };
  const set = (val: number): Map => ({ type: "set_state", key: "k", val });
  assert.equal(after([set(6), { ...SUFFIX, rule_conditions: [state] }], { a: 1 }), "a!=1");
  assert.equal(after([set(5), { ...SUFFIX, rule_conditions: [state] }], { a: 1 }), "a=1");
  assert.equal(after([{ ...SUFFIX, rule_conditions: [state] }], { a: 1 }), "a=1");
  const attribute = { type: "rule_attribute", attribute: "mine", value: "x" };
  const mark = { type: "set_custom_attribute", attribute: "mine", value: "x" };
  assert.equal(after([mark, { ...SUFFIX, rule_conditions: [attribute] }], { a: 1 }), "a!=1");
});
