/** pump-store: what the pump must remember across a crash: the checkpoint, the blocks at work and what they leave out. */
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Damage, SpoolPosition } from "../platform/spool/index.ts";
import type { BlockPlan, DamagedFrame, Exclusion } from "./block.ts";

export interface PumpState {
  readonly checkpoint: SpoolPosition | undefined;
  /** Planned before a crash and not finished, in order. */
  readonly open: readonly BlockPlan[];
}

export async function loadPumpState(db: Executor, spool: string): Promise<PumpState> {
  const checkpoint = await readCheckpoint(db, spool, false);
  const { rows } = await db.execute<{ segment: number; from_offset: number; to_offset: number; excluded: Exclusion[] }>(
    sql`SELECT segment, from_offset, to_offset, excluded FROM ingest_block WHERE spool = ${spool} ORDER BY segment, from_offset`,
  );
  const open = rows.map((row) => ({
    segment: Number(row.segment),
    from: Number(row.from_offset),
    to: Number(row.to_offset),
    excluded: row.excluded,
  }));
  return { checkpoint, open };
}

/** Blocks of a spool that is gone: their records are lost, and somebody must be told. */
export async function forgetOtherSpools(db: Executor, spool: string): Promise<number> {
  const { rows } = await db.execute<{ spool: string }>(
    sql`DELETE FROM ingest_block WHERE spool <> ${spool} RETURNING spool`,
  );
  return rows.length;
}

export async function insertPlans(db: Executor, spool: string, plans: readonly BlockPlan[]): Promise<void> {
  if (plans.length === 0) return;
  const rows = plans.map((plan) => sql`(${spool}, ${plan.segment}, ${plan.from}, ${plan.to})`);
  await db.execute(
    sql`INSERT INTO ingest_block (spool, segment, from_offset, to_offset) VALUES ${sql.join(rows, sql`, `)}
        ON CONFLICT DO NOTHING`,
  );
}

export async function addExclusion(
  db: Executor,
  of: { readonly spool: string; readonly plan: BlockPlan; readonly exclusion: Exclusion },
): Promise<void> {
  await db.execute(
    sql`UPDATE ingest_block SET excluded = excluded || ${JSON.stringify([of.exclusion])}::jsonb
        WHERE spool = ${of.spool} AND segment = ${of.plan.segment} AND from_offset = ${of.plan.from}`,
  );
}

/** Moves the checkpoint over a block. False when it is past it already: the commit whose answer was lost had happened. */
export async function passBlock(tx: Transaction, spool: string, plan: BlockPlan): Promise<boolean> {
  const at = await readCheckpoint(tx, spool, true);
  if (at !== undefined && (at.segment > plan.segment || (at.segment === plan.segment && at.offset >= plan.to)))
    return false;
  await tx.execute(
    sql`INSERT INTO ingest_checkpoint (spool, segment, byte_offset) VALUES (${spool}, ${plan.segment}, ${plan.to})
        ON CONFLICT (spool) DO UPDATE SET segment = excluded.segment, byte_offset = excluded.byte_offset, updated_at = now()`,
  );
  await tx.execute(
    sql`DELETE FROM ingest_block WHERE spool = ${spool} AND segment = ${plan.segment} AND from_offset = ${plan.from}`,
  );
  return true;
}

export async function insertGaps(
  tx: Transaction,
  spool: string,
  gaps: { readonly segment: number; readonly damage: readonly Damage[]; readonly frames: readonly DamagedFrame[] },
): Promise<void> {
  for (const { segment, from, to } of gaps.damage) {
    await tx.execute(
      sql`INSERT INTO ingest_gap (spool, segment, from_offset, to_offset) VALUES (${spool}, ${segment}, ${from}, ${to})`,
    );
  }
  for (const { offset, count } of gaps.frames) {
    await tx.execute(
      sql`INSERT INTO ingest_gap (spool, segment, from_offset, to_offset, records)
          VALUES (${spool}, ${gaps.segment}, ${offset}, ${offset}, ${count})`,
    );
  }
}

export async function countGaps(db: Executor): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`SELECT count(*)::int AS n FROM ingest_gap`);
  return rows[0]?.n ?? 0;
}

async function readCheckpoint(db: Executor, spool: string, lock: boolean): Promise<SpoolPosition | undefined> {
  const suffix = lock ? sql`FOR UPDATE` : sql``;
  const { rows } = await db.execute<{ segment: number; byte_offset: number }>(
    sql`SELECT segment, byte_offset FROM ingest_checkpoint WHERE spool = ${spool} ${suffix}`,
  );
  const row = rows[0];
  return row && { segment: Number(row.segment), offset: Number(row.byte_offset) };
}
