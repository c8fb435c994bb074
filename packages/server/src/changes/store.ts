/** store: changes and what they are on, in PostgreSQL. */
import type { ChangeKind, ChangeState } from "@holdfast/contracts/changes";
import { type SQL, sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Course } from "./states.ts";

export interface StoredChange extends Course {
  readonly id: string;
  readonly externalId: string | null;
  readonly title: string;
  readonly kind: ChangeKind;
  readonly owner: string | null;
  readonly doneBy: string;
  readonly services: readonly string[];
  readonly assets: readonly string[];
  readonly reference: string | null;
  readonly description: string;
  readonly backOut: string;
  readonly outcome: string;
  readonly asOf: number | null;
  readonly version: number;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly updatedAt: number;
  readonly updatedBy: string;
}

/** Lower-case names of services and assets; a change fits when one of its targets is among them. */
export interface TargetNames {
  readonly services: readonly string[];
  readonly assets: readonly string[];
}

export interface Asked {
  readonly states?: readonly ChangeState[] | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Each has to fit. */
  readonly on?: readonly TargetNames[];
  readonly text?: string | undefined;
}

export async function listChanges(
  db: Executor,
  asked: Asked,
  page: { readonly soonestFirst: boolean; readonly limit: number; readonly offset: number },
): Promise<{ items: StoredChange[]; total: number }> {
  const where = sql.join(conditionsOf(asked), sql` AND `);
  const order = page.soonestFirst ? sql`${START} ASC, c.id` : sql`${START} DESC, c.id`;
  const found = await db.execute<Row>(
    sql`SELECT ${COLUMNS} FROM change c WHERE ${where} ORDER BY ${order} LIMIT ${page.limit} OFFSET ${page.offset}`,
  );
  const counted = await db.execute<{ n: number }>(sql`SELECT count(*)::int AS n FROM change c WHERE ${where}`);
  return { items: found.rows.map(toChange), total: counted.rows[0]?.n ?? 0 };
}

/** Those that run, and those that are planned to have begun by then. */
export async function openBy(db: Executor, untilMs: number): Promise<StoredChange[]> {
  const { rows } = await db.execute<Row>(sql`
    SELECT ${COLUMNS} FROM change c
    WHERE c.state = 'running' OR (c.state = 'planned' AND c.planned_start <= ${iso(untilMs)}) ORDER BY ${START}, c.id`);
  return rows.map(toChange);
}

export async function changeById(db: Executor, id: string): Promise<StoredChange | undefined> {
  const { rows } = await db.execute<Row>(sql`SELECT ${COLUMNS} FROM change c WHERE c.id = ${uuidOf(id)}::uuid`);
  return rows[0] && toChange(rows[0]);
}

export async function lockChange(
  tx: Transaction,
  by: { readonly id: string } | { readonly externalId: string },
): Promise<StoredChange | undefined> {
  const where = "id" in by ? sql`c.id = ${uuidOf(by.id)}::uuid` : sql`c.external_id = ${by.externalId}`;
  const { rows } = await tx.execute<Row>(sql`SELECT ${COLUMNS} FROM change c WHERE ${where} FOR UPDATE`);
  return rows[0] && toChange(rows[0]);
}

/** @returns false when another has its external id already */
export async function insertChange(tx: Transaction, change: StoredChange): Promise<boolean> {
  const c = change;
  const { rows } = await tx.execute(sql`
    INSERT INTO change (id, external_id, title, kind, state, owner, done_by, planned_start, planned_end, actual_start, actual_end,
      reference, description, back_out, outcome, as_of, version, created_at, created_by, updated_at, updated_by)
    VALUES (${c.id}, ${c.externalId}, ${c.title}, ${c.kind}, ${c.state}, ${c.owner}, ${c.doneBy}, ${iso(c.plannedStart)},
      ${orNull(c.plannedEnd)}, ${orNull(c.actualStart)}, ${orNull(c.actualEnd)}, ${c.reference}, ${c.description}, ${c.backOut},
      ${c.outcome}, ${orNull(c.asOf)}, ${c.version}, ${iso(c.createdAt)}, ${c.createdBy}, ${iso(c.updatedAt)}, ${c.updatedBy})
    ON CONFLICT (external_id) DO NOTHING RETURNING id`);
  if (rows.length === 0) return false;
  await writeTargets(tx, change);
  return true;
}

/** The row is locked by whoever calls. */
export async function saveChange(tx: Transaction, change: StoredChange): Promise<void> {
  const c = change;
  await tx.execute(sql`
    UPDATE change SET title = ${c.title}, kind = ${c.kind}, state = ${c.state}, owner = ${c.owner}, done_by = ${c.doneBy},
      planned_start = ${iso(c.plannedStart)}, planned_end = ${orNull(c.plannedEnd)}, actual_start = ${orNull(c.actualStart)},
      actual_end = ${orNull(c.actualEnd)}, reference = ${c.reference}, description = ${c.description}, back_out = ${c.backOut},
      outcome = ${c.outcome}, as_of = ${orNull(c.asOf)}, version = ${c.version}, updated_at = ${iso(c.updatedAt)},
      updated_by = ${c.updatedBy}
    WHERE id = ${c.id}`);
  await tx.execute(sql`DELETE FROM change_target WHERE change_id = ${c.id}`);
  await writeTargets(tx, change);
}

async function writeTargets(tx: Transaction, { id, services, assets }: StoredChange): Promise<void> {
  const rows = [
    ...services.map((value) => ({ kind: "service", value })),
    ...assets.map((value) => ({ kind: "asset", value })),
  ];
  if (rows.length === 0) return;
  await tx.execute(sql`
    INSERT INTO change_target (change_id, kind, value)
    SELECT ${id}::uuid, * FROM unnest(${sql.param(rows.map(({ kind }) => kind))}::text[], ${sql.param(rows.map(({ value }) => value))}::text[])`);
}

function conditionsOf({ states, fromMs, toMs, on = [], text }: Asked): SQL[] {
  const conditions = [sql`true`];
  if (states !== undefined && states.length > 0) conditions.push(sql`c.state = ANY(${sql.param(states)}::text[])`);
  if (toMs !== undefined) conditions.push(sql`${START} <= ${iso(toMs)}`);
  if (fromMs !== undefined) conditions.push(sql`${END} >= ${iso(fromMs)}`);
  for (const { services, assets } of on)
    conditions.push(sql`EXISTS (SELECT FROM change_target t WHERE t.change_id = c.id AND (
      (t.kind = 'service' AND lower(t.value) = ANY(${sql.param(services)}::text[])) OR
      (t.kind = 'asset' AND lower(t.value) = ANY(${sql.param(assets)}::text[]))))`);
  if (text !== undefined && text !== "") {
    const like = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    conditions.push(sql`(c.title ILIKE ${like} OR c.external_id ILIKE ${like})`);
  }
  return conditions;
}

const START = sql`coalesce(c.actual_start, c.planned_start)`;
/** What runs, or has an open end and was not closed, has not ended. */
const END = sql`CASE WHEN c.actual_end IS NOT NULL THEN c.actual_end WHEN c.state = 'running' THEN 'infinity'::timestamptz
  WHEN c.planned_end IS NOT NULL THEN c.planned_end WHEN c.state = 'planned' THEN 'infinity'::timestamptz ELSE ${START} END`;
const COLUMNS = sql`c.*,
  ARRAY(SELECT t.value FROM change_target t WHERE t.change_id = c.id AND t.kind = 'service' ORDER BY t.value) AS services,
  ARRAY(SELECT t.value FROM change_target t WHERE t.change_id = c.id AND t.kind = 'asset' ORDER BY t.value) AS assets`;

type Time = Date | string;

interface Row extends Record<string, unknown> {
  id: string;
  external_id: string | null;
  title: string;
  kind: ChangeKind;
  state: ChangeState;
  owner: string | null;
  done_by: string;
  planned_start: Time;
  planned_end: Time | null;
  actual_start: Time | null;
  actual_end: Time | null;
  reference: string | null;
  description: string;
  back_out: string;
  outcome: string;
  as_of: Time | null;
  version: number;
  created_at: Time;
  created_by: string;
  updated_at: Time;
  updated_by: string;
  services: string[];
  assets: string[];
}

const toChange = (row: Row): StoredChange => ({
  id: row.id,
  externalId: row.external_id,
  title: row.title,
  kind: row.kind,
  state: row.state,
  owner: row.owner,
  doneBy: row.done_by,
  plannedStart: ms(row.planned_start),
  plannedEnd: msOrNull(row.planned_end),
  actualStart: msOrNull(row.actual_start),
  actualEnd: msOrNull(row.actual_end),
  services: row.services,
  assets: row.assets,
  reference: row.reference,
  description: row.description,
  backOut: row.back_out,
  outcome: row.outcome,
  asOf: msOrNull(row.as_of),
  version: row.version,
  createdAt: ms(row.created_at),
  createdBy: row.created_by,
  updatedAt: ms(row.updated_at),
  updatedBy: row.updated_by,
});

/** Null, which is no row's id, for what is none: the comparison of another type would not use the index, and of no uuid fails. */
const uuidOf = (id: string): string | null => (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id) ? id : null);
const iso = (at: number): string => new Date(at).toISOString();
const orNull = (at: number | null): string | null => (at === null ? null : iso(at));
const ms = (at: Time): number => new Date(at).getTime();
const msOrNull = (at: Time | null): number | null => (at === null ? null : ms(at));
