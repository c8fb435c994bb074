/** frozen: a copy of the embedded event store at one moment, taken while it runs and nobody inserts. Its parts never change, so the
 *  engine links them aside (FREEZE) in no time; what does change is small and is copied at once, above all the log of deduplication
 *  tokens: a token of a later batch in the copy would make that batch be dropped, and so be lost, when it is sent again there. */
import { copyFile, mkdir, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { readTree, type Tree } from "../disk/index.ts";
import { eventsFail } from "./errors.ts";
import { claimDirectory } from "./holder.ts";
import type { EventStore } from "./port.ts";

export interface FrozenTable {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface FrozenEvents {
  readonly version: string;
  readonly tables: readonly FrozenTable[];
  /** Relative to the engine's data directory. */
  readonly tree: Tree;
}

export interface FreezeOptions {
  readonly store: EventStore;
  readonly database: string;
  /** The data directory of the engine. */
  readonly directory: string;
  /** An empty folder on the same disk, for what changes. */
  readonly work: string;
}

export async function freezeEvents({ store, database, directory, work }: FreezeOptions): Promise<FrozenEvents> {
  await dropFrozen(directory);
  const found = await store.query<{ name: string; folder: string }>(
    `SELECT name, data_paths[1] AS folder FROM system.tables
     WHERE database = {database:String} AND engine LIKE '%MergeTree' ORDER BY name`,
    { params: { database } },
  );
  for (const { name } of found) {
    await store.command(`ALTER TABLE ${store.table(name)} FREEZE WITH NAME '${SHADOW}'`, {
      limits: { timeMs: 600_000 },
    });
  }
  const active = await store.query<{ name: string; rows: string; bytes: string }>(
    `SELECT table AS name, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
     WHERE active AND database = {database:String} GROUP BY table ORDER BY table`,
    { params: { database } },
  );
  const folders = new Set(found.map(({ folder }) => relative(directory, folder).replace(/\/$/, "")));
  const rest = await readTree(directory, (path, isFolder) => belongs(path, isFolder, folders));
  const files = [];
  for (const { path, from } of rest.files) {
    await mkdir(dirname(join(work, path)), { recursive: true, mode: 0o700 });
    await copyFile(from, join(work, path));
    files.push({ path, from: join(work, path) });
  }
  const parts = await readTree(join(directory, "shadow", SHADOW), (path) => path !== "increment.txt");
  const { version } = await store.info();
  const tables = active.map(({ name, rows, bytes }) => ({ name, rows: Number(rows), bytes: Number(bytes) }));
  // The engine chooses where it links to: a copy without the rows must not pass for one.
  for (const { name, folder } of found) {
    const own = `${relative(directory, folder).replace(/\/$/, "")}/`;
    const rows = tables.find((table) => table.name === name)?.rows ?? 0;
    if (rows > 0 && !parts.files.some(({ path }) => path.startsWith(own)))
      throw eventsFail("EVENTS_FAILED", `The parts of ${name} were not frozen where they were looked for.`);
  }
  return {
    version,
    tables,
    tree: {
      files: [...files, ...parts.files],
      folders: [...new Set([...rest.folders, ...parts.folders])],
      links: rest.links,
    },
  };
}

/** Takes away what a backup froze, also one that was killed. */
export const dropFrozen = (directory: string): Promise<void> =>
  rm(join(directory, "shadow", SHADOW), { recursive: true, force: true });

/** The data directory of an engine that is stopped; a child that a killed parent left behind is ended first. */
export async function stoppedEvents(directory: string): Promise<Tree> {
  await claimDirectory(dirname(directory));
  return readTree(directory, (path) => !path.includes("/tmp_") && !LEFT_OUT.has(topOf(path)));
}

/** Letters only: the engine escapes all else in the name of the folder. */
const SHADOW = "holdfastbackup";
/** Locks, scratch space and what other backups froze. */
const LEFT_OUT = new Set(["status", "tmp", "shadow", "preprocessed_configs"]);

const topOf = (path: string): string => path.split("/", 1)[0] ?? "";

/** Parts come from the frozen copy; of a table's own folder only the rest is wanted. */
function belongs(path: string, isFolder: boolean, tables: ReadonlySet<string>): boolean {
  if (LEFT_OUT.has(topOf(path))) return false;
  const at = path.lastIndexOf("/");
  if (at < 0 || !isFolder || !tables.has(path.slice(0, at))) return true;
  return path.slice(at + 1) === "deduplication_logs";
}
