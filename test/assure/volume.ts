/** volume: file systems of the tests' own: an ext4 on a loop device that can lose its power, and a small tmpfs that can be full.
 *  The power cut is ext4's shutdown without flushing its log: dirty pages and unwritten journal are gone, as on a dead machine. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Volume {
  /** Where it is mounted. */
  readonly path: string;
  remove(): Promise<void>;
}

export interface PowerVolume extends Volume {
  /** From now on nothing reaches the disk, and what had not reached it is gone. */
  cutPower(): void;
  /** Takes the dead file system away and mounts what is left of it; its journal is replayed. Processes on it must be gone. */
  powerUp(): Promise<void>;
}

export function createPowerVolume(directory: string, megabytes: number): PowerVolume {
  const image = join(directory, "disk.img");
  const path = join(directory, "disk");
  mkdirSync(path, { recursive: true });
  run("truncate", ["-s", `${megabytes}M`, image]);
  run("mkfs.ext4", ["-q", "-F", image]);
  run("mount", ["-o", "loop", image, path]);
  return {
    path,
    cutPower: () => run("xfs_io", ["-x", "-c", "shutdown", path]),
    powerUp: async () => {
      await unmount(path);
      run("mount", ["-o", "loop", image, path]);
    },
    remove: async () => {
      await unmount(path);
      rmSync(image, { force: true });
      rmSync(path, { recursive: true, force: true });
    },
  };
}

export function createSmallVolume(directory: string, megabytes: number): Volume {
  const path = join(directory, "small");
  mkdirSync(path, { recursive: true });
  run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=700`, "tmpfs", path]);
  return {
    path,
    remove: async () => {
      await unmount(path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

const UNMOUNT_WITHIN_MS = 15_000;

async function unmount(path: string): Promise<void> {
  const until = performance.now() + UNMOUNT_WITHIN_MS;
  while (spawnSync("umount", [path]).status !== 0) {
    // Whoever still works inside was started by the server under test: nobody else knows the place.
    for (const pid of processesIn(path)) process.kill(pid, "SIGKILL");
    if (performance.now() > until) run("umount", [path]);
    await sleep(100);
  }
}

function processesIn(path: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .filter((pid) => {
      try {
        const cwd = readlinkSync(`/proc/${pid}/cwd`);
        return cwd === path || cwd.startsWith(`${path}/`);
      } catch {
        return false;
      }
    });
}

function run(command: string, args: readonly string[]): void {
  const result = spawnSync(command, args, { encoding: "utf8" });
  if (result.status === 0) return;
  throw new Error(`${command} ${args.join(" ")} failed: ${result.error?.message ?? ""}${result.stderr}`);
}
