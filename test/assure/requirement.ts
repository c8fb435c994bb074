/** requirement: what a check needs of the machine. Missing, it is skipped with the reason in plain words, except where
 *  HOLDFAST_TEST_REQUIRE=all says that everything must be there: then what is missing is a failure. */
import { spawnSync } from "node:child_process";

/** For node:test's `skip`: false, or why. */
export function unless(problems: readonly (string | false)[]): string | false {
  const missing = problems.filter((problem) => problem !== false);
  if (missing.length === 0) return false;
  if (process.env["HOLDFAST_TEST_REQUIRE"] === "all")
    throw new Error(`HOLDFAST_TEST_REQUIRE=all, but ${missing.join("; ")}.`);
  return missing.join("; ");
}

export const root = (): string | false => (process.getuid?.() === 0 ? false : "only root can mount file systems");

export function program(name: string, debianPackage: string): string | false {
  const found = spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;
  return found ? false : `there is no ${name} (Debian package ${debianPackage})`;
}

/** Debian's own, which has Debian's modules, whatever stands first in the path. */
export const PYTHON = "/usr/bin/python3";

export function pythonModule(name: string, debianPackage: string): string | false {
  const found = spawnSync(PYTHON, ["-c", `import ${name}`]).status === 0;
  return found ? false : `Python has no module ${name} (Debian package ${debianPackage})`;
}

/** Whether a file system of this kind can be mounted here; containers often may not. */
export function mounting(kind: "tmpfs" | "loop"): string | false {
  if (kind === "loop")
    return spawnSync("losetup", ["-f"]).status === 0 ? false : "there is no loop device to mount a file system from";
  const directory = spawnSync("mktemp", ["-d"], { encoding: "utf8" }).stdout.trim();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", directory]).status === 0;
  if (mounted) spawnSync("umount", [directory]);
  spawnSync("rmdir", [directory]);
  return mounted ? false : "a tmpfs cannot be mounted here";
}

/** Whether network namespaces with their own firewall can be made here; containers often may not. */
export function namespaces(): string | false {
  if (process.getuid?.() !== 0) return "only root can make network namespaces";
  const name = `holdfast-probe-${process.pid}`;
  if (spawnSync("ip", ["netns", "add", name]).status !== 0) return "network namespaces cannot be made here";
  const rules = spawnSync("ip", ["netns", "exec", name, "nft", "-c", "add", "table", "inet", "probe"]).status === 0;
  spawnSync("ip", ["netns", "del", name]);
  return rules ? false : "nftables does not work in a network namespace here";
}
