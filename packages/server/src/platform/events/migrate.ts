/** migrate: brings a database to the newest schema: one ordered list of SQL files for the embedded engine and for servers.
 *  Every statement can run again, so a crash in the middle is healed by the next start. */
import { readFile, readdir } from "node:fs/promises";
import { EVENT_TABLE_COLUMNS, METRIC_TABLE_COLUMNS, SIGNAL_TABLE_COLUMNS } from "./columns.ts";
import type { EventTableColumn } from "./columns.ts";
import { eventsFail } from "./errors.ts";
import { splitStatements } from "./facade/statement.ts";
import type { EventStore } from "./port.ts";

export interface MigrationTarget {
  readonly database: string;
  readonly retentionDays: number;
  /** Name of a cluster whose tables are replicated; none for the embedded engine and for a single server. */
  readonly cluster?: string;
}

export async function migrateEvents(store: EventStore, target: MigrationTarget): Promise<{ applied: string[] }> {
  const applied: string[] = [];
  const done = await appliedVersions(store, target.database);
  for (const name of await migrationNames()) {
    const version = Number(name.slice(0, 4));
    if (done.has(version)) continue;
    for (const statement of await statementsOf(name, target))
      await store.command(statement, { limits: { timeMs: 600_000 } });
    const row = `${JSON.stringify({ version, name })}\n`;
    await store.insert({
      table: "schema_migrations",
      ndjson: Buffer.from(row),
      rows: 1,
      token: `migration-${version}`,
    });
    applied.push(name);
  }
  await applyRetention(store, target);
  await assertColumns(store, target.database, { table: "events", expected: EVENT_TABLE_COLUMNS });
  await assertColumns(store, target.database, { table: "signals", expected: SIGNAL_TABLE_COLUMNS });
  await assertColumns(store, target.database, { table: "metrics", expected: METRIC_TABLE_COLUMNS });
  return { applied };
}

async function appliedVersions(store: EventStore, database: string): Promise<ReadonlySet<number>> {
  const [present] = await store.query<{ n: string }>(
    "SELECT count() AS n FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'",
    { params: { database } },
  );
  if (present?.n !== "1") return new Set();
  const rows = await store.query<{ version: number }>(`SELECT version FROM ${store.table("schema_migrations")}`);
  return new Set(rows.map((row) => row.version));
}

/** Room that must be left on the engine's disk for a batch to be taken at all. */
const FREE_BYTES = 96 * 1024 * 1024;

const MIGRATIONS = new URL("./migrations/", import.meta.url);

async function migrationNames(): Promise<string[]> {
  const names = await readdir(MIGRATIONS);
  return names.filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
}

async function statementsOf(name: string, target: MigrationTarget): Promise<string[]> {
  const values: Readonly<Record<string, string>> = {
    database: `\`${target.database}\``,
    engine: target.cluster === undefined ? "" : "Replicated",
    on_cluster: target.cluster === undefined ? "" : `ON CLUSTER \`${target.cluster}\``,
    retention_days: String(retentionOf(target)),
    minute_days: String(daysOf("metrics_1m", target)),
    hour_days: String(daysOf("metrics_1h", target)),
    free_bytes: String(FREE_BYTES),
  };
  const script = await readFile(new URL(name, MIGRATIONS), "utf8");
  const filled = script.replaceAll(/\{\{(\w+)\}\}/g, (whole, key: string) => values[key] ?? whole);
  const split = splitStatements(filled);
  if (!split.ok) throw eventsFail("EVENTS_FAILED", `Migration ${name} cannot be read: ${split.reason}.`);
  return split.statements;
}

/** Beyond that the sum of time and days leaves the range of DateTime, and every row would count as expired at once. */
const LONGEST_RETENTION_DAYS = 20_000;

const retentionOf = (target: MigrationTarget): number =>
  Math.min(LONGEST_RETENTION_DAYS, Math.max(1, Math.trunc(target.retentionDays)));

/** Roll-ups are small and what they are asked for is long ago: they are kept at least this long. */
const LEAST_DAYS: Readonly<Record<string, number>> = { metrics_1m: 90, metrics_1h: 800 };

const daysOf = (table: string, target: MigrationTarget): number =>
  Math.max(retentionOf(target), LEAST_DAYS[table] ?? 0);

/** A changed retention takes effect on the next start; expired parts go when the engine merges. */
async function applyRetention(store: EventStore, target: MigrationTarget): Promise<void> {
  const rows = await store.query<{ name: string; sql: string }>(
    "SELECT name, create_table_query AS sql FROM system.tables WHERE database = {database:String} AND name IN ('events', 'signals', 'metrics', 'metrics_1m', 'metrics_1h')",
    { params: { database: target.database } },
  );
  const cluster = target.cluster === undefined ? "" : `ON CLUSTER \`${target.cluster}\``;
  for (const { name, sql } of rows) {
    const days = daysOf(name, target);
    if (sql.includes(`toIntervalDay(${days})`)) continue;
    const since = name in LEAST_DAYS ? "time" : "toDateTime(received)";
    await store.command(
      `ALTER TABLE ${store.table(name)} ${cluster} MODIFY TTL ${since} + toIntervalDay(${days}) SETTINGS materialize_ttl_after_modify = 0`,
    );
  }
}

async function assertColumns(
  store: EventStore,
  database: string,
  check: { readonly table: string; readonly expected: readonly EventTableColumn[] },
): Promise<void> {
  const rows = await store.query<{ name: string; type: string }>(
    "SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String} ORDER BY position",
    { params: { database, table: check.table } },
  );
  const actual = rows.map((row) => `${row.name} ${row.type}`);
  const expected = check.expected.map((column) => `${column.name} ${column.type}`);
  const missing = expected.filter((column) => !actual.includes(column));
  const unknown = actual.filter((column) => !expected.includes(column));
  if (missing.length === 0 && unknown.length === 0) return;
  throw eventsFail(
    "EVENTS_FAILED",
    `Table ${database}.${check.table} does not fit this version: missing ${missing.join(", ") || "nothing"}, unknown ${unknown.join(", ") || "nothing"}. Start the version that made it, or restore a backup.`,
  );
}
