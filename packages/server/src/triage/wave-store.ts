/** wave-store: waves as rows. A wave grows by what a block adds, since working it out anew would read a hundred thousand members
 *  for every block; people's changes do work it out anew. */
import { type SQL, sql } from "drizzle-orm";
import type { ServiceBrief } from "@holdfast/contracts/estate";
import type { Transaction } from "../platform/tables/index.ts";
import type { Collapsed } from "./collapse.ts";
import { mostCritical } from "./derived.ts";
import { records } from "./records.ts";
import { raisedRank, severityOf } from "./severity.ts";

export interface WaveGroup {
  readonly ruleId: string;
  readonly exerciseId: string | null;
  readonly title: string;
  readonly alerts: readonly Collapsed[];
}

export interface WaveMember {
  readonly id: string;
  readonly rank: number;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly tactics: readonly string[];
}

export interface Growing {
  alerts: number;
  signals: number;
  rank: number;
  firstMs: number;
  lastMs: number;
  readonly tactics: Set<string>;
}

export interface WaveGrowth extends Readonly<Growing> {
  readonly incidentId: string;
}

/** A rule has one wave at a time, and an exercise has its own. */
export function waveKey(ruleId: string, exerciseId: string | null): string {
  return exerciseId === null ? ruleId : `${ruleId}|${exerciseId}`;
}

export function memberOf(alert: Collapsed): WaveMember {
  const { id, rank, count, firstMs, lastMs, tactics } = alert;
  return { id, rank, count, firstMs, lastMs, tactics };
}

/** @param one the member, and whether it is one since this block */
export function grow(
  growth: Map<string, Growing>,
  incidentId: string,
  one: { readonly alert: WaveMember; readonly isNew: boolean },
): void {
  const { alert, isNew } = one;
  const grown = growth.get(incidentId) ?? {
    alerts: 0,
    signals: 0,
    rank: 0,
    firstMs: Number.MAX_SAFE_INTEGER,
    lastMs: 0,
    tactics: new Set<string>(),
  };
  grown.alerts += isNew ? 1 : 0;
  grown.signals += alert.count;
  grown.rank = Math.max(grown.rank, alert.rank);
  grown.firstMs = Math.min(grown.firstMs, alert.firstMs);
  grown.lastMs = Math.max(grown.lastMs, alert.lastMs);
  for (const tactic of alert.tactics) grown.tactics.add(tactic);
  growth.set(incidentId, grown);
}

/** Waves of these keys that still take alerts. */
export async function openWaves(
  tx: Transaction,
  keys: readonly string[],
  since: number,
): Promise<{ key: string; incidentId: string }[]> {
  const found = await tx.execute<{ key: string; id: string }>(sql`
    select distinct on (w.key) w.key, i.id
    from incident i cross join lateral jsonb_array_elements_text(i.wave_keys) w(key)
    where i.wave is not null and ${TAKES} and greatest(i.last_seen, i.opened_at) >= ${since} and w.key = any(${sql.param(keys)}::text[])
    order by w.key, i.number desc`);
  return found.rows.map(({ key, id }) => ({ key, incidentId: id }));
}

/** Rules that have fired on `waveBound` entities within `waveMs`, with their alerts that stand in no incident yet. */
export async function risingRules(
  tx: Transaction,
  asked: { readonly groups: readonly WaveGroup[]; readonly waveBound: number; readonly waveMs: number },
): Promise<{ key: string; free: WaveMember[] }[]> {
  const { waveBound, waveMs } = asked;
  if (asked.groups.length === 0) return [];
  const spans = asked.groups.map(({ ruleId, exerciseId, alerts }) => ({
    rule: ruleId,
    exercise: exerciseId,
    key: waveKey(ruleId, exerciseId),
    lo: alerts.reduce((lo, { firstMs }) => Math.min(lo, firstMs), Number.MAX_SAFE_INTEGER) - waveMs,
    hi: alerts.reduce((hi, { firstMs }) => Math.max(hi, firstMs), 0) + waveMs,
  }));
  const found = await tx.execute<{ key: string; lo: number; hi: number }>(sql`
    select s.key, min(t.first_seen) as lo, max(t.nth) as hi
    from jsonb_to_recordset(${records(spans)}::jsonb) as s(rule text, exercise text, key text, lo bigint, hi bigint)
    cross join lateral (
      select first_seen, lead(first_seen, ${waveBound - 1}) over (order by first_seen) as nth from alert a
      where a.rule_id = s.rule and a.first_seen between s.lo and s.hi and a.exercise_id is not distinct from s.exercise
        and a.state <> 'closed' and a.hold is null
    ) t
    where t.nth - t.first_seen <= ${waveMs} group by s.key order by s.key`);
  const rising: { key: string; free: WaveMember[] }[] = [];
  for (const { key, lo, hi } of found.rows) {
    const span = spans.find((one) => one.key === key);
    if (span === undefined) continue;
    rising.push({ key, free: await freeAlerts(tx, { ...span, lo: Number(lo), hi: Number(hi) }) });
  }
  return rising;
}

/** The wave that is about the same entities already: more than half of this sample. */
export async function sameEntities(
  tx: Transaction,
  asked: { readonly sample: readonly string[]; readonly since: number; readonly exerciseId: string | null },
): Promise<string | undefined> {
  const { sample, since, exerciseId } = asked;
  const found = await tx.execute<{ id: string }>(sql`
    select i.id from alert a join incident i on i.id = a.incident_id
    where lower(a.entity_value) = any(${sql.param(sample)}::text[]) and i.wave is not null and ${TAKES}
      and greatest(i.last_seen, i.opened_at) >= ${since} and i.exercise_id is not distinct from ${exerciseId}::text
    group by i.id, i.number having count(distinct lower(a.entity_value)) * 2 > ${new Set(sample).size} order by i.number limit 1`);
  return found.rows[0]?.id;
}

export async function insertWave(
  tx: Transaction,
  wave: {
    readonly id: string;
    readonly number: number;
    readonly title: string;
    readonly exerciseId: string | null;
    readonly now: number;
  },
): Promise<void> {
  const { id, number, title, exerciseId, now } = wave;
  await tx.execute(sql`
    insert into incident (id, number, title, severity, state, opened_at, root_id, first_seen, last_seen, wave, exercise_id)
    values (${id}, ${number}, ${title}, 0, 'open', ${now}, ${id}, ${now}, ${now}, ${title}, ${exerciseId})`);
}

export async function nameWave(tx: Transaction, incidentId: string, key: string): Promise<void> {
  await tx.execute(sql`
    update incident set wave_keys = wave_keys || jsonb_build_array(${key}::text) where id = ${incidentId}`);
}

export async function insertMembers(
  tx: Transaction,
  members: {
    readonly incidentId: string;
    readonly ids: readonly string[];
    readonly reason: string;
    readonly now: number;
  },
): Promise<void> {
  const { incidentId, ids, reason, now } = members;
  await tx.execute(sql`
    insert into incident_member (incident_id, alert_id, reason, added_at, added_by)
    select ${incidentId}, id, ${reason}, ${now}::bigint, 'system' from unnest(${sql.param(ids)}::text[]) as r(id)`);
  // Those that were written as members already are left alone: an update of a row costs as much as its insert.
  await tx.execute(sql`
    update alert set incident_id = ${incidentId} where id = any(${sql.param(ids)}::text[]) and incident_id is null`);
}

/** @returns those whose severity is another one now */
export async function bumpWaves(
  tx: Transaction,
  growth: readonly WaveGrowth[],
): Promise<{ id: string; before: number }[]> {
  const moved: { id: string; before: number }[] = [];
  for (const grown of growth) moved.push(...(await bumpWave(tx, grown)));
  return moved;
}

const TAKES: SQL = sql.raw("i.merged_into is null and i.state in ('open', 'contained')");
const SHOWN_HOSTS = 50;

async function freeAlerts(
  tx: Transaction,
  span: { readonly rule: string; readonly exercise: string | null; readonly lo: number; readonly hi: number },
): Promise<WaveMember[]> {
  const found = await tx.execute<{
    id: string;
    severity: number;
    count: number;
    first_seen: number;
    last_seen: number;
    tactics: string[];
  }>(sql`
    select id, severity, count, first_seen, last_seen, tactics from alert
    where rule_id = ${span.rule} and first_seen between ${span.lo} and ${span.hi} and incident_id is null and hold is null
      and state <> 'closed' and exercise_id is not distinct from ${span.exercise}::text
      and not exists (select from incident_member m where m.alert_id = alert.id and m.removed_at is not null)
    order by first_seen, id`);
  return found.rows.map((row) => ({
    id: row.id,
    rank: row.severity,
    count: Number(row.count),
    firstMs: Number(row.first_seen),
    lastMs: Number(row.last_seen),
    tactics: row.tactics,
  }));
}

async function bumpWave(tx: Transaction, grown: WaveGrowth): Promise<{ id: string; before: number }[]> {
  const { incidentId } = grown;
  const found = await tx.execute<{
    wave: string;
    alerts: number;
    signals: number;
    severity: number;
    severity_by: string | null;
    first_seen: number;
    last_seen: number;
    tactics: string[];
    hosts: string[];
    services: ServiceBrief[];
  }>(
    sql`select wave, alerts, signals, severity, severity_by, first_seen, last_seen, tactics, hosts, services from incident where id = ${incidentId}`,
  );
  const row = found.rows[0];
  if (row === undefined) return [];
  const alerts = row.alerts + grown.alerts;
  const first = row.alerts === 0;
  const places =
    row.hosts.length >= SHOWN_HOSTS || grown.alerts === 0 ? row : await placesOfWave(tx, incidentId, row.services);
  const services = mostCritical([...row.services, ...places.services]).slice(0, SHOWN_HOSTS);
  const rank = Math.max(row.severity, raisedRank(grown.rank, services[0]?.criticality ?? 0));
  const why = `A wave: one rule on very many entities at once. The highest severity of its alerts, raised for what they hit, is ${severityOf(rank)}.`;
  await tx.execute(sql`
    update incident set alerts = ${alerts}, signals = ${Number(row.signals) + grown.signals}::bigint,
      first_seen = ${first ? grown.firstMs : Math.min(Number(row.first_seen), grown.firstMs)}::bigint,
      last_seen = ${first ? grown.lastMs : Math.max(Number(row.last_seen), grown.lastMs)}::bigint,
      tactics = ${sql.param([...new Set([...row.tactics, ...grown.tactics])])}::text[], hosts = ${sql.param(places.hosts)}::text[],
      services = ${records(services)}::jsonb, criticality = ${services[0]?.criticality ?? 0},
      severity = case when severity_by is null then ${rank} else severity end,
      severity_why = case when severity_by is null then ${why} else severity_why end,
      title = case when title_by is null then ${waveTitle(row.wave, alerts)} else title end
    where id = ${incidentId}`);
  return row.severity_by === null && rank !== row.severity ? [{ id: incidentId, before: row.severity }] : [];
}

/** Works waves out anew from their members, after people have changed those. */
export async function rebuildWaves(tx: Transaction, ids: readonly string[]): Promise<{ id: string; before: number }[]> {
  const moved: { id: string; before: number }[] = [];
  for (const incidentId of ids) {
    const found = await tx.execute<{
      alerts: number;
      signals: number;
      severity: number | null;
      lo: number | null;
      hi: number | null;
    }>(sql`
      select count(*) as alerts, coalesce(sum(count), 0)::bigint as signals, max(severity) as severity, min(first_seen) as lo,
        max(last_seen) as hi from alert where incident_id = ${incidentId}`);
    const row = found.rows[0];
    if (row === undefined) continue;
    await tx.execute(
      sql`update incident set alerts = 0, signals = 0, services = '[]', hosts = '{}', tactics = '{}' where id = ${incidentId}`,
    );
    const tactics = await tx.execute<{ tactic: string }>(sql`
      select distinct unnest(tactics) as tactic from alert where incident_id = ${incidentId}`);
    if (Number(row.alerts) === 0) continue;
    moved.push(
      ...(await bumpWave(tx, {
        incidentId,
        alerts: Number(row.alerts),
        signals: Number(row.signals),
        rank: row.severity ?? 0,
        firstMs: Number(row.lo),
        lastMs: Number(row.hi),
        tactics: new Set(tactics.rows.map(({ tactic }) => tactic)),
      })),
    );
  }
  return moved;
}

function waveTitle(wave: string, alerts: number): string {
  const named = wave.length > 200 ? `${wave.slice(0, 199)}…` : wave;
  return `Wave: ${named} (${alerts.toLocaleString("en-US")} alerts)`;
}

async function placesOfWave(
  tx: Transaction,
  incidentId: string,
  known: readonly ServiceBrief[],
): Promise<{ hosts: string[]; services: readonly ServiceBrief[] }> {
  const found = await tx.execute<{ host: string; services: ServiceBrief[] }>(sql`
    select host, services from alert where incident_id = ${incidentId} order by criticality desc, first_seen, id limit 500`);
  const hosts = [...new Set(found.rows.map(({ host }) => host))].filter((host) => host !== "").slice(0, SHOWN_HOSTS);
  return { hosts, services: [...known, ...found.rows.flatMap(({ services }) => services)] };
}
