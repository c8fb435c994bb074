/** parsers: every parser of the catalog keeps the promises of its samples. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { checkParser } from "@holdfast/sdk";
import { catalog } from "./catalog.gen.ts";

/** Damaged copies of each sample; a full run asks for a million a parser. */
const MUTATIONS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 300);
const RECEIVED = Date.UTC(2026, 11, 31, 12, 0, 0);
const files = readdirSync(new URL("./parsers", import.meta.url)).filter((name) => name.endsWith(".parser.ts"));

test("the catalog has every parser file", () => {
  assert.equal(catalog.parsers.length, files.length);
  assert.ok(files.length > 0);
});

for (const parser of catalog.parsers) {
  test(`parser ${parser.id} conforms`, () => {
    const file = files.find((name) => name === `${parser.id}.parser.ts`) ?? "(no file of that name)";
    const broken = checkParser({ parser, all: catalog.parsers, file, received: RECEIVED, mutations: MUTATIONS });
    assert.deepEqual(broken, []);
  });
}
