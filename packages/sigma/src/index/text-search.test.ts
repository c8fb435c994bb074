/** text-search: automaton and skip search against a plain look for each text, over an alphabet small enough to make near misses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../../../test/sigma/pairs.ts";
import { createAutomaton, type TextSearch } from "./automaton.ts";
import { Collector } from "./collector.ts";
import { createSkipSearch } from "./skip-search.ts";

function found(search: TextSearch, value: string, texts: readonly string[]): string[] {
  const into = new Collector(texts.length);
  search.scan(value, into);
  return Array.from({ length: into.count }, (_, i) => texts[into.at(i)] ?? "").sort();
}

test("every text that stands in a value is found, once, and no other", () => {
  const pick = random(7);
  const word = (letters: string, length: number): string =>
    Array.from({ length }, () => letters[pick(letters.length)] ?? "").join("");
  let finds = 0;
  for (let round = 0; round < 400; round++) {
    const texts = [...new Set(Array.from({ length: 1 + pick(30) }, () => word("ab\\", 6 + pick(14))))];
    const searches = [createAutomaton(texts), createSkipSearch(texts)];
    for (let n = 0; n < 5; n++) {
      const planted = texts[pick(texts.length)] ?? "";
      const value = word("abAB\\", pick(80)) + (n < 3 ? planted.toUpperCase() : "") + word("aB\\c", pick(80));
      const folded = value.toLowerCase();
      const expected = texts.filter((text) => folded.includes(text)).sort();
      finds += expected.length;
      for (const search of searches) assert.deepEqual(found(search, value, texts), expected, `${value} for ${texts}`);
    }
  }
  assert.ok(finds > 1000, `only ${finds} finds`);
});

test("characters that lower-casing makes ASCII are found wherever they stand", () => {
  const texts = ["sekurlsa::", "mimidrv.sys", "kerberos::ptt"];
  for (const search of [createAutomaton(texts), createSkipSearch(texts)]) {
    assert.deepEqual(found(search, "x\u4e00 \u212aerberos::ptt \u4e00", texts), ["kerberos::ptt"]);
    assert.deepEqual(found(search, `${"\u00fc".repeat(50)}Mimidrv.SYS${"\u00e9".repeat(50)}`, texts), ["mimidrv.sys"]);
    assert.deepEqual(found(search, "\u017fekurlsa:: and \u4e00", texts), ["sekurlsa::"]);
  }
});
