/** rare-parts: few short parts cover every text, nothing that matches is passed over, and the native look stays linear. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { literalTest } from "../text/regex.ts";
import { Collector } from "./collector.ts";
import { createInside } from "./inside.ts";
import { rareParts } from "./rare-parts.ts";

const TEXTS = ["lsadump::", "sekurlsa::", "eo.oe.kiwi", "gentilkiwi.com", "mimidrv.sys", "\\mimilib.dll"];

test("a text is found in every case, at every place, and where only lower-casing makes it", () => {
  const couldHold = rareParts(TEXTS);
  assert.ok(couldHold);
  for (const text of TEXTS) {
    for (const spelt of [text, text.toUpperCase(), text.replaceAll("k", "\u212a"), text.replaceAll("i", "\u0130")]) {
      for (const value of [
        spelt,
        `before ${spelt}`,
        `${spelt} after`,
        `${"x".repeat(5000)}${spelt}`,
        `\u65e5${spelt}`,
      ]) {
        if (value.toLowerCase().includes(text)) assert.ok(couldHold(value), value.slice(-40));
      }
    }
  }
  assert.equal(couldHold("C:\\Windows\\System32\\svchost.exe -k netsvcs"), false);
});

test("the first look loses no text of a long value", () => {
  const inside = createInside(
    TEXTS.map((text, member) => ({ text, member })),
    new Map(),
  );
  const found = new Collector(TEXTS.length);
  inside.scan(`${"a b c ".repeat(40)}SEKURLSA::logonpasswords and MimiDrv.sys${" d e f".repeat(40)}`, found);
  assert.deepEqual([...found.result()].sort(), [1, 4]);
});

test("texts without rare parts in common get no first look", () => {
  const apart = ["abcd", "efgh", "ijkl", "mnop", "qrst", "uvwx", "yz01", "2345"];
  assert.equal(rareParts(apart), undefined);
  assert.ok(rareParts(apart.slice(0, 3)));
  assert.equal(rareParts(Array.from({ length: 40 }, (_, n) => String.fromCharCode(0x4e00 + n).repeat(4))), undefined);
});

test("an expression is made of short literals only, and their signs mean nothing", () => {
  assert.equal(literalTest(["x".repeat(9)]), undefined);
  assert.equal(literalTest(Array.from({ length: 17 }, (_, n) => `a${n}`)), undefined);
  assert.equal(literalTest(["\u00e9"]), undefined);
  const signs = [".*", "(a+)+", "[^]", "\\d{9}", "a|b", "$^"];
  const test = literalTest(signs);
  assert.ok(test);
  for (const sign of signs) assert.ok(test(`x${sign}x`), sign);
  for (const text of ["xx", "aaaa", "123456789", "b"]) assert.equal(test(text), false, text);
});

test("the time of the first look grows with the value and no faster", () => {
  const test = literalTest(["aaaaaaab", "aaaaaaac", "::", "kiwi"]);
  assert.ok(test);
  const cost = (length: number): number => {
    const value = "a".repeat(length);
    const runs = Array.from({ length: 7 }, () => {
      const started = process.cpuUsage();
      for (let n = 0; n < 20; n++) assert.equal(test(value), false);
      const { user, system } = process.cpuUsage(started);
      return user + system;
    });
    return Math.min(...runs);
  };
  cost(200_000);
  const small = cost(200_000);
  assert.ok(cost(1_600_000) < small * 32, "eight times the text takes eight times as long, squared it would be 64");
});
