/** disk-watch.test: states of a disk that fills and empties, and the ballast given up and taken back. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { silentLog } from "../log/index.ts";
import { createDiskWatch, type DiskState } from "./index.ts";

const MIB = 2 ** 20;
const mountPoint = mkdtempSync(join(tmpdir(), "holdfast-disk-"));
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=100m", "tmpfs", mountPoint]).status === 0;

after(() => {
  if (mounted) spawnSync("umount", [mountPoint]);
  rmdirSync(mountPoint);
});

function take(name: string, mib: number): void {
  writeFileSync(join(mountPoint, name), Buffer.alloc(mib * MIB, 1));
}

describe("disk watch", { skip: mounted ? false : "a small file system can be mounted by root only" }, () => {
  const changes: DiskState[] = [];
  const ballast = join(mountPoint, "ballast");
  const open = () =>
    createDiskWatch({
      directory: mountPoint,
      reserveBytes: 512 * MIB,
      reservePercent: 5,
      everyMs: 3_600_000,
      log: silentLog,
      onChange: (state) => changes.push(state),
    });
  let watch: Awaited<ReturnType<typeof open>>;

  before(async () => {
    watch = await open();
  });
  after(() => watch.close());

  test("puts a ballast of at most a tenth of the disk and scales the reserve to it", () => {
    assert.equal(watch.state, "ok");
    assert.equal(statSync(ballast).size, 10 * MIB);
    const { freeBytes, totalBytes, reserveBytes, ballastBytes } = watch.facts();
    assert.deepEqual([freeBytes, totalBytes, reserveBytes, ballastBytes], [90 * MIB, 100 * MIB, 20 * MIB, 10 * MIB]);
  });

  test("is low below the reserve, and ok again only with some room to spare", async () => {
    take("a", 60);
    assert.equal(await watch.check(), "ok");
    take("b", 11);
    assert.equal(await watch.check(), "low");
    rmSync(join(mountPoint, "b"));
    take("b", 9);
    assert.equal(await watch.check(), "low", "20.5 MiB are free: not enough to leave");
    rmSync(join(mountPoint, "b"));
    assert.equal(await watch.check(), "ok");
    assert.deepEqual(changes.splice(0), ["low", "ok"]);
  });

  test("gives the ballast up when the disk is full, and stays full until there is room for it again", async () => {
    take("b", 29);
    assert.equal(await watch.check(), "full");
    assert.equal(existsSync(ballast), false);
    assert.equal(watch.facts().freeBytes, 11 * MIB, "others can write again");
    assert.equal(watch.facts().ballastBytes, 0);
    take("c", 10);
    assert.equal(await watch.check(), "full");
    rmSync(join(mountPoint, "c"));
    rmSync(join(mountPoint, "b"));
    take("b", 15);
    assert.equal(await watch.check(), "full", "25 MiB are free, reserve and ballast need 30");
    rmSync(join(mountPoint, "b"));
    assert.equal(await watch.check(), "ok");
    assert.equal(statSync(ballast).size, 10 * MIB);
    assert.equal(changes[0], "full");
    assert.equal(changes.at(-1), "ok");
  });

  test("gives room before anything else starts when it is opened on a full disk", async () => {
    take("b", 29);
    const second = await open();
    assert.equal(second.state, "full");
    assert.equal(existsSync(ballast), false);
    second.close();
    const third = await open();
    assert.equal(third.state, "low", "11 MiB are free: more than a ballast, less than the reserve");
    third.close();
    take("d", 10);
    const fourth = await open();
    assert.equal(fourth.state, "full", "there is nothing left to give up");
    fourth.close();
  });

  test("keeps its last state when the directory cannot be read", async () => {
    const directory = mkdtempSync(join(mountPoint, "gone-"));
    for (const name of ["a", "b", "d"]) rmSync(join(mountPoint, name), { force: true });
    const lost = await createDiskWatch({
      directory,
      reserveBytes: 0,
      reservePercent: 0,
      everyMs: 3_600_000,
      log: silentLog,
    });
    rmSync(directory, { recursive: true });
    assert.equal(await lost.check(), "ok");
    lost.close();
  });
});
