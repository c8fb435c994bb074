/** qr.test: the standard's own vectors for error correction, format and version, and whole codes that a scanner was seen to read. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { correctionOf, formatBits, qrOf, versionBits } from "./qr.ts";

test("error correction, format and version are those of the standard", () => {
  const data = [32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17];
  assert.deepEqual(correctionOf(data, 10), [196, 35, 39, 119, 235, 215, 231, 226, 93, 23]);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6, 7].map((mask) => formatBits(mask).toString(2)),
    [
      "101010000010010",
      "101000100100101",
      "101111001111100",
      "101101101001011",
      "100010111111001",
      "100000011001110",
      "100111110010111",
      "100101010100000",
    ],
  );
  assert.equal(versionBits(7), 0b000111110010010100);
});

/** Read back by zbar 0.23, every one, before they were written down here: length of the text, modules a side, digest of the modules. */
const READ: readonly [number, number, string][] = [
  [10, 21, "560cbca1caece4c1"],
  [20, 25, "6384d80f5da4975c"],
  [30, 29, "4d2f7e15e9e64278"],
  [50, 33, "6d1168636afc7356"],
  [70, 37, "2ca08a9298f2f222"],
  [100, 41, "868f55cb6ea451d7"],
  [115, 45, "9e43be8032d726aa"],
  [140, 49, "167e2f79e5b59594"],
  [170, 53, "9a88db84aa15410c"],
  [213, 57, "d37ad36c5c97c0e8"],
];

test("a code of each version is what a scanner reads", () => {
  for (const [length, side, digest] of READ) {
    const text = `${"abcdefghij0123456789".repeat(11).slice(0, length - 1)}Z`;
    const rows = qrOf(text) ?? [];
    const drawn = rows.map((row) => row.map(Number).join("")).join("\n");
    assert.equal(rows.length, side);
    assert.equal(createHash("sha256").update(drawn).digest("hex").slice(0, 16), digest, `${length} bytes`);
  }
});

test("a text that is too long has none, and letters are counted as bytes", () => {
  assert.equal(qrOf("a".repeat(214)), undefined);
  assert.equal(qrOf("é".repeat(107)), undefined);
  assert.equal(qrOf("é".repeat(106))?.length, 57);
});
