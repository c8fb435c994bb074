/** envelope-reader.test: what is read without parsing is what parsing says, whatever stood before it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EnvelopeReader } from "./envelope-reader.ts";
import type { Envelope } from "./frame.ts";

const bytesOf = (envelope: Envelope): Buffer => Buffer.from(JSON.stringify(envelope));
const base: Envelope = { source: "s1", kind: "syslog-tcp", receivedMs: 1_795_344_936_754, peer: "10.0.0.1" };

test("each envelope is its own, after whichever other", () => {
  const envelopes: Envelope[] = [
    base,
    { ...base, receivedMs: base.receivedMs + 1 },
    { ...base, peer: "10.0.0.2" },
    { ...base, source: "s2" },
    { ...base, receivedMs: 7 },
    { ...base, receivedMs: 1.5 },
    { ...base, source: '"receivedMs":12', receivedMs: 12 },
    { ...base, source: '"receivedMs":12', receivedMs: 13 },
    { ...base, source: "s\u00fc", peer: "\u{1f600}" },
    { ...base, file: { run: "r", id: "f", first: 3 } },
    { ...base, file: { run: "r", id: "f", first: 4 } },
  ];
  const reader = new EnvelopeReader();
  for (const before of envelopes)
    for (const after of envelopes) {
      assert.deepEqual(reader.read(bytesOf(before)), before);
      assert.deepEqual(reader.read(bytesOf(after)), after);
    }
});

test("a damaged one is none, and the next is read again", () => {
  const reader = new EnvelopeReader();
  const whole = bytesOf(base);
  assert.deepEqual(reader.read(whole), base);
  for (let at = 0; at < whole.length; at += 1) {
    const torn = Buffer.from(whole);
    torn[at] = 0;
    assert.equal(reader.read(torn), undefined, `byte ${at}`);
    assert.deepEqual(reader.read(whole), base);
  }
});
