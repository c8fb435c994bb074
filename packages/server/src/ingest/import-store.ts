/** import-store: imports and the files they brought. A file is known by the hash of its content and by how many of its records
 *  are in, so a second import adds nothing and an interrupted one goes on where it stopped. */
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";
import type { FileCounts } from "./block.ts";

export interface StoredRun {
  readonly id: string;
  readonly name: string;
  readonly startedAt: string;
  readonly closedAt: string | null;
  readonly stored: number;
  readonly quarantined: number;
  readonly duplicates: number;
}

export interface KnownFile {
  readonly id: string;
  readonly recordsKnown: number;
}

export async function insertRun(db: Executor, name: string, now: number): Promise<StoredRun> {
  const { rows } = await db.execute<RunRow>(
    sql`INSERT INTO import_run (name, started_at) VALUES (${name}, ${new Date(now)}) RETURNING *`,
  );
  return toRun(one(rows));
}

export async function runById(db: Executor, id: string): Promise<StoredRun | undefined> {
  const { rows } = await db.execute<RunRow>(sql`SELECT * FROM import_run WHERE id::text = ${id}`);
  return rows[0] && toRun(rows[0]);
}

export async function closeRun(db: Executor, id: string, now: number): Promise<StoredRun | undefined> {
  const { rows } = await db.execute<RunRow>(
    sql`UPDATE import_run SET closed_at = coalesce(closed_at, ${new Date(now)}) WHERE id::text = ${id} RETURNING *`,
  );
  return rows[0] && toRun(rows[0]);
}

/** The file with this content, made if it is new. */
export async function fileByHash(
  db: Executor,
  file: { readonly sha256: string; readonly path: string; readonly now: number },
): Promise<KnownFile> {
  const hash = Buffer.from(file.sha256, "hex");
  const { rows } = await db.execute<FileRow>(
    sql`INSERT INTO import_file (sha256, path, first_seen_at) VALUES (${hash}, ${file.path}, ${new Date(file.now)})
        ON CONFLICT (sha256) DO UPDATE SET path = import_file.path RETURNING id, records_known`,
  );
  const row = one(rows);
  return { id: row.id, recordsKnown: Number(row.records_known) };
}

export async function isFileOfRun(db: Executor, run: string, file: string): Promise<boolean> {
  const { rows } = await db.execute<{ n: number }>(
    sql`SELECT 1 AS n FROM import_run_file WHERE run_id::text = ${run} AND file_id::text = ${file}`,
  );
  return rows.length > 0;
}

export async function recordsKnownOf(db: Executor, file: string): Promise<number> {
  const { rows } = await db.execute<FileRow>(sql`SELECT id, records_known FROM import_file WHERE id::text = ${file}`);
  return Number(rows[0]?.records_known ?? 0);
}

/** Remembers what was known when the import announced the file; false when it had announced it before. */
export async function insertRunFile(
  db: Executor,
  link: { readonly run: string; readonly file: string; readonly knownBefore: number },
): Promise<boolean> {
  const { rows } = await db.execute<{ file_id: string }>(
    sql`INSERT INTO import_run_file (run_id, file_id, known_before) VALUES (${link.run}, ${link.file}, ${link.knownBefore})
        ON CONFLICT DO NOTHING RETURNING file_id`,
  );
  return rows.length > 0;
}

export async function addRunDuplicates(db: Executor, run: string, duplicates: number): Promise<void> {
  await db.execute(sql`UPDATE import_run SET duplicates = duplicates + ${duplicates} WHERE id = ${run}`);
}

/** The part of a block that imports brought; in the block's transaction. */
export async function addFileCounts(db: Executor, counts: readonly FileCounts[]): Promise<void> {
  for (const count of counts) {
    await db.execute(
      sql`UPDATE import_run SET stored = stored + ${count.stored}, quarantined = quarantined + ${count.quarantined}
          WHERE id = ${count.run}`,
    );
    await db.execute(
      sql`UPDATE import_file SET records_known = greatest(records_known, ${count.end}) WHERE id = ${count.file}`,
    );
  }
}

interface RunRow extends Record<string, unknown> {
  id: string;
  name: string;
  started_at: Date | string;
  closed_at: Date | string | null;
  stored: number;
  quarantined: number;
  duplicates: number;
}

interface FileRow extends Record<string, unknown> {
  id: string;
  records_known: number;
}

function toRun(row: RunRow): StoredRun {
  return {
    id: row.id,
    name: row.name,
    startedAt: new Date(row.started_at).toISOString(),
    closedAt: row.closed_at === null ? null : new Date(row.closed_at).toISOString(),
    stored: Number(row.stored),
    quarantined: Number(row.quarantined),
    duplicates: Number(row.duplicates),
  };
}

function one<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error("The state store answered a statement that returns one row with none.");
  return row;
}
