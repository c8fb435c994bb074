/** matrix: the tactics and techniques are those of the ATT&CK data, each with its tactics. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TACTICS, TECHNIQUES } from "./matrix.ts";

const folder = join(
  process.env["HOLDFAST_TEST_DATA"] ?? join(import.meta.dirname, "../../../../../shared/data"),
  "attack",
);
const skip = existsSync(folder) ? false : "HOLDFAST_TEST_DATA has no attack";

test("ranges of sub-techniques are read in full", () => {
  assert.deepEqual(TECHNIQUES.get("T1003.008"), ["credential-access"]);
  assert.equal(TECHNIQUES.has("T1003.009"), false);
  assert.ok((TECHNIQUES.get("T1078") ?? []).length > 1);
});

test("every technique and tactic of ATT&CK is there, and no other", { skip }, () => {
  const read = (name: string): Record<string, unknown>[] => JSON.parse(readFileSync(join(folder, name), "utf8"));
  assert.deepEqual(
    TACTICS.map(({ id, shortName, name }) => ({ id, shortName, name })),
    read("tactics.json").map(({ id, shortName, name }) => ({ id, shortName, name })),
  );
  const expected = read("techniques.json").map(({ id, tactics }) => [id, tactics]);
  const own = [...TECHNIQUES].sort(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(own, expected);
});
