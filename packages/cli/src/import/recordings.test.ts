/** recordings: real recorded telemetry, counted to the record from its archives. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openFile } from "./content.ts";
import { detectCut } from "./format.ts";
import { HEAD_BYTES, leavesOf } from "./members.ts";
import { recordsOf } from "./records.ts";
import { UnpackBudget } from "./unpack-limits.ts";

const LANES = join(
  process.env["HOLDFAST_TEST_DATA"] ?? join(import.meta.dirname, "../../../../../shared/data"),
  "lanes",
);

async function count(start: string): Promise<{ files: number; records: number; problems: string[] }> {
  const name = readdirSync(LANES).find((file) => file.startsWith(start)) ?? assert.fail(`no lane ${start}`);
  const content = await openFile(join(LANES, name));
  const problems: string[] = [];
  const report = (path: string, message: string): void => void problems.push(`${path}: ${message}`);
  let files = 0;
  let records = 0;
  for await (const leaf of leavesOf(content, { budget: new UnpackBudget(content.weight), report })) {
    files += 1;
    const cut = detectCut({ head: leaf.head, whole: leaf.head.length < HEAD_BYTES, path: leaf.content.path });
    if (cut === "binary") assert.fail(leaf.content.path);
    let size = 0;
    for await (const chunk of leaf.content.read()) size += chunk.length;
    for await (const group of recordsOf({ ...leaf, cut, size }, (message) => report(leaf.content.path, message))) {
      records += group.length;
    }
  }
  await content.close();
  return { files, records, problems };
}

const EXPECTED = [
  ["d1-sharpdump-lsass", 1, 59_707],
  ["d2", 1, 40_569],
  ["d3", 1, 32_706],
  ["d4", 277, 8_255],
] as const;

for (const [start, files, records] of EXPECTED) {
  test(`${start}: ${records} records in ${files} files`, {
    skip: existsSync(LANES) ? false : "HOLDFAST_TEST_DATA has no lanes",
  }, async () => {
    assert.deepEqual(await count(start), { files, records, problems: [] });
  });
}
