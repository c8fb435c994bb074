/** targets: what the estate knows about things that an action would touch: which asset or identity each one is, and who works on
 *  the assets. What it does not know comes back with nulls: "unknown" must not look like "nothing hangs on it". */
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";
import { resolve } from "./lookup.ts";

export interface EstateTarget {
  readonly kind: string;
  readonly value: string;
  readonly asset: {
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly owner: string | null;
    readonly tags: readonly string[];
    readonly names: readonly string[];
    readonly addresses: readonly string[];
  } | null;
  readonly identity: {
    readonly id: string;
    readonly name: string;
    readonly team: string | null;
    readonly privileged: boolean;
    readonly names: readonly string[];
  } | null;
}

export interface UserOnAsset {
  readonly id: string;
  readonly name: string;
  readonly privileged: boolean;
  readonly asset: string;
  readonly lastSeen: number;
}

/** One answer per target, in the order asked. */
export async function readTargets(
  executor: Executor,
  targets: readonly { readonly kind: string; readonly value: string }[],
): Promise<EstateTarget[]> {
  const resolved = await resolve(executor, targets);
  const assets = await readAssets(
    executor,
    resolved.flatMap(({ assetId }) => assetId ?? []),
  );
  const identities = await readIdentities(
    executor,
    resolved.flatMap(({ identityId }) => identityId ?? []),
  );
  return targets.map(({ kind, value }, index) => ({
    kind,
    value,
    asset: assets.get(resolved[index]?.assetId ?? "") ?? null,
    identity: identities.get(resolved[index]?.identityId ?? "") ?? null,
  }));
}

/** Who was seen acting on these assets since then, privileged first. */
export async function readUsersOn(
  executor: Executor,
  assetIds: readonly string[],
  since: number,
): Promise<UserOnAsset[]> {
  if (assetIds.length === 0) return [];
  const { rows } = await executor.execute<{
    id: string;
    name: string;
    privileged: boolean;
    asset: string;
    seen: string;
  }>(sql`
    SELECT i.id, i.name, i.privileged, a.name AS asset, (extract(epoch FROM h.last_seen) * 1000)::bigint AS seen
    FROM identity_host h JOIN identity i ON i.id = h.identity_id JOIN asset a ON a.id = h.asset_id
    WHERE h.asset_id = ANY(${sql.param(assetIds)}::uuid[]) AND h.last_seen >= to_timestamp(${since / 1000})
    ORDER BY i.privileged DESC, h.last_seen DESC, i.name`);
  return rows.map(({ seen, ...row }) => ({ ...row, lastSeen: Number(seen) }));
}

async function readAssets(
  executor: Executor,
  ids: readonly string[],
): Promise<Map<string, NonNullable<EstateTarget["asset"]>>> {
  if (ids.length === 0) return new Map();
  const { rows } = await executor.execute<{
    id: string;
    name: string;
    kind: string;
    owner: string | null;
    tags: string[];
    names: string[];
    addresses: string[];
  }>(sql`
    SELECT a.id, a.name, a.kind, a.owner, a.tags,
      ARRAY(SELECT n.name FROM asset_alias n WHERE n.asset_id = a.id ORDER BY 1) AS names,
      ARRAY(SELECT host(p.ip) FROM asset_address p WHERE p.asset_id = a.id ORDER BY 1) AS addresses
    FROM asset a WHERE a.id = ANY(${sql.param(ids)}::uuid[])`);
  return new Map(rows.map((row) => [row.id, row]));
}

async function readIdentities(
  executor: Executor,
  ids: readonly string[],
): Promise<Map<string, NonNullable<EstateTarget["identity"]>>> {
  if (ids.length === 0) return new Map();
  const { rows } = await executor.execute<{
    id: string;
    name: string;
    team: string | null;
    privileged: boolean;
    names: string[];
  }>(sql`
    SELECT i.id, i.name, i.team, i.privileged,
      ARRAY(SELECT n.name FROM identity_alias n WHERE n.identity_id = i.id ORDER BY 1) AS names
    FROM identity i WHERE i.id = ANY(${sql.param(ids)}::uuid[])`);
  return new Map(rows.map((row) => [row.id, row]));
}
