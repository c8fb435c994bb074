/** migrate: brings a database to the layout this program was written for. Each migration runs once, in one transaction
 *  under an advisory lock, and is remembered with its checksum: a changed or unknown one is refused, never guessed at. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { isAppError } from "../errors/index.ts";
import { tablesFail } from "./errors.ts";
import type { Tables, Transaction } from "./port.ts";

export interface Migration {
  /** `NNNN-area-name`; the order of running. */
  readonly id: string;
  readonly sql: string;
}

/** The migrations that ship with this program, by name. Found beside the code, as sources and as compiled files. */
export function loadMigrations(): Migration[] {
  const directory = new URL("../../migrations/tables/", import.meta.url);
  return readdirSync(fileURLToPath(directory))
    .filter((name) => name.endsWith(".sql"))
    .map((name) => ({ id: name.slice(0, -".sql".length), sql: readFileSync(new URL(name, directory), "utf8") }));
}

/** Returns the ids that were applied by this call. */
export async function migrate(tables: Tables, migrations: readonly Migration[]): Promise<string[]> {
  const ordered = [...migrations].sort((a, b) => (a.id < b.id ? -1 : 1));
  await tables.transaction(prepare);
  const applied: string[] = [];
  for (const migration of ordered) {
    if (await tables.transaction((tx) => applyOne(tx, migration))) applied.push(migration.id);
  }
  await refuseUnknown(tables, ordered);
  return applied;
}

/** Any number that all versions of the program share. */
const LOCK = 4_853_187_001;

async function prepare(tx: Transaction): Promise<void> {
  await lock(tx);
  await tx.execute(sql`
    create table if not exists schema_migrations (
      id text primary key,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`);
}

async function applyOne(tx: Transaction, migration: Migration): Promise<boolean> {
  await lock(tx);
  const checksum = checksumOf(migration.sql);
  const found = await tx.execute<{ checksum: string }>(
    sql`select checksum from schema_migrations where id = ${migration.id}`,
  );
  const known = found.rows[0];
  if (known?.checksum === checksum) return false;
  if (known !== undefined) {
    throw tablesFail(
      "TABLES_MIGRATION",
      `The migration ${migration.id} was changed after it was applied to this database: restore its text and put the change into a new migration.`,
      { details: { id: migration.id } },
    );
  }
  await tx.execute(sql.raw(migration.sql)).catch((cause: unknown) => {
    throw isRetry(cause) ? cause : broken(migration.id, cause);
  });
  await tx.execute(sql`insert into schema_migrations (id, checksum) values (${migration.id}, ${checksum})`);
  return true;
}

function isRetry(error: unknown): boolean {
  return isAppError(error) && (error.code === "TABLES_RETRY" || error.code === "TABLES_UNAVAILABLE");
}

function broken(id: string, cause: unknown) {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return tablesFail("TABLES_MIGRATION", `The migration ${id} failed and was undone. ${reason}`, {
    details: { id },
    cause,
  });
}

async function lock(tx: Transaction): Promise<void> {
  // Building an index on a large table, or waiting for another node that does, has no useful time limit.
  await tx.execute(sql`set local statement_timeout = 0`);
  await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`);
}

async function refuseUnknown(tables: Tables, migrations: readonly Migration[]): Promise<void> {
  const ids = new Set(migrations.map((migration) => migration.id));
  const found = await tables.db.execute<{ id: string }>(sql`select id from schema_migrations order by id`);
  const unknown = found.rows.map((row) => row.id).filter((id) => !ids.has(id));
  if (unknown.length === 0) return;
  throw tablesFail(
    "TABLES_MIGRATION",
    `This database was used by a newer Holdfast (it has the migration ${unknown.join(", ")}): start that version, or restore a backup made before it.`,
    { details: { unknown } },
  );
}

function checksumOf(text: string): string {
  return createHash("sha256").update(text.replaceAll("\r\n", "\n")).digest("hex");
}
