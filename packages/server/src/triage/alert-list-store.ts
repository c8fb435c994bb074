/** alert-list-store: the alert queue: filters, four orders with cursors, and groups. Every order has an index. */
import { type SQL, sql } from "drizzle-orm";
import type { ServiceBrief } from "@holdfast/contracts/estate";
import { SEVERITIES, type Severity, type Team } from "@holdfast/contracts/model";
import type { Alert, AlertHold, AlertState, Entity } from "@holdfast/contracts/triage";
import type { Executor } from "../platform/tables/index.ts";
import { type CursorValues, readCursor, writeCursor } from "./cursor.ts";
import { fail } from "./errors.ts";
import { severityOf } from "./severity.ts";

export interface AlertFilter {
  readonly state?: readonly string[] | undefined;
  readonly severity?: readonly string[] | undefined;
  readonly team?: Team | undefined;
  /** Id of a person, or "none". */
  readonly assignee?: string | undefined;
  readonly rule?: string | undefined;
  readonly service?: string | undefined;
  readonly incident?: string | undefined;
  /** "kind:value", or a value of any kind. */
  readonly entity?: string | undefined;
  readonly q?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly hold?: readonly string[] | undefined;
  readonly holdId?: string | undefined;
  readonly exercise?: string | undefined;
}

export type AlertSort = "priority" | "newest" | "oldest" | "count";
export type GroupBy = "rule" | "entity" | "service" | "severity";

export async function listAlerts(
  executor: Executor,
  page: {
    readonly filter: AlertFilter;
    readonly sort: AlertSort;
    readonly limit: number;
    readonly cursor?: string | undefined;
  },
): Promise<{ items: Alert[]; next: string | null; total?: number }> {
  const order = ORDERS[page.sort];
  const where = conditions(page.filter);
  const after = page.cursor === undefined ? sql`true` : order.after(readCursor(page.cursor, order.shape));
  const [found, counted] = await Promise.all([
    executor.execute<AlertRow>(sql`
    select ${COLUMNS} from alert a where ${where} and ${after} order by ${order.by} limit ${page.limit + 1}`),
    // The total stands on the first page only, and is counted beside it.
    page.cursor === undefined
      ? executor.execute<{ n: number }>(sql`select count(*) as n from alert a where ${where}`)
      : undefined,
  ]);
  const rows = found.rows.slice(0, page.limit);
  const last = rows[rows.length - 1];
  const next = found.rows.length > page.limit && last !== undefined ? writeCursor(order.values(last)) : null;
  const items = rows.map(toAlert);
  return counted === undefined ? { items, next } : { items, next, total: Number(counted.rows[0]?.n ?? 0) };
}

export async function alertsById(executor: Executor, ids: readonly string[]): Promise<Map<string, Alert>> {
  if (ids.length === 0) return new Map();
  const found = await executor.execute<AlertRow>(sql`
    select ${COLUMNS} from alert a where a.id = any(${sql.param(ids)}::text[])`);
  return new Map(found.rows.map((row) => [row.id, toAlert(row)]));
}

export interface AlertGroup {
  readonly key: string;
  readonly title: string;
  readonly alerts: number;
  readonly signals: number;
  readonly severity: Severity;
  readonly lastSeen: string;
}

export async function groupAlerts(executor: Executor, filter: AlertFilter, by: GroupBy): Promise<AlertGroup[]> {
  const { key, title, from } = GROUPS[by];
  const found = await executor.execute<{
    key: string;
    title: string;
    alerts: number;
    signals: number;
    severity: number;
    last_seen: number;
  }>(sql`
    select ${key} as key, min(${title}) as title, count(*) as alerts, sum(a.count)::bigint as signals,
      max(a.severity) as severity, max(a.last_seen) as last_seen
    from ${from} where ${conditions(filter)} group by 1 order by max(a.severity) desc, count(*) desc, 1 limit 500`);
  return found.rows.map((row) => ({
    key: row.key,
    title: row.title,
    alerts: Number(row.alerts),
    signals: Number(row.signals),
    severity: severityOf(row.severity),
    lastSeen: iso(row.last_seen),
  }));
}

export function iso(ms: number | string): string {
  return new Date(Number(ms)).toISOString();
}

export type AlertRow = {
  id: string;
  rule_id: string;
  title: string;
  severity: number;
  state: AlertState;
  verdict: Alert["verdict"];
  entity_kind: Entity["kind"];
  entity_value: string;
  asset_id: string | null;
  identity_id: string | null;
  count: number;
  first_seen: number;
  last_seen: number;
  raised_at: number;
  assignee_id: string | null;
  assignee_name: string | null;
  team: Team | null;
  tactics: string[];
  techniques: string[];
  services: ServiceBrief[];
  criticality: number;
  incident_id: string | null;
  hold: AlertHold | null;
  hold_id: string | null;
  exercise_id: string | null;
};

const COLUMNS = sql.raw(
  [
    "id",
    "rule_id",
    "title",
    "severity",
    "state",
    "verdict",
    "entity_kind",
    "entity_value",
    "asset_id",
    "identity_id",
    "count",
    "first_seen",
    "last_seen",
    "raised_at",
    "assignee_id",
    "assignee_name",
    "team",
    "tactics",
    "techniques",
    "services",
    "criticality",
    "incident_id",
    "hold",
    "hold_id",
    "exercise_id",
  ]
    .map((name) => `a.${name}`)
    .join(", "),
);

interface Order {
  readonly by: SQL;
  readonly shape: string;
  readonly after: (values: CursorValues) => SQL;
  readonly values: (row: AlertRow) => CursorValues;
}

const ORDERS: Readonly<Record<AlertSort, Order>> = {
  priority: {
    by: sql`a.severity desc, a.criticality desc, a.raised_at desc, a.id desc`,
    shape: "nnns",
    after: ([severity, criticality, raised, id]) =>
      sql`(a.severity, a.criticality, a.raised_at, a.id) < (${severity}, ${criticality}, ${raised}, ${id})`,
    values: (row) => [row.severity, row.criticality, Number(row.raised_at), row.id],
  },
  newest: {
    by: sql`a.raised_at desc, a.id desc`,
    shape: "ns",
    after: ([raised, id]) => sql`(a.raised_at, a.id) < (${raised}, ${id})`,
    values: (row) => [Number(row.raised_at), row.id],
  },
  oldest: {
    by: sql`a.raised_at, a.id`,
    shape: "ns",
    after: ([raised, id]) => sql`(a.raised_at, a.id) > (${raised}, ${id})`,
    values: (row) => [Number(row.raised_at), row.id],
  },
  count: {
    by: sql`a.count desc, a.id desc`,
    shape: "ns",
    after: ([count, id]) => sql`(a.count, a.id) < (${count}, ${id})`,
    values: (row) => [Number(row.count), row.id],
  },
};

const GROUPS: Readonly<Record<GroupBy, { readonly key: SQL; readonly title: SQL; readonly from: SQL }>> = {
  rule: { key: sql`a.rule_id`, title: sql`a.title`, from: sql`alert a` },
  entity: { key: sql`a.entity_kind || ':' || lower(a.entity_value)`, title: sql`a.entity_value`, from: sql`alert a` },
  service: {
    key: sql`coalesce(s->>'id', '')`,
    title: sql`coalesce(s->>'name', 'No service')`,
    from: sql`alert a left join lateral jsonb_array_elements(a.services) s on true`,
  },
  severity: { key: sql`a.severity::text`, title: sql`a.severity::text`, from: sql`alert a` },
};

function conditions(filter: AlertFilter): SQL {
  const parts: SQL[] = placeConditions(filter);
  if (filter.state !== undefined) parts.push(sql`a.state = any(${sql.param(filter.state)}::text[])`);
  if (filter.severity !== undefined) parts.push(severityCondition(filter.severity));
  if (filter.team !== undefined) parts.push(sql`a.team = ${filter.team}`);
  if (filter.assignee === "none") parts.push(sql`a.assignee_id is null`);
  else if (filter.assignee !== undefined) parts.push(sql`a.assignee_id = ${filter.assignee}`);
  if (filter.rule !== undefined) parts.push(sql`a.rule_id = ${filter.rule}`);
  if (filter.service !== undefined) parts.push(sql`a.services @> ${JSON.stringify([{ id: filter.service }])}::jsonb`);
  if (filter.incident === "none") parts.push(sql`a.incident_id is null`);
  else if (filter.incident !== undefined) parts.push(sql`a.incident_id = ${filter.incident}`);
  if (filter.entity !== undefined) parts.push(entityCondition(filter.entity));
  if (filter.q !== undefined && filter.q !== "") {
    const pattern = `%${filter.q.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
    parts.push(sql`(a.title ilike ${pattern} or a.entity_value ilike ${pattern} or a.host ilike ${pattern})`);
  }
  if (filter.from !== undefined) parts.push(sql`a.last_seen >= ${timeOf(filter.from, "from")}`);
  if (filter.to !== undefined) parts.push(sql`a.first_seen <= ${timeOf(filter.to, "to")}`);
  return sql.join(parts, sql` and `);
}

/** The open queue is said in the words of its partial index, so that it never looks at anything else. */
function placeConditions({ state, hold, holdId, incident, exercise }: AlertFilter): SQL[] {
  const real = exercise === undefined;
  const parts = [
    real
      ? sql`a.exercise_id is null`
      : exercise === "any"
        ? sql`a.exercise_id is not null`
        : sql`a.exercise_id = ${exercise}`,
  ];
  // What was put back is part of the alert that it came from.
  if (state === undefined || state.includes("closed")) parts.push(sql`a.put_back_into is null`);
  if (holdId !== undefined) return [...parts, sql`a.hold_id = ${holdId}`];
  if (hold !== undefined && hold.length > 0) return [...parts, sql`a.hold = any(${sql.param(hold)}::text[])`];
  // A member is shown in its incident whatever holds it.
  if (incident !== undefined && incident !== "none") return parts;
  if (real && state !== undefined && !state.includes("closed")) return [sql`a.queued`];
  return [...parts, sql`a.hold is null`];
}

function severityCondition(names: readonly string[]): SQL {
  const ranks = names.map((name) => SEVERITIES.findIndex((severity) => severity === name)).filter((rank) => rank >= 0);
  return sql`a.severity = any(${sql.param(ranks)}::smallint[])`;
}

function entityCondition(entity: string): SQL {
  const written = entity.toLowerCase();
  const kinds = ["host", "user", "ip", "domain", "hash", "file", "process", "url"];
  const keys = kinds.some((kind) => written.startsWith(`${kind}:`))
    ? [written]
    : kinds.map((kind) => `${kind}:${written}`);
  const named = sql`substr(key, strpos(key, ':') + 1) = any(${sql.param(keys)}::text[])`;
  return sql`a.id in (select alert_id from alert_entity where ${named} union ${qualified(written)})`;
}

/** A host asked for by its short name is also meant under its full one; "." and "/" are neighbours, so the range is a prefix. */
function qualified(written: string): SQL {
  const host = written.startsWith("host:") ? written.slice("host:".length) : written;
  if (!/^[a-z0-9_-]+$/.test(host)) return sql`select null::text where false`;
  const key = sql`substr(key, strpos(key, ':') + 1) collate "C"`;
  return sql`select alert_id from alert_entity where ${key} >= ${`host:${host}.`} and ${key} < ${`host:${host}/`}`;
}

function timeOf(text: string, name: string): number {
  const ms = Date.parse(text);
  if (Number.isFinite(ms)) return ms;
  throw fail(
    "TRIAGE_TIME_INVALID",
    `"${text.slice(0, 40)}" in "${name}" is not a time: write one such as 2026-11-22T08:00:00Z.`,
  );
}

export function toAlert(row: AlertRow): Alert {
  return {
    id: row.id,
    ruleId: row.rule_id,
    title: row.title,
    severity: severityOf(row.severity),
    state: row.state,
    verdict: row.verdict,
    entity: { kind: row.entity_kind, value: row.entity_value, assetId: row.asset_id, identityId: row.identity_id },
    count: Number(row.count),
    firstSeen: iso(row.first_seen),
    lastSeen: iso(row.last_seen),
    raisedAt: iso(row.raised_at),
    assignee: row.assignee_id === null ? null : { id: row.assignee_id, name: row.assignee_name ?? "" },
    team: row.team,
    tactics: row.tactics,
    techniques: row.techniques,
    services: row.services,
    incidentId: row.incident_id,
    hold: row.hold,
    holdId: row.hold_id,
    exerciseId: row.exercise_id,
  };
}
