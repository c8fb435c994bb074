/** take-out-rows: the rows of an alert as they stand, written anew after signals have left it, and put back as they stood. */
import { sql } from "drizzle-orm";
import type { ServiceBrief } from "@holdfast/contracts/estate";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { writeEntities, writeLinks, writeSamples } from "./alert-store.ts";
import type { Collapsed, SeenEntity } from "./collapse.ts";
import type { Link, Resolve } from "./links.ts";
import { records } from "./records.ts";
import type { Samples } from "./samples.ts";

/** Everything of an alert that its signals make, and nothing that people decide. */
export interface Was {
  readonly alert: {
    readonly entities_cut: number;
    readonly host: string;
    readonly host_asset_id: string | null;
    readonly asset_id: string | null;
    readonly identity_id: string | null;
    readonly entity_kind: string;
    readonly entity_value: string;
    readonly services: readonly ServiceBrief[];
    readonly criticality: number;
    readonly first_seen: number;
    readonly last_seen: number;
  };
  readonly samples: Samples;
  readonly entities: readonly EntityRow[];
  readonly links: readonly object[];
}

interface EntityRow {
  readonly role: SeenEntity["entity"]["role"];
  readonly key: string;
  readonly kind: SeenEntity["entity"]["kind"];
  readonly value: string;
  readonly first_seen: number;
  readonly last_seen: number;
}

export async function readWas(tx: Transaction, id: string): Promise<Was> {
  const { rows } = await tx.execute<{ was: Was }>(sql`
    select jsonb_build_object(
      'alert', (select to_jsonb(x) from (select entities_cut, host, host_asset_id, asset_id, identity_id, entity_kind, entity_value, services,
        criticality, first_seen, last_seen) x),
      'samples', (select jsonb_build_object('first', s.first, 'latest', s.latest) from alert_sample s where s.alert_id = a.id),
      'entities', (select coalesce(jsonb_agg(to_jsonb(e) order by e.role, e.key), '[]') from alert_entity e where e.alert_id = a.id),
      'links', (select coalesce(jsonb_agg(to_jsonb(l) order by l.key, l.role, l.value), '[]') from alert_link l where l.alert_id = a.id)) as was
    from alert a where a.id = ${id}`);
  const [row] = rows;
  if (row === undefined) throw new Error(`alert ${id} is gone`);
  return row.was;
}

export function entitiesOfWas(was: Was): Map<string, SeenEntity> {
  return new Map(
    was.entities.map(({ role, key, kind, value, first_seen, last_seen }) => [
      key,
      { entity: { role, kind, value }, firstMs: Number(first_seen), lastMs: Number(last_seen) },
    ]),
  );
}

export interface Place {
  readonly host: string;
  readonly hostAssetId: string | null;
  readonly assetId: string | null;
  readonly identityId: string | null;
  readonly services: readonly ServiceBrief[];
}

/** Counts, times, place, samples and entities, as the alert given has them. */
export async function writeMade(
  tx: Transaction,
  given: { readonly alert: Collapsed; readonly place: Place; readonly resolve: Resolve },
): Promise<void> {
  const { alert, place, resolve } = given;
  await tx.execute(sql`
    update alert set count = ${alert.count}, first_seen = ${alert.firstMs}, last_seen = ${alert.lastMs}, first_event = ${alert.firstEvent?.toString() ?? null}::bigint,
      last_event = ${alert.lastEvent?.toString() ?? null}::bigint, entities_cut = ${alert.entitiesCut}, entity_kind = ${alert.entity.kind},
      entity_value = ${alert.entity.value}, asset_id = ${place.assetId}, identity_id = ${place.identityId}, host = ${place.host},
      host_asset_id = ${place.hostAssetId}, services = ${records(place.services)}::jsonb,
      criticality = ${place.services[0]?.criticality ?? 0}
    where id = ${alert.id}`);
  await writeSamples(tx, [alert]);
  await tx.execute(sql`delete from alert_entity where alert_id = ${alert.id}`);
  const rows = [...alert.entities].map(([key, seen]) => ({
    alertId: alert.id,
    key,
    seen,
    resolution: resolve(seen.entity.kind, seen.entity.value),
  }));
  await writeEntities(tx, rows);
}

export async function rewriteLinks(tx: Transaction, id: string, links: readonly Link[]): Promise<void> {
  await tx.execute(sql`delete from alert_link where alert_id = ${id}`);
  await writeLinks(tx, new Map([[id, links]]));
}

/** The first alert has its ties again as they were, and those of the others that have come since. */
export async function restoreLinks(
  tx: Transaction,
  given: {
    readonly id: string;
    readonly was: readonly object[];
    readonly added: readonly string[];
    readonly gone: readonly string[];
  },
): Promise<void> {
  const { id, was, added, gone } = given;
  const since = await tx.execute<{ rows: object[] }>(sql`
    select coalesce(jsonb_agg(to_jsonb(l)), '[]') as rows from alert_link l where alert_id = any(${sql.param(added)}::text[])`);
  await tx.execute(sql`delete from alert_link where alert_id = any(${sql.param([id, ...gone])}::text[])`);
  await tx.execute(sql`
    insert into alert_link (key, alert_id, role, kind, value, first_seen, last_seen)
    select key, ${id}, role, min(kind), value, min(first_seen), max(last_seen)
    from jsonb_populate_recordset(null::alert_link, ${records([...was, ...(since.rows[0]?.rows ?? [])])}::jsonb)
    group by key, role, value`);
}

/** The new alert stands as people left the first one, since then: nobody has to take it up again, and no clock begins anew. */
export async function standAs(
  tx: Transaction,
  given: { readonly fromId: string; readonly ids: readonly string[] },
): Promise<void> {
  const ids = sql`id = any(${sql.param(given.ids)}::text[])`;
  await tx.execute(sql`update alert set taken_from = ${given.fromId}, previous_id = null where ${ids}`);
  await tx.execute(sql`
    update alert t set state = o.state, raised_at = o.raised_at, acknowledged_at = o.acknowledged_at, assignee_id = o.assignee_id,
      assignee_name = o.assignee_name, team = o.team
    from alert o where o.id = ${given.fromId} and o.state <> 'closed' and t.id = any(${sql.param(given.ids)}::text[])`);
}

/** It keeps its page, and what people wrote; it counts nothing, stands nowhere and nothing is tied to it. */
export async function emptyInto(
  tx: Transaction,
  given: { readonly ids: readonly string[]; readonly into: string; readonly now: number },
): Promise<void> {
  const ids = sql.param(given.ids);
  await tx.execute(sql`delete from incident_member where alert_id = any(${ids}::text[])`);
  await tx.execute(sql`
    update alert set count = 0, put_back_into = ${given.into}, state = 'closed', closed_at = coalesce(closed_at, ${given.now}::bigint),
      closed_with = null, closed_from = null, decided = null, incident_id = null
    where id = any(${ids}::text[])`);
  await tx.execute(sql`update alert_withdrawal set alert_id = ${given.into} where alert_id = any(${ids}::text[])`);
}

/** The parts of a risk that named one alert name another. @returns whose */
export async function moveRisk(
  tx: Transaction,
  move: { readonly from: readonly string[]; readonly to: string; readonly keys: readonly string[] },
): Promise<string[]> {
  const { rows } = await tx.execute<{ key: string }>(sql`
    update risk_part set alert_id = ${move.to}
    where alert_id = any(${sql.param(move.from)}::text[]) and key = any(${sql.param(move.keys)}::text[]) returning key`);
  return rows.map(({ key }) => key);
}

export async function withdrawnOf(tx: Transaction, id: string): Promise<string[]> {
  const { rows } = await tx.execute<{ signal_id: string }>(
    sql`select signal_id from alert_withdrawal where alert_id = ${id} order by at limit 1000`,
  );
  return rows.map((row) => row.signal_id);
}

export async function moveWithdrawn(tx: Transaction, signalIds: readonly string[], to: string): Promise<void> {
  if (signalIds.length === 0) return;
  await tx.execute(
    sql`update alert_withdrawal set alert_id = ${to} where signal_id = any(${sql.param(signalIds)}::text[])`,
  );
}

/** Alerts that a suppression has hidden: one more, or one less. */
export async function countHiddenAlerts(tx: Transaction, holdId: string, by: number): Promise<void> {
  await tx.execute(
    sql`update suppression set hidden_alerts = greatest(0, hidden_alerts + ${by}::bigint) where id = ${holdId}`,
  );
}

/** The last event of a cause that any alert has counted. */
export async function lastEventOf(tx: Transaction, causeKey: string): Promise<bigint> {
  const { rows } = await tx.execute<{ at: string | null }>(sql`
    select max(last_event)::text as at from alert where collapse_key = ${causeKey} or cause_key = ${causeKey}`);
  return BigInt(rows[0]?.at ?? 0);
}

/** The incident that takes what is taken out of one of its alerts; null when it is over. */
export async function openIncidentOf(tx: Transaction, incidentId: string): Promise<{ number: number } | null> {
  const { rows } = await tx.execute<{ number: number }>(
    sql`select number from incident where id = ${incidentId} and state in ('open', 'contained')`,
  );
  const [row] = rows;
  return row === undefined ? null : { number: Number(row.number) };
}

export async function titlesOf(executor: Executor, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await executor.execute<{ id: string; title: string }>(
    sql`select id, title from alert where id = any(${sql.param(ids)}::text[])`,
  );
  return new Map(rows.map(({ id, title }) => [id, title]));
}
