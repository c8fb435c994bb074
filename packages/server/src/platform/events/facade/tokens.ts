/** tokens: makes the engine's memory of deduplication tokens as durable as the rows. The engine syncs the rows of an insert
 *  but not its log of tokens: after a power cut a batch that was acknowledged and is sent again would be stored twice.
 *  So the log is synced here before an insert is answered. */
import { open, readdir } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Session } from "chdb";
import { quoted } from "./request.ts";

export interface TokenKeeper {
  /** Resolves when every token taken so far for the table is on disk. */
  settle(table: string, session: Pick<Session, "queryAsync">): Promise<void>;
}

interface KnownLog {
  readonly directory: string;
  /** The log that was newest last time, kept open: records may have gone to it and to its successor. */
  newest: { readonly name: string; readonly handle: FileHandle } | undefined;
  /** Inserts into one table take turns here. */
  turn: Promise<void>;
}

export function createTokenKeeper(): TokenKeeper {
  const known = new Map<string, KnownLog>();
  return {
    async settle(table, session) {
      let log = known.get(table);
      if (log === undefined) {
        const directory = await logDirectory(table, session);
        log = known.get(table) ?? { directory, newest: undefined, turn: Promise.resolve() };
        known.set(table, log);
      }
      const mine = log;
      const synced = mine.turn.then(() => syncLog(mine));
      mine.turn = synced.then(
        () => undefined,
        () => undefined,
      );
      // No window, or a table made anew under the same name: looked up again next time.
      if (!(await synced)) known.delete(table);
    },
  };
}

/** False when there is no log. */
async function syncLog(log: KnownLog): Promise<boolean> {
  const name = await newestLog(log.directory);
  await log.newest?.handle.datasync();
  if (name !== undefined && log.newest?.name === name) return true;
  await log.newest?.handle.close();
  log.newest = undefined;
  if (name === undefined) return false;
  const handle = await open(join(log.directory, name), "r");
  log.newest = { name, handle };
  await handle.datasync();
  await syncDirectory(log.directory);
  return true;
}

async function logDirectory(table: string, session: Pick<Session, "queryAsync">): Promise<string> {
  const [first = "", second] = table.split(".");
  const [database, name] =
    second === undefined ? ["currentDatabase()", quoted(first)] : [quoted(first), quoted(second)];
  const found = await session.queryAsync(
    `SELECT data_paths[1] FROM system.tables WHERE database = ${database} AND name = ${name}`,
    {
      format: "TabSeparatedRaw",
    },
  );
  return join(found.text().trim(), "deduplication_logs");
}

/** deduplication_log_<n>.txt with the largest n. */
async function newestLog(directory: string): Promise<string | undefined> {
  let newest: string | undefined;
  let largest = -1;
  for (const name of await readdir(directory).catch(() => [])) {
    const number = Number(/^deduplication_log_(\d+)\.txt$/.exec(name)?.[1] ?? -1);
    if (number > largest) {
      largest = number;
      newest = name;
    }
  }
  return newest;
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
