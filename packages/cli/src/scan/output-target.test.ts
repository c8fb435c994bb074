/** output-target: large results reach their file whole, and waiting for the disk leaves nothing behind. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { openOutput } from "./output-target.ts";

test("a result of 64 MB is written whole, without a warning", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-output-"));
  const warnings: string[] = [];
  const listen = (warning: Error): void => void warnings.push(warning.name);
  process.on("warning", listen);
  try {
    const path = join(folder, "result");
    const target = await openOutput(path, () => assert.fail("nobody has left"));
    const piece = "x".repeat(64_000);
    for (let i = 0; i < 1_000; i += 1) await target.write(piece);
    await target.close();
    await target.close();
    await turn();
    assert.equal(statSync(path).size, 64_000_000);
    assert.deepEqual(warnings, []);
  } finally {
    process.off("warning", listen);
    rmSync(folder, { recursive: true, force: true });
  }
});
