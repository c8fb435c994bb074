/** index: the surface of the state store. */
export { type BaseBackup, beginBaseBackup, stoppedCluster } from "./base-backup.ts";
export { tablesError } from "./errors.ts";
export { type EmbeddedPostgres, type LauncherOptions, launchPostgres } from "./launcher.ts";
export { RECONNECTED } from "./listener.ts";
export { loadMigrations, type Migration, migrate } from "./migrate.ts";
export type { Database, Executor, Isolation, Tables, Transaction } from "./port.ts";
export { openPool } from "./pool.ts";
export { createTables, type TablesOptions } from "./postgres.ts";
