/** named: services and assets by what people and programs write for them: an id, a name, another spelling. */
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";
import { hostName } from "./names.ts";

export interface Named {
  readonly id: string;
  readonly name: string;
}

/** By the names as they were asked; what the estate does not know is left out. */
export async function findNamed(
  executor: Executor,
  asked: { readonly services: readonly string[]; readonly assets: readonly string[] },
): Promise<{ services: Map<string, Named>; assets: Map<string, Named> }> {
  return { services: await services(executor, asked.services), assets: await assets(executor, asked.assets) };
}

/** Everything that each asset is called, its id among it, in lower case. */
export async function spellingsOf(executor: Executor, assetIds: readonly string[]): Promise<Map<string, string[]>> {
  if (assetIds.length === 0) return new Map();
  const { rows } = await executor.execute<{ id: string; name: string; names: string[] }>(sql`
    SELECT a.id, lower(a.name) AS name, ARRAY(SELECT n.name FROM asset_alias n WHERE n.asset_id = a.id) AS names
    FROM asset a WHERE a.id = ANY(${sql.param(assetIds)}::uuid[])`);
  return new Map(rows.map(({ id, name, names }) => [id, [...new Set([id, name, ...names])]]));
}

async function services(executor: Executor, asked: readonly string[]): Promise<Map<string, Named>> {
  if (asked.length === 0) return new Map();
  const { rows } = await executor.execute<{ asked: string; id: string; name: string }>(sql`
    SELECT DISTINCT ON (asked.name) asked.name AS asked, s.id, s.name
    FROM unnest(${sql.param(asked)}::text[]) AS asked (name) JOIN service s ON lower(asked.name) IN (lower(s.id), lower(s.name))
    ORDER BY asked.name, lower(asked.name) <> lower(s.id), s.id`);
  return new Map(rows.map(({ asked: name, ...service }) => [name, service]));
}

async function assets(executor: Executor, asked: readonly string[]): Promise<Map<string, Named>> {
  const keys = new Map(asked.map((value) => [value, hostName(value)?.key ?? value.toLowerCase()]));
  if (keys.size === 0) return new Map();
  const ids = [...keys.values()].filter((key) => UUID.test(key));
  const { rows } = await executor.execute<{ key: string; id: string; name: string }>(sql`
    SELECT a.id::text AS key, a.id, a.name FROM asset a WHERE a.id = ANY(${sql.param(ids)}::uuid[])
    UNION ALL
    SELECT n.name AS key, a.id, a.name FROM asset_alias n JOIN asset a ON a.id = n.asset_id
    WHERE n.name = ANY(${sql.param([...keys.values()])}::text[])`);
  const byKey = new Map(rows.map(({ key, ...asset }) => [key, asset]));
  return new Map(
    [...keys].flatMap(([value, key]) => {
      const found = byKey.get(key);
      return found === undefined ? [] : [[value, found] as const];
    }),
  );
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
