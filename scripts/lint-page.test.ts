/** lint-page: docs/specs/lint.md is what the checks say. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { lintPage } from "./lint-page.ts";

test("the page is the one that the checks make", () => {
  const page = readFileSync(join(import.meta.dirname, "../docs/specs/lint.md"), "utf8");
  assert.equal(page, lintPage(), "run `node scripts/lint-page.ts > docs/specs/lint.md`");
});
