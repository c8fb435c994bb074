/** backup-wiring: tells backups what lies in this home and how it is cut at one moment. */
import type { Access } from "./access/index.ts";
import { type Backup, type BackupOptions, createBackup } from "./backup/index.ts";
import type { Ingest } from "./ingest/index.ts";
import type { Config } from "./platform/config/index.ts";
import type { DiskWatch } from "./platform/disk/index.ts";
import type { Home } from "./platform/home/index.ts";
import { type Spool, snapshotSpool } from "./platform/spool/index.ts";
import { loadMigrations } from "./platform/tables/index.ts";
import { VERSION } from "./platform/version.ts";
import type { Stores } from "./stores.ts";

type Given = Pick<BackupOptions, "tables" | "audit" | "clock" | "log" | "hold"> & {
  readonly home: Home;
  readonly config: Config;
  readonly stores: Pick<Stores, "copies">;
  readonly spool: Spool;
  readonly ingest: Pick<Ingest, "hold">;
  readonly access: Pick<Access, "isLocal">;
  readonly disk: DiskWatch;
};

export function wireBackup({ config, stores, spool, ingest, access, disk, ...given }: Given): Backup {
  const { paths } = given.home;
  return createBackup({
    ...given,
    sources: {
      ...stores.copies,
      spool: (into) => snapshotSpool(spool, paths.spool, into),
      hold: (patienceMs) => ingest.hold(patienceMs),
    },
    below: config.backup.folder,
    version: VERSION,
    migrations: loadMigrations().map(({ id }) => id),
    isLocal: (actor) => access.isLocal(actor),
    reserveBytes: () => disk.facts().reserveBytes,
    diskTrouble: () => (disk.state === "ok" ? undefined : "the disk of the home is nearly full."),
  });
}
