/** split-json: every value comes out as it was written, in any pieces; what is no JSON comes out as lines. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cutInPieces, split } from "./pieces.testing.ts";
import { jsonSplitter } from "./split-json.ts";

function records(text: string, limits?: { longest: number; depth: number }): { found: string[]; complaints: string[] } {
  const complaints: string[] = [];
  const splitter = jsonSplitter((message) => complaints.push(message), limits);
  return { found: split(splitter, [Buffer.from(text)]), complaints };
}

const value = fc.jsonValue({ maxDepth: 4 });
const object = fc.dictionary(fc.string(), value);
/** As programs write it: compact or indented. */
const written = (values: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.tuple(values, fc.constantFrom(0, 2, "\t")).map(([any, indent]) => JSON.stringify(any, undefined, indent));
const space = fc.constantFrom("", " ", "\n", "\r\n", "\n\n  ");

test("objects one after the other keep their text, in any pieces", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(written(object), space), { minLength: 1 }), cutInPieces, (parts, cut) => {
      const text = parts.map(([json, gap]) => json + gap).join("");
      const complaints: string[] = [];
      const found = split(
        jsonSplitter((message) => complaints.push(message)),
        cut(Buffer.from(text)),
      );
      // An object that happens to look like {"Records":[…]} is taken apart by intention.
      fc.pre(!parts.some(([json]) => /^\{\s*"[Rr]ecords"/.test(json)));
      assert.deepEqual(
        found,
        parts.map(([json]) => json),
      );
      assert.deepEqual(complaints, []);
    }),
  );
});

test("elements of arrays and of Records keep their text, in any pieces", () => {
  fc.assert(
    fc.property(
      fc.array(written(value), { minLength: 1 }),
      space,
      fc.boolean(),
      cutInPieces,
      (elements, gap, inRecords, cut) => {
        const array = `${gap}[${gap}${elements.join(`${gap},${gap}`)}${gap}]${gap}`;
        const text = inRecords ? `{${gap}"Records"${gap}:${array}}` : array;
        const complaints: string[] = [];
        const found = split(
          jsonSplitter((message) => complaints.push(message)),
          cut(Buffer.from(text)),
        );
        assert.deepEqual(found, elements);
        assert.deepEqual(complaints, []);
      },
    ),
  );
});

test("any bytes give the same records in any pieces, and none of them is lost", () => {
  const noise = fc.array(
    fc.constantFrom("{", "}", '"', "\\", ",", "\n", "\r\n", " ", "a", "1", ":", "é", '{"a":1}', '{"x":"}'),
  );
  fc.assert(
    fc.property(noise, cutInPieces, fc.constantFrom(3, 9, 1000), (parts, cut, longest) => {
      const bytes = Buffer.from(parts.join(""));
      const limits = { longest, depth: 3 };
      const whole = split(
        jsonSplitter(() => {}, limits),
        [bytes],
      );
      assert.deepEqual(
        split(
          jsonSplitter(() => {}, limits),
          cut(bytes),
        ),
        whole,
      );
      if (longest < 1000) return;
      const dense = (text: string): string => text.replace(/[\s,]/g, "");
      assert.equal(dense(whole.join("")), dense(bytes.toString("utf8")));
    }),
    { numRuns: 2000 },
  );
});

test("text between objects is a line of its own", () => {
  const { found, complaints } = records('{"a":1}\nnot json\r\n{"b":\n2}\n[3]');
  assert.deepEqual(found, ['{"a":1}', "not json", '{"b":\n2}', "[3]"]);
  assert.deepEqual(complaints, []);
});

test("several arrays and envelopes in one file are all taken apart", () => {
  assert.deepEqual(records('[{"a":1}]\n[{"b":2},3]').found, ['{"a":1}', '{"b":2}', "3"]);
  assert.deepEqual(records('{"Records":[{"a":1}]}\n{"records":[{"b":2}]}{"c":3}').found, [
    '{"a":1}',
    '{"b":2}',
    '{"c":3}',
  ]);
  assert.deepEqual(records('{"Records":[]}').found, []);
  assert.deepEqual(records('{"Records":{"a":1}}').found, ['{"Records":{"a":1}}']);
});

test("members beside the records are reported, not dropped in silence", () => {
  const { found, complaints } = records('{"Records":[{"a":1}],"next":{"page":"]}"}}{"b":2}');
  assert.deepEqual(found, ['{"a":1}', '{"b":2}']);
  assert.equal(complaints.length, 1);
  assert.match(complaints[0] ?? "", /other members were skipped/);
});

test("a value without an end comes out as lines, with the place where it begins", () => {
  const cut = records('{"a":1}\n{"b":{\n"c":2\n');
  assert.deepEqual(cut.found, ['{"a":1}', '{"b":{', '"c":2']);
  assert.match(cut.complaints[0] ?? "", /begins at byte 8 has no end/);
  const array = records('[{"a":1},{"b":2}');
  assert.deepEqual(array.found, ['{"a":1}', '{"b":2}']);
  assert.match(array.complaints[0] ?? "", /ends inside a JSON array, at byte 16/);
});

test("what is nested too deep or too long is read as lines from its beginning on", () => {
  const deep = records(`{"a":1}\n${'{"x":'.repeat(6)}1${"}".repeat(6)}\nrest`, {
    longest: 1000,
    depth: 5,
  });
  assert.deepEqual(deep.found, ['{"a":1}', `${'{"x":'.repeat(6)}1${"}".repeat(6)}`, "rest"]);
  assert.match(deep.complaints[0] ?? "", /begins at byte 8 is nested deeper than 5/);
  const long = records('{"a":"12\n345678901234567890"}\nrest', { longest: 20, depth: 5 });
  assert.deepEqual(long.found, ['{"a":"12', '345678901234567890"}', "rest"]);
});

test("a million open brackets cost neither the stack nor seconds", () => {
  const started = performance.now();
  const { found, complaints } = records(`[{"a":${"[".repeat(1_000_000)}`);
  assert.equal(found.length, 1);
  assert.match(complaints[0] ?? "", /nested deeper/);
  assert.ok(performance.now() - started < 2000);
});
