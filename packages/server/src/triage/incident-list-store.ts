/** incident-list-store: incidents as they are shown: the list with its orders and cursors, one with members and entities. */
import { type SQL, sql } from "drizzle-orm";
import type { ServiceBrief } from "@holdfast/contracts/estate";
import { SEVERITIES, type Severity, type Team } from "@holdfast/contracts/model";
import type { Entity, Incident, IncidentDetail, IncidentState } from "@holdfast/contracts/triage";
import type { Executor } from "../platform/tables/index.ts";
import { alertsById, iso } from "./alert-list-store.ts";
import { type CursorValues, readCursor, writeCursor } from "./cursor.ts";
import { severityOf } from "./severity.ts";

export interface IncidentFilter {
  readonly state?: readonly string[] | undefined;
  readonly severity?: readonly string[] | undefined;
  readonly team?: Team | undefined;
  readonly service?: string | undefined;
  readonly q?: string | undefined;
  readonly exercise?: string | undefined;
}

export type IncidentSort = "priority" | "newest" | "oldest";

/** What the list does not show but a page about one incident does. */
export interface IncidentRecord {
  readonly incident: Incident;
  readonly rootId: string;
  readonly summary: string;
  readonly severityWhy: string;
  readonly mergedInto: string | null;
}

export async function listIncidents(
  executor: Executor,
  page: {
    readonly filter: IncidentFilter;
    readonly sort: IncidentSort;
    readonly limit: number;
    readonly cursor?: string | undefined;
  },
): Promise<{ items: Incident[]; next: string | null; total?: number }> {
  const order = ORDERS[page.sort];
  const where = conditions(page.filter);
  const after = page.cursor === undefined ? sql`true` : order.after(readCursor(page.cursor, order.shape));
  const [found, counted] = await Promise.all([
    executor.execute<IncidentRow>(sql`
    select i.* from incident i where ${where} and ${after} order by ${order.by} limit ${page.limit + 1}`),
    // The total stands on the first page only, and is counted beside it.
    page.cursor === undefined
      ? executor.execute<{ n: number }>(sql`select count(*) as n from incident i where ${where}`)
      : undefined,
  ]);
  const rows = found.rows.slice(0, page.limit);
  const last = rows[rows.length - 1];
  const next = found.rows.length > page.limit && last !== undefined ? writeCursor(order.values(last)) : null;
  const items = rows.map(toIncident);
  return counted === undefined ? { items, next } : { items, next, total: Number(counted.rows[0]?.n ?? 0) };
}

/** By id, number, or "INC-12". */
export async function findIncident(executor: Executor, asked: string): Promise<IncidentRecord | undefined> {
  const number = /^(?:inc-)?(\d{1,15})$/i.exec(asked)?.[1];
  const found = await executor.execute<IncidentRow>(sql`
    select i.* from incident i where i.id = ${asked} ${number === undefined ? sql`` : sql`or i.number = ${number}::bigint`} limit 1`);
  const row = found.rows[0];
  if (row === undefined) return undefined;
  return {
    incident: toIncident(row),
    rootId: row.root_id,
    summary: row.summary,
    severityWhy: row.severity_why,
    mergedInto: row.merged_into,
  };
}

/** The incident and all that were merged into it. */
export async function familyOf(executor: Executor, rootId: string): Promise<string[]> {
  const found = await executor.execute<{ id: string }>(sql`
    select id from incident where root_id = ${rootId} order by number`);
  return found.rows.map((row) => row.id);
}

const SHOWN_MEMBERS = 500;
const MEMBER = sql`m.alert_id, m.reason, m.shared, m.added_at, m.added_by, m.removed_at, m.removed_by_id, m.removed_by_name
    from incident_member m join incident i on i.id = m.incident_id`;

/** The first members and those that people took out last, over this incident and all that were merged into it. */
export async function membersOf(
  executor: Executor,
  rootId: string,
): Promise<Pick<IncidentDetail, "members" | "removed">> {
  const found = await executor.execute<MemberRow>(sql`
    (select ${MEMBER} where i.root_id = ${rootId} and m.removed_at is null order by m.added_at, m.alert_id limit ${SHOWN_MEMBERS})
    union all
    (select ${MEMBER} where i.root_id = ${rootId} and m.removed_at is not null
      order by m.removed_at desc, m.alert_id limit ${SHOWN_MEMBERS})`);
  const alerts = await alertsById(
    executor,
    found.rows.map((row) => row.alert_id),
  );
  const members: IncidentDetail["members"] = [];
  const removed: IncidentDetail["removed"] = [];
  for (const row of found.rows) {
    const alert = alerts.get(row.alert_id);
    if (alert === undefined) continue;
    if (row.removed_at === null) {
      const shared = row.shared.map((entity) => ({ ...entity, assetId: null, identityId: null }));
      members.push({ alert, reason: row.reason, shared, addedAt: iso(row.added_at), addedBy: row.added_by });
    } else {
      const by = { id: row.removed_by_id ?? "", name: row.removed_by_name ?? "" };
      removed.push({ alert, removedAt: iso(row.removed_at), by });
    }
  }
  members.sort((a, b) => (a.alert.firstSeen < b.alert.firstSeen ? -1 : a.alert.firstSeen > b.alert.firstSeen ? 1 : 0));
  return { members, removed };
}

/** The entities of a wave are counted over so many of its members. */
const MOST_COUNTED = 2_000;

/** The entities of the members, those of most alerts first. */
export async function entitiesOfIncident(executor: Executor, rootId: string): Promise<IncidentDetail["entities"]> {
  const found = await executor.execute<{
    kind: Entity["kind"];
    value: string;
    asset_id: string | null;
    identity_id: string | null;
    alerts: number;
    first_seen: number;
    last_seen: number;
  }>(sql`
    select e.kind, min(e.value) as value, max(e.asset_id) as asset_id, max(e.identity_id) as identity_id,
      count(distinct e.alert_id) as alerts, min(e.first_seen) as first_seen, max(e.last_seen) as last_seen
    from alert_entity e where e.alert_id in (
      select id from alert where incident_id = ${rootId} order by severity desc, first_seen, id limit ${MOST_COUNTED})
    group by e.kind, lower(e.value) order by count(distinct e.alert_id) desc, e.kind, min(e.value) limit 500`);
  return found.rows.map((row) => ({
    kind: row.kind,
    value: row.value,
    assetId: row.asset_id,
    identityId: row.identity_id,
    alerts: Number(row.alerts),
    firstSeen: iso(row.first_seen),
    lastSeen: iso(row.last_seen),
  }));
}

type IncidentRow = {
  id: string;
  number: number;
  title: string;
  summary: string;
  severity: number;
  severity_why: string;
  state: IncidentState;
  team: Team | null;
  assignee_id: string | null;
  assignee_name: string | null;
  waiting_for: Team | null;
  waiting_since: number | null;
  waiting_whom: string | null;
  waiting_person_id: string | null;
  waiting_person: string | null;
  opened_at: number;
  closed_at: number | null;
  merged_into: string | null;
  root_id: string;
  alerts: number;
  signals: number;
  first_seen: number;
  last_seen: number;
  tactics: string[];
  hosts: string[];
  services: ServiceBrief[];
  criticality: number;
  wave: string | null;
  exercise_id: string | null;
};

type MemberRow = {
  alert_id: string;
  reason: string;
  shared: { kind: Entity["kind"]; value: string }[];
  added_at: number;
  added_by: "system" | "person";
  removed_at: number | null;
  removed_by_id: string | null;
  removed_by_name: string | null;
};

interface Order {
  readonly by: SQL;
  readonly shape: string;
  readonly after: (values: CursorValues) => SQL;
  readonly values: (row: IncidentRow) => CursorValues;
}

const ORDERS: Readonly<Record<IncidentSort, Order>> = {
  priority: {
    by: sql`i.severity desc, i.criticality desc, i.opened_at desc, i.number desc`,
    shape: "nnnn",
    after: ([severity, criticality, opened, number]) =>
      sql`(i.severity, i.criticality, i.opened_at, i.number) < (${severity}, ${criticality}, ${opened}, ${number})`,
    values: (row) => [row.severity, row.criticality, Number(row.opened_at), Number(row.number)],
  },
  newest: {
    by: sql`i.opened_at desc, i.number desc`,
    shape: "nn",
    after: ([opened, number]) => sql`(i.opened_at, i.number) < (${opened}, ${number})`,
    values: (row) => [Number(row.opened_at), Number(row.number)],
  },
  oldest: {
    by: sql`i.opened_at, i.number`,
    shape: "nn",
    after: ([opened, number]) => sql`(i.opened_at, i.number) > (${opened}, ${number})`,
    values: (row) => [Number(row.opened_at), Number(row.number)],
  },
};

function conditions(filter: IncidentFilter): SQL {
  const parts: SQL[] = [sql`i.merged_into is null`];
  if (filter.exercise === undefined) parts.push(sql`i.exercise_id is null`);
  else if (filter.exercise === "any") parts.push(sql`i.exercise_id is not null`);
  else parts.push(sql`i.exercise_id = ${filter.exercise}`);
  if (filter.state !== undefined) parts.push(sql`i.state = any(${sql.param(filter.state)}::text[])`);
  if (filter.severity !== undefined) {
    const ranks = filter.severity.map((name) => SEVERITIES.indexOf(name as Severity)).filter((rank) => rank >= 0);
    parts.push(sql`i.severity = any(${sql.param(ranks)}::smallint[])`);
  }
  if (filter.team !== undefined) parts.push(sql`(i.team = ${filter.team} or i.waiting_for = ${filter.team})`);
  if (filter.service !== undefined) parts.push(sql`i.services @> ${JSON.stringify([{ id: filter.service }])}::jsonb`);
  if (filter.q !== undefined && filter.q !== "") {
    const pattern = `%${filter.q.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
    parts.push(
      sql`(i.title ilike ${pattern} or array_to_string(i.hosts, ' ') ilike ${pattern} or 'INC-' || i.number ilike ${pattern})`,
    );
  }
  return sql.join(parts, sql` and `);
}

function waitingOf(row: IncidentRow): Incident["waitingFor"] {
  if (row.waiting_for === null) return null;
  const { waiting_person_id: id, waiting_person: name } = row;
  return {
    team: row.waiting_for,
    since: iso(row.waiting_since ?? row.opened_at),
    whom: row.waiting_whom ?? row.waiting_for,
    person: id === null ? null : { id, name: name ?? id },
  };
}

function toIncident(row: IncidentRow): Incident {
  return {
    id: row.id,
    number: Number(row.number),
    title: row.title,
    severity: severityOf(row.severity),
    state: row.state,
    team: row.team,
    assignee: row.assignee_id === null ? null : { id: row.assignee_id, name: row.assignee_name ?? "" },
    waitingFor: waitingOf(row),
    alerts: row.alerts,
    signals: Number(row.signals),
    tactics: row.tactics,
    services: row.services,
    hosts: row.hosts,
    firstSeen: iso(row.first_seen),
    lastSeen: iso(row.last_seen),
    openedAt: iso(row.opened_at),
    closedAt: row.closed_at === null ? null : iso(row.closed_at),
    wave: row.wave,
    exerciseId: row.exercise_id,
  };
}
