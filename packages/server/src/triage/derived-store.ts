/** derived-store: brings incidents in line with their members. What a person has set (title, severity) stays. */
import { sql } from "drizzle-orm";
import type { ServiceBrief } from "@holdfast/contracts/estate";
import type { IncidentState } from "@holdfast/contracts/triage";
import type { Transaction } from "../platform/tables/index.ts";
import { type DerivedMember, derive } from "./derived.ts";
import { records } from "./records.ts";
import { severityOf } from "./severity.ts";
import { rebuildWaves } from "./wave-store.ts";

export interface SeverityMove {
  readonly id: string;
  readonly before: number;
}

/** @returns those whose severity is another one now */
export async function refreshIncidents(tx: Transaction, ids: readonly string[]): Promise<SeverityMove[]> {
  if (ids.length === 0) return [];
  const waves = await tx.execute<{ id: string }>(
    sql`select id from incident where wave is not null and id = any(${sql.param(ids)}::text[])`,
  );
  const apart = new Set(waves.rows.map(({ id }) => id));
  const moved = await rebuildWaves(tx, [...apart]);
  const others = ids.filter((id) => !apart.has(id));
  return [...moved, ...(await refreshOthers(tx, others))];
}

async function refreshOthers(tx: Transaction, ids: readonly string[]): Promise<SeverityMove[]> {
  if (ids.length === 0) return [];
  const found = await tx.execute<{
    incident_id: string;
    title: string;
    severity: number;
    tactics: string[];
    host: string;
    count: number;
    first_seen: number;
    last_seen: number;
    services: ServiceBrief[];
  }>(sql`
    select incident_id, title, severity, tactics, host, count, first_seen, last_seen, services
    from alert where incident_id = any(${sql.param(ids)}::text[]) order by first_seen, id`);
  const byIncident = new Map<string, DerivedMember[]>();
  for (const row of found.rows) {
    const { incident_id, title, severity, tactics, host, services } = row;
    const times = { count: Number(row.count), firstMs: Number(row.first_seen), lastMs: Number(row.last_seen) };
    const members = byIncident.get(incident_id) ?? [];
    members.push({ title, rank: severity, tactics, host, services, ...times });
    byIncident.set(incident_id, members);
  }
  const rows = [...byIncident].map(([id, members]) => ({ id, ...derive(members) }));
  const changed = await tx.execute<{ id: string; before: number; severity: number }>(sql`
    update incident i set
      title = case when i.title_by is null then r.title else i.title end,
      severity = case when i.severity_by is null then r.severity else i.severity end,
      severity_why = case when i.severity_by is null then r."severityWhy" else i.severity_why end,
      alerts = r.alerts, signals = r.signals, first_seen = r."firstMs", last_seen = r."lastMs",
      tactics = r.tactics, hosts = r.hosts, services = r.services, criticality = coalesce((r.services->0->>'criticality')::smallint, 0)
    from jsonb_to_recordset(${records(rows)}::jsonb) as r(id text, title text, severity smallint, "severityWhy" text, alerts int,
      signals bigint, "firstMs" bigint, "lastMs" bigint, tactics text[], hosts text[], services jsonb)
    join incident old on old.id = r.id
    where i.id = r.id returning i.id, old.severity as before, i.severity`);
  const empty = ids.filter((id) => !byIncident.has(id));
  if (empty.length > 0) {
    await tx.execute(sql`update incident set alerts = 0, signals = 0 where id = any(${sql.param(empty)}::text[])`);
  }
  return changed.rows.filter((row) => row.severity !== row.before).map(({ id, before }) => ({ id, before }));
}

/** What is told of an incident when it changes. */
export async function readFacts(tx: Transaction, ids: readonly string[]) {
  const found = await tx.execute<{
    id: string;
    number: number;
    title: string;
    severity: number;
    state: IncidentState;
    exercise_id: string | null;
  }>(
    sql`select id, number, title, severity, state, exercise_id from incident where id = any(${sql.param(ids)}::text[])`,
  );
  return new Map(
    found.rows.map(({ id, number, title, severity, state, exercise_id }) => [
      id,
      { number: Number(number), title, severity: severityOf(severity), state, exerciseId: exercise_id },
    ]),
  );
}

export async function readNumbers(
  tx: Transaction,
  ids: readonly string[],
): Promise<{ id: string; number: number; rank: number }[]> {
  const found = await tx.execute<{ id: string; number: number; severity: number }>(sql`
    select id, number, severity from incident where id = any(${sql.param(ids)}::text[]) order by number`);
  return found.rows.map((row) => ({ id: row.id, number: Number(row.number), rank: row.severity }));
}
