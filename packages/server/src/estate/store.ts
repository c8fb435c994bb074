/** store: reads the estate for lists and pages. Counts of open alerts come from triage through main and are joined here. */
import type { Asset, Exposure, Identity, Service, ServiceBrief, TeamRow } from "@holdfast/contracts/estate";
import { type SQL, sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";
import { servicesByAsset } from "./lookup.ts";

export interface OpenCounts {
  readonly assets: ReadonlyMap<string, number>;
  readonly identities: ReadonlyMap<string, number>;
  readonly services: ReadonlyMap<string, { readonly alerts: number; readonly incidents: number }>;
}

export interface ListQuery {
  readonly q?: string | undefined;
  readonly service?: string | undefined;
  readonly owner?: string | undefined;
  readonly kind?: string | undefined;
  readonly sort: "name" | "criticality" | "alerts" | "seen";
  readonly offset: number;
  readonly limit: number;
}

type Row<T> = T & Record<string, unknown>;

export async function listTeams(db: Executor): Promise<TeamRow[]> {
  const { rows } = await db.execute<Row<TeamRow>>(sql`SELECT id, name, kind, members FROM team ORDER BY kind, name`);
  return rows;
}

interface AssetRow {
  id: string;
  name: string;
  kind: Asset["kind"];
  os: string;
  owner: string | null;
  criticality: number | null;
  exposure: Exposure | null;
  tags: string[];
  provenance: Asset["provenance"];
  first_seen: Date | null;
  last_seen: Date | null;
}

/** By id or any of its names; undefined when there is none. */
export async function assetIdOf(db: Executor, idOrName: string): Promise<string | undefined> {
  const { rows } = await db.execute<{ id: string }>(sql`
    SELECT id FROM asset WHERE id::text = ${idOrName} UNION ALL SELECT asset_id AS id FROM asset_alias WHERE name = ${idOrName.toLowerCase()} LIMIT 1`);
  return rows[0]?.id;
}

export async function listAssets(
  db: Executor,
  query: ListQuery,
  counts: OpenCounts,
): Promise<{ items: Asset[]; total: number }> {
  const conditions: SQL[] = [sql`true`];
  if (query.q !== undefined) {
    conditions.push(sql`(EXISTS (SELECT FROM asset_alias n WHERE n.asset_id = a.id AND n.name LIKE ${like(query.q)}) OR lower(a.name) LIKE ${like(query.q)}
      OR EXISTS (SELECT FROM asset_address p WHERE p.asset_id = a.id AND host(p.ip) LIKE ${like(query.q)}) OR ${query.q.toLowerCase()} = ANY(a.tags))`);
  }
  if (query.service !== undefined)
    conditions.push(
      sql`EXISTS (SELECT FROM service_asset s WHERE s.asset_id = a.id AND s.service_id = ${query.service})`,
    );
  if (query.owner !== undefined) conditions.push(sql`a.owner = ${query.owner}`);
  if (query.kind !== undefined) conditions.push(sql`a.kind = ${query.kind}`);
  return pageOf(db, {
    table: sql`asset a`,
    weight: sql`a.criticality`,
    conditions,
    query,
    alerts: counts.assets,
    map: (rows: AssetRow[]) => toAssets(db, rows, counts),
  });
}

export async function readAsset(db: Executor, id: string, counts: OpenCounts): Promise<Asset | undefined> {
  const { rows } = await db.execute<Row<AssetRow>>(sql`SELECT * FROM asset WHERE id::text = ${id}`);
  return (await toAssets(db, rows, counts))[0];
}

async function toAssets(db: Executor, rows: readonly AssetRow[], counts: OpenCounts): Promise<Asset[]> {
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return [];
  const { rows: addresses } = await db.execute<{
    asset_id: string;
    ip: string;
    first_seen: Date;
    last_seen: Date;
    provenance: Asset["provenance"];
  }>(
    sql`SELECT asset_id, host(ip) AS ip, first_seen, last_seen, provenance FROM asset_address WHERE asset_id = ANY(${sql.param(ids)}::uuid[]) ORDER BY last_seen DESC, ip`,
  );
  const { rows: aliases } = await db.execute<{ asset_id: string; shown: string; rule: string }>(
    sql`SELECT asset_id, shown, rule FROM asset_alias WHERE asset_id = ANY(${sql.param(ids)}::uuid[]) ORDER BY name`,
  );
  const services = await servicesByAsset(db, ids);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    kind: row.kind,
    os: row.os,
    owner: row.owner,
    criticality: row.criticality,
    exposure: row.exposure,
    tags: row.tags,
    provenance: row.provenance,
    addresses: addresses
      .filter((address) => address.asset_id === row.id)
      .map(({ ip, first_seen, last_seen, provenance }) => ({
        ip,
        firstSeen: iso(first_seen),
        lastSeen: iso(last_seen),
        provenance,
      })),
    aliases: aliases
      .filter((alias) => alias.asset_id === row.id && alias.shown !== row.name)
      .map(({ shown, rule }) => ({ name: shown, rule })),
    services: services.get(row.id) ?? [],
    firstSeen: isoOrNull(row.first_seen),
    lastSeen: isoOrNull(row.last_seen),
    openAlerts: counts.assets.get(row.id) ?? 0,
  }));
}

interface IdentityRow {
  id: string;
  name: string;
  full_name: string;
  kind: Identity["kind"];
  team: string | null;
  privileged: boolean;
  provenance: Identity["provenance"];
  first_seen: Date | null;
  last_seen: Date | null;
}

export async function listIdentities(
  db: Executor,
  query: ListQuery,
  counts: OpenCounts,
): Promise<{ items: Identity[]; total: number }> {
  const conditions: SQL[] = [sql`true`];
  if (query.q !== undefined) {
    conditions.push(
      sql`(lower(a.full_name) LIKE ${like(query.q)} OR EXISTS (SELECT FROM identity_alias n WHERE n.identity_id = a.id AND n.name LIKE ${like(query.q)}))`,
    );
  }
  if (query.owner !== undefined) conditions.push(sql`a.team = ${query.owner}`);
  return pageOf(db, {
    table: sql`identity a`,
    weight: sql`a.privileged`,
    conditions,
    query,
    alerts: counts.identities,
    map: (rows: IdentityRow[]) => toIdentities(db, rows, counts),
  });
}

export async function readIdentity(db: Executor, idOrName: string, counts: OpenCounts): Promise<Identity | undefined> {
  const { rows } = await db.execute<Row<IdentityRow>>(sql`
    SELECT * FROM identity WHERE id::text = ${idOrName} OR id = (SELECT identity_id FROM identity_alias WHERE name = ${idOrName.toLowerCase()})`);
  return (await toIdentities(db, rows, counts))[0];
}

async function toIdentities(db: Executor, rows: readonly IdentityRow[], counts: OpenCounts): Promise<Identity[]> {
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return [];
  const { rows: aliases } = await db.execute<{ identity_id: string; shown: string; rule: string }>(
    sql`SELECT identity_id, shown, rule FROM identity_alias WHERE identity_id = ANY(${sql.param(ids)}::uuid[]) ORDER BY name`,
  );
  const { rows: hosts } = await db.execute<{ identity_id: string; asset_id: string; name: string; last_seen: Date }>(
    sql`SELECT h.identity_id, h.asset_id, a.name, h.last_seen FROM identity_host h JOIN asset a ON a.id = h.asset_id WHERE h.identity_id = ANY(${sql.param(ids)}::uuid[]) ORDER BY h.last_seen DESC`,
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    fullName: row.full_name,
    kind: row.kind,
    team: row.team,
    privileged: row.privileged,
    provenance: row.provenance,
    aliases: aliases
      .filter((alias) => alias.identity_id === row.id && alias.shown !== row.name)
      .map(({ shown, rule }) => ({ name: shown, rule })),
    hosts: hosts
      .filter((host) => host.identity_id === row.id)
      .map((host) => ({ asset: host.name, assetId: host.asset_id, lastSeen: iso(host.last_seen) })),
    firstSeen: isoOrNull(row.first_seen),
    lastSeen: isoOrNull(row.last_seen),
    openAlerts: counts.identities.get(row.id) ?? 0,
  }));
}

type ServiceRow = ServiceBrief & { description: string };

export async function listServices(
  db: Executor,
  query: { q?: string | undefined; owner?: string | undefined; id?: string | undefined },
  counts: OpenCounts,
): Promise<Service[]> {
  const { rows: all } = await db.execute<Row<ServiceRow>>(
    sql`SELECT id, name, description, owner, criticality, exposure FROM service ORDER BY criticality DESC, name`,
  );
  const { rows: needs } = await db.execute<{ service_id: string; needs_id: string }>(
    sql`SELECT service_id, needs_id FROM service_need`,
  );
  const { rows: assets } = await db.execute<Row<{ service_id: string; id: string; name: string; kind: Asset["kind"] }>>(
    sql`SELECT sa.service_id, a.id, a.name, a.kind FROM service_asset sa JOIN asset a ON a.id = sa.asset_id ORDER BY a.name`,
  );
  const byId = new Map(all.map((row) => [row.id, brief(row)]));
  const linked = (ids: readonly string[]): ServiceBrief[] => ids.flatMap((id) => byId.get(id) ?? []);
  const wanted = all.filter(
    (row) =>
      (query.id === undefined || row.id === query.id) &&
      (query.owner === undefined || row.owner === query.owner) &&
      (query.q === undefined || `${row.id} ${row.name}`.toLowerCase().includes(query.q.toLowerCase())),
  );
  return wanted.map((row) => ({
    ...brief(row),
    description: row.description,
    dependsOn: linked(needs.filter((edge) => edge.service_id === row.id).map((edge) => edge.needs_id)),
    dependants: linked(needs.filter((edge) => edge.needs_id === row.id).map((edge) => edge.service_id)),
    assets: assets.filter((asset) => asset.service_id === row.id).map(({ id, name, kind }) => ({ id, name, kind })),
    openAlerts: counts.services.get(row.id)?.alerts ?? 0,
    openIncidents: counts.services.get(row.id)?.incidents ?? 0,
  }));
}

/** "from to", of what stands in the estate without anybody having seen it. */
export async function declaredNeeds(db: Executor): Promise<Set<string>> {
  const { rows } = await db.execute<{ service_id: string; needs_id: string }>(
    sql`SELECT service_id, needs_id FROM service_dependency`,
  );
  return new Set(rows.map(({ service_id, needs_id }) => `${service_id} ${needs_id}`));
}

const brief = ({ id, name, criticality, exposure, owner }: ServiceBrief): ServiceBrief => ({
  id,
  name,
  criticality,
  exposure,
  owner,
});

interface PageRequest<R, T> {
  readonly table: SQL;
  /** What "criticality" means for this table. */
  readonly weight: SQL;
  readonly conditions: readonly SQL[];
  readonly query: ListQuery;
  readonly alerts: ReadonlyMap<string, number>;
  readonly map: (rows: R[]) => Promise<T[]>;
}

async function pageOf<R, T>(
  db: Executor,
  { table, weight, conditions, query, alerts, map }: PageRequest<R, T>,
): Promise<{ items: T[]; total: number }> {
  const where = sql.join([...conditions], sql` AND `);
  const ranked = [...alerts];
  const order = {
    name: sql`lower(a.name)`,
    criticality: sql`${weight} DESC NULLS LAST, lower(a.name)`,
    seen: sql`a.last_seen DESC NULLS LAST, lower(a.name)`,
    alerts: sql`coalesce((SELECT n FROM unnest(${sql.param(ranked.map(([id]) => id))}::text[], ${sql.param(ranked.map(([, n]) => n))}::int[]) AS open (id, n) WHERE open.id = a.id::text), 0) DESC, lower(a.name)`,
  };
  const { rows: counted } = await db.execute<{ n: number }>(
    sql`SELECT count(*)::int AS n FROM ${table} WHERE ${where}`,
  );
  const { rows } = await db.execute<Record<string, unknown>>(
    sql`SELECT a.* FROM ${table} WHERE ${where} ORDER BY ${order[query.sort]} LIMIT ${query.limit} OFFSET ${query.offset}`,
  );
  return { items: await map(rows as R[]), total: counted[0]?.n ?? 0 };
}

const like = (text: string): string => `%${text.toLowerCase().replaceAll(/[\\%_]/g, "\\$&")}%`;
const iso = (at: Date | string): string => new Date(at).toISOString();
const isoOrNull = (at: Date | string | null): string | null => (at === null ? null : iso(at));
