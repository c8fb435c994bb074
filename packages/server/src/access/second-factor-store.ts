/** second-factor-store: the SQL of second factors and their recovery codes. */
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { LoginFailures } from "./store.ts";

export interface StoredFactor {
  readonly sealed: string;
  readonly confirmedAt: number | null;
  readonly lastStep: number;
  readonly failures: LoginFailures;
}

type Row = {
  sealed: string;
  confirmed_at: string | null;
  last_step: string;
  failures: number;
  failed_at: string;
  locked_until: string | null;
};

export async function readFactor(db: Executor, userId: string): Promise<StoredFactor | undefined> {
  const { rows } = await db.execute<Row>(sql`SELECT * FROM second_factor WHERE user_id::text = ${userId}`);
  return rows[0] && toFactor(rows[0]);
}

/** One code at a time per user, until the transaction ends. */
export async function lockFactor(tx: Transaction, userId: string): Promise<StoredFactor | undefined> {
  const { rows } = await tx.execute<Row>(sql`SELECT * FROM second_factor WHERE user_id::text = ${userId} FOR UPDATE`);
  return rows[0] && toFactor(rows[0]);
}

/** Makes a key that is not confirmed, in the place of any other that is not. False when one is confirmed. */
export async function insertPending(tx: Transaction, userId: string, sealed: string): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    INSERT INTO second_factor (user_id, sealed) VALUES (${userId}, ${sealed})
    ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, last_step = 0 WHERE second_factor.confirmed_at IS NULL RETURNING user_id`);
  return rows.length > 0;
}

export async function confirmFactor(
  tx: Transaction,
  confirmed: { readonly userId: string; readonly at: number; readonly step: number; readonly codes: readonly Buffer[] },
): Promise<void> {
  const { userId, at, step, codes } = confirmed;
  await tx.execute(
    sql`UPDATE second_factor SET confirmed_at = ${at}, last_step = ${step}, failures = 0, locked_until = NULL WHERE user_id::text = ${userId}`,
  );
  for (const code of codes)
    await tx.execute(sql`INSERT INTO second_factor_recovery (user_id, code_hash) VALUES (${userId}, ${code})`);
}

export async function noteUse(tx: Transaction, userId: string, step: number): Promise<void> {
  await tx.execute(sql`
    UPDATE second_factor SET last_step = ${step}, failures = 0, locked_until = NULL WHERE user_id::text = ${userId}`);
}

export async function noteFailure(tx: Transaction, userId: string, failures: LoginFailures): Promise<void> {
  await tx.execute(sql`
    UPDATE second_factor SET failures = ${failures.failures}, failed_at = ${failures.lastAt}, locked_until = ${failures.lockedUntil}
    WHERE user_id::text = ${userId}`);
}

/** True once per code. */
export async function useRecovery(
  tx: Transaction,
  used: { userId: string; hash: Buffer; at: number },
): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    UPDATE second_factor_recovery SET used_at = ${used.at} WHERE user_id::text = ${used.userId} AND code_hash = ${used.hash} AND used_at IS NULL
    RETURNING user_id`);
  return rows.length > 0;
}

export async function recoveryLeft(db: Executor, userId: string): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(
    sql`SELECT count(*)::int AS n FROM second_factor_recovery WHERE user_id::text = ${userId} AND used_at IS NULL`,
  );
  return rows[0]?.n ?? 0;
}

export async function deleteFactor(tx: Transaction, userId: string): Promise<boolean> {
  const { rows } = await tx.execute(sql`DELETE FROM second_factor WHERE user_id::text = ${userId} RETURNING user_id`);
  return rows.length > 0;
}

const toFactor = (row: Row): StoredFactor => ({
  sealed: row.sealed,
  confirmedAt: row.confirmed_at === null ? null : Number(row.confirmed_at),
  lastStep: Number(row.last_step),
  failures: {
    failures: row.failures,
    lastAt: Number(row.failed_at),
    lockedUntil: row.locked_until === null ? null : Number(row.locked_until),
  },
});
