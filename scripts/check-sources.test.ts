/** check-sources.test: every text invariant is planted once and must be found, and clean files must pass. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSources } from "./check-sources.ts";

const HEADER = "/** thing: does a thing. */\n";
const found = (path: string, text: string): string[] => checkSources([{ path, text }]);

test("a clean file passes", () => {
  assert.deepEqual(found("packages/x/src/thing.ts", `${HEADER}export const a = 1;\n`), []);
});

test("planted violations are found", () => {
  assert.match(found("packages/x/src/utils.ts", HEADER)[0] ?? "", /explains nothing/);
  assert.match(found("packages/x/src/helpers/a.ts", HEADER)[0] ?? "", /explains nothing/);
  assert.match(found("packages/x/src/a.ts", "export const a = 1;\n")[0] ?? "", /no header/);
  assert.match(found("packages/x/src/a.ts", `${HEADER}${"x;\n".repeat(500)}`)[0] ?? "", /501 lines/);
  assert.match(found("packages/x/src/a.ts", `${HEADER}// eslint-${"disable"}-next-line\n`)[0] ?? "", /suppression/);
  assert.match(found("packages/x/src/a.ts", `${HEADER}const b = a as ${"any"};\n`)[0] ?? "", /suppression/);
  assert.match(found("packages/x/src/a.ts", `${HEADER}// ${"TO" + "DO"} later\n`)[0] ?? "", /unfinished/);
  assert.match(found("docs/a.md", `see /${"work"}/main/secret\n`)[0] ?? "", /one machine/);
});
