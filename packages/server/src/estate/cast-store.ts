/** cast-store: the estate as a story is cast from: names, kinds, addresses, tags, and the people. */
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";

export interface EstateCast {
  readonly assets: readonly {
    readonly name: string;
    readonly kind: string;
    readonly os: string;
    readonly addresses: readonly string[];
    readonly owner: string;
    readonly tags: readonly string[];
  }[];
  readonly identities: readonly {
    readonly name: string;
    readonly full_name: string;
    readonly kind: string;
    readonly team: string;
    readonly privileged: boolean;
  }[];
}

/** Only what was declared: what was merely seen in logs says too little about a host to write its logs. */
export async function readCast(executor: Executor): Promise<EstateCast> {
  const assets = await executor.execute<EstateCast["assets"][number] & Record<string, unknown>>(sql`
    SELECT a.name, a.kind, a.os, coalesce(a.owner, '') AS owner, a.tags,
           coalesce((SELECT array_agg(host(p.ip) ORDER BY p.ip) FROM asset_address p WHERE p.asset_id = a.id AND p.provenance = 'declared'), '{}') AS addresses
    FROM asset a WHERE a.provenance = 'declared' ORDER BY a.name LIMIT 5000`);
  const identities = await executor.execute<EstateCast["identities"][number] & Record<string, unknown>>(sql`
    SELECT name, full_name, kind, coalesce(team, '') AS team, privileged FROM identity WHERE provenance = 'declared' ORDER BY name LIMIT 5000`);
  return { assets: assets.rows, identities: identities.rows };
}
