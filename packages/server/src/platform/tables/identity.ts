/** identity: as whom PostgreSQL runs. It refuses uid 0, so under root it gets a user namespace of its own, in which
 *  root's files belong to an ordinary uid: no operating system user is created and no file changes its owner. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { tablesFail } from "./errors.ts";

/** What to put before a PostgreSQL command line: nothing for an ordinary user, `unshare …` for root. */
export function launchPrefix(): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  const prefix = ["unshare", "--user", `--map-user=${uidWithName()}`, "--"];
  const probe = spawnSync("unshare", [...prefix.slice(1), "true"], { encoding: "utf8", env: { PATH: PROGRAM_PATH } });
  if (probe.status === 0) return prefix;
  const reason = probe.error?.message ?? probe.stderr.trim();
  throw tablesFail(
    "TABLES_START",
    `PostgreSQL refuses to run as root, and this kernel does not let us give it a user namespace (${reason}). ` +
      `Either run Holdfast as an ordinary user, or use a PostgreSQL server of your own with HOLDFAST_DATABASE_URL.`,
  );
}

export const PROGRAM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** initdb looks its user up by number, so the number must have an entry; 65534 is avoided because the kernel shows
 *  every foreign owner as 65534 inside a namespace, which would blunt PostgreSQL's check of the directory's owner. */
function uidWithName(): number {
  const uids = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => Number(line.split(":")[2]))
    .filter((uid) => Number.isInteger(uid) && uid > 0);
  if (uids.includes(1000)) return 1000;
  return uids.find((uid) => uid !== 65534) ?? uids[0] ?? 1000;
}
