/** source-store: the sources and their counters. Counters only ever move inside the transaction of a block, so they are exact;
 *  only `rejected` is added from memory now and then, since nothing durable happened to those records. */
import type { RejectReason, SourceKind } from "@holdfast/contracts/ingest";
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";
import type { SourceCounts } from "./block.ts";

export interface StoredSource {
  readonly id: string;
  readonly kind: SourceKind;
  readonly name: string;
  readonly enabled: boolean;
  readonly keyPrefix: string | null;
  /** SHA-256 of the key, hex; undefined for a source without one. */
  readonly keyHash: string | undefined;
  readonly createdAt: string;
  readonly lastEventAt: string | null;
  readonly stored: number;
  readonly quarantined: number;
  readonly duplicates: number;
  readonly unclassified: number;
  readonly rejected: number;
  readonly bytes: number;
  /** The exercise that sends by it; null for real telemetry. */
  readonly exerciseId: string | null;
}

export interface NewSource {
  readonly id: string;
  readonly kind: SourceKind;
  readonly name: string;
  readonly key?: { readonly hash: string; readonly prefix: string };
  readonly now: number;
  readonly exerciseId?: string | undefined;
}

/** False when the id is taken. */
export async function insertSource(db: Executor, source: NewSource): Promise<boolean> {
  const { id, kind, name, key } = source;
  const { rows } = await db.execute<{ id: string }>(
    sql`INSERT INTO source (id, kind, name, key_hash, key_prefix, created_at, exercise_id)
        VALUES (${id}, ${kind}, ${name}, ${key === undefined ? null : Buffer.from(key.hash, "hex")},
                ${key?.prefix ?? null}, ${new Date(source.now)}, ${source.exerciseId ?? null})
        ON CONFLICT (id) DO NOTHING RETURNING id`,
  );
  return rows.length > 0;
}

/** Inserts it under the first free id made of its name; answers the id. */
export async function freeSource(db: Executor, source: Omit<NewSource, "id">): Promise<string> {
  const base = slugOf(source.name);
  for (let n = 1; ; n += 1) {
    const id = n === 1 ? base : `${base}-${n}`;
    if (await insertSource(db, { ...source, id })) return id;
  }
}

function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 60);
  return slug === "" ? "source" : slug;
}

export async function allSources(db: Executor): Promise<StoredSource[]> {
  const { rows } = await db.execute<SourceRow>(sql`SELECT * FROM source ORDER BY id`);
  return rows.map(toSource);
}

export async function listSources(
  db: Executor,
  { after, q, limit, exercise }: { after: string; q: string; limit: number; exercise: string | undefined },
): Promise<StoredSource[]> {
  const apart =
    exercise === undefined
      ? sql`exercise_id IS NULL`
      : exercise === "any"
        ? sql`exercise_id IS NOT NULL`
        : sql`exercise_id = ${exercise}`;
  const { rows } = await db.execute<SourceRow>(
    sql`SELECT * FROM source
        WHERE ${apart} AND id > ${after} AND strpos(lower(name || ' ' || id || ' ' || kind), ${q.toLowerCase()}) > 0
        ORDER BY id LIMIT ${limit}`,
  );
  return rows.map(toSource);
}

export async function sourceById(db: Executor, id: string): Promise<StoredSource | undefined> {
  const { rows } = await db.execute<SourceRow>(sql`SELECT * FROM source WHERE id = ${id}`);
  return rows[0] && toSource(rows[0]);
}

export async function updateSource(
  db: Executor,
  id: string,
  change: { readonly name?: string | undefined; readonly enabled?: boolean | undefined },
): Promise<StoredSource | undefined> {
  const { rows } = await db.execute<SourceRow>(
    sql`UPDATE source SET name = coalesce(${change.name ?? null}, name), enabled = coalesce(${change.enabled ?? null}::boolean, enabled)
        WHERE id = ${id} RETURNING *`,
  );
  return rows[0] && toSource(rows[0]);
}

export async function setSourceKey(db: Executor, id: string, key: { hash: string; prefix: string }): Promise<void> {
  await db.execute(
    sql`UPDATE source SET key_hash = ${Buffer.from(key.hash, "hex")}, key_prefix = ${key.prefix} WHERE id = ${id}`,
  );
}

export async function addCounts(db: Executor, counts: readonly SourceCounts[]): Promise<void> {
  for (const count of counts) {
    await db.execute(
      sql`UPDATE source SET stored = stored + ${count.stored}, quarantined = quarantined + ${count.quarantined},
            unclassified = unclassified + ${count.unclassified}, bytes = bytes + ${count.bytes},
            last_event_at = greatest(last_event_at, ${new Date(count.lastReceivedMs)})
          WHERE id = ${count.source}`,
    );
  }
}

export interface Rejection {
  readonly reason: RejectReason;
  readonly records: number;
  readonly lastMs: number;
}

/** One statement, so that the sum and its parts never differ. */
export async function addRejected(db: Executor, id: string, { reason, records, lastMs }: Rejection): Promise<void> {
  await db.execute(sql`
    WITH counted AS (UPDATE source SET rejected = rejected + ${records} WHERE id = ${id} RETURNING id)
    INSERT INTO source_rejection (source, reason, records, last_at)
    SELECT id, ${reason}, ${records}, ${new Date(lastMs)} FROM counted
    ON CONFLICT (source, reason) DO UPDATE
      SET records = source_rejection.records + excluded.records, last_at = greatest(source_rejection.last_at, excluded.last_at)`);
}

export async function rejectionsOf(db: Executor, ids: readonly string[]): Promise<Map<string, Rejection[]>> {
  const { rows } = await db.execute<{ source: string; reason: RejectReason; records: number; last_at: Date | string }>(
    sql`SELECT source, reason, records, last_at FROM source_rejection WHERE source = ANY(${sql.param([...ids])}::text[])`,
  );
  return Map.groupBy(
    rows.map(({ source, reason, records, last_at: last }) => ({
      source,
      reason,
      records: Number(records),
      lastMs: new Date(last).getTime(),
    })),
    ({ source }) => source,
  );
}

export async function addDuplicates(db: Executor, id: string, duplicates: number): Promise<void> {
  await db.execute(sql`UPDATE source SET duplicates = duplicates + ${duplicates} WHERE id = ${id}`);
}

interface SourceRow extends Record<string, unknown> {
  id: string;
  kind: SourceKind;
  name: string;
  enabled: boolean;
  key_hash: Buffer | null;
  key_prefix: string | null;
  created_at: Date | string;
  last_event_at: Date | string | null;
  stored: number;
  quarantined: number;
  duplicates: number;
  unclassified: number;
  rejected: number;
  bytes: number;
  exercise_id: string | null;
}

function toSource(row: SourceRow): StoredSource {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    enabled: row.enabled,
    keyPrefix: row.key_prefix,
    keyHash: row.key_hash === null ? undefined : row.key_hash.toString("hex"),
    createdAt: new Date(row.created_at).toISOString(),
    lastEventAt: row.last_event_at === null ? null : new Date(row.last_event_at).toISOString(),
    stored: Number(row.stored),
    quarantined: Number(row.quarantined),
    duplicates: Number(row.duplicates),
    unclassified: Number(row.unclassified),
    rejected: Number(row.rejected),
    bytes: Number(row.bytes),
    exerciseId: row.exercise_id,
  };
}
