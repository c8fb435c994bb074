/** vector-scan: what it rules out is not there, however the record writes it; and it rules out nearly all that it can. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../../../test/sigma/pairs.ts";
import { bucketsFor } from "./vector-buckets.ts";
import { createVectorScans, type VectorScan } from "./vector-scan.ts";

const utf8 = new TextEncoder();
const TEXTS = ["sekurlsa::", "mimidrv.sys", "kerberos::ptt", "\\mimilib.dll", "kiwi legit printer"];

function scanFor(texts: readonly string[]): VectorScan {
  const scan = createVectorScans()(texts);
  assert.ok(scan !== undefined, `no scan for ${texts}`);
  return scan;
}

function holds(scan: VectorScan, value: string): readonly [asJson: boolean, asText: boolean] {
  return [scan.mayHold(utf8.encode(JSON.stringify({ value }))), scan.mayHold(utf8.encode(value))];
}

test("a text is seen at every place, in any case, and across every boundary of sixteen bytes", () => {
  const scan = scanFor(TEXTS);
  for (const text of TEXTS) {
    for (let before = 0; before < 40; before++) {
      const value = `${"x".repeat(before)}${before % 2 === 0 ? text : text.toUpperCase()}${"y".repeat(before % 7)}`;
      assert.deepEqual(holds(scan, value), [true, true], value);
    }
  }
});

test("what comes close is ruled out, and the record before leaves nothing behind", () => {
  const scan = scanFor(TEXTS);
  for (const value of [
    "sekurlsa:",
    "ekurlsa::x",
    "mimidrv_sys",
    "kerberos::pt",
    "mimilib-dll",
    "k:::: ::",
    "",
    "ptt",
  ]) {
    assert.equal(scan.mayHold(utf8.encode(`${"#".repeat(200)}sekurlsa::`)), true);
    assert.deepEqual(holds(scan, value), [false, false], value);
  }
  assert.equal(scan.mayHold(utf8.encode('"c:\\\\users\\\\update\\u4e00\\u1234 \\ud83d"')), false);
});

test("letters that are written otherwise are left to the values", () => {
  const scan = scanFor(TEXTS);
  for (const strange of ["\\u0073ekurlsa::", "\\u212Aerberos::ptt", "\\u017fekurlsa::", "\\u0130"]) {
    assert.equal(scan.mayHold(utf8.encode(`{"a":"${strange}"}`)), true, strange);
  }
  for (const strange of ["\u212aerberos::ptt", "\u017fekurlsa::", "m\u0130midrv.sys"]) {
    assert.equal(scan.mayHold(utf8.encode(strange)), true, strange);
  }
  for (const other of ["\u00fc\u00e9", "\u2122 \u2019", "\u4e00\u4e8c", "\ud83d\ude00", "\u0131\u0141"]) {
    assert.equal(scan.mayHold(utf8.encode(other.repeat(20))), false, other);
  }
});

test("on texts and records made at random, no is certain", () => {
  const pick = random(11);
  const word = (letters: string, length: number): string =>
    Array.from({ length }, () => letters[pick(letters.length)] ?? "").join("");
  let ruledOut = 0;
  let there = 0;
  for (let round = 0; round < 300; round++) {
    const texts = [...new Set(Array.from({ length: 1 + pick(32) }, () => word("ab:.", 4 + pick(12))))];
    const scan = scanFor(texts);
    for (let n = 0; n < 6; n++) {
      const planted = texts[pick(texts.length)] ?? "";
      const value = word('aB:."\\\n\u00e9', pick(90)) + (n < 3 ? planted.toUpperCase() : "") + word("Ab.:c/", pick(90));
      const has = texts.some((text) => value.toLowerCase().includes(text));
      for (const answer of holds(scan, value)) {
        assert.ok(answer || !has, `${JSON.stringify(value)} for ${texts}`);
        if (!answer) ruledOut += 1;
      }
      if (has) there += 1;
    }
  }
  assert.ok(there > 800 && ruledOut > 200, `${there} there, ${ruledOut} ruled out`);
});

test("a record of any length is taken; one too long for the memory is left to the values", () => {
  const scan = scanFor(TEXTS);
  const long = "log line without a find ".repeat(40_000);
  assert.equal(scan.mayHold(utf8.encode(long)), false);
  assert.equal(scan.mayHold(utf8.encode(`${long}sekurlsa::`)), true);
  assert.equal(scan.mayHold(utf8.encode(long.repeat(2))), true);
  assert.equal(scan.mayHold(utf8.encode("short again")), false);
});

test("texts without four plain characters in a row, or too many of them, are not looked for in bytes", () => {
  const scans = createVectorScans();
  assert.equal(scans(["abc"]), undefined);
  assert.equal(scans(["sekurlsa::", "a\\b\\c\\d/e"]), undefined);
  assert.equal(scans(Array.from({ length: 33 }, (_, n) => `text ${n}`)), undefined);
  assert.ok(scans(["a\\bcde"]));
});

test("each text has its bucket", () => {
  const windows = ["::m1", "::c2", "kiwi", "kiwo", "v.sy", "b.dl", "p::x"].map((text) => [...utf8.encode(text)]);
  const buckets = bucketsFor(windows, 3);
  assert.equal(buckets.length, 3);
  assert.deepEqual(buckets.flat().map(String).sort(), windows.map(String).sort());
});
