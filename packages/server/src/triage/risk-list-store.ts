/** risk-list-store: entities by risk as they are shown, one with its arithmetic, and the hours before. */
import { type SQL, sql } from "drizzle-orm";
import type { RiskDetail, RiskEntity, RiskPart, RiskSettings } from "@holdfast/contracts/triage-settings";
import type { Entity } from "@holdfast/contracts/triage";
import type { Executor } from "../platform/tables/index.ts";
import { iso } from "./alert-list-store.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { scoreAt } from "./risk.ts";
import type { RiskSubject } from "./risk-entities.ts";

export interface RiskAsked {
  readonly kind?: string | undefined;
  readonly q?: string | undefined;
  readonly exercise?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

interface Moment {
  readonly settings: RiskSettings;
  readonly now: number;
}

export async function listRisk(
  executor: Executor,
  asked: RiskAsked,
  moment: Moment,
): Promise<{ items: RiskEntity[]; next: string | null; total?: number }> {
  const where: SQL[] = [
    asked.exercise === undefined ? sql`exercise_id is null` : sql`exercise_id = ${asked.exercise}`,
    // What has decayed to less than half a point is nobody's concern.
    sql`heat > ${-1 + moment.now / (moment.settings.halfLifeHours * HOUR)}`,
  ];
  if (asked.kind !== undefined) where.push(sql`kind = ${asked.kind}`);
  if (asked.q !== undefined && asked.q !== "") {
    where.push(sql`value ilike ${`%${asked.q.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`}`);
  }
  const after: SQL[] = [];
  if (asked.cursor !== undefined) {
    const [heat, key] = readCursor(asked.cursor, "ss");
    after.push(sql`(heat < ${Number(heat)}::float8 or (heat = ${Number(heat)}::float8 and key > ${key}))`);
  }
  const found = await executor.execute<Row>(sql`
    select * from risk_entity where ${sql.join([...where, ...after], sql` and `)} order by heat desc, key limit ${asked.limit + 1}`);
  const rows = found.rows.slice(0, asked.limit);
  const last = rows[rows.length - 1];
  const next =
    found.rows.length > asked.limit && last !== undefined ? writeCursor([String(last.heat), last.key]) : null;
  const items = await shown(executor, rows, moment);
  if (asked.cursor !== undefined) return { items, next };
  const counted = await executor.execute<{ n: number }>(
    sql`select count(*) as n from risk_entity where ${sql.join(where, sql` and `)}`,
  );
  return { items, next, total: Number(counted.rows[0]?.n ?? 0) };
}

export async function riskByKey(
  executor: Executor,
  key: string,
  moment: Moment,
): Promise<{ entity: RiskEntity; openings: RiskDetail["openings"] } | undefined> {
  const found = await executor.execute<Row>(sql`select * from risk_entity where key = ${key}`);
  const [entity] = await shown(executor, found.rows, moment);
  if (entity === undefined) return undefined;
  const openings = await executor.execute<{
    incident_id: string;
    at: number;
    score: number;
    threshold: number;
    spread: number;
    version: number;
    parts: RiskPart[];
  }>(sql`select * from risk_opening where key = ${key} order by id desc limit 20`);
  return {
    entity,
    openings: openings.rows.map(({ incident_id, at, version, ...row }) => ({
      incidentId: incident_id,
      at: iso(at),
      settingsVersion: version,
      score: row.score,
      threshold: row.threshold,
      spread: row.spread,
      parts: row.parts,
    })),
  };
}

/** All entities in slices, for working their scores out again. */
export async function subjectsAfter(executor: Executor, after: string, limit: number): Promise<RiskSubject[]> {
  const found = await executor.execute<Row>(
    sql`select * from risk_entity where key > ${after} order by key limit ${limit}`,
  );
  return found.rows.map(toSubject);
}

/** The hottest of all that are real, and how many there are. */
export async function hottestSubjects(
  executor: Executor,
  limit: number,
): Promise<{ subjects: RiskSubject[]; total: number }> {
  const found = await executor.execute<Row & { total: number }>(sql`
    select *, count(*) over () as total from risk_entity where exercise_id is null order by heat desc, key limit ${limit}`);
  return { subjects: found.rows.map(toSubject), total: Number(found.rows[0]?.total ?? 0) };
}

/** Those whose risk these alerts count for. */
export async function subjectsOfAlerts(executor: Executor, alertIds: readonly string[]): Promise<RiskSubject[]> {
  const found = await executor.execute<Row>(sql`
    select * from risk_entity where key in (select key from risk_part where alert_id = any(${sql.param(alertIds)}::text[]))`);
  return found.rows.map(toSubject);
}

const HOUR = 3_600_000;
const HOURS_SHOWN = 48;

type Row = {
  key: string;
  kind: Entity["kind"];
  value: string;
  asset_id: string | null;
  identity_id: string | null;
  exercise_id: string | null;
  scored_at: number;
  heat: number;
  tactics: string[];
  rules: number;
  criticality: number;
  exposure: string;
  incident_id: string | null;
};

function toSubject(row: Row): RiskSubject {
  const { key, kind, value, asset_id, identity_id, exercise_id } = row;
  return { key, kind, value, assetId: asset_id, identityId: identity_id, exerciseId: exercise_id };
}

async function shown(executor: Executor, rows: readonly Row[], { settings, now }: Moment): Promise<RiskEntity[]> {
  if (rows.length === 0) return [];
  const lastHour = Math.floor(now / HOUR);
  const firstHour = lastHour - HOURS_SHOWN + 1;
  const keys = rows.map(({ key }) => key);
  const points = await executor.execute<{ key: string; hour: number; at: number; score: number }>(sql`
    select key, hour, at, score from risk_point where key = any(${sql.param(keys)}::text[]) and hour >= ${firstHour - 24 * 7}
    order by key, hour`);
  const byKey = new Map<string, { hour: number; at: number; score: number }[]>();
  for (const { key, hour, at, score } of points.rows) {
    const held = byKey.get(key);
    const point = { hour: Number(hour), at: Number(at), score };
    if (held === undefined) byKey.set(key, [point]);
    else held.push(point);
  }
  return rows.map((row) => ({
    key: row.key,
    kind: row.kind,
    value: row.value,
    assetId: row.asset_id,
    identityId: row.identity_id,
    score: scoreAt(row.heat, Math.max(now, Number(row.scored_at)), settings),
    threshold: settings.threshold,
    tactics: row.tactics,
    rules: row.rules,
    criticality: row.criticality,
    exposure: row.exposure,
    lastSeen: iso(row.scored_at),
    incidentId: row.incident_id,
    history: historyOf(byKey.get(row.key) ?? [], { firstHour, settings, now }),
  }));
}

/** Between two changes a score only decays. */
function historyOf(
  points: readonly { hour: number; at: number; score: number }[],
  over: { readonly firstHour: number; readonly settings: RiskSettings; readonly now: number },
): number[] {
  const halfMs = over.settings.halfLifeHours * HOUR;
  return Array.from({ length: HOURS_SHOWN }, (_, index) => {
    const hour = over.firstHour + index;
    const end = Math.min(over.now, (hour + 1) * HOUR);
    const last = points.findLast((point) => point.hour <= hour);
    if (last === undefined) return 0;
    return last.score * 2 ** (-Math.max(0, end - last.at) / halfMs);
  });
}
