/** effect-store: the SQL of effects, their journal, what went out, and what listeners have yet to hear. */
import type { EffectState } from "@holdfast/contracts/respond";
import { type SQL, sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Effect, JournalEntry } from "./effect.ts";
import { fail } from "./errors.ts";
import type { SettledState } from "./port.ts";

type Columns = Pick<
  Effect,
  "id" | "key" | "incidentId" | "runId" | "exerciseId" | "state" | "version" | "createdAt" | "driftDueAt"
>;
type Facts = Omit<Effect, keyof Columns>;
type Row = {
  id: string;
  key: string;
  incident_id: string | null;
  run_id: string | null;
  exercise_id: string | null;
  state: EffectState;
  version: number;
  created_at: string | number;
  drift_due_at: string | number | null;
  facts: Facts;
};

/** False when the key was used before. */
export async function insertEffect(tx: Transaction, effect: Effect, dueAt: number | null): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    INSERT INTO respond_effect (id, key, incident_id, run_id, exercise_id, state, version, created_at, due_at, drift_due_at, facts)
    VALUES (${effect.id}, ${effect.key}, ${effect.incidentId}, ${effect.runId}, ${effect.exerciseId}, ${effect.state}, ${effect.version},
      ${effect.createdAt}, ${dueAt}, ${effect.driftDueAt}, ${JSON.stringify(factsOf(effect))}::jsonb)
    ON CONFLICT (key) DO NOTHING RETURNING id`);
  return rows.length > 0;
}

/** Writes the next version; fails when another one was written since this one was read. */
export async function saveEffect(tx: Transaction, effect: Effect, dueAt: number | null): Promise<Effect> {
  const { rows } = await tx.execute(sql`
    UPDATE respond_effect SET state = ${effect.state}, version = version + 1, due_at = ${dueAt}, drift_due_at = ${effect.driftDueAt},
      facts = ${JSON.stringify(factsOf(effect))}::jsonb WHERE id = ${effect.id} AND version = ${effect.version} RETURNING id`);
  if (rows.length === 0)
    throw fail("RESPOND_MOVED_ON", `The effect ${effect.id} was changed at the same moment. Try again.`);
  return { ...effect, version: effect.version + 1 };
}

export async function effectById(db: Executor, id: string): Promise<Effect | undefined> {
  return (await read(db, sql`id = ${id}`))[0];
}

export async function effectByKey(db: Executor, key: string): Promise<Effect | undefined> {
  return (await read(db, sql`key = ${key}`))[0];
}

/** Held until the transaction ends: whoever changes an effect or its approval takes this first. */
export async function lockEffect(tx: Transaction, id: string): Promise<Effect> {
  await tx.execute(sql`SELECT FROM respond_effect WHERE id = ${id} FOR UPDATE`);
  const found = await effectById(tx, id);
  if (found === undefined) throw fail("RESPOND_EFFECT_UNKNOWN", `There is no effect with the id "${id}".`);
  return found;
}

export interface EffectQuery {
  readonly incident?: string | undefined;
  readonly states?: readonly string[] | undefined;
  /** undefined = none of an exercise; "all" = everything. */
  readonly exercise?: string | undefined;
  readonly offset: number;
  readonly limit: number;
}

/** Newest first; one more than asked for, when there are more. */
export async function listEffects(db: Executor, query: EffectQuery): Promise<Effect[]> {
  const conditions: SQL[] = [sql`true`];
  if (query.incident !== undefined) conditions.push(sql`incident_id = ${query.incident}`);
  else if (query.exercise === undefined) conditions.push(sql`exercise_id IS NULL`);
  if (query.exercise !== undefined && query.exercise !== "all") conditions.push(sql`exercise_id = ${query.exercise}`);
  if (query.states !== undefined) conditions.push(sql`state = ANY(${sql.param(query.states)}::text[])`);
  return read(
    db,
    sql`${sql.join(conditions, sql` AND `)} ORDER BY created_at DESC, id DESC LIMIT ${query.limit + 1} OFFSET ${query.offset}`,
  );
}

/** Those that something has to be done about by now. */
export async function dueEffects(db: Executor, before: number): Promise<{ id: string; version: number }[]> {
  const { rows } = await db.execute<{ id: string; version: number }>(sql`
    SELECT id, version FROM respond_effect WHERE due_at IS NOT NULL AND due_at <= ${before} ORDER BY due_at`);
  return rows;
}

export async function driftDue(db: Executor, now: number, limit: number): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    SELECT id FROM respond_effect WHERE drift_due_at IS NOT NULL AND drift_due_at <= ${now} ORDER BY drift_due_at LIMIT ${limit}`);
  return rows.map(({ id }) => id);
}

export async function appendJournal(tx: Transaction, effectId: string, entry: JournalEntry): Promise<void> {
  await tx.execute(sql`
    INSERT INTO respond_journal (effect_id, seq, at, entry, body, actor_id, actor_name)
    SELECT ${effectId}, coalesce(max(seq), 0) + 1, ${entry.at}, ${entry.entry}, ${entry.text}, ${entry.actor?.id ?? null}, ${entry.actor?.name ?? null}
    FROM respond_journal WHERE effect_id = ${effectId}`);
}

export async function readJournal(db: Executor, effectId: string): Promise<JournalEntry[]> {
  const { rows } = await db.execute<{
    at: string;
    entry: string;
    body: string;
    actor_id: string | null;
    actor_name: string | null;
  }>(sql`SELECT at, entry, body, actor_id, actor_name FROM respond_journal WHERE effect_id = ${effectId} ORDER BY seq`);
  return rows.map(({ at, entry, body, actor_id, actor_name }) => ({
    at: Number(at),
    entry,
    text: body,
    actor: actor_id === null ? null : { id: actor_id, name: actor_name ?? actor_id },
  }));
}

/** Notes that it goes out now. A second time for the effect or for its approval breaks a key, and with it the transaction. */
export async function insertSending(
  tx: Transaction,
  sending: {
    readonly effectId: string;
    readonly approvalId: string | null;
    readonly hash: string;
    readonly at: number;
  },
): Promise<void> {
  await tx.execute(sql`
    INSERT INTO respond_sending (effect_id, approval_id, hash, at) VALUES (${sending.effectId}, ${sending.approvalId}, ${sending.hash}, ${sending.at})`);
}

/** One at a time until the transaction ends, so that two effects cannot both be the last that a limit lets through. */
export async function lockLimits(tx: Transaction): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(${LIMITS_LOCK})`);
}

/** Distinct ones that were touched, and which of those that are asked for are among them; without regard to case. */
export interface Touched {
  readonly used: number;
  readonly known: readonly string[];
}

export async function touchedSince(
  db: Executor,
  asked: {
    readonly since: number;
    readonly rehearsed: boolean;
    readonly kinds: readonly string[];
    readonly values: readonly string[];
  },
): Promise<Touched> {
  const { rows } = await db.execute<{ used: number; known: string[] | null }>(sql`
    SELECT count(*)::int AS used, array_agg(value) FILTER (WHERE value = ANY(${sql.param(asked.values)}::text[])) AS known
    FROM (SELECT DISTINCT lower(value) AS value FROM respond_touched
      WHERE at >= ${asked.since} AND rehearsed = ${asked.rehearsed} AND kind = ANY(${sql.param(asked.kinds)}::text[])) touched`);
  return { used: rows[0]?.used ?? 0, known: rows[0]?.known ?? [] };
}

/** How often an action went out. */
export async function actionsSince(
  db: Executor,
  { action, since, rehearsed }: { readonly action: string; readonly since: number; readonly rehearsed: boolean },
): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`
    SELECT count(*)::int AS n FROM respond_touched
    WHERE at >= ${since} AND rehearsed = ${rehearsed} AND kind = ${ACTION} AND value = ${action}`);
  return rows[0]?.n ?? 0;
}

/** What counts against the limits: its action, and what it touches unless it only reads. */
export async function insertTouched(tx: Transaction, effect: Effect, at: number): Promise<void> {
  const targets = effect.class === "read" ? [] : effect.targets;
  for (const { kind, value } of [...targets, { kind: ACTION, value: effect.action }]) {
    await tx.execute(sql`
      INSERT INTO respond_touched (effect_id, rehearsed, kind, value, at) VALUES (${effect.id}, ${effect.exerciseId !== null}, ${kind}, ${value}, ${at})
      ON CONFLICT DO NOTHING`);
  }
}

export async function insertSettled(
  tx: Transaction,
  settled: { readonly effectId: string; readonly state: SettledState; readonly at: number },
): Promise<void> {
  await tx.execute(sql`
    INSERT INTO respond_settled (effect_id, state, at) VALUES (${settled.effectId}, ${settled.state}, ${settled.at}) ON CONFLICT DO NOTHING`);
}

export async function unheard(db: Executor, limit: number): Promise<{ effectId: string; state: SettledState }[]> {
  const { rows } = await db.execute<{ effect_id: string; state: SettledState }>(
    sql`SELECT effect_id, state FROM respond_settled WHERE NOT heard ORDER BY at LIMIT ${limit}`,
  );
  return rows.map(({ effect_id, state }) => ({ effectId: effect_id, state }));
}

export async function markHeard(db: Executor, settled: { effectId: string; state: SettledState }): Promise<void> {
  await db.execute(
    sql`UPDATE respond_settled SET heard = true WHERE effect_id = ${settled.effectId} AND state = ${settled.state}`,
  );
}

/** Stands among the kinds of targets; none of them is called so. */
const ACTION = "action";
const LIMITS_LOCK = 4_853_187_080;

async function read(db: Executor, where: SQL): Promise<Effect[]> {
  const { rows } = await db.execute<Row>(sql`
    SELECT id, key, incident_id, run_id, exercise_id, state, version, created_at, drift_due_at, facts FROM respond_effect WHERE ${where}`);
  return rows.map((row) => ({
    ...row.facts,
    id: row.id,
    key: row.key,
    incidentId: row.incident_id,
    runId: row.run_id,
    exerciseId: row.exercise_id,
    state: row.state,
    version: row.version,
    createdAt: Number(row.created_at),
    driftDueAt: row.drift_due_at === null ? null : Number(row.drift_due_at),
  }));
}

function factsOf(effect: Effect): Facts {
  const { id: _id, key: _key, incidentId: _i, runId: _r, exerciseId: _e, ...rest } = effect;
  const { state: _s, version: _v, createdAt: _c, driftDueAt: _d, ...facts } = rest;
  return facts;
}
