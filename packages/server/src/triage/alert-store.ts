/** alert-store: reads and writes alerts for a block of signals: one statement per kind of row, however many alerts there are. */
import { type SQL, sql } from "drizzle-orm";
import type { ServiceBrief } from "@holdfast/contracts/estate";
import type { AlertHold } from "@holdfast/contracts/triage";
import type { EntityRole, Signal } from "../detect/index.ts";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Told } from "./causes.ts";
import type { Collapsed, SeenEntity } from "./collapse.ts";
import type { Link, Resolution } from "./links.ts";
import { records } from "./records.ts";
import type { Sample } from "./samples.ts";

/** Everything that changes the shape of alerts and incidents takes this first: the pump and people never cross halfway. */
export async function lockTriage(tx: Transaction): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`);
}

/** False when this block was taken in before. */
export async function claimBlock(tx: Transaction, block: { token: string; now: number }): Promise<boolean> {
  const inserted = await tx.execute(sql`
    insert into triage_block (token, applied_at) values (${block.token}, ${block.now}) on conflict do nothing returning token`);
  return inserted.rows.length > 0;
}

export async function forgetBlocks(executor: Executor, before: number): Promise<void> {
  await executor.execute(sql`delete from triage_block where applied_at < ${before}`);
}

/** Alerts that may still take signals of these causes, by collapse key. */
export async function readOpen(
  tx: Transaction,
  wanted: { readonly keys: readonly string[]; readonly fromMs: number; readonly toMs: number },
): Promise<Map<string, Collapsed[]>> {
  const found = await readWhere(
    tx,
    sql`collapse_key = any(${sql.param(wanted.keys)}::text[]) and state <> 'closed'
      and last_seen >= ${wanted.fromMs} and first_seen <= ${wanted.toMs}`,
  );
  const open = new Map<string, Collapsed[]>();
  for (const alert of found) {
    const known = open.get(alert.key);
    if (known === undefined) open.set(alert.key, [alert]);
    else known.push(alert);
  }
  return open;
}

export function readAlerts(tx: Transaction, ids: readonly string[]): Promise<Collapsed[]> {
  return readWhere(tx, sql`id = any(${sql.param(ids)}::text[])`);
}

async function readWhere(tx: Transaction, where: SQL): Promise<Collapsed[]> {
  const found = await tx.execute<OpenRow>(sql`
    select id, collapse_key, cause_key, rule_id, title, severity, entity_kind, entity_value, count, first_seen, last_seen,
           tactics, techniques, entities_cut, hold, hold_id, exercise_id, incident_id, service_names, cause, first_event::text, last_event::text,
           s.first, s.latest,
           exists (select from incident i where i.id = incident_id and i.wave is not null) as in_wave
    from alert join alert_sample s on s.alert_id = id where ${where} order by first_seen, id`);
  const entities = await readSeen(
    tx,
    found.rows.map((row) => row.id),
  );
  return found.rows.map((row) => openAlert(row, entities.get(row.id) ?? new Map()));
}

/** The last closed alert of each cause. */
export async function readPrevious(tx: Transaction, keys: readonly string[]): Promise<Map<string, string>> {
  const found = await tx.execute<{ collapse_key: string; id: string }>(sql`
    select distinct on (collapse_key) collapse_key, id from alert
    where collapse_key = any(${sql.param(keys)}::text[]) and state = 'closed'
    order by collapse_key, closed_at desc, id`);
  return new Map(found.rows.map((row) => [row.collapse_key, row.id]));
}

export interface NewFacts {
  readonly host: string;
  readonly hostAssetId: string | null;
  readonly previousId: string | null;
  readonly services: readonly ServiceBrief[];
  readonly resolution: Resolution;
}

export async function insertAlerts(
  tx: Transaction,
  rows: readonly { alert: Collapsed; facts: NewFacts }[],
  now: number,
): Promise<void> {
  if (rows.length === 0) return;
  const parameter = records(
    rows.map(({ alert, facts }) => ({
      id: alert.id,
      collapse_key: alert.key,
      rule_id: alert.ruleId,
      title: alert.title,
      severity: alert.rank,
      entity_kind: alert.entity.kind,
      entity_value: alert.entity.value,
      asset_id: facts.resolution.assetId,
      identity_id: facts.resolution.identityId,
      host: facts.host,
      host_asset_id: facts.hostAssetId,
      count: alert.count,
      first_seen: alert.firstMs,
      last_seen: alert.lastMs,
      tactics: alert.tactics,
      techniques: alert.techniques,
      services: facts.services,
      criticality: facts.services[0]?.criticality ?? 0,
      previous_id: facts.previousId,
      entities_cut: alert.entitiesCut,
      cause_key: alert.causeKey === alert.key ? null : alert.causeKey,
      hold: alert.hold,
      hold_id: alert.holdId,
      exercise_id: alert.exerciseId,
      incident_id: alert.incidentId,
      service_names: alert.serviceNames,
      cause: alert.told,
      first_event: alert.firstEvent?.toString() ?? null,
      last_event: alert.lastEvent?.toString() ?? null,
    })),
  );
  await tx.execute(sql`
    insert into alert (id, collapse_key, rule_id, title, severity, state, entity_kind, entity_value, asset_id, identity_id, host, host_asset_id,
      count, first_seen, last_seen, raised_at, tactics, techniques, services, criticality, previous_id, entities_cut, cause_key, hold, hold_id,
      exercise_id, incident_id, service_names, cause, first_event, last_event)
    select id, collapse_key, rule_id, title, severity, 'new', entity_kind, entity_value, asset_id, identity_id, host, host_asset_id,
      count, first_seen, last_seen, ${now}::bigint, tactics, techniques, services, criticality, previous_id, entities_cut, cause_key, hold, hold_id, exercise_id,
      incident_id, service_names, cause, first_event, last_event
    from jsonb_to_recordset(${parameter}::jsonb) as r(id text, collapse_key text, rule_id text, title text, severity smallint,
      entity_kind text, entity_value text, asset_id text, identity_id text, host text, host_asset_id text, count bigint, first_seen bigint,
      last_seen bigint, tactics text[], techniques text[], services jsonb, criticality smallint, previous_id text, entities_cut int,
      cause_key text, hold text, hold_id text, exercise_id text,
      incident_id text, service_names text[], cause jsonb, first_event bigint, last_event bigint)`);
}

export async function updateAlerts(tx: Transaction, alerts: readonly Collapsed[]): Promise<void> {
  if (alerts.length === 0) return;
  const parameter = records(
    alerts.map((alert) => ({
      id: alert.id,
      count: alert.count,
      first_seen: alert.firstMs,
      last_seen: alert.lastMs,
      entities_cut: alert.entitiesCut,
      first_event: alert.firstEvent?.toString() ?? null,
      last_event: alert.lastEvent?.toString() ?? null,
    })),
  );
  await tx.execute(sql`
    update alert a set count = r.count, first_seen = r.first_seen, last_seen = r.last_seen, entities_cut = r.entities_cut,
      first_event = r.first_event, last_event = r.last_event
    from jsonb_to_recordset(${parameter}::jsonb)
      as r(id text, count bigint, first_seen bigint, last_seen bigint, entities_cut int, first_event bigint, last_event bigint)
    where a.id = r.id`);
}

export async function writeSamples(tx: Transaction, alerts: readonly Collapsed[]): Promise<void> {
  const parameter = records(alerts.map((alert) => ({ alert_id: alert.id, ...alert.samples })));
  await tx.execute(sql`
    insert into alert_sample (alert_id, first, latest)
    select alert_id, first, latest from jsonb_to_recordset(${parameter}::jsonb) as r(alert_id text, first jsonb, latest jsonb)
    on conflict (alert_id) do update set first = excluded.first, latest = excluded.latest`);
}

export interface EntityRow {
  readonly alertId: string;
  readonly key: string;
  readonly seen: SeenEntity;
  readonly resolution: Resolution;
}

export async function writeEntities(tx: Transaction, rows: readonly EntityRow[]): Promise<void> {
  if (rows.length === 0) return;
  const parameter = records(
    rows.map(({ alertId, key, seen, resolution }) => ({
      alert_id: alertId,
      key,
      ...seen.entity,
      asset_id: resolution.assetId,
      identity_id: resolution.identityId,
      first_seen: seen.firstMs,
      last_seen: seen.lastMs,
    })),
  );
  await tx.execute(sql`
    insert into alert_entity (alert_id, role, key, kind, value, asset_id, identity_id, first_seen, last_seen)
    select alert_id, role, key, kind, value, asset_id, identity_id, first_seen, last_seen
    from jsonb_to_recordset(${parameter}::jsonb) as r(alert_id text, role text, key text, kind text, value text,
      asset_id text, identity_id text, first_seen bigint, last_seen bigint)
    on conflict (alert_id, role, key) do update set first_seen = excluded.first_seen, last_seen = excluded.last_seen,
      asset_id = coalesce(excluded.asset_id, alert_entity.asset_id),
      identity_id = coalesce(excluded.identity_id, alert_entity.identity_id)`);
}

export async function writeLinks(tx: Transaction, links: ReadonlyMap<string, readonly Link[]>): Promise<void> {
  const rows = [...links].flatMap(([alertId, of]) => of.map((link) => ({ alert_id: alertId, ...link })));
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into alert_link (key, alert_id, role, kind, value, first_seen, last_seen)
    select distinct on (alert_id, key, role, value) key, alert_id, role, kind, value, "firstMs", "lastMs"
    from jsonb_to_recordset(${records(rows)}::jsonb)
      as r(key text, alert_id text, role text, kind text, value text, "firstMs" bigint, "lastMs" bigint)
    on conflict (alert_id, key, role, value) do update set first_seen = excluded.first_seen, last_seen = excluded.last_seen`);
}

const LOCK = 4_853_187_060;

type OpenRow = {
  id: string;
  collapse_key: string;
  rule_id: string;
  title: string;
  severity: number;
  entity_kind: Signal["entity"]["kind"];
  entity_value: string;
  count: number;
  first_seen: number;
  last_seen: number;
  tactics: string[];
  techniques: string[];
  entities_cut: number;
  cause_key: string | null;
  hold: AlertHold | null;
  hold_id: string | null;
  exercise_id: string | null;
  incident_id: string | null;
  service_names: string[];
  in_wave: boolean;
  cause: Told | null;
  first_event: string | null;
  last_event: string | null;
  first: Sample[];
  latest: Sample[];
};

function openAlert(row: OpenRow, entities: Map<string, SeenEntity>): Collapsed {
  return {
    id: row.id,
    key: row.collapse_key,
    ruleId: row.rule_id,
    title: row.title,
    rank: row.severity,
    entity: { kind: row.entity_kind, value: row.entity_value },
    tactics: row.tactics,
    techniques: row.techniques,
    isNew: false,
    causeKey: row.cause_key ?? row.collapse_key,
    hold: row.hold,
    holdId: row.hold_id,
    exerciseId: row.exercise_id,
    serviceNames: row.service_names,
    told: row.cause,
    firstEvent: row.first_event === null ? null : BigInt(row.first_event),
    lastEvent: row.last_event === null ? null : BigInt(row.last_event),
    inWave: row.in_wave,
    incidentId: row.incident_id,
    added: 0,
    count: Number(row.count),
    firstMs: Number(row.first_seen),
    lastMs: Number(row.last_seen),
    samples: { first: row.first, latest: row.latest },
    entities,
    touchedEntities: new Set(),
    entitiesCut: row.entities_cut,
  };
}

async function readSeen(tx: Transaction, ids: readonly string[]): Promise<Map<string, Map<string, SeenEntity>>> {
  const byAlert = new Map<string, Map<string, SeenEntity>>();
  if (ids.length === 0) return byAlert;
  const found = await tx.execute<{
    alert_id: string;
    role: EntityRole;
    key: string;
    kind: Signal["entity"]["kind"];
    value: string;
    first_seen: number;
    last_seen: number;
  }>(sql`
    select alert_id, role, key, kind, value, first_seen, last_seen from alert_entity
    where alert_id = any(${sql.param(ids)}::text[])`);
  for (const row of found.rows) {
    const of = byAlert.get(row.alert_id) ?? new Map<string, SeenEntity>();
    const entity = { kind: row.kind, value: row.value, role: row.role };
    of.set(row.key, { entity, firstMs: Number(row.first_seen), lastMs: Number(row.last_seen) });
    byAlert.set(row.alert_id, of);
  }
  return byAlert;
}
