/** cel.test: what expressions give, where their mistakes are, and what they are kept from. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createCel } from "./index.ts";

const cel = createCel();
const value = (expression: string, variables = {}) => {
  const result = cel.evaluate(expression, variables);
  assert.ok(result.ok, `${expression}: ${JSON.stringify(result)}`);
  return result.value;
};

describe("expressions", () => {
  test("give JSON, and count whole numbers as integers", () => {
    assert.equal(value("n + 1 == 3 && n < 2.5", { n: 2 }), true);
    assert.equal(value("string(n) + '!'", { n: 2 }), "2!");
    assert.deepEqual(value("{'a': [n, 1.5, null, n > 1]}", { n: 2 }), { a: [2, 1.5, null, true] });
    assert.deepEqual(value("hosts.filter(h, h.like('web-*')).map(h, h + '.example')", { hosts: ["web-1", "db-1"] }), [
      "web-1.example",
    ]);
    assert.equal(value("has(a.b) ? a.b : 'none'", { a: {} }), "none");
    assert.equal(value("vars['a-b']", { vars: { "a-b": 1 } }), 1);
  });

  test("point at their mistakes, before and while they run", () => {
    assert.deepEqual(cel.check("host =="), { ok: false, reason: "Unexpected token: EOF.", at: 7 });
    assert.equal(cel.check('1 + "a"')?.at, 0);
    assert.equal(cel.check("count > 1 && nme == 'x'", ["count", "name"])?.reason, 'There is no variable "nme".');
    assert.equal(cel.check("count > 1 && nme == 'x'", ["count", "name"])?.at, 13);
    assert.equal(cel.check("items.exists(x, x == host)", ["items", "host"]), undefined);
    assert.deepEqual(cel.evaluate("a.b > 1", { a: {} }), { ok: false, reason: "No such key: b.", at: 2 });
    assert.equal(cel.evaluate("missing", {}).ok, false);
    assert.equal(cel.evaluate("n + 'x'", { n: 1 }).ok, false);
  });

  test("are taken apart into what their && and || tie together, each with what it reads", () => {
    assert.deepEqual(cel.clauses("a.x == 'p && q' && (b.y.exists(t, t.like('z*')) || !a.w)"), [
      { text: "a.x == 'p && q'", reads: ["a.x"] },
      { text: "b.y.exists(t, t.like('z*'))", reads: ["b.y"], matched: "b.y.filter(t, t.like('z*'))" },
      { text: "!a.w", reads: ["a.w"] },
    ]);
    assert.deepEqual(cel.clauses("a.x == a.x"), [{ text: "a.x == a.x", reads: ["a.x"] }]);
    assert.deepEqual(cel.clauses("'p' in a.x")[0]?.matched, "['p']");
    assert.deepEqual(cel.clauses("a &&"), []);
  });

  test("reach nothing but what they are given", () => {
    for (const hostile of [
      "toString",
      "constructor",
      "__proto__",
      "a.constructor",
      "a.__proto__",
      "a['constructor']",
    ]) {
      assert.equal(cel.evaluate(hostile, { a: {} }).ok, false, hostile);
    }
  });

  test("are bounded in size, depth and work, and know no backtracking", () => {
    assert.match(cel.check(`${"1 + ".repeat(499)}1`)?.reason ?? "", /node/i);
    assert.match(cel.check("x".repeat(2001))?.reason ?? "", /at most 2000 characters/);
    assert.match(cel.check("a.all(x, b.all(y, c.all(z, x == y)))")?.reason ?? "", /at most 2 deep/);
    assert.match(cel.check("a.matches('(a+)+$')")?.reason ?? "", /not available/);
    const many = Array.from({ length: 1000 }, (_, n) => n);
    assert.match(JSON.stringify(cel.evaluate("many.all(x, many.all(y, x + y >= 0))", { many })), /walk over too much/);
    assert.equal(value("many.all(x, x >= 0)", { many }), true);
    assert.match(JSON.stringify(cel.evaluate("1 == 1", { text: "x".repeat(5_000_000) })), /too large/);
    const started = process.cpuUsage().user;
    assert.equal(value("text.like(pattern)", { text: "a".repeat(20_000), pattern: `${"*a".repeat(20)}b` }), false);
    assert.ok(process.cpuUsage().user - started < 2_000_000, "a pattern took more than two seconds of work");
  });
});
