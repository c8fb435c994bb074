/** recordings: all of SigmaHQ over real recorded attacks: every record read, every rule loaded or listed, the same on every run. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Row, scanFolder } from "./scan.testing.ts";

const DATA = process.env["HOLDFAST_TEST_DATA"] ?? join(import.meta.dirname, "../../../../../shared/data");
const LANES = join(DATA, "lanes");
const SIGMA = join(DATA, "sigma");

test("277 event logs in an archive with all of SigmaHQ", {
  skip: existsSync(LANES) && existsSync(SIGMA) ? false : "HOLDFAST_TEST_DATA has no lanes or no rules",
}, async () => {
  const archive = readdirSync(LANES).find((name) => name.startsWith("d4")) ?? assert.fail("there is no lane d4");
  const rulePaths = ["rules", "rules-emerging-threats", "rules-threat-hunting", "rules-placeholder"].map((name) =>
    join(SIGMA, name),
  );
  const folder = scanFolder();
  try {
    const request = { paths: [join(LANES, archive)], rulePaths };
    const { code, matches, summary } = await folder.ndjson({ ...request, workers: 2 });
    assert.equal(code, 1, "rules with placeholders are not loaded without their lists");
    assert.deepEqual([summary["files"], summary["records"]], [277, 8_255]);
    const errors = summary["errors"] as Row[];
    assert.ok(errors.every(({ kind, code: reason }) => kind === "rule" && reason === "PLACEHOLDER_UNSUPPORTED"));
    assert.equal(Number(summary["rules_loaded"]) + Number(summary["rules_skipped"]), 3_777);
    assert.ok(matches.length > 1_000, `${matches.length} matches`);
    for (const { rule_id, level, time, file, record, fields } of matches) {
      assert.match(String(rule_id), /^[0-9a-f-]{36}$/);
      assert.match(String(time), /^20[12]\d-\d\d-\d\dT[\d:.]+Z$/);
      assert.ok(String(file).includes("!/") && Number.isInteger(record) && level !== "");
      assert.ok(Object.keys(fields as Row).length > 0, `${String(rule_id)} says nothing of why`);
    }
    const again = await folder.ndjson({ ...request, workers: 1 });
    assert.deepEqual(again.matches, matches);
  } finally {
    folder.remove();
  }
});
