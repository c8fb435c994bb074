/** withdraw-store: signals of alerts that stand no more: which alert each was part of, and whether the alert was closed for it. */
import { sql } from "drizzle-orm";
import type { AlertState } from "@holdfast/contracts/triage";
import type { Transaction } from "../platform/tables/index.ts";

export interface WithdrawnSignal {
  readonly signalId: string;
  readonly alertId: string;
  readonly reason: string;
}

export async function writeWithdrawn(tx: Transaction, signals: readonly WithdrawnSignal[], now: number): Promise<void> {
  const column = (key: keyof WithdrawnSignal) => sql.param(signals.map((signal) => signal[key]));
  await tx.execute(sql`
    insert into alert_withdrawal (signal_id, alert_id, reason, at)
    select s.*, ${now}::bigint from unnest(${column("signalId")}::text[], ${column("alertId")}::text[], ${column("reason")}::text[]) as s
    on conflict (signal_id) do update set reason = excluded.reason, at = excluded.at`);
}

/** Signal id -> alert id, of those that are given back; they count as standing from now on. */
export async function takeBackWithdrawn(tx: Transaction, signalIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await tx.execute<{ signal_id: string; alert_id: string }>(sql`
    delete from alert_withdrawal where signal_id = any(${sql.param(signalIds)}::text[]) returning signal_id, alert_id`);
  return new Map(rows.map((row) => [row.signal_id, row.alert_id]));
}

export interface WithdrawnAlert {
  readonly id: string;
  readonly title: string;
  readonly state: AlertState;
  readonly incidentId: string | null;
  /** Somebody works on it, or has judged it. */
  readonly touched: boolean;
  /** It was closed because all of its signals were withdrawn. */
  readonly closedForIt: boolean;
  readonly signals: number;
  readonly withdrawn: number;
}

export async function readWithdrawnAlerts(tx: Transaction, ids: readonly string[]): Promise<WithdrawnAlert[]> {
  const { rows } = await tx.execute<{
    id: string;
    title: string;
    state: AlertState;
    incident_id: string | null;
    touched: boolean;
    closed_for_it: boolean;
    count: number;
    withdrawn: number;
  }>(sql`
    select a.id, a.title, a.state, a.incident_id, a.state <> 'new' or a.assignee_id is not null as touched,
      a.withdrawn_at is not null and a.state = 'closed' and a.closed_at = a.withdrawn_at as closed_for_it,
      a.count::int, (select count(*)::int from alert_withdrawal w where w.alert_id = a.id) as withdrawn
    from alert a where a.id = any(${sql.param(ids)}::text[]) order by a.id`);
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    state: row.state,
    incidentId: row.incident_id,
    touched: row.touched,
    closedForIt: row.closed_for_it,
    signals: row.count,
    withdrawn: row.withdrawn,
  }));
}

/** @param at null: they stand again */
export async function markWithdrawn(tx: Transaction, ids: readonly string[], at: number | null): Promise<void> {
  await tx.execute(sql`update alert set withdrawn_at = ${at}::bigint where id = any(${sql.param(ids)}::text[])`);
}

/** As nobody had touched it: new, and open since it was raised. */
export async function reopenWithdrawn(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`
    update alert set state = 'new', verdict = null, closed_at = null, acknowledged_at = null
    where id = any(${sql.param(ids)}::text[])`);
}
