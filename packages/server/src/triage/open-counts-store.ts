/** open-counts-store: how many alerts and incidents are open on which asset, identity and service. */
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";

export interface OpenCounts {
  readonly assets: ReadonlyMap<string, number>;
  readonly identities: ReadonlyMap<string, number>;
  readonly services: ReadonlyMap<string, { readonly alerts: number; readonly incidents: number }>;
}

type CountRow = { id: string; n: number };

export async function readOpenCounts(executor: Executor): Promise<OpenCounts> {
  const assets = await executor.execute<CountRow>(sql`
    select host_asset_id as id, count(*) as n from alert
    where queued and host_asset_id is not null group by 1`);
  const identities = await executor.execute<CountRow>(sql`
    select e.identity_id as id, count(*) as n from alert_entity e join alert a on a.id = e.alert_id
    where e.identity_id is not null and a.queued group by 1`);
  const alerts = await executor.execute<CountRow>(sql`
    select s->>'id' as id, count(*) as n from alert a cross join lateral jsonb_array_elements(a.services) s
    where a.queued and a.criticality > 0 group by 1`);
  const incidents = await executor.execute<CountRow>(sql`
    select s->>'id' as id, count(*) as n from incident i cross join lateral jsonb_array_elements(i.services) s
    where i.state in ('open', 'contained') and i.merged_into is null and i.exercise_id is null group by 1`);
  const services = new Map<string, { alerts: number; incidents: number }>();
  for (const row of alerts.rows) services.set(row.id, { alerts: Number(row.n), incidents: 0 });
  for (const row of incidents.rows) {
    services.set(row.id, { alerts: services.get(row.id)?.alerts ?? 0, incidents: Number(row.n) });
  }
  return { assets: byId(assets.rows), identities: byId(identities.rows), services };
}

function byId(rows: readonly CountRow[]): Map<string, number> {
  return new Map(rows.map((row) => [row.id, Number(row.n)]));
}
