/** store: what silence remembers, and what it found, in PostgreSQL. */
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Fill } from "./fill.ts";
import type { Condition, ConditionKind } from "./judge.ts";

export interface StoredLane {
  readonly source: string;
  readonly host: string;
  readonly learned: Uint8Array;
}

export async function readLanes(db: Executor): Promise<StoredLane[]> {
  const { rows } = await db.execute<{ source: string; host: string; learned: Buffer }>(
    sql`SELECT source, host, learned FROM silence_lane`,
  );
  return rows;
}

export async function writeLanes(db: Executor, lanes: readonly StoredLane[]): Promise<void> {
  await db.execute(sql`
    INSERT INTO silence_lane (source, host, learned)
    SELECT source, host, decode(learned, 'base64') FROM unnest(${sql.param(lanes.map(({ source }) => source))}::text[], ${sql.param(lanes.map(({ host }) => host))}::text[],
      ${sql.param(lanes.map(({ learned }) => Buffer.from(learned).toString("base64")))}::text[]) AS lane (source, host, learned)
    ON CONFLICT (source, host) DO UPDATE SET learned = excluded.learned, updated_at = now()`);
}

export async function deleteLanes(
  db: Executor,
  lanes: readonly { readonly source: string; readonly host: string }[],
): Promise<void> {
  await db.execute(sql`
    DELETE FROM silence_lane WHERE (source, host) IN (
      SELECT * FROM unnest(${sql.param(lanes.map(({ source }) => source))}::text[], ${sql.param(lanes.map(({ host }) => host))}::text[]))`);
}

/** Of a fill only what was learned: a window begins anew. */
export interface StoredFill {
  readonly source: string;
  readonly class: string;
  readonly learned: {
    readonly low: readonly number[];
    readonly latest: readonly number[];
    readonly windows: number;
    readonly firstMs: number;
    readonly lost: Fill["lost"];
  };
}

export async function readFills(db: Executor): Promise<StoredFill[]> {
  const { rows } = await db.execute<{ source: string; class: string; learned: StoredFill["learned"] }>(
    sql`SELECT source, class, learned FROM silence_fill`,
  );
  return rows;
}

export async function writeFills(db: Executor, fills: readonly StoredFill[]): Promise<void> {
  await db.execute(sql`
    INSERT INTO silence_fill (source, class, learned)
    SELECT * FROM unnest(${sql.param(fills.map(({ source }) => source))}::text[], ${sql.param(fills.map((fill) => fill.class))}::text[],
      ${sql.param(fills.map(({ learned }) => JSON.stringify(learned)))}::jsonb[])
    ON CONFLICT (source, class) DO UPDATE SET learned = excluded.learned, updated_at = now()`);
}

export interface BlindRule {
  readonly id: string;
  readonly title: string;
}

export interface StoredCondition extends Omit<Condition, "pause"> {
  readonly id: string;
  readonly blind: readonly BlindRule[];
  readonly signalId: string;
  readonly signalMs: number;
  readonly raisedMs: number;
  readonly endedMs: number | null;
}

export async function openConditions(db: Executor): Promise<StoredCondition[]> {
  const { rows } = await db.execute<ConditionRow>(
    sql`SELECT * FROM silence_condition WHERE ended_at IS NULL ORDER BY raised_at, key`,
  );
  return rows.map(toCondition);
}

/** Those that stand first, then the latest. */
export async function conditionsOfSource(db: Executor, source: string, limit: number): Promise<StoredCondition[]> {
  const { rows } = await db.execute<ConditionRow>(sql`
    SELECT * FROM silence_condition WHERE source = ${source}
    ORDER BY ended_at IS NULL DESC, raised_at DESC LIMIT ${limit}`);
  return rows.map(toCondition);
}

export type NewCondition = Omit<StoredCondition, "id" | "endedMs">;

export async function insertCondition(tx: Transaction, of: NewCondition): Promise<void> {
  const { key, kind, reach, source, host, title, sentence, facts, blind } = of;
  await tx.execute(sql`
    INSERT INTO silence_condition (key, kind, reach, source, host, title, sentence, facts, blind, signal_id, signal_ms, since, raised_at)
    VALUES (${key}, ${kind}, ${reach}, ${source}, ${host}, ${title}, ${sentence}, ${JSON.stringify(facts)}::jsonb, ${JSON.stringify(blind)}::jsonb,
      ${of.signalId}, ${of.signalMs}, ${new Date(of.sinceMs)}, ${new Date(of.raisedMs)})`);
}

export async function endCondition(tx: Transaction, id: string, now: number): Promise<void> {
  await tx.execute(sql`UPDATE silence_condition SET ended_at = ${new Date(now)} WHERE id = ${id}::uuid`);
}

export async function forgetConditions(db: Executor, beforeMs: number): Promise<void> {
  await db.execute(sql`DELETE FROM silence_condition WHERE ended_at < ${new Date(beforeMs)}`);
}

interface ConditionRow extends Record<string, unknown> {
  id: string;
  key: string;
  kind: ConditionKind;
  reach: Condition["reach"];
  source: string;
  host: string;
  title: string;
  sentence: string;
  facts: Condition["facts"];
  blind: BlindRule[];
  signal_id: string;
  signal_ms: string | number;
  since: Date | string;
  raised_at: Date | string;
  ended_at: Date | string | null;
}

function toCondition(row: ConditionRow): StoredCondition {
  const { id, key, kind, reach, source, host, title, sentence, facts, blind } = row;
  return {
    id,
    key,
    kind,
    reach,
    source,
    host,
    title,
    sentence,
    facts,
    blind,
    signalId: row.signal_id,
    signalMs: Number(row.signal_ms),
    sinceMs: new Date(row.since).getTime(),
    raisedMs: new Date(row.raised_at).getTime(),
    endedMs: row.ended_at === null ? null : new Date(row.ended_at).getTime(),
  };
}
