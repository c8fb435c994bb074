/** risk-store: risk as rows: parts, scores, hours and openings; read and written for many entities at once. */
import { sql } from "drizzle-orm";
import type { RiskPart } from "@holdfast/contracts/triage-settings";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { records } from "./records.ts";
import type { Part, Standing } from "./risk.ts";
import type { RiskSubject } from "./risk-entities.ts";

export interface KnownRisk {
  readonly parts: readonly Part[];
  readonly over: boolean;
  readonly incidentId: string | null;
  readonly standing: Standing;
}

/** Without what people closed as anything but true: it counts again when they reopen it. */
export async function readRisk(executor: Executor, keys: readonly string[]): Promise<Map<string, KnownRisk>> {
  const known = new Map<string, KnownRisk & { parts: Part[] }>();
  if (keys.length === 0) return known;
  const entities = await executor.execute<{
    key: string;
    over: boolean;
    incident_id: string | null;
    criticality: number;
    exposure: string;
  }>(
    sql`select key, over, incident_id, criticality, exposure from risk_entity where key = any(${sql.param(keys)}::text[])`,
  );
  for (const row of entities.rows) {
    const standing = { criticality: row.criticality, exposure: row.exposure };
    known.set(row.key, { parts: [], over: row.over, incidentId: row.incident_id, standing });
  }
  const parts = await executor.execute<PartRow>(
    sql`select p.* from risk_part p left join alert a on a.id = p.alert_id
      where p.key = any(${sql.param(keys)}::text[]) and (a.id is null or a.state <> 'closed' or a.verdict = 'true-positive')
      order by p.key, p.rule_id`,
  );
  for (const row of parts.rows) known.get(row.key)?.parts.push(toPart(row));
  return known;
}

export interface RiskRow {
  readonly subject: RiskSubject;
  readonly standing: Standing;
  readonly score: number;
  readonly at: number;
  readonly heat: number;
  readonly spread: number;
  readonly tactics: readonly string[];
  readonly rules: number;
  readonly over: boolean;
  readonly changed: readonly Part[];
}

export async function writeRisk(tx: Transaction, rows: readonly RiskRow[]): Promise<void> {
  if (rows.length === 0) return;
  const entities = rows.map(({ subject, standing, score, at, heat, spread, tactics, rules, over }) => ({
    key: subject.key,
    kind: subject.kind,
    value: subject.value,
    asset_id: subject.assetId,
    identity_id: subject.identityId,
    exercise_id: subject.exerciseId,
    ...standing,
    score,
    scored_at: at,
    heat,
    spread,
    tactics,
    rules,
    over,
  }));
  await tx.execute(sql`
    insert into risk_entity (key, kind, value, asset_id, identity_id, exercise_id, score, scored_at, heat, spread, tactics, rules, criticality,
      exposure, over)
    select key, kind, value, asset_id, identity_id, exercise_id, score, scored_at, heat, spread, tactics, rules, criticality, exposure, over
    from jsonb_to_recordset(${records(entities)}::jsonb) as r(key text, kind text, value text, asset_id text, identity_id text,
      exercise_id text, score float8, scored_at bigint, heat float8, spread float8, tactics text[], rules int, criticality smallint,
      exposure text, over boolean)
    on conflict (key) do update set score = excluded.score, scored_at = excluded.scored_at, heat = excluded.heat, spread = excluded.spread,
      tactics = excluded.tactics, rules = excluded.rules, criticality = excluded.criticality, exposure = excluded.exposure,
      over = excluded.over`);
  const points = rows.map(({ subject, score, at }) => ({ key: subject.key, hour: Math.floor(at / HOUR), at, score }));
  await tx.execute(sql`
    insert into risk_point (key, hour, at, score)
    select key, hour, at, score from jsonb_to_recordset(${records(points)}::jsonb) as r(key text, hour bigint, at bigint, score float8)
    on conflict (key, hour) do update set at = greatest(risk_point.at, excluded.at), score = excluded.score`);
  const parts = rows.flatMap(({ subject, changed }) =>
    changed.map((part) => ({
      key: subject.key,
      rule_id: part.ruleId,
      title: part.title,
      severity: part.rank,
      status: part.status,
      tactics: part.tactics,
      count: part.count,
      first_seen: part.firstMs,
      last_seen: part.lastMs,
      alert_id: part.alertId,
    })),
  );
  if (parts.length === 0) return;
  await tx.execute(sql`
    insert into risk_part (key, rule_id, title, severity, status, tactics, count, first_seen, last_seen, alert_id)
    select * from jsonb_to_recordset(${records(parts)}::jsonb) as r(key text, rule_id text, title text, severity smallint, status text,
      tactics text[], count bigint, first_seen bigint, last_seen bigint, alert_id text)
    on conflict (key, rule_id) do update set title = excluded.title, severity = excluded.severity, status = excluded.status,
      tactics = excluded.tactics, count = excluded.count, first_seen = excluded.first_seen, last_seen = excluded.last_seen,
      alert_id = excluded.alert_id`);
}

/** How the alerts behind a score stand: which may become members, and which incident they are in already. */
export async function alertsBehind(
  tx: Transaction,
  ids: readonly string[],
): Promise<{ id: string; free: boolean; incidentId: string | null }[]> {
  const found = await tx.execute<{ id: string; free: boolean; incident_id: string | null }>(sql`
    select a.id, a.incident_id is null and a.state <> 'closed' and (a.hold is null or a.hold = 'quiet')
        and not exists (select from incident_member m where m.alert_id = a.id and m.removed_at is not null) as free,
      (select i.id from incident i where i.id = a.incident_id and i.state in ('open', 'contained') and i.wave is null) as incident_id
    from alert a where a.id = any(${sql.param(ids)}::text[]) order by a.first_seen, a.id`);
  return found.rows.map((row) => ({ id: row.id, free: row.free, incidentId: row.incident_id }));
}

export interface Opening {
  readonly key: string;
  readonly incidentId: string;
  readonly at: number;
  readonly score: number;
  readonly threshold: number;
  readonly spread: number;
  readonly version: number;
  readonly parts: readonly RiskPart[];
}

export async function writeOpening(tx: Transaction, opening: Opening): Promise<void> {
  const { key, incidentId, at, score, threshold, spread, version, parts } = opening;
  await tx.execute(sql`
    insert into risk_opening (key, incident_id, at, score, threshold, spread, version, parts)
    values (${key}, ${incidentId}, ${at}, ${score}, ${threshold}, ${spread}, ${version}, ${records(parts)}::jsonb)`);
}

export async function nameIncident(tx: Transaction, key: string, incidentId: string): Promise<void> {
  await tx.execute(sql`update risk_entity set incident_id = ${incidentId} where key = ${key}`);
}

export async function forgetRisk(executor: Executor, before: number): Promise<void> {
  await executor.execute(sql`delete from risk_point where hour < ${Math.floor(before / HOUR)}`);
}

export type PartRow = {
  key: string;
  rule_id: string;
  title: string;
  severity: number;
  status: string;
  tactics: string[];
  count: number;
  first_seen: number;
  last_seen: number;
  alert_id: string;
};

export function toPart(row: PartRow): Part {
  return {
    ruleId: row.rule_id,
    title: row.title,
    rank: row.severity,
    status: row.status,
    tactics: row.tactics,
    count: Number(row.count),
    firstMs: Number(row.first_seen),
    lastMs: Number(row.last_seen),
    alertId: row.alert_id,
  };
}

const HOUR = 3_600_000;
