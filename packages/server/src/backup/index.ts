/** index: the surface of backups: the routes of a running server, and what the command line does without one. */
export { backupStopped, type ColdOptions } from "./cold.ts";
export { type Backup, type BackupOptions, createBackup } from "./create.ts";
export { createHold, type Hold } from "./hold.ts";
export type { Manifest } from "./manifest.ts";
export { restoreBackup, type RestoreOptions } from "./restore.ts";
export type { Sources } from "./running.ts";
export { type Verified, verifyBackup } from "./verify.ts";
