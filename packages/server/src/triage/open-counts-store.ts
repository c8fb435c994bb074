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
  const entities = await executor.execute<CountRow & { kind: string }>(sql`
    select case when e.kind = 'user' then 'identity' else 'asset' end as kind, coalesce(e.identity_id, e.asset_id) as id,
      count(distinct e.alert_id) as n
    from alert a join alert_entity e on e.alert_id = a.id
    where a.state <> 'closed' and ((e.kind = 'host' and e.role = 'own' and e.asset_id is not null) or e.identity_id is not null)
    group by 1, 2`);
  const alerts = await executor.execute<CountRow>(sql`
    select s->>'id' as id, count(*) as n from alert a cross join lateral jsonb_array_elements(a.services) s
    where a.state <> 'closed' and a.criticality > 0 group by 1`);
  const incidents = await executor.execute<CountRow>(sql`
    select s->>'id' as id, count(*) as n from incident i cross join lateral jsonb_array_elements(i.services) s
    where i.state in ('open', 'contained') and i.merged_into is null group by 1`);
  const services = new Map<string, { alerts: number; incidents: number }>();
  for (const row of alerts.rows) services.set(row.id, { alerts: Number(row.n), incidents: 0 });
  for (const row of incidents.rows) {
    services.set(row.id, { alerts: services.get(row.id)?.alerts ?? 0, incidents: Number(row.n) });
  }
  const of = (kind: string): Map<string, number> =>
    new Map(entities.rows.filter((row) => row.kind === kind).map((row) => [row.id, Number(row.n)]));
  return { assets: of("asset"), identities: of("identity"), services };
}
