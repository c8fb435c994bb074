/** cold: the backup of a Holdfast that does not run, for the command line: takes the lock of its home, so that none is started meanwhile. */
import { openHome } from "../platform/home/index.ts";
import { loadMigrations } from "../platform/tables/index.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { VERSION } from "../platform/version.ts";
import { fail } from "./errors.ts";
import { KEY_FILE } from "./key.ts";
import { makeBackup } from "./make.ts";
import type { Manifest } from "./manifest.ts";
import { copyStopped } from "./stopped.ts";

export interface ColdOptions {
  readonly home: string;
  readonly folder: string;
  readonly withKey: boolean;
  readonly withoutServers: boolean;
  readonly here: { readonly state: boolean; readonly events: boolean };
  readonly onBytes: (bytes: number) => void;
  readonly now: number;
}

/** Throws HOME_IN_USE when one runs there. */
export async function backupStopped(options: ColdOptions): Promise<Manifest> {
  if (!existsSync(join(options.home, KEY_FILE))) {
    throw fail("BACKUP_FOLDER", `${options.home} is no home of a Holdfast: there is nothing to back up.`);
  }
  const home = await openHome(options.home);
  try {
    return await makeBackup({
      ...options,
      home,
      running: false,
      version: VERSION,
      migrations: loadMigrations().map(({ id }) => id),
      reserveBytes: 0,
      copy: (writer) => copyStopped({ paths: home.paths, writer, here: options.here, now: options.now }),
      goOn: () => {},
    });
  } finally {
    home.close();
  }
}
