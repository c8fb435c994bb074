/** postmaster: what is known about a server that may still run in a data directory, read from postmaster.pid and
 *  checked against the operating system. A number alone proves nothing: it may be reused, a zombie, or another container's. */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Postmaster {
  readonly pid: number;
  readonly socketDirectory: string;
  /** The server says that it accepts connections. */
  readonly ready: boolean;
}

/** The server that runs in this data directory, or undefined when there is none (or only a stale file). */
export function runningPostmaster(dataDirectory: string): Postmaster | undefined {
  const lines = pidFileLines(dataDirectory);
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isServerOf(pid, dataDirectory)) return undefined;
  return { pid, socketDirectory: lines[4] ?? "", ready: lines[7]?.trim() === "ready" };
}

/** Whether `pid` is alive, no zombie, and a PostgreSQL process of this data directory. */
export function isServerOf(pid: number, dataDirectory: string): boolean {
  if (process.platform !== "linux") return commandOf(pid).includes(dataDirectory);
  try {
    if (stateOf(pid) === "Z") return false;
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDirectory);
  } catch {
    return false;
  }
}

/** Makes a stale postmaster.pid acceptable to the next start without losing its shared memory key, by which PostgreSQL
 *  refuses while orphaned backends still write: a parent's own pid in the first line counts as stale. */
export function disownPidFile(dataDirectory: string): void {
  const lines = pidFileLines(dataDirectory);
  if (lines.length === 0) return;
  lines[0] = String(process.pid);
  writeFileSync(join(dataDirectory, "postmaster.pid"), lines.join("\n"));
}

/** Asks a server to stop, each signal harder than the last, until it is gone. */
export async function stopPostmaster(pid: number, dataDirectory: string): Promise<void> {
  for (const [signal, patienceMs] of STOP_SIGNALS) {
    if (!isServerOf(pid, dataDirectory)) return;
    kill(pid, signal);
    if (await goneWithin(pid, dataDirectory, patienceMs)) return;
  }
}

/** Ends backends that outlived a killed postmaster (Linux only: elsewhere they end by themselves). */
export function killOrphans(dataDirectory: string): void {
  if (process.platform !== "linux") return;
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (Number.isInteger(pid) && pid !== process.pid && isServerOf(pid, dataDirectory) && isPostgres(pid))
      kill(pid, "SIGKILL");
  }
}

/** SIGINT: fast shutdown with a checkpoint. SIGQUIT: immediate, recovers from the log at the next start. */
const STOP_SIGNALS: readonly (readonly [NodeJS.Signals, number])[] = [
  ["SIGINT", 20_000],
  ["SIGQUIT", 5_000],
  ["SIGKILL", 5_000],
];

function pidFileLines(dataDirectory: string): string[] {
  try {
    return readFileSync(join(dataDirectory, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return [];
  }
}

function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
}

function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("postgres");
  } catch {
    return false;
  }
}

function commandOf(pid: number): string {
  try {
    const line = execFileSync("ps", ["-o", "stat=,command=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return line.startsWith("Z") ? "" : line;
  } catch {
    return "";
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in between, which is what was wanted.
  }
}

async function goneWithin(pid: number, dataDirectory: string, patienceMs: number): Promise<boolean> {
  for (let waited = 0; waited < patienceMs; waited += 20) {
    if (!isServerOf(pid, dataDirectory)) return true;
    await sleep(20);
  }
  return false;
}
