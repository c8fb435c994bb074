/** report-store: what was last heard of each cause that another system reports, and the alerts that stand for it, held or not. */
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface Heard {
  readonly causeKey: string;
  readonly at: number;
  readonly until: number | null;
}

export interface End {
  readonly causeKey: string;
  readonly at: number;
  readonly reason: string;
}

export interface EndedAlert {
  readonly id: string;
  readonly name: string;
  readonly incidentId: string | null;
}

export interface StandingAlert extends EndedAlert {
  /** Somebody works on it. */
  readonly touched: boolean;
  readonly at: number;
  readonly reason: string;
}

/** Cause -> reports of what began until then raise nothing: it was told to be over, or somebody closed the alert of it. */
export async function readSettled(tx: Transaction, keys: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await tx.execute<{ key: string; at: number }>(sql`
    with asked as (select unnest(${sql.param(keys)}::text[]) as key)
    select key, max(at) as at from (
      select key, r.ended_at as at from asked join alert_report r on r.cause_key = key where r.ended_at is not null
      union all
      select key, a.first_seen from asked join alert a on a.collapse_key = key where a.state = 'closed' and a.ended_at is null
      union all
      select key, a.first_seen from asked join alert a on a.cause_key = key where a.state = 'closed' and a.ended_at is null
    ) settled group by key`);
  return new Map(rows.map((row) => [row.key, Number(row.at)]));
}

export async function writeHeard(tx: Transaction, heard: readonly Heard[]): Promise<void> {
  const column = (key: keyof Heard) => sql.param(heard.map((one) => one[key]));
  await tx.execute(sql`
    insert into alert_report (cause_key, reported_at, until)
    select * from unnest(${column("causeKey")}::text[], ${column("at")}::bigint[], ${column("until")}::bigint[])
    on conflict (cause_key) do update set reported_at = greatest(alert_report.reported_at, excluded.reported_at), until = excluded.until`);
}

export async function writeEnded(tx: Transaction, ends: readonly End[]): Promise<void> {
  const column = (key: "causeKey" | "at") => sql.param(ends.map((one) => one[key]));
  await tx.execute(sql`
    insert into alert_report (cause_key, reported_at, ended_at)
    select e.key, e.at, e.at from unnest(${column("causeKey")}::text[], ${column("at")}::bigint[]) as e (key, at)
    on conflict (cause_key) do update set until = null, ended_at = greatest(alert_report.ended_at, excluded.ended_at)`);
}

/** Brings open alerts up to their latest report. @returns those that were marked as over */
export async function seeUntil(tx: Transaction, heard: readonly Heard[]): Promise<EndedAlert[]> {
  const column = (key: "causeKey" | "at") => sql.param(heard.map((one) => one[key]));
  const { rows } = await tx.execute<{ id: string; name: string; incident_id: string | null; was_over: boolean }>(sql`
    with r as (select * from unnest(${column("causeKey")}::text[], ${column("at")}::bigint[]) as r (key, at)),
    found as (
      select a.id, a.ended_at, r.at from r join alert a on a.collapse_key = r.key where a.state <> 'closed'
      union select a.id, a.ended_at, r.at from r join alert a on a.cause_key = r.key where a.state <> 'closed'
    )
    update alert a set last_seen = greatest(a.last_seen, found.at), ended_at = null
    from found where a.id = found.id
    returning a.id, a.title as name, a.incident_id, found.ended_at is not null as was_over`);
  return rows.filter((row) => row.was_over).map(({ id, name, incident_id }) => ({ id, name, incidentId: incident_id }));
}

/** Open alerts of these causes that began before the end. */
export async function standing(tx: Transaction, ends: readonly End[]): Promise<StandingAlert[]> {
  const column = (key: keyof End) => sql.param(ends.map((one) => one[key]));
  const { rows } = await tx.execute<{
    id: string;
    name: string;
    incident_id: string | null;
    touched: boolean;
    at: number;
    reason: string;
  }>(sql`
    with r as (
      select * from unnest(${column("causeKey")}::text[], ${column("at")}::bigint[], ${column("reason")}::text[]) as r (key, at, reason)
    ), found as (
      select a.id, r.at, r.reason from r join alert a on a.collapse_key = r.key
      union select a.id, r.at, r.reason from r join alert a on a.cause_key = r.key
    )
    select a.id, a.title as name, a.incident_id, a.state <> 'new' or a.assignee_id is not null as touched, found.at, found.reason
    from found join alert a on a.id = found.id
    where a.state <> 'closed' and a.ended_at is null and a.first_seen <= found.at order by a.id`);
  return rows.map(({ incident_id, at, ...row }) => ({ ...row, incidentId: incident_id, at: Number(at) }));
}

/** Those that nobody has touched are closed, without a verdict: nobody has judged them. */
export async function markEnded(tx: Transaction, alerts: readonly StandingAlert[], now: number): Promise<void> {
  if (alerts.length === 0) return;
  const column = (key: "id" | "at" | "touched") => sql.param(alerts.map((one) => one[key]));
  await tx.execute(sql`
    update alert a set ended_at = r.at, last_seen = greatest(a.last_seen, r.at),
      state = case when r.touched then a.state else 'closed' end,
      closed_at = case when r.touched then a.closed_at else ${now}::bigint end
    from unnest(${column("id")}::text[], ${column("at")}::bigint[], ${column("touched")}::boolean[]) as r (id, at, touched)
    where a.id = r.id`);
}

/** Causes that were to be repeated before that time. */
export async function expired(executor: Executor, before: number): Promise<{ causeKey: string; until: number }[]> {
  const { rows } = await executor.execute<{ cause_key: string; until: number }>(sql`
    select cause_key, until from alert_report where until < ${before}::bigint order by until limit 1000`);
  return rows.map((row) => ({ causeKey: row.cause_key, until: Number(row.until) }));
}

export async function forgetReports(executor: Executor, before: number): Promise<void> {
  await executor.execute(sql`delete from alert_report where until is null and reported_at < ${before}::bigint`);
}
