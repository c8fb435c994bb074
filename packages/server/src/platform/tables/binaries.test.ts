/** binaries.test: the embedded binaries are found and usable even when their install script did not run. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { findBinaries, repairLibraries } from "./binaries.ts";

const base = mkdtempSync(join(tmpdir(), "holdfast-binaries-"));
after(() => rmSync(base, { recursive: true, force: true }));

/** A package as npm unpacks it when its install script did not run. */
function unpacked(name: string, linkDirectory: string): string {
  const native = join(base, name, "native");
  mkdirSync(join(native, "lib"), { recursive: true });
  writeFileSync(join(native, "lib", "libx.so.1.2"), "library");
  const list = [{ source: "native/lib/libx.so.1.2", target: `native/${linkDirectory}/libx.so.1` }];
  writeFileSync(join(native, "pg-symlinks.json"), JSON.stringify(list));
  return native;
}

describe("binaries", () => {
  test("are those of the installed package", () => {
    const { initdb, postgres } = findBinaries(join(base, "unused"));
    assert.ok(existsSync(initdb) && existsSync(postgres));
  });

  test("get the library names that a skipped install script leaves out", () => {
    const native = unpacked("skipped", "lib");
    assert.equal(repairLibraries(native, join(base, "unused")), undefined);
    assert.equal(readlinkSync(join(native, "lib", "libx.so.1")), "libx.so.1.2");
    assert.equal(repairLibraries(native, join(base, "unused")), undefined);
    assert.equal(existsSync(join(base, "unused")), false);
  });

  test("get them in a directory of ours when the package cannot be written to", () => {
    const native = unpacked("sealed", "not-there");
    const fallback = join(base, "ours");
    assert.equal(repairLibraries(native, fallback), fallback);
    assert.equal(readFileSync(join(fallback, "libx.so.1"), "utf8"), "library");
    assert.equal(repairLibraries(native, fallback), fallback);
  });
});
