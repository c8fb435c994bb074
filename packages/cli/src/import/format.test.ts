/** format: what a file holds is found by its beginning. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cut, detectCut } from "./format.ts";
import { decoded, decodedHead } from "./text-encoding.ts";

const detected = (head: string | Buffer, path = "x.log", whole = true): Cut | "binary" =>
  detectCut({ head: Buffer.from(head), whole, path });

const CASES: readonly (readonly [string, string, Cut])[] = [
  ["objects a line each", '{"a":1}\n{"b":2}\n', "lines"],
  ["a broken line among them", '{"a":1}\n{"b":\n{"c":3}\n', "lines"],
  ["one object in one line", '{"a":1}', "lines"],
  ["pretty-printed objects", '{\n  "a": 1\n}\n{\n  "b": {"c":2}\n}\n', "json"],
  ["objects without a line between", '{"a":1}{"b":2}', "json"],
  ["an array of objects", '[\n {"a":1}]', "json"],
  ["an empty array", "[]", "json"],
  ["records in an envelope", '{"Records":[{"a":1}]}', "json"],
  ["a log line that begins with a bracket", "[2026-01-01 10:00:00] started\n", "lines"],
  ["a log line", "Jan  1 10:00:00 host sshd[1]: {", "lines"],
  ["nothing", "", "lines"],
];

for (const [what, text, expected] of CASES) {
  test(`${what}: ${expected}`, () => {
    assert.equal(detected(text), expected);
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
    assert.equal(detected(utf16), expected, "in UTF-16");
    assert.equal(detected(`\ufeff${text}`), expected, "with a mark");
  });
}

test("a first line longer than what is looked at is measured as JSON", () => {
  assert.equal(detected(`{"a":"${"x".repeat(1000)}`, "x.json", false), "json");
});

test("event logs are known by their magic, and by name and chunk when the header is damaged", () => {
  assert.equal(detected(Buffer.concat([Buffer.from("ElfFile\0"), Buffer.alloc(100)]), "x"), "evtx");
  const damaged = Buffer.alloc(5000);
  damaged.write("ElfChnk\0", 4096);
  assert.equal(detected(damaged, "a.EVTX"), "evtx");
});

test("what is no text is binary; NULs in a log and bytes of another encoding are not", () => {
  assert.equal(detected(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0xff])), "binary");
  assert.equal(detected("line\n\0\0\0\0\nline"), "lines");
  assert.equal(detected(Buffer.from("gr\xfcezi\n", "latin1")), "lines");
  assert.equal(detected(Buffer.concat([Buffer.from("a\0b"), Buffer.from("é").subarray(0, 1)]), "x", false), "lines");
});

test("UTF-16 of both orders is decoded across pieces, a mark of UTF-8 is dropped", async () => {
  const text = "añ🙂\nzweite Zeile";
  const little = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
  const big = Buffer.from(little).swap16();
  for (const bytes of [little, big, Buffer.from(`\ufeff${text}`), Buffer.from(text)]) {
    for (const size of [1, 2, 3, 7, 1000]) {
      const pieces: Buffer[] = [];
      for await (const piece of decoded(inPieces(bytes, size), bytes)) pieces.push(piece);
      assert.equal(Buffer.concat(pieces).toString("utf8"), text, `${size} bytes a piece`);
    }
    assert.equal(decodedHead(bytes).toString("utf8"), text);
  }
});

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
