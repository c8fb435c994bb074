/** parsers: every parser of the catalog keeps the promises of its samples. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { checkParser } from "@holdfast/sdk";
import { catalog } from "./catalog.gen.ts";

/** Generated and damaged inputs of each parser, shared among its samples; a full run asks for a million. */
const ROUNDS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 0);
/** Of each sample at least. */
const MUTATIONS = 300;
/** What a parser may keep after a full run; more grows with what it is fed. Seen only with `node --expose-gc`. */
const GROWTH_BYTES = 8 * 1024 * 1024;
const RECEIVED = Date.UTC(2026, 11, 31, 12, 0, 0);
const files = readdirSync(new URL("./parsers", import.meta.url)).filter((name) => name.endsWith(".parser.ts"));

test("the catalog has every parser file", () => {
  assert.equal(catalog.parsers.length, files.length);
  assert.ok(files.length > 0);
});

for (const parser of catalog.parsers) {
  test(`parser ${parser.id} conforms`, () => {
    const file = files.find((name) => name === `${parser.id}.parser.ts`) ?? "(no file of that name)";
    const mutations = Math.max(MUTATIONS, Math.ceil(ROUNDS / Math.max(1, parser.samples.length)));
    const run = (count: number) =>
      checkParser({
        parser,
        all: catalog.parsers,
        file,
        received: RECEIVED,
        mutations: count,
        now: () => performance.now(),
      });
    assert.deepEqual(run(MUTATIONS), []);
    if (mutations === MUTATIONS) return;
    const before = heapBytes();
    assert.deepEqual(run(mutations), []);
    const grown = heapBytes() - before;
    assert.ok(grown < GROWTH_BYTES, `it keeps ${grown} bytes after ${mutations * parser.samples.length} inputs`);
  });
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
