/** base-backup: a copy of the embedded cluster while it runs, by PostgreSQL's low-level interface: the programs that would do it are not
 *  shipped. The session stays open for as long as the copy takes; its replication slot keeps the log of that time and is a temporary
 *  one, so whatever kills us, the server, or the connection drops both the slot and the backup mode. */
import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { type FileToCopy, readTree, type Tree } from "../disk/index.ts";
import { tablesFail } from "./errors.ts";
import { runningPostmaster, stopPostmaster } from "./postmaster.ts";

export interface BaseBackup {
  readonly version: string;
  /** All files of the cluster but its log, relative to the data directory. They change while they are read: the log repairs that. */
  files(): Promise<Tree>;
  /** Ends the backup: a restored cluster comes up as of this moment. The log stays readable until `close`. */
  stop(): Promise<StoppedBackup>;
  close(): Promise<void>;
}

export interface StoppedBackup {
  /** What has to lie in the data directory as `backup_label`. */
  readonly label: string;
  readonly log: readonly FileToCopy[];
  readonly startLsn: string;
  readonly stopLsn: string;
}

export async function beginBaseBackup({
  url,
  dataDirectory,
}: {
  readonly url: string;
  readonly dataDirectory: string;
}): Promise<BaseBackup> {
  const client = new pg.Client({ connectionString: url, application_name: "holdfast backup", keepAlive: true });
  // Its loss is told by the next statement.
  client.on("error", () => {});
  await client.connect();
  try {
    const slot = `holdfast_backup_${randomBytes(4).toString("hex")}`;
    await client.query("select pg_create_physical_replication_slot($1, true, true)", [slot]);
    const begun = await client.query<{ lsn: string; version: string }>(
      "select pg_backup_start('holdfast', true)::text as lsn, current_setting('server_version') as version",
    );
    const { lsn = "", version = "" } = begun.rows[0] ?? {};
    return {
      version,
      files: async () => fleeting(await readTree(dataDirectory, whileRunning)),
      stop: () => stopBackup(client, { dataDirectory, startLsn: lsn }),
      close: () => client.end().catch(() => {}),
    };
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/** The cluster of a Holdfast that is stopped, whole. A server that a killed parent left running is stopped first. */
export async function stoppedCluster(dataDirectory: string): Promise<Tree> {
  const orphan = runningPostmaster(dataDirectory);
  if (orphan !== undefined) await stopPostmaster(orphan.pid, dataDirectory);
  return readTree(dataDirectory, whileStopped);
}

/** Folders that come up empty; their contents mean nothing to another start. */
const EMPTIED = ["pg_replslot", "pg_dynshmem", "pg_notify", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans"];
const LEFT_OUT = new Set([
  ...["postmaster.pid", "postmaster.opts", "backup_label", "backup_label.old", "tablespace_map", "backup_manifest"],
]);

function whileStopped(path: string): boolean {
  if (LEFT_OUT.has(path) || EMPTIED.some((folder) => path.startsWith(`${folder}/`))) return false;
  const name = path.slice(path.lastIndexOf("/") + 1);
  return !name.startsWith("pgsql_tmp") && !name.startsWith("pg_internal.init");
}

const whileRunning = (path: string): boolean => !path.startsWith("pg_wal/") && whileStopped(path);

const fleeting = (tree: Tree): Tree => ({ ...tree, files: tree.files.map((file) => ({ ...file, fleeting: true })) });

async function stopBackup(
  client: pg.Client,
  { dataDirectory, startLsn }: { dataDirectory: string; startLsn: string },
): Promise<StoppedBackup> {
  const stopped = await client.query<{ lsn: string; label: string }>(
    "select lsn::text as lsn, labelfile as label from pg_backup_stop(false)",
  );
  const { lsn = "", label = "" } = stopped.rows[0] ?? {};
  const last = await client.query<{ name: string }>("select pg_walfile_name($1::pg_lsn) as name", [lsn]);
  const firstName = /\(file ([0-9A-F]{24})\)/.exec(label)?.[1] ?? "";
  const lastName = last.rows[0]?.name ?? "";
  const folder = join(dataDirectory, "pg_wal");
  const names = (await readdir(folder))
    .filter((name) => /^[0-9A-F]{24}$/.test(name) && name >= firstName && name <= lastName)
    .sort();
  if (names[0] !== firstName || firstName === "") {
    throw tablesFail("TABLES_UNAVAILABLE", `The log of PostgreSQL from ${firstName} on is no longer there.`);
  }
  const log = names.map((name) => ({ path: `pg_wal/${name}`, from: join(folder, name) }));
  return { label, log, startLsn, stopLsn: lsn };
}
