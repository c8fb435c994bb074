/** output: what a list of nothing says, and where. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

test("a list of nothing leaves stdout empty and says so on stderr; one of something says only itself", () => {
  const said = (rows: readonly (readonly string[])[]): readonly string[] => {
    const script = `const { createOutput } = await import(${JSON.stringify(new URL("./output.ts", import.meta.url).href)});
createOutput().list("changes", ["id"], ${JSON.stringify(rows)});`;
    const done = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      env: { ...process.env, NODE_NO_WARNINGS: "1" },
    });
    return [done.stdout, done.stderr];
  };
  assert.deepEqual(said([]), ["", "No changes.\n"]);
  assert.deepEqual(said([["c-1"]]), ["id\n---\nc-1\n", ""]);
});
