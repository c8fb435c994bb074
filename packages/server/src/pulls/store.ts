/** store: all SQL of the pulls area. Sealed secrets are read by one function only, and leave only sealed. */
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";

export interface StoredPull {
  readonly id: string;
  readonly kind: string;
  readonly settings: Record<string, unknown>;
  readonly allow: string[];
  readonly sinceMs: number;
  readonly taken: number;
  readonly repeated: number;
  readonly wait: Wait;
  readonly lastTryAt: string | null;
  readonly lastSuccessAt: string | null;
  readonly nextTryMs: number;
  readonly failures: number;
  readonly lastError: string | null;
  readonly lastErrorAt: string | null;
  readonly updatedAt: string;
  readonly updatedBy: string;
  /** Names of the secrets that are set. */
  readonly secrets: string[];
}

export type Wait = "waiting" | "throttled" | "backing-off" | "held";

export interface StoredStream {
  readonly stream: string;
  readonly state: Record<string, unknown>;
  readonly pending: Record<string, unknown> | null;
}

const COLUMNS = sql.raw(
  `p.*, ARRAY(SELECT s.field FROM pull_secret s WHERE s.source_id = p.source_id ORDER BY s.field) AS secrets`,
);

export async function list(db: Executor): Promise<StoredPull[]> {
  const { rows } = await db.execute<Row>(sql`SELECT ${COLUMNS} FROM pull p ORDER BY p.source_id`);
  return rows.map(toPull);
}

export async function byId(db: Executor, id: string): Promise<StoredPull | undefined> {
  const { rows } = await db.execute<Row>(sql`SELECT ${COLUMNS} FROM pull p WHERE p.source_id = ${id}`);
  return rows[0] && toPull(rows[0]);
}

export async function insert(
  db: Executor,
  pull: Pick<StoredPull, "id" | "kind" | "settings" | "allow" | "sinceMs" | "updatedBy"> & { readonly now: number },
): Promise<void> {
  await db.execute(sql`
    INSERT INTO pull (source_id, kind, settings, allow, since, next_try_at, updated_at, updated_by)
    VALUES (${pull.id}, ${pull.kind}, ${JSON.stringify(pull.settings)}::jsonb, ${sql.param(pull.allow)}::text[],
            ${iso(pull.sinceMs)}, ${iso(pull.now)}, ${iso(pull.now)}, ${pull.updatedBy})`);
}

export async function update(
  db: Executor,
  id: string,
  pull: Pick<StoredPull, "settings" | "allow" | "updatedBy"> & { readonly now: number },
): Promise<void> {
  await db.execute(sql`
    UPDATE pull SET settings = ${JSON.stringify(pull.settings)}::jsonb, allow = ${sql.param(pull.allow)}::text[],
      wait = 'waiting', next_try_at = ${iso(pull.now)}, updated_at = ${iso(pull.now)}, updated_by = ${pull.updatedBy}
    WHERE source_id = ${id}`);
}

export async function saveSecret(db: Executor, id: string, secret: { field: string; sealed: string }): Promise<void> {
  await db.execute(sql`
    INSERT INTO pull_secret (source_id, field, sealed) VALUES (${id}, ${secret.field}, ${secret.sealed})
    ON CONFLICT (source_id, field) DO UPDATE SET sealed = excluded.sealed`);
}

export async function removeSecret(db: Executor, id: string, field: string): Promise<void> {
  await db.execute(sql`DELETE FROM pull_secret WHERE source_id = ${id} AND field = ${field}`);
}

export async function sealedSecrets(db: Executor, id: string): Promise<Map<string, string>> {
  const { rows } = await db.execute<{ field: string; sealed: string }>(
    sql`SELECT field, sealed FROM pull_secret WHERE source_id = ${id}`,
  );
  return new Map(rows.map((row) => [row.field, row.sealed]));
}

export async function tried(db: Executor, id: string, now: number): Promise<void> {
  await db.execute(sql`UPDATE pull SET last_try_at = ${iso(now)} WHERE source_id = ${id}`);
}

/** A try is over, well or not. */
export async function noteTry(
  db: Executor,
  id: string,
  end: {
    readonly wait: Wait;
    readonly error: string | null;
    readonly failed: boolean;
    readonly next: number;
    readonly now: number;
  },
): Promise<void> {
  const { wait, error, failed, next, now } = end;
  await db.execute(sql`
    UPDATE pull SET wait = ${wait}, next_try_at = ${iso(next)},
      failures = ${failed ? sql`failures + 1` : sql`0`},
      last_success_at = CASE WHEN ${error}::text IS NULL THEN ${iso(now)}::timestamptz ELSE last_success_at END,
      last_error = coalesce(${error}, last_error),
      last_error_at = CASE WHEN ${error}::text IS NULL THEN last_error_at ELSE ${iso(now)}::timestamptz END
    WHERE source_id = ${id}`);
}

export async function tryAt(db: Executor, id: string, at: number): Promise<void> {
  await db.execute(sql`UPDATE pull SET next_try_at = ${iso(at)} WHERE source_id = ${id}`);
}

export async function streamsOf(db: Executor, id: string): Promise<StoredStream[]> {
  const { rows } = await db.execute<StoredStream & Record<string, unknown>>(
    sql`SELECT stream, state, pending FROM pull_stream WHERE source_id = ${id} ORDER BY stream`,
  );
  return rows.map(({ stream, state, pending }) => ({ stream, state, pending }));
}

export async function saveState(
  db: Executor,
  id: string,
  stream: { readonly stream: string; readonly state: object },
): Promise<void> {
  await db.execute(sql`
    INSERT INTO pull_stream (source_id, stream, state) VALUES (${id}, ${stream.stream}, ${JSON.stringify(stream.state)}::jsonb)
    ON CONFLICT (source_id, stream) DO UPDATE SET state = excluded.state, pending = NULL`);
}

/** What is about to be handed to the spool; null when it is known not to have got there. */
export async function savePending(
  db: Executor,
  id: string,
  stream: { readonly stream: string; readonly state: object; readonly pending: object | null },
): Promise<void> {
  const pending = stream.pending === null ? null : JSON.stringify(stream.pending);
  await db.execute(sql`
    INSERT INTO pull_stream (source_id, stream, state, pending)
    VALUES (${id}, ${stream.stream}, ${JSON.stringify(stream.state)}::jsonb, ${pending}::jsonb)
    ON CONFLICT (source_id, stream) DO UPDATE SET pending = excluded.pending`);
}

export async function addTaken(
  db: Executor,
  id: string,
  counts: { readonly taken: number; readonly repeated: number },
): Promise<void> {
  await db.execute(
    sql`UPDATE pull SET taken = taken + ${counts.taken}, repeated = repeated + ${counts.repeated} WHERE source_id = ${id}`,
  );
}

/** Those of the digests (hex) that are known. */
export async function seenOf(
  db: Executor,
  id: string,
  asked: { readonly stream: string; readonly digests: readonly string[] },
): Promise<Set<string>> {
  if (asked.digests.length === 0) return new Set();
  const { rows } = await db.execute<{ id: string }>(sql`
    SELECT encode(id, 'hex') AS id FROM pull_seen WHERE source_id = ${id} AND stream = ${asked.stream}
      AND id IN (SELECT decode(d, 'hex') FROM unnest(${sql.param(asked.digests)}::text[]) AS d)`);
  return new Set(rows.map((row) => row.id));
}

export async function addSeen(
  db: Executor,
  id: string,
  seen: { readonly stream: string; readonly digests: readonly string[]; readonly times: readonly number[] },
): Promise<void> {
  if (seen.digests.length === 0) return;
  await db.execute(sql`
    INSERT INTO pull_seen (source_id, stream, id, at)
    SELECT ${id}, ${seen.stream}, decode(d, 'hex'), t
    FROM unnest(${sql.param(seen.digests)}::text[], ${sql.param(seen.times.map(iso))}::timestamptz[]) AS u (d, t)
    ON CONFLICT (source_id, stream, id) DO UPDATE SET at = greatest(pull_seen.at, excluded.at)`);
}

export async function forgetSeen(
  db: Executor,
  id: string,
  old: { readonly stream: string; readonly before: number },
): Promise<void> {
  await db.execute(
    sql`DELETE FROM pull_seen WHERE source_id = ${id} AND stream = ${old.stream} AND at < ${iso(old.before)}`,
  );
}

interface Row extends Record<string, unknown> {
  source_id: string;
  kind: string;
  settings: Record<string, unknown>;
  allow: string[];
  since: Date | string;
  taken: number | string;
  repeated: number | string;
  wait: Wait;
  last_try_at: Date | string | null;
  last_success_at: Date | string | null;
  next_try_at: Date | string;
  failures: number;
  last_error: string | null;
  last_error_at: Date | string | null;
  updated_at: Date | string;
  updated_by: string;
  secrets: string[];
}

function toPull(row: Row): StoredPull {
  return {
    id: row.source_id,
    kind: row.kind,
    settings: row.settings,
    allow: row.allow,
    sinceMs: new Date(row.since).getTime(),
    taken: Number(row.taken),
    repeated: Number(row.repeated),
    wait: row.wait,
    lastTryAt: when(row.last_try_at),
    lastSuccessAt: when(row.last_success_at),
    nextTryMs: new Date(row.next_try_at).getTime(),
    failures: row.failures,
    lastError: row.last_error,
    lastErrorAt: when(row.last_error_at),
    updatedAt: when(row.updated_at) ?? "",
    updatedBy: row.updated_by,
    secrets: row.secrets,
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
const when = (value: Date | string | null): string | null => (value === null ? null : new Date(value).toISOString());
