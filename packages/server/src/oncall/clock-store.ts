/** clock-store: the clocks of incidents, why they stand, and how long each phase may take. */
import type { Phase, SlaTarget } from "@holdfast/contracts/oncall-model";
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface ClockRecord {
  readonly incidentId: string;
  readonly phase: Phase;
  readonly startedAt: number;
  readonly minutes: number;
  readonly why: string;
  readonly pauses: boolean;
  readonly pages: boolean;
  readonly metAt: number | null;
  readonly breachedAt: number | null;
  readonly pausedSince: number | null;
  readonly pausedMs: number;
  readonly pauseReason: string;
  readonly generation: number;
}

type Row = {
  incident_id: string;
  phase: Phase;
  started_at: number;
  minutes: number;
  why: string;
  pauses: boolean;
  pages: boolean;
  met_at: number | null;
  breached_at: number | null;
  paused_since: number | null;
  paused_ms: number;
  pause_reason: string;
  generation: number;
};

const ORDER = sql.raw("order by array_position(array['acknowledge', 'contain', 'resolve'], phase)");

export async function readClocks(db: Executor, incidentId: string): Promise<ClockRecord[]> {
  const { rows } = await db.execute<Row>(sql`select * from oncall_clock where incident_id = ${incidentId} ${ORDER}`);
  return rows.map(toRecord);
}

/** Locked until the transaction ends. */
export async function lockClocks(tx: Transaction, incidentId: string): Promise<ClockRecord[]> {
  const { rows } = await tx.execute<Row>(
    sql`select * from oncall_clock where incident_id = ${incidentId} ${ORDER} for update`,
  );
  return rows.map(toRecord);
}

export async function insertClock(
  tx: Transaction,
  one: Pick<ClockRecord, "incidentId" | "phase" | "startedAt" | "minutes" | "why" | "pauses" | "pages">,
): Promise<void> {
  await tx.execute(sql`
    insert into oncall_clock (incident_id, phase, started_at, minutes, why, pauses, pages)
    values (${one.incidentId}, ${one.phase}, ${one.startedAt}, ${one.minutes}, ${one.why}, ${one.pauses}, ${one.pages})
    on conflict do nothing`);
}

export async function writeClock(tx: Transaction, one: ClockRecord): Promise<void> {
  await tx.execute(sql`
    update oncall_clock set minutes = ${one.minutes}, why = ${one.why}, pauses = ${one.pauses}, pages = ${one.pages},
      met_at = ${one.metAt}, breached_at = ${one.breachedAt}, paused_since = ${one.pausedSince}, paused_ms = ${one.pausedMs},
      pause_reason = ${one.pauseReason}, generation = ${one.generation}
    where incident_id = ${one.incidentId} and phase = ${one.phase}`);
}

export interface Pause {
  readonly phase: Phase;
  readonly key: string;
  readonly reason: string;
  readonly since: number;
}

export async function readPauses(db: Executor, incidentId: string): Promise<Pause[]> {
  const { rows } = await db.execute<{ phase: Phase; key: string; reason: string; since: number }>(
    sql`select phase, key, reason, since from oncall_pause where incident_id = ${incidentId} order by since, key`,
  );
  return rows;
}

export async function insertPause(tx: Transaction, incidentId: string, pause: Pause): Promise<void> {
  await tx.execute(sql`
    insert into oncall_pause (incident_id, phase, key, reason, since)
    values (${incidentId}, ${pause.phase}, ${pause.key}, ${pause.reason}, ${pause.since}) on conflict do nothing`);
}

/** False when there was none. */
export async function deletePause(
  tx: Transaction,
  incidentId: string,
  { phase, key }: { phase?: Phase; key: string },
): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    delete from oncall_pause where incident_id = ${incidentId} and key = ${key}
      ${phase === undefined ? sql`` : sql`and phase = ${phase}`} returning key`);
  return rows.length > 0;
}

export async function readTargets(db: Executor): Promise<{ version: number; targets: SlaTarget[] } | undefined> {
  const { rows } = await db.execute<{ version: number; targets: SlaTarget[] }>(
    sql`select version, targets from oncall_sla`,
  );
  return rows[0];
}

/** False when somebody else saved since that version was read. */
export async function writeTargets(
  tx: Transaction,
  { version, targets }: { readonly version: number; readonly targets: readonly SlaTarget[] },
): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    insert into oncall_sla (version, targets) values (${version + 1}, ${JSON.stringify(targets)}::jsonb)
    on conflict (id) do update set version = excluded.version, targets = excluded.targets
      where oncall_sla.version = ${version} returning version`);
  return rows.length > 0;
}

function toRecord(row: Row): ClockRecord {
  return {
    incidentId: row.incident_id,
    phase: row.phase,
    startedAt: row.started_at,
    minutes: row.minutes,
    why: row.why,
    pauses: row.pauses,
    pages: row.pages,
    metAt: row.met_at,
    breachedAt: row.breached_at,
    pausedSince: row.paused_since,
    pausedMs: row.paused_ms,
    pauseReason: row.pause_reason,
    generation: row.generation,
  };
}
