/** templates: unparsed lines become shapes, and a shape a parser that reads the very lines it came from. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { draftOf } from "./draft.ts";
import { shapesOf } from "./templates.ts";

const lines = (texts: readonly string[]) => texts.map((text) => ({ text, example: text }));

test("lines that differ in their values are one shape, others are not; most frequent first", () => {
  const shapes = shapesOf(
    lines([
      ...Array.from({ length: 40 }, (_, n) => `session ${n} opened for user u${n} from 192.0.2.${n}`),
      ...Array.from({ length: 9 }, (_, n) => `cache flush took ${n} ms`),
      "out of memory",
    ]),
  );
  assert.deepEqual(
    shapes.map(({ words, records }) => [words.join(" "), records]),
    [
      ["session <*> opened for user <*> from <*>", 40],
      ["cache flush took <*> ms", 9],
      ["out of memory", 1],
    ],
  );
});

test("very many shapes stay bounded, and every line is counted", () => {
  const many = Array.from({ length: 5_000 }, (_, n) => {
    const word = `w${"abcdefghij"[n % 10] ?? ""}${"klmnopqrst"[Math.floor(n / 10) % 10] ?? ""}${"uvwxyzabcd"[Math.floor(n / 100) % 10] ?? ""}`;
    return `${word} is ${word}${"x".repeat(n % 7)} and more`;
  });
  const shapes = shapesOf(lines(many));
  assert.ok(shapes.length <= 500);
  assert.ok(shapes.reduce((sum, { records }) => sum + records, 0) >= 500);
});

test("the draft of a shape names its values by the words before them", () => {
  const [shape] = shapesOf(
    lines(["login failed for carol from 192.0.2.7 after 3 tries", "login failed for dan from 192.0.2.9 after 5 tries"]),
  );
  assert.ok(shape);
  const draft = draftOf(shape, "Door control");
  assert.match(draft, /login failed for %\{for\} from %\{from\} after %\{after\} tries/);
  assert.match(draft, /src_ip: from/);
  assert.match(draft, /product: door-control/);
});
