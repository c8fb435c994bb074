/** lock: one process per home, for its whole life. Node has no flock, so the lock is an open EXCLUSIVE transaction of the
 *  built-in SQLite on an empty file: a POSIX record lock, which the kernel drops the moment the process dies (no stale
 *  state, no race in taking it over), on Linux and macOS, and across containers that mount the same directory.
 *  A pid file or a socket file would need a check-then-remove that two starts can both win. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { homeFail } from "./errors.ts";

export interface Lock {
  release(): void;
}

/** Waits shortly, because the kernel needs a moment to bury a killed predecessor; then refuses. */
export async function takeLock(directory: string): Promise<Lock> {
  for (let waited = 0; ; waited += PAUSE_MS) {
    const held = tryLock(join(directory, LOCK_FILE));
    if (held !== undefined) {
      writeFileSync(
        join(directory, HOLDER_FILE),
        JSON.stringify({ pid: process.pid, since: new Date().toISOString() }),
      );
      return { release: () => release(directory, held) };
    }
    if (waited >= PATIENCE_MS) throw inUse(directory);
    await sleep(PAUSE_MS);
  }
}

/** Nothing else may ever open this file: closing any descriptor of it would drop the lock (POSIX). */
const LOCK_FILE = "lock";
/** For the message only; the truth is the lock. */
const HOLDER_FILE = "lock.json";
const PATIENCE_MS = 2_000;
const PAUSE_MS = 50;
const SQLITE_BUSY = 5;

function tryLock(file: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec("pragma journal_mode = memory; pragma locking_mode = exclusive; begin exclusive");
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return undefined;
    throw homeFail(
      "HOME_UNUSABLE",
      `The lock ${file} cannot be taken (${error instanceof Error ? error.message : String(error)}): ` +
        `check that the directory is ours, writable and on a file system with locks, and that nobody put another file there.`,
      { cause: error },
    );
  }
}

function release(directory: string, held: DatabaseSync): void {
  if (!held.isOpen) return;
  rmSync(join(directory, HOLDER_FILE), { force: true });
  held.close();
}

function inUse(directory: string) {
  const holder = readHolder(directory);
  const who =
    holder === undefined ? "another Holdfast" : `another Holdfast (process ${holder.pid}, since ${holder.since})`;
  return homeFail(
    "HOME_IN_USE",
    `${directory} is in use by ${who}. Stop that one first, or give this one a directory of its own with HOLDFAST_HOME.`,
    { details: { directory, ...holder } },
  );
}

function readHolder(directory: string): { pid: number; since: string } | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(directory, HOLDER_FILE), "utf8"));
    if (typeof value !== "object" || value === null || !("pid" in value) || !("since" in value)) return undefined;
    return typeof value.pid === "number" && typeof value.since === "string"
      ? { pid: value.pid, since: value.since }
      : undefined;
  } catch {
    return undefined;
  }
}
