/** condition: precedence, quantifiers and patterns, and errors that point at the character. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Expression } from "../detection.ts";
import { parseCondition } from "./condition.ts";

const NAMES = ["selection_a", "selection_b", "filter", "_hidden", "keywords"];

/** The expression as text with every pair of parentheses written out. */
function shown(expression: Expression): string {
  switch (expression.kind) {
    case "selection":
      return expression.name;
    case "not":
      return `not(${shown(expression.of)})`;
    case "item":
      return "item";
    default:
      return `(${expression.of.map(shown).join(` ${expression.kind} `)})`;
  }
}

function parsed(text: string): string {
  const result = parseCondition(text, NAMES);
  assert.ok(result.ok, JSON.stringify(result));
  return shown(result.expression);
}

test("not binds before and, and before or, parentheses first", () => {
  assert.equal(parsed("selection_a or filter and not keywords"), "(selection_a or (filter and not(keywords)))");
  assert.equal(parsed("(selection_a or filter) and keywords"), "((selection_a or filter) and keywords)");
  assert.equal(parsed("not not filter"), "not(not(filter))");
  assert.equal(parsed("selection_a AND NOT filter"), "(selection_a and not(filter))");
});

test("quantifiers choose by pattern, and them leaves out hidden names", () => {
  assert.equal(parsed("1 of selection_*"), "(selection_a or selection_b)");
  assert.equal(parsed("all of selection_*"), "(selection_a and selection_b)");
  assert.equal(parsed("1 of sel*_b"), "selection_b");
  assert.equal(parsed("all of them"), "(selection_a and selection_b and filter and keywords)");
  assert.equal(parsed("any of selection_*"), "(selection_a or selection_b)");
  assert.equal(parsed("not 1 of filter* and all of selection*"), "(not(filter) and (selection_a and selection_b))");
  assert.equal(parsed("1 of _hidden"), "_hidden");
});

test("n of means at least n", () => {
  const result = parseCondition("2 of x*", ["x1", "x2", "x3"]);
  assert.ok(result.ok);
  assert.equal(shown(result.expression), "((x1 and (x2 or x3)) or (x2 and x3))");
});

test("errors say what is wrong and where", () => {
  const cases: [text: string, code: string, at: number][] = [
    ["selection_a and", "CONDITION_SYNTAX", 15],
    ["(selection_a", "CONDITION_SYNTAX", 12],
    ["selection_a filter", "CONDITION_SYNTAX", 12],
    ["selection_a and missing", "SELECTION_UNKNOWN", 16],
    ["1 of nothing*", "SELECTION_UNKNOWN", 5],
    ["5 of selection_*", "CONDITION_SYNTAX", 0],
    ["1 of", "CONDITION_SYNTAX", 4],
    ["and filter", "CONDITION_SYNTAX", 0],
    ["", "CONDITION_SYNTAX", 0],
    ["keywords | count() > 5", "AGGREGATION_UNSUPPORTED", 9],
    [`${"not ".repeat(100)}filter`, "CONDITION_SYNTAX", 260],
  ];
  for (const [text, code, at] of cases) {
    const result = parseCondition(text, NAMES);
    assert.ok(!result.ok, text);
    assert.deepEqual([result.code, result.at], [code, at], text);
    assert.ok(result.reason.length > 10);
  }
});
