/** store: all SQL of the connectors area. Sealed secrets are read by one function only, and leave only sealed. */
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";

export interface StoredConnector {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly settings: Record<string, unknown>;
  readonly allow: string[];
  readonly enabled: boolean;
  readonly state: "untested" | "ok" | "failing";
  readonly lastError: string | null;
  readonly lastErrorAt: string | null;
  readonly lastTestedAt: string | null;
  readonly lastUsedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
  /** Names of the secrets that are set. */
  readonly secrets: string[];
}

interface Row extends Record<string, unknown> {
  id: string;
  name: string;
  kind: string;
  settings: Record<string, unknown>;
  allow: string[];
  enabled: boolean;
  state: StoredConnector["state"];
  last_error: string | null;
  last_error_at: Date | string | null;
  last_tested_at: Date | string | null;
  last_used_at: Date | string | null;
  created_at: Date | string;
  updated_at: Date | string;
  updated_by: string;
  secrets: string[];
}

const COLUMNS = sql.raw(
  `c.*, ARRAY(SELECT s.field FROM connector_secret s WHERE s.connector_id = c.id ORDER BY s.field) AS secrets`,
);

export async function list(db: Executor): Promise<StoredConnector[]> {
  const { rows } = await db.execute<Row>(sql`SELECT ${COLUMNS} FROM connector c ORDER BY c.name, c.id`);
  return rows.map(toConnector);
}

export async function byId(db: Executor, id: string): Promise<StoredConnector | undefined> {
  const { rows } = await db.execute<Row>(sql`SELECT ${COLUMNS} FROM connector c WHERE c.id = ${id}`);
  return rows[0] && toConnector(rows[0]);
}

/** False when the id is taken. */
export async function insert(
  db: Executor,
  connector: Pick<StoredConnector, "id" | "name" | "kind" | "settings" | "allow" | "updatedBy"> & {
    readonly now: number;
  },
): Promise<boolean> {
  const result = await db.execute(sql`
    INSERT INTO connector (id, name, kind, settings, allow, created_at, updated_at, updated_by)
    VALUES (${connector.id}, ${connector.name}, ${connector.kind}, ${JSON.stringify(connector.settings)}::jsonb,
            ${sql.param(connector.allow)}::text[], ${iso(connector.now)}, ${iso(connector.now)}, ${connector.updatedBy})
    ON CONFLICT (id) DO NOTHING`);
  return result.rowCount === 1;
}

export async function update(
  db: Executor,
  id: string,
  connector: Pick<StoredConnector, "name" | "settings" | "allow" | "enabled" | "updatedBy"> & { readonly now: number },
): Promise<void> {
  await db.execute(sql`
    UPDATE connector SET name = ${connector.name}, settings = ${JSON.stringify(connector.settings)}::jsonb,
      allow = ${sql.param(connector.allow)}::text[], enabled = ${connector.enabled}, state = 'untested', last_error = NULL, last_error_at = NULL,
      updated_at = ${iso(connector.now)}, updated_by = ${connector.updatedBy}
    WHERE id = ${id}`);
}

export async function remove(db: Executor, id: string): Promise<void> {
  await db.execute(sql`DELETE FROM connector WHERE id = ${id}`);
}

export async function saveSecret(db: Executor, id: string, secret: { field: string; sealed: string }): Promise<void> {
  await db.execute(sql`
    INSERT INTO connector_secret (connector_id, field, sealed) VALUES (${id}, ${secret.field}, ${secret.sealed})
    ON CONFLICT (connector_id, field) DO UPDATE SET sealed = excluded.sealed`);
}

export async function removeSecret(db: Executor, id: string, field: string): Promise<void> {
  await db.execute(sql`DELETE FROM connector_secret WHERE connector_id = ${id} AND field = ${field}`);
}

export async function sealedSecrets(db: Executor, id: string): Promise<Map<string, string>> {
  const { rows } = await db.execute<{ field: string; sealed: string }>(
    sql`SELECT field, sealed FROM connector_secret WHERE connector_id = ${id}`,
  );
  return new Map(rows.map((row) => [row.field, row.sealed]));
}

/** What a test or a use showed. True when the state changed by it. */
export async function noteUse(
  db: Executor,
  id: string,
  use: { readonly test: boolean; readonly error: string | null; readonly now: number },
): Promise<boolean> {
  const { rows } = await db.execute<{ changed: boolean }>(sql`
    WITH before AS (SELECT id, state FROM connector WHERE id = ${id} FOR UPDATE)
    UPDATE connector c SET
      state = ${use.error === null ? "ok" : "failing"},
      last_error = coalesce(${use.error}, last_error),
      last_error_at = CASE WHEN ${use.error}::text IS NULL THEN last_error_at ELSE ${iso(use.now)}::timestamptz END,
      last_tested_at = CASE WHEN ${use.test} THEN ${iso(use.now)}::timestamptz ELSE last_tested_at END,
      last_used_at = CASE WHEN ${use.test} THEN last_used_at ELSE ${iso(use.now)}::timestamptz END
    FROM before WHERE c.id = before.id RETURNING before.state <> c.state AS changed`);
  return rows[0]?.changed ?? false;
}

function toConnector(row: Row): StoredConnector {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    settings: row.settings,
    allow: row.allow,
    enabled: row.enabled,
    state: row.state,
    lastError: row.last_error,
    lastErrorAt: when(row.last_error_at),
    lastTestedAt: when(row.last_tested_at),
    lastUsedAt: when(row.last_used_at),
    createdAt: when(row.created_at) ?? "",
    updatedAt: when(row.updated_at) ?? "",
    updatedBy: row.updated_by,
    secrets: row.secrets,
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
const when = (value: Date | string | null): string | null => (value === null ? null : new Date(value).toISOString());
