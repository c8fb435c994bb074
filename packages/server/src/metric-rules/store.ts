/** store: alerts on metrics and how their series stand, in PostgreSQL. */
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Standing } from "./judge.ts";

export interface StoredRule {
  readonly id: string;
  readonly text: string;
  readonly nextMs: number;
  readonly evaluatedMs: number | undefined;
  readonly problem: string;
  readonly updatedMs: number;
  readonly updatedBy: string;
}

export async function listRules(db: Executor): Promise<StoredRule[]> {
  const { rows } = await db.execute<Row>(sql`SELECT * FROM metric_rule ORDER BY id`);
  return rows.map(toRule);
}

export async function byId(db: Executor, id: string): Promise<StoredRule | undefined> {
  const { rows } = await db.execute<Row>(sql`SELECT * FROM metric_rule WHERE id = ${id}`);
  return rows[0] && toRule(rows[0]);
}

export async function dueRules(db: Executor, nowMs: number): Promise<StoredRule[]> {
  const { rows } = await db.execute<Row>(
    sql`SELECT * FROM metric_rule WHERE next_at <= ${iso(nowMs)} ORDER BY next_at LIMIT 100`,
  );
  return rows.map(toRule);
}

export async function saveRule(
  tx: Transaction,
  rule: { readonly id: string; readonly text: string; readonly nowMs: number; readonly by: string },
): Promise<void> {
  const now = iso(rule.nowMs);
  await tx.execute(sql`
    INSERT INTO metric_rule (id, text, next_at, updated_at, updated_by)
    VALUES (${rule.id}, ${rule.text}, ${now}, ${now}, ${rule.by})
    ON CONFLICT (id) DO UPDATE SET text = excluded.text, next_at = excluded.next_at, evaluated_at = NULL, problem = '',
      updated_at = excluded.updated_at, updated_by = excluded.updated_by`);
}

/** @returns false when it was changed or removed since it was read */
export async function noteLook(
  tx: Transaction,
  rule: StoredRule,
  look: { readonly nowMs: number; readonly nextMs: number; readonly problem: string },
): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    UPDATE metric_rule SET next_at = ${iso(look.nextMs)}, problem = ${look.problem},
      evaluated_at = CASE WHEN ${look.problem} = '' THEN ${iso(look.nowMs)}::timestamptz ELSE evaluated_at END
    WHERE id = ${rule.id} AND updated_at = ${iso(rule.updatedMs)} RETURNING id`);
  return rows.length > 0;
}

export async function deleteRule(tx: Transaction, id: string): Promise<void> {
  await tx.execute(sql`DELETE FROM metric_rule WHERE id = ${id}`);
}

export async function standingOf(db: Executor, id: string): Promise<Standing[]> {
  return (await standings(db, sql`WHERE rule_id = ${id}`)).get(id) ?? [];
}

/** By rule. */
export async function standings(db: Executor, where = sql``): Promise<Map<string, Standing[]>> {
  const { rows } = await db.execute<SeriesRow>(sql`SELECT * FROM metric_rule_series ${where} ORDER BY rule_id, series`);
  return new Map(
    [...Map.groupBy(rows, (row) => row.rule_id)].map(([id, of]) => [
      id,
      of.map((row) => ({
        series: row.series,
        sinceMs: ms(row.since),
        signalId: row.signal_id,
        value: row.value,
        seenMs: ms(row.seen_at),
      })),
    ]),
  );
}

export async function writeStandings(tx: Transaction, id: string, standing: readonly Standing[]): Promise<void> {
  await tx.execute(sql`DELETE FROM metric_rule_series WHERE rule_id = ${id}`);
  if (standing.length === 0) return;
  const column = (of: (one: Standing) => string | number | null) => sql.param(standing.map(of));
  await tx.execute(sql`
    INSERT INTO metric_rule_series (rule_id, series, since, signal_id, value, seen_at)
    SELECT ${id}, * FROM unnest(${column((one) => one.series)}::text[], ${column((one) => iso(one.sinceMs))}::timestamptz[],
      ${column((one) => one.signalId)}::text[], ${column((one) => one.value)}::double precision[],
      ${column((one) => iso(one.seenMs))}::timestamptz[])`);
}

interface Row extends Record<string, unknown> {
  id: string;
  text: string;
  next_at: Date | string;
  evaluated_at: Date | string | null;
  problem: string;
  updated_at: Date | string;
  updated_by: string;
}

interface SeriesRow extends Record<string, unknown> {
  rule_id: string;
  series: string;
  since: Date | string;
  signal_id: string | null;
  value: number | null;
  seen_at: Date | string;
}

const toRule = (row: Row): StoredRule => ({
  id: row.id,
  text: row.text,
  nextMs: ms(row.next_at),
  evaluatedMs: row.evaluated_at === null ? undefined : ms(row.evaluated_at),
  problem: row.problem,
  updatedMs: ms(row.updated_at),
  updatedBy: row.updated_by,
});

const iso = (at: number): string => new Date(at).toISOString();
const ms = (at: Date | string): number => new Date(at).getTime();
