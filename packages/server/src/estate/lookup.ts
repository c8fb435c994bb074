/** lookup: what others ask of the estate: which asset or identity an entity is, and which services hang on it. */
import type { Exposure, ServiceBrief } from "@holdfast/contracts/estate";
import { sql } from "drizzle-orm";
import ipaddr from "ipaddr.js";
import type { Executor } from "../platform/tables/index.ts";
import { accountName, hostName } from "./names.ts";

export interface Resolution {
  readonly assetId: string | null;
  readonly identityId: string | null;
}

/** One answer per entity, in the order asked. An address is the asset that had it last, also where it stands for a host. */
export async function resolve(
  executor: Executor,
  entities: readonly { readonly kind: string; readonly value: string }[],
): Promise<Resolution[]> {
  const hosts = keysOf(entities, "host", (value) => hostName(value)?.key);
  const users = keysOf(entities, "user", (value) => accountName(value)?.key);
  const ips = keysOf(
    entities.map(({ kind, value }) => ({ kind: kind === "host" ? "ip" : kind, value })),
    "ip",
    (value) => (ipaddr.isValid(value) ? value : undefined),
  );
  const assets = await assetIds(executor, [...hosts.values()]);
  const identities = await identityIds(executor, [...users.values()]);
  const addresses = await addressIds(executor, [...ips.values()]);
  return entities.map(({ kind, value }) => ({
    assetId:
      (kind === "host" ? assets.get(hosts.get(value) ?? "") : undefined) ??
      (kind === "host" || kind === "ip" ? addresses.get(value) : undefined) ??
      null,
    identityId: (kind === "user" ? identities.get(users.get(value) ?? "") : undefined) ?? null,
  }));
}

/** Services by host, by user and by their own name, as the names were asked. Most critical first. */
export async function servicesOf(
  executor: Executor,
  asked: { readonly hosts: readonly string[]; readonly users: readonly string[]; readonly named?: readonly string[] },
): Promise<{
  hosts: Map<string, ServiceBrief[]>;
  users: Map<string, ServiceBrief[]>;
  named: Map<string, ServiceBrief[]>;
}> {
  const hosts = keysOf(
    asked.hosts.map((value) => ({ kind: "host", value })),
    "host",
    (value) => hostName(value)?.key,
  );
  const ids = await assetIds(executor, [...hosts.values()]);
  const addresses = await addressIds(
    executor,
    asked.hosts.filter((host) => ipaddr.isValid(host)),
  );
  const byAsset = await servicesByAsset(executor, [...new Set([...ids.values(), ...addresses.values()])]);
  const result = new Map<string, ServiceBrief[]>();
  for (const [written, key] of hosts) result.set(written, byAsset.get(ids.get(key) ?? "") ?? []);
  for (const [written, id] of addresses) result.set(written, byAsset.get(id) ?? []);
  return { hosts: result, users: new Map(), named: await servicesNamed(executor, asked.named ?? []) };
}

async function servicesNamed(executor: Executor, names: readonly string[]): Promise<Map<string, ServiceBrief[]>> {
  if (names.length === 0) return new Map();
  const { rows } = await executor.execute<{
    asked: string;
    id: string;
    name: string;
    criticality: number;
    exposure: Exposure;
    owner: string | null;
  }>(sql`
    SELECT asked.name AS asked, s.id, s.name, s.criticality, s.exposure, s.owner
    FROM unnest(${sql.param(names)}::text[]) AS asked (name) JOIN service s ON lower(asked.name) IN (lower(s.id), lower(s.name))`);
  const found = new Map<string, ServiceBrief[]>();
  for (const { asked, ...service } of rows) found.set(asked, [...(found.get(asked) ?? []), service]);
  return found;
}

/** What was declared of assets and identities themselves, by id; privileged accounts weigh like a critical service. */
export async function standingOf(
  executor: Executor,
  asked: { readonly assets: readonly string[]; readonly identities: readonly string[] },
): Promise<Map<string, { criticality: number; exposure: string }>> {
  const found = new Map<string, { criticality: number; exposure: string }>();
  if (asked.assets.length > 0) {
    const { rows } = await executor.execute<{ id: string; criticality: number | null; exposure: string | null }>(sql`
      SELECT id, criticality, exposure FROM asset
      WHERE id = ANY(${sql.param(asked.assets)}::uuid[]) AND (criticality IS NOT NULL OR exposure IS NOT NULL)`);
    for (const row of rows) found.set(row.id, { criticality: row.criticality ?? 0, exposure: row.exposure ?? "" });
  }
  if (asked.identities.length > 0) {
    const { rows } = await executor.execute<{ id: string; privileged: boolean }>(sql`
      SELECT id, privileged FROM identity
      WHERE id = ANY(${sql.param(asked.identities)}::uuid[]) AND (privileged OR kind IN ('admin', 'service'))`);
    for (const row of rows) found.set(row.id, { criticality: row.privileged ? 4 : 3, exposure: "" });
  }
  return found;
}

export async function servicesByAsset(
  executor: Executor,
  assetIdList: readonly string[],
): Promise<Map<string, ServiceBrief[]>> {
  const found = new Map<string, ServiceBrief[]>();
  if (assetIdList.length === 0) return found;
  const { rows } = await executor.execute<{
    asset_id: string;
    id: string;
    name: string;
    criticality: number;
    exposure: Exposure;
    owner: string | null;
  }>(sql`
    SELECT sa.asset_id, s.id, s.name, s.criticality, s.exposure, s.owner FROM service_asset sa JOIN service s ON s.id = sa.service_id
    WHERE sa.asset_id = ANY(${sql.param(assetIdList)}::uuid[]) ORDER BY s.criticality DESC, s.name`);
  for (const { asset_id, ...service } of rows) found.set(asset_id, [...(found.get(asset_id) ?? []), service]);
  return found;
}

function keysOf(
  entities: readonly { kind: string; value: string }[],
  kind: string,
  keyOf: (value: string) => string | undefined,
): Map<string, string> {
  const keys = new Map<string, string>();
  for (const entity of entities) {
    const key = entity.kind === kind ? keyOf(entity.value) : undefined;
    if (key !== undefined) keys.set(entity.value, key);
  }
  return keys;
}

async function assetIds(executor: Executor, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const { rows } = await executor.execute<{ name: string; id: string }>(
    sql`SELECT name, asset_id AS id FROM asset_alias WHERE name = ANY(${sql.param(keys)})`,
  );
  return new Map(rows.map((row) => [row.name, row.id]));
}

async function identityIds(executor: Executor, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const { rows } = await executor.execute<{ name: string; id: string }>(
    sql`SELECT name, identity_id AS id FROM identity_alias WHERE name = ANY(${sql.param(keys)})`,
  );
  return new Map(rows.map((row) => [row.name, row.id]));
}

async function addressIds(executor: Executor, ips: readonly string[]): Promise<Map<string, string>> {
  if (ips.length === 0) return new Map();
  const { rows } = await executor.execute<{ ip: string; id: string }>(sql`
    SELECT DISTINCT ON (ip) host(ip) AS ip, asset_id AS id FROM asset_address WHERE ip = ANY(${sql.param(ips)}::inet[]) ORDER BY ip, last_seen DESC`);
  return new Map(rows.map((row) => [row.ip, row.id]));
}
