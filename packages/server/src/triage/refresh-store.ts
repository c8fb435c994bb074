/** refresh-store: where open alerts stand in the estate, read and written in slices. */
import { sql } from "drizzle-orm";
import type { ServiceBrief } from "@holdfast/contracts/estate";
import type { Transaction } from "../platform/tables/index.ts";
import { records } from "./records.ts";

export interface Placed {
  readonly id: string;
  readonly entity: { readonly kind: string; readonly value: string };
  readonly hosts: readonly string[];
  /** What its sender called the services it hits. */
  readonly serviceNames: readonly string[];
  readonly services: readonly ServiceBrief[];
  readonly assetId: string | null;
  readonly host: string;
  readonly hostAssetId: string | null;
  readonly identityId: string | null;
  readonly incidentId: string | null;
}

export async function readPlaced(
  tx: Transaction,
  page: { readonly after: string; readonly limit: number },
): Promise<Placed[]> {
  const found = await tx.execute<{
    id: string;
    entity_kind: string;
    entity_value: string;
    host: string;
    services: ServiceBrief[];
    asset_id: string | null;
    host_asset_id: string | null;
    identity_id: string | null;
    incident_id: string | null;
    own: string[] | null;
    service_names: string[];
  }>(sql`
    select a.id, a.entity_kind, a.entity_value, a.host, a.services, a.asset_id, a.host_asset_id, a.identity_id, a.incident_id, a.service_names,
      (select array_agg(e.value) from alert_entity e where e.alert_id = a.id and e.role = 'own') as own
    from alert a where a.state <> 'closed' and a.id > ${page.after} order by a.id limit ${page.limit}`);
  return found.rows.map((row) => ({
    id: row.id,
    entity: { kind: row.entity_kind, value: row.entity_value },
    hosts: [...new Set([row.host, ...(row.own ?? [])])].filter((host) => host !== ""),
    serviceNames: row.service_names,
    services: row.services,
    assetId: row.asset_id,
    host: row.host,
    hostAssetId: row.host_asset_id,
    identityId: row.identity_id,
    incidentId: row.incident_id,
  }));
}

export async function writePlaced(tx: Transaction, alerts: readonly Placed[]): Promise<void> {
  if (alerts.length === 0) return;
  const rows = alerts.map(({ id, services, assetId, hostAssetId, identityId }) => ({
    id,
    services,
    criticality: services[0]?.criticality ?? 0,
    asset_id: assetId,
    host_asset_id: hostAssetId,
    identity_id: identityId,
  }));
  await tx.execute(sql`
    update alert a set services = r.services, criticality = r.criticality, asset_id = r.asset_id, host_asset_id = r.host_asset_id, identity_id = r.identity_id
    from jsonb_to_recordset(${records(rows)}::jsonb)
      as r(id text, services jsonb, criticality smallint, asset_id text, host_asset_id text, identity_id text)
    where a.id = r.id`);
}
