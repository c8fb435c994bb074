/** launcher: the embedded PostgreSQL 18 of one home. Creates it at the first start, starts it, takes over a server that a
 *  killed parent left running, starts it again when it dies, and stops it. The caller holds the lock of the home, so nobody else launches here.
 *  Promises a server that answers, or an error that says why not. */
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Log } from "../log/index.ts";
import { findBinaries } from "./binaries.ts";
import { type Launch, runInitdb, SUPERUSER, serverArguments, spawnServer, startedWith } from "./command.ts";
import { tablesFail } from "./errors.ts";
import { launchPrefix } from "./identity.ts";
import { keepServer } from "./keeper.ts";
import { disownPidFile, isServerOf, killOrphans, runningPostmaster, stopPostmaster } from "./postmaster.ts";
import { removeSocketDirectory, socketDirectoryOf } from "./socket-directory.ts";
import { supervise } from "./supervision.ts";

export interface EmbeddedPostgres {
  /** Connection string of the database; holds the password. */
  readonly url: string;
  /** Changes when the server had to be started again. */
  readonly pid: number;
  /** True when a server of an earlier, killed process was taken over. */
  readonly reattached: boolean;
  /** Stops the server: fast shutdown, then harder. */
  close(): Promise<void>;
}

export interface LauncherOptions {
  /** HOLDFAST_HOME/state; created if missing. */
  readonly directory: string;
  readonly password: string;
  readonly log: Log;
  /** Called with a sentence when a step takes long enough that a person may wonder. */
  readonly onProgress?: (sentence: string) => void;
}

export async function launchPostgres(options: LauncherOptions): Promise<EmbeddedPostgres> {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const site = siteOf(options);
  if (!existsSync(join(site.dataDirectory, "PG_VERSION"))) await createCluster(site);
  const keeper = keepServer(options.directory, site.dataDirectory);
  const reattached = await takeOver(site);
  const pid = reattached ?? (await startWithBackOff(site));
  await createDatabase(site);
  const supervision = supervise({
    pid,
    isAlive: (candidate) => isServerOf(candidate, site.dataDirectory),
    start: () => startWithBackOff(site),
    stop: (last) => stopPostmaster(last, site.dataDirectory),
    log: options.log,
  });
  return {
    url: urlOf(site, DATABASE),
    get pid() {
      return supervision.pid;
    },
    reattached: reattached !== undefined,
    close: async () => {
      await supervision.stop();
      keeper.dismiss();
      removeSocketDirectory(site.socketDirectory);
    },
  };
}

const DATABASE = "holdfast";
const START_ATTEMPTS = 6;
/** Crash recovery replays at most max_wal_size; a slow disk may still need minutes. */
const START_PATIENCE_MS = 300_000;

interface Site {
  readonly options: LauncherOptions;
  readonly launch: Launch;
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly logFile: string;
  readonly parameters: readonly string[];
}

function siteOf(options: LauncherOptions): Site {
  const directory = realpathSync(options.directory);
  const dataDirectory = join(directory, "pg");
  const socketDirectory = socketDirectoryOf(directory);
  return {
    options,
    launch: { binaries: findBinaries(join(directory, "lib")), prefix: launchPrefix() },
    dataDirectory,
    socketDirectory,
    logFile: join(directory, "pg.log"),
    parameters: serverArguments({ dataDirectory, socketDirectory }),
  };
}

/** Builds beside and renames, so that a kill in the middle never leaves half a cluster under the final name. */
async function createCluster(site: Site): Promise<void> {
  const { directory, password, onProgress } = site.options;
  onProgress?.("creating the state store (PostgreSQL 18, first start only)");
  for (const name of readdirSync(directory)) {
    if (name.startsWith("pg.new-")) rmSync(join(directory, name), { recursive: true, force: true });
  }
  if (existsSync(site.dataDirectory)) {
    throw tablesFail(
      "TABLES_START",
      `${site.dataDirectory} exists but is no PostgreSQL data directory (PG_VERSION is missing): move it away, or restore it.`,
    );
  }
  const suffix = randomBytes(6).toString("hex");
  const building = join(directory, `pg.new-${suffix}`);
  const passwordFile = join(directory, `pg.new-${suffix}.password`);
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    await runInitdb(site.launch, { dataDirectory: building, passwordFile });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(building, site.dataDirectory);
}

/** Returns the pid of a running server that is ours and the same as we would start; stops any other. */
async function takeOver(site: Site): Promise<number | undefined> {
  const found = runningPostmaster(site.dataDirectory);
  if (found === undefined) return undefined;
  const same = startedWith(site.dataDirectory, site.launch.binaries.postgres, site.parameters);
  if (same && found.ready && (await answers(site)) === "yes") {
    site.options.log.info({ pid: found.pid }, "took over the PostgreSQL server of an earlier process");
    return found.pid;
  }
  site.options.log.warn({ pid: found.pid }, "replacing a PostgreSQL server left by an earlier process");
  site.options.onProgress?.("stopping a state store that an earlier process left running");
  await stopPostmaster(found.pid, site.dataDirectory);
  return undefined;
}

async function startWithBackOff(site: Site): Promise<number> {
  let reason = "";
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    if (attempt > 0) await sleep(100 * 2 ** attempt);
    if (attempt >= START_ATTEMPTS - 2) killOrphans(site.dataDirectory);
    forgetDeadServer(site);
    const outcome = await startOnce(site);
    if (typeof outcome === "number") return outcome;
    reason = outcome.reason;
    site.options.log.warn({ attempt: attempt + 1, reason }, "PostgreSQL did not start");
    if (!outcome.again) break;
  }
  throw tablesFail(
    "TABLES_START",
    `PostgreSQL did not start in ${site.dataDirectory}: ${reason} (log: ${site.logFile})`,
  );
}

/** The lock files of a server that is proven dead; see disownPidFile for why postmaster.pid itself stays. */
function forgetDeadServer(site: Site): void {
  disownPidFile(site.dataDirectory);
  for (const name of [".s.PGSQL.5432", ".s.PGSQL.5432.lock"]) rmSync(join(site.socketDirectory, name), { force: true });
}

async function startOnce(site: Site): Promise<number | { reason: string; again: boolean }> {
  const logStart = sizeOf(site.logFile);
  const child = spawnServer(site.launch, site.parameters, site.logFile);
  let ended: string | undefined;
  child.once("error", (error) => {
    ended = error.message;
  });
  child.once("exit", (code, signal) => {
    ended = `it ended with ${signal ?? `status ${code}`}`;
  });
  for (let waited = 0, told = false; waited < START_PATIENCE_MS; waited += 25) {
    await sleep(25);
    if (ended !== undefined) return failureOf(site, logStart, ended);
    const answer = runningPostmaster(site.dataDirectory)?.ready === true ? await answers(site) : "silent";
    if (answer === "yes" && child.pid !== undefined) return child.pid;
    if (answer === "no") {
      if (child.pid !== undefined) await stopPostmaster(child.pid, site.dataDirectory);
      return {
        reason: "it refuses our password: secrets.json is not the one this data directory was created with",
        again: false,
      };
    }
    if (waited > 3_000 && !told) {
      told = true;
      site.options.onProgress?.("the state store recovers from an unclean stop");
    }
  }
  if (child.pid !== undefined) await stopPostmaster(child.pid, site.dataDirectory);
  return { reason: `it was not ready within ${START_PATIENCE_MS / 1000} s`, again: false };
}

/** An earlier server, or its backends, may still be going down: only waiting cures that, so a start is always tried again. */
function failureOf(site: Site, logStart: number, ended: string): { reason: string; again: boolean } {
  const log = existsSync(site.logFile) ? readFileSync(site.logFile).subarray(logStart).toString("utf8").trim() : "";
  return { reason: [ended, ...log.split("\n").slice(-3)].join("; "), again: true };
}

/** Whether the server lets us in; "no" means it answers but refuses our password, "silent" that it does not answer. */
async function answers(site: Site): Promise<"yes" | "no" | "silent"> {
  const client = new pg.Client({ connectionString: urlOf(site, "postgres"), connectionTimeoutMillis: 5_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select 1");
    return "yes";
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "28P01" ? "no" : "silent";
  } finally {
    await client.end().catch(() => {});
  }
}

async function createDatabase(site: Site): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(site, "postgres"), connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    const found = await client.query("select 1 from pg_database where datname = $1", [DATABASE]);
    if (found.rows.length === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end().catch(() => {});
  }
}

function urlOf(site: Site, database: string): string {
  const query = new URLSearchParams({ host: site.socketDirectory, port: "5432" });
  return `postgresql://${SUPERUSER}:${encodeURIComponent(site.options.password)}@/${database}?${query.toString()}`;
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}
