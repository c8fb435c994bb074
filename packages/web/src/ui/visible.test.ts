/** visible.test: no hidden character is missed, and putting the pieces together gives the exact text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { visiblePieces } from "./visible.ts";

test("ordinary text is one piece, in any script", () => {
  for (const text of ["", "GET /a?b=<img>", "größe 日本語 עברית", "a\tb\nc"])
    assert.deepEqual(visiblePieces(text), [{ text }]);
});

test("control, bidirectional and zero-width characters get a label and a name", () => {
  const labels = visiblePieces("\u0000\u001b\u007f\u202e\u200b\ufeff\u{e0041}").map((piece) => piece.glyph?.label);
  assert.deepEqual(labels, ["NUL", "ESC", "DEL", "RLO", "ZWSP", "BOM", "U+E0041"]);
});

test("in one line, line feed and tab are shown too", () => {
  assert.deepEqual(
    visiblePieces("a\n\tb", true).map((piece) => piece.glyph?.label ?? piece.text),
    ["a", "LF", "TAB", "b"],
  );
});

test("the text is never changed", () => {
  let text = "";
  for (let code = 0; code < 0x3000; code += 7) text += String.fromCodePoint(code);
  assert.equal(
    visiblePieces(text)
      .map((piece) => piece.text)
      .join(""),
    text,
  );
});
