/** hold-store: suppressions and maintenance windows as rows, with their exact counters. */
import { sql } from "drizzle-orm";
import type { Maintenance, MaintenanceScope, Suppression } from "@holdfast/contracts/triage-settings";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { iso } from "./alert-list-store.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { records } from "./records.ts";

export interface StoredSuppression {
  readonly id: string;
  readonly expression: string;
  readonly ruleId: string | null;
}

export interface StoredMaintenance {
  readonly id: string;
  readonly scope: MaintenanceScope;
}

export async function activeSuppressions(executor: Executor, now: number): Promise<StoredSuppression[]> {
  const found = await executor.execute<{ id: string; expression: string; rule_id: string | null }>(sql`
    select id, expression, rule_id from suppression
    where ended_at is null and (expires_at is null or expires_at > ${now}) order by created_at, id`);
  return found.rows.map((row) => ({ id: row.id, expression: row.expression, ruleId: row.rule_id }));
}

export interface ActiveMaintenance extends StoredMaintenance {
  readonly title: string;
  readonly owner: string;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

export async function activeMaintenance(executor: Executor, now: number): Promise<ActiveMaintenance[]> {
  const found = await executor.execute<{
    id: string;
    scope: MaintenanceScope;
    title: string;
    owner: string;
    end_at: number;
  }>(sql`
    select id, scope, title, owner, end_at from maintenance_window
    where ended_at is null and begin_at <= ${now} and end_at > ${now} order by created_at, id`);
  return found.rows.map(({ end_at, ...row }) => ({ ...row, endsAt: Number(end_at) }));
}

export async function countHidden(
  tx: Transaction,
  hidden: ReadonlyMap<string, { alerts: number; signals: number }>,
  now: number,
): Promise<void> {
  if (hidden.size === 0) return;
  const rows = [...hidden].map(([id, counts]) => ({ id, ...counts }));
  await tx.execute(sql`
    update suppression s set hidden_alerts = s.hidden_alerts + r.alerts, hidden_signals = s.hidden_signals + r.signals, last_hidden_at = ${now}
    from jsonb_to_recordset(${records(rows)}::jsonb) as r(id text, alerts bigint, signals bigint) where s.id = r.id`);
}

export async function insertSuppression(
  tx: Transaction,
  row: StoredSuppression & {
    readonly owner: string;
    readonly reason: string;
    readonly createdBy: string;
    readonly createdAt: number;
    readonly expiresAt: number | null;
  },
): Promise<void> {
  await tx.execute(sql`
    insert into suppression (id, expression, rule_id, owner, reason, created_by, created_at, expires_at)
    values (${row.id}, ${row.expression}, ${row.ruleId}, ${row.owner}, ${row.reason}, ${row.createdBy}, ${row.createdAt}, ${row.expiresAt})`);
}

export async function insertMaintenance(
  tx: Transaction,
  row: StoredMaintenance & {
    readonly title: string;
    readonly owner: string;
    readonly reason: string;
    readonly beginAt: number;
    readonly endAt: number;
    readonly createdBy: string;
    readonly createdAt: number;
  },
): Promise<void> {
  const { id, title, scope, owner, reason } = row;
  await tx.execute(sql`
    insert into maintenance_window (id, title, scope, owner, reason, begin_at, end_at, created_by, created_at)
    values (${id}, ${title}, ${records([scope])}::jsonb->0, ${owner}, ${reason}, ${row.beginAt}, ${row.endAt}, ${row.createdBy}, ${row.createdAt})`);
}

/** @returns ids of those whose time is over */
export async function endExpired(tx: Transaction, now: number): Promise<string[]> {
  const ended = await tx.execute<{ id: string }>(sql`
    update suppression set ended_at = expires_at, ending = 'Ended by itself at its time.'
    where ended_at is null and expires_at <= ${now} returning id`);
  return ended.rows.map(({ id }) => id);
}

export async function overWindows(executor: Executor, now: number): Promise<string[]> {
  const found = await executor.execute<{ id: string }>(sql`
    select id from maintenance_window where ended_at is null and end_at <= ${now} order by end_at, id`);
  return found.rows.map(({ id }) => id);
}

/** False when there is none that still stands. */
export async function endSuppression(
  tx: Transaction,
  id: string,
  end: { at: number; ending: string },
): Promise<boolean> {
  const ended = await tx.execute(sql`
    update suppression set ended_at = ${end.at}, ending = ${end.ending} where id = ${id} and ended_at is null returning id`);
  return ended.rows.length > 0;
}

export async function endMaintenance(tx: Transaction, id: string, at: number): Promise<boolean> {
  const ended = await tx.execute(
    sql`update maintenance_window set ended_at = ${at} where id = ${id} and ended_at is null returning id`,
  );
  return ended.rows.length > 0;
}

export async function countReleased(tx: Transaction, id: string, released: number): Promise<void> {
  await tx.execute(sql`update maintenance_window set released = released + ${released} where id = ${id}`);
}

/** Takes the hold off the next alerts that this one holds. @returns their ids */
export async function releaseSome(
  tx: Transaction,
  holdId: string,
  slice: { readonly limit: number; readonly now: number },
): Promise<string[]> {
  const released = await tx.execute<{ id: string }>(sql`
    update alert set hold = null, collapse_key = coalesce(cause_key, collapse_key), cause_key = null, released_at = ${slice.now}
    where id in (select id from alert where hold_id = ${holdId} and hold is not null order by raised_at, id limit ${slice.limit})
    returning id`);
  return released.rows.map(({ id }) => id);
}

/** Hides alerts that stand in the queue already; `keys` are their collapse keys from now on. */
export async function hideAlerts(
  tx: Transaction,
  holdId: string,
  alerts: readonly { readonly id: string; readonly key: string }[],
): Promise<void> {
  if (alerts.length === 0) return;
  await tx.execute(sql`
    update alert a set hold = 'suppressed', hold_id = ${holdId}, cause_key = a.collapse_key, collapse_key = r.key
    from jsonb_to_recordset(${records(alerts)}::jsonb) as r(id text, key text) where a.id = r.id`);
}

interface Asked {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly now: number;
  readonly id?: string;
}

export async function listSuppressions(
  executor: Executor,
  asked: Asked,
): Promise<{ items: Omit<Suppression, "problem">[]; next: string | null }> {
  const found = await executor.execute<SuppressionRow>(sql`
    select * from suppression where ${placeOf(asked)} order by created_at desc, id desc limit ${asked.limit + 1}`);
  return paged(found.rows, asked.limit, (row) => ({
    id: row.id,
    expression: row.expression,
    ruleId: row.rule_id,
    owner: row.owner,
    reason: row.reason,
    state: row.ended_at === null && (row.expires_at === null || Number(row.expires_at) > asked.now) ? "active" : "over",
    createdBy: row.created_by,
    createdAt: iso(row.created_at),
    expiresAt: time(row.expires_at),
    endedAt: time(row.ended_at),
    ending: row.ending,
    hiddenAlerts: Number(row.hidden_alerts),
    hiddenSignals: Number(row.hidden_signals),
    lastHiddenAt: time(row.last_hidden_at),
  }));
}

export async function listMaintenance(
  executor: Executor,
  asked: Asked,
): Promise<{ items: Maintenance[]; next: string | null }> {
  const found = await executor.execute<MaintenanceRow>(sql`
    select w.*, (select count(*) from alert a where a.hold_id = w.id and a.hold is not null) as holding
    from maintenance_window w where ${placeOf(asked)} order by created_at desc, id desc limit ${asked.limit + 1}`);
  return paged(found.rows, asked.limit, (row) => ({
    id: row.id,
    title: row.title,
    scope: row.scope,
    owner: row.owner,
    reason: row.reason,
    state: row.ended_at !== null ? "over" : Number(row.begin_at) > asked.now ? "planned" : "active",
    begin: iso(row.begin_at),
    end: iso(row.end_at),
    createdBy: row.created_by,
    createdAt: iso(row.created_at),
    endedAt: time(row.ended_at),
    holding: Number(row.holding),
    released: Number(row.released),
  }));
}

type SuppressionRow = {
  id: string;
  expression: string;
  rule_id: string | null;
  owner: string;
  reason: string;
  created_by: string;
  created_at: number;
  expires_at: number | null;
  ended_at: number | null;
  ending: string;
  hidden_alerts: number;
  hidden_signals: number;
  last_hidden_at: number | null;
};

type MaintenanceRow = {
  id: string;
  title: string;
  scope: MaintenanceScope;
  owner: string;
  reason: string;
  begin_at: number;
  end_at: number;
  created_by: string;
  created_at: number;
  ended_at: number | null;
  released: number;
  holding: number;
};

function placeOf(asked: Asked) {
  if (asked.id !== undefined) return sql`id = ${asked.id}`;
  if (asked.cursor === undefined) return sql`true`;
  const [at, id] = readCursor(asked.cursor, "ns");
  return sql`(created_at, id) < (${at}, ${id})`;
}

function paged<R extends { readonly id: string; readonly created_at: number }, T>(
  rows: readonly R[],
  limit: number,
  toItem: (row: R) => T,
): { items: T[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown[shown.length - 1];
  const next = rows.length > limit && last !== undefined ? writeCursor([Number(last.created_at), last.id]) : null;
  return { items: shown.map(toItem), next };
}

function time(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}
