/** home.test: one process per home, over kills and copies; private files stay private. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openHome } from "./index.ts";

const base = mkdtempSync(join(tmpdir(), "holdfast-home-"));
after(() => rmSync(base, { recursive: true, force: true }));

const HOLDER = `
  import { openHome } from ${JSON.stringify(fileURLToPath(new URL("./index.ts", import.meta.url)))};
  const home = await openHome(process.argv[1]).catch((error) => { console.log(error.message); process.exit(3); });
  console.log("HELD", home.secrets.get("one"));
  setInterval(() => {}, 1000);
`;

function startHolder(directory: string): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", HOLDER, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve) => {
    child.stdout?.once("data", (chunk: Buffer) => resolve({ child, line: chunk.toString("utf8") }));
  });
}

describe("home", () => {
  test("is created private, keeps its secrets, and tells the command line only while it is open", async () => {
    const directory = join(base, "a home", "nested");
    const home = await openHome(directory);
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    const secret = home.secrets.get("database");
    assert.equal(secret.length, 43);
    assert.notEqual(home.secrets.get("other"), secret);
    assert.equal(statSync(join(directory, "secrets.json")).mode & 0o777, 0o600);
    home.announce({ url: "http://127.0.0.1:1", token: "t" });
    assert.equal(statSync(home.paths.cli).mode & 0o777, 0o600);
    assert.deepEqual(JSON.parse(readFileSync(home.paths.cli, "utf8")), {
      url: "http://127.0.0.1:1",
      token: "t",
      pid: process.pid,
    });
    home.close();
    assert.equal(existsSync(home.paths.cli), false);
    const again = await openHome(directory);
    assert.equal(again.secrets.get("database"), secret);
    again.close();
  });

  test("closes an existing directory that was open to others", async () => {
    const directory = mkdtempSync(join(base, "open-"));
    chmodSync(directory, 0o755);
    (await openHome(directory)).close();
    assert.equal(statSync(directory).mode & 0o777, 0o700);
  });

  test("leaves a directory alone that was not meant for it", async () => {
    const directory = mkdtempSync(join(base, "foreign-"));
    chmodSync(directory, 0o755);
    writeFileSync(join(directory, "thesis.txt"), "");
    await assert.rejects(openHome(directory), { code: "HOME_UNUSABLE", message: /is no Holdfast home/ });
    assert.equal(statSync(directory).mode & 0o777, 0o755);
    assert.equal(existsSync(join(directory, "lock")), false);
  });

  test("refuses a second opener in the same process and in another one, and says who holds it", async () => {
    const directory = mkdtempSync(join(base, "twice-"));
    const home = await openHome(directory);
    await assert.rejects(openHome(directory), {
      code: "HOME_IN_USE",
      message: /in use by another Holdfast \(process \d+/,
    });
    const { line } = await startHolder(directory);
    assert.ok(line.includes(`(process ${process.pid}, since `), line);
    home.close();
  });

  test("is free at once when its holder was killed, without any cleaning up", async () => {
    const directory = mkdtempSync(join(base, "killed-"));
    for (let round = 0; round < 3; round += 1) {
      const { child, line } = await startHolder(directory);
      assert.match(line, /^HELD/);
      child.kill("SIGKILL");
    }
    const home = await openHome(directory);
    home.close();
  });

  test("lets exactly one of several starters in", async () => {
    const directory = mkdtempSync(join(base, "race-"));
    const started = await Promise.all([1, 2, 3, 4].map(() => startHolder(directory)));
    assert.equal(started.filter(({ line }) => line.startsWith("HELD")).length, 1);
    for (const { child } of started) child.kill("SIGKILL");
  });

  test("never replaces damaged secrets", async () => {
    const directory = mkdtempSync(join(base, "damaged-"));
    writeFileSync(join(directory, "secrets.json"), '{"a":');
    await assert.rejects(openHome(directory), { code: "HOME_UNUSABLE", message: /secrets.json is damaged/ });
    assert.equal(readFileSync(join(directory, "secrets.json"), "utf8"), '{"a":');
  });

  test("says what is wrong with a home that is a file", async () => {
    const path = join(base, "file");
    writeFileSync(path, "");
    await assert.rejects(openHome(path), { code: "HOME_UNUSABLE", message: /choose another with HOLDFAST_HOME/ });
  });
});
