/** split-lines: lines come out whole and unchanged however the input is cut. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cutInPieces, split } from "./pieces.testing.ts";
import { lineSplitter } from "./split-lines.ts";

const lines = (text: string, longest?: number): string[] => {
  const limits = longest === undefined ? undefined : { longest, offset: 0 };
  return split(
    lineSplitter(() => {}, limits),
    [Buffer.from(text)],
  );
};

test("LF and CRLF end a line, the last may lack an end, empty lines are none", () => {
  assert.deepEqual(lines("a\nb\r\n\r\n\nc"), ["a", "b", "c"]);
  assert.deepEqual(lines("a\rb\r\r\n"), ["a\rb\r"]);
  assert.deepEqual(lines(" \n"), [" "]);
  assert.deepEqual(lines(""), []);
});

test("the same bytes give the same lines in any pieces, and none is lost", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "bc", "\n", "\r\n", "é", "{")), cutInPieces, (parts, cut) => {
      const text = parts.join("");
      const expected = text
        .split("\n")
        .map((line) => line.replace(/\r$/, ""))
        .filter((line) => line !== "");
      assert.deepEqual(
        split(
          lineSplitter(() => {}),
          cut(Buffer.from(text)),
        ),
        expected,
      );
    }),
    { numRuns: 500 },
  );
});

test("a line beyond the limit is cut and reported with its place, and the next one is whole", () => {
  const complaints: string[] = [];
  const splitter = lineSplitter((message) => complaints.push(message), { longest: 4, offset: 10 });
  assert.deepEqual(split(splitter, [Buffer.from("ab\n12"), Buffer.from("345678"), Buffer.from("9\nlast")]), [
    "ab",
    "1234",
    "last",
  ]);
  assert.equal(complaints.length, 1);
  assert.match(complaints[0] ?? "", /the line at byte 13 has 9 bytes; its first 4/);
});
