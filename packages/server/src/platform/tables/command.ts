/** command: the two PostgreSQL command lines, initdb and postgres, with the settings one node needs. The settings travel
 *  on the command line, so postmaster.opts tells later whether a running server was started with the same ones. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Binaries } from "./binaries.ts";
import { tablesFail } from "./errors.ts";
import { PROGRAM_PATH } from "./identity.ts";

export const SUPERUSER = "holdfast";
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;

/** Durability is PostgreSQL's default and stated anyway: acknowledged means synced. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  max_connections: "50",
  shared_buffers: "128MB",
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  max_wal_size: "256MB",
  min_wal_size: "64MB",
  // One node, small reads: parallel workers would only need a larger /dev/shm than containers give.
  max_parallel_workers_per_gather: "0",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  // Rows and parameters hold secrets and hostile text: neither belongs in a log file.
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
  log_min_messages: "warning",
  // A client that was killed must not keep its locks until a long statement ends.
  client_connection_check_interval: "2s",
};

export function serverArguments(options: { dataDirectory: string; socketDirectory: string }): string[] {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return ["-D", options.dataDirectory, "-k", options.socketDirectory, ...settings];
}

/** Whether the server that runs in the directory was started by the same program with the same arguments. */
export function startedWith(dataDirectory: string, program: string, parameters: readonly string[]): boolean {
  try {
    const wanted = [program, ...parameters.map((parameter) => `"${parameter}"`)].join(" ");
    return readFileSync(join(dataDirectory, "postmaster.opts"), "utf8").trim() === wanted;
  } catch {
    return false;
  }
}

export interface Launch {
  readonly binaries: Binaries;
  readonly prefix: readonly string[];
}

/** Starts the server detached: a Ctrl-C in the terminal must reach us first, and a killed parent leaves it serving. */
export function spawnServer(launch: Launch, parameters: readonly string[], logFile: string): ChildProcess {
  rotate(logFile);
  const log = openSync(logFile, "a", 0o600);
  const [program, ...rest] = [...launch.prefix, launch.binaries.postgres, ...parameters];
  try {
    const child = spawn(program ?? "", rest, {
      detached: true,
      stdio: ["ignore", log, log],
      env: environment(launch),
      cwd: "/",
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** Creates a cluster; rejects with what initdb said. */
export async function runInitdb(
  launch: Launch,
  options: { dataDirectory: string; passwordFile: string },
): Promise<void> {
  const [program, ...rest] = [...launch.prefix, launch.binaries.initdb, ...initdbArguments(options)];
  const child = spawn(program ?? "", rest, { stdio: ["ignore", "ignore", "pipe"], env: environment(launch), cwd: "/" });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-4000);
  });
  const status = await new Promise<number | Error>((resolve) => {
    child.once("error", resolve);
    child.once("close", (code) => resolve(code ?? -1));
  });
  if (status === 0) return;
  const reason = status instanceof Error ? status.message : said.trim() || `exit ${status}`;
  throw tablesFail("TABLES_START", `PostgreSQL's initdb could not create ${options.dataDirectory}: ${reason}`);
}

function initdbArguments(options: { dataDirectory: string; passwordFile: string }): string[] {
  return [
    ...["-D", options.dataDirectory, "-U", SUPERUSER, `--pwfile=${options.passwordFile}`, "--auth=scram-sha-256"],
    ...["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
    ...["--wal-segsize=4", "--no-instructions"],
  ];
}

function environment(launch: Launch): Record<string, string> {
  const base = { PATH: PROGRAM_PATH, LC_ALL: "C", TZ: "UTC" };
  const { libraryPath } = launch.binaries;
  return libraryPath === undefined ? base : { ...base, LD_LIBRARY_PATH: libraryPath, DYLD_LIBRARY_PATH: libraryPath };
}

function rotate(logFile: string): void {
  try {
    if (statSync(logFile).size > LOG_LIMIT_BYTES) renameSync(logFile, `${logFile}.1`);
  } catch {
    // No log yet.
  }
}
