/** power-cut.test: a file system that forgets what was not synced: everything acknowledged before that is read back. */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "../clock/index.ts";
import { silentLog } from "../log/index.ts";
import { openDisk, openSpool, readBlock } from "./index.ts";

const ROUNDS = Number(process.env["HOLDFAST_TEST_POWER_CUTS"] ?? 3);

/** The file system is told to forget everything that it has not written: what a power cut leaves, without the cut. */
const missing =
  process.getuid?.() !== 0
    ? "needs root to mount a file system"
    : spawnSync("xfs_io", ["-V"]).status !== 0
      ? "needs xfs_io (package xfsprogs)"
      : !existsSync("/dev/loop-control")
        ? "needs loop devices"
        : false;

test(`${ROUNDS} power cuts: everything acknowledged is read back`, { skip: missing }, async (t) => {
  const home = mkdtempSync(join(tmpdir(), "holdfast-cut-"));
  const [image, mount] = [join(home, "image"), join(home, "mount")];
  mkdirSync(mount);
  execFileSync("truncate", ["-s", "400M", image]);
  execFileSync("mkfs.ext4", ["-q", "-F", image]);
  execFileSync("mount", ["-o", "loop", image, mount]);
  t.after(() => {
    spawnSync("umount", [mount]);
    rmSync(home, { recursive: true, force: true });
  });
  const directory = join(mount, "home", "spool");
  const acked = new Set<number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const child = startAppender(directory, round * 10_000_000, acked);
    await child.ready;
    await sleep(300 + Math.random() * 1_200);
    // What is acknowledged by now must be there. In a real cut nobody hears anything afterwards; here a sync that is caught in
    // the middle of the shutdown can still answer well although its extents were never written, so later words do not count.
    const promised = new Set(acked);
    execFileSync("xfs_io", ["-x", "-c", "shutdown", mount]);
    child.process.kill("SIGKILL");
    await child.ended;
    execFileSync("umount", [mount]);
    execFileSync("mount", ["-o", "loop", image, mount]);
    const stored = await numbersIn(directory);
    const lost = [...promised].filter((number) => !stored.has(number));
    assert.equal(
      lost.length,
      0,
      `round ${round}: ${lost.length} of ${promised.size} are lost, the first is ${lost[0]}`,
    );
    for (const number of acked) if (!promised.has(number) && !stored.has(number)) acked.delete(number);
    t.diagnostic(`round ${round}: ${promised.size} acknowledged, ${stored.size} stored`);
  }
});

function startAppender(directory: string, first: number, acked: Set<number>) {
  const entry = fileURLToPath(new URL("./testing-appender.ts", import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [entry, directory, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let rest = "";
  const ready = new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error("the appender ended before it was ready")));
    child.stdout?.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "READY") resolve();
        const found = /^A (\d+) (\d+)$/.exec(line);
        for (let n = 0; n < Number(found?.[2] ?? 0); n += 1) acked.add(Number(found?.[1]) + n);
      }
    });
  });
  return { process: child, ready, ended: new Promise<void>((resolve) => child.once("close", () => resolve())) };
}

/** Also asserts that nothing is reported as damaged and nothing is there twice. */
async function numbersIn(directory: string): Promise<Set<number>> {
  const disk = await openDisk(directory);
  const spool = await openSpool({ disk, clock: systemClock, log: silentLog, maxBytes: 1e9 });
  assert.deepEqual(spool.state().damage, []);
  const numbers = new Set<number>();
  for (let at = spool.start(); ; ) {
    const block = await spool.plan(at, { records: 100_000, bytes: 100_000_000 });
    if (block === undefined) break;
    const read = readBlock({ directory, id: spool.id }, block);
    assert.deepEqual([block.damage, read.damaged], [[], []]);
    for (const record of read.records) {
      const number = Number(/^number (\d+) /.exec(record.bytes.toString())?.[1]);
      assert.ok(!numbers.has(number), `${number} is there twice`);
      numbers.add(number);
    }
    at = { segment: block.segment, offset: block.to };
  }
  await spool.close();
  return numbers;
}
