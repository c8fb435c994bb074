/** refresh-services: after the estate changed, looks up again which services, assets and identities open alerts belong to,
 *  and brings their incidents in line. In slices, so that no transaction is long. */
import { lockTriage } from "./alert-store.ts";
import type { EstateLookup } from "./apply.ts";
import { announceAlerts, announceIncidents } from "./announce.ts";
import { mostCritical } from "./derived.ts";
import { type IncidentListener, refreshAndTell } from "./incident-changes.ts";
import type { Tables } from "../platform/tables/index.ts";
import { type Placed, readPlaced, writePlaced } from "./refresh-store.ts";

export interface RefreshContext {
  readonly tables: Tables;
  readonly estate: EstateLookup;
  readonly listeners: readonly IncidentListener[];
  readonly now: () => number;
}

/** @returns how many alerts are shown differently now */
export async function refreshServices(context: RefreshContext): Promise<number> {
  let changed = 0;
  for (let after = ""; ; ) {
    const slice = await refreshSlice(context, after);
    changed += slice.changed;
    if (slice.last === undefined) return changed;
    after = slice.last;
  }
}

const SLICE = 1_000;

async function refreshSlice(
  { tables, estate, listeners, now }: RefreshContext,
  after: string,
): Promise<{ changed: number; last: string | undefined }> {
  return tables.transaction(async (tx) => {
    await lockTriage(tx);
    const alerts = await readPlaced(tx, { after, limit: SLICE });
    if (alerts.length === 0) return { changed: 0, last: undefined };
    const hosts = [...new Set(alerts.flatMap((alert) => alert.hosts))];
    const users = [...new Set(alerts.flatMap((alert) => (alert.entity.kind === "user" ? [alert.entity.value] : [])))];
    const named = [...new Set(alerts.flatMap((alert) => alert.serviceNames))];
    const services = await estate.servicesOf(tx, { hosts, users, named });
    const resolved = await estate.resolve(
      tx,
      alerts.flatMap((alert) => [alert.entity, { kind: "host", value: alert.host }]),
    );
    const placed: Placed[] = alerts.map((alert, index) => ({
      ...alert,
      services: mostCritical([
        ...alert.hosts.flatMap((host) => services.hosts.get(host) ?? []),
        ...(alert.entity.kind === "user" ? (services.users.get(alert.entity.value) ?? []) : []),
        ...alert.serviceNames.flatMap((name) => services.named?.get(name) ?? []),
      ]),
      assetId: resolved[index * 2]?.assetId ?? null,
      identityId: resolved[index * 2]?.identityId ?? null,
      hostAssetId: resolved[index * 2 + 1]?.assetId ?? null,
    }));
    const moved = placed.filter((alert, index) => picture(alert) !== picture(alerts[index]));
    await writePlaced(tx, moved);
    const incidents = [...new Set(moved.flatMap((alert) => alert.incidentId ?? []))];
    await refreshAndTell(tx, { listeners, at: now() }, { ids: incidents });
    const changed = moved.map((alert) => alert.id);
    await announceAlerts(tables, tx, { changed });
    await announceIncidents(tables, tx, { changed: incidents });
    return { changed: moved.length, last: alerts[alerts.length - 1]?.id };
  });
}

function picture(alert: Placed | undefined): string {
  if (alert === undefined) return "";
  const services = alert.services.map(({ id, name, criticality, exposure, owner }) => [
    id,
    name,
    criticality,
    exposure,
    owner,
  ]);
  return JSON.stringify([services, alert.assetId, alert.hostAssetId, alert.identityId]);
}
