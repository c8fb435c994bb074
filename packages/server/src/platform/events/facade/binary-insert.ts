/** binary-insert: rows of RowBinary for an engine that takes rows beside a statement as text only. They go in by a file that lives
 *  for the one statement; it is never synced, so what it costs is a copy in memory. Left-overs of a killed process are removed. */
import { mkdirSync, rmSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Session } from "chdb";
import { quoted } from "./request.ts";

export interface BinaryRows {
  readonly table: string;
  readonly columns?: readonly string[];
  readonly values: Buffer;
}

export type BinaryInsert = (
  session: Pick<Session, "queryAsync">,
  rows: BinaryRows,
) => Promise<{ readonly rowsWritten: number; readonly bytesWritten: number }>;

export function createBinaryInsert(directory: string): BinaryInsert {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let last = 0;
  return async (session, { table, columns, values }) => {
    last += 1;
    const file = join(directory, `${last}.rows`);
    const into = columns === undefined ? table : `${table} (${columns.map((column) => `\`${column}\``).join(", ")})`;
    try {
      await writeFile(file, values, { mode: 0o600 });
      const result = await session.queryAsync(
        `INSERT INTO ${into} FROM INFILE ${quoted(file)} COMPRESSION 'none' FORMAT RowBinary`,
      );
      return { rowsWritten: Number(result.rowsRead), bytesWritten: values.length };
    } catch (error) {
      if (isFull(error))
        throw new Error("Code: 243. DB::Exception: No room for the rows of an insert (NOT_ENOUGH_SPACE)", {
          cause: error,
        });
      throw error;
    } finally {
      await rm(file, { force: true });
    }
  };
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
