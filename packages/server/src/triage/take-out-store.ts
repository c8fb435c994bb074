/** take-out-store: decisions that took signals out of alerts, with what the first alert was before, so that undoing one restores it. */
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Group, Route } from "./causes.ts";
import { records } from "./records.ts";

export interface StoredTakeOut {
  readonly id: number;
  readonly request: string;
  readonly fromId: string;
  readonly toId: string;
  readonly causeKey: string;
  readonly rootKey: string;
  readonly newKey: string;
  /** Null: those listed and no others. */
  readonly groups: readonly Group[] | null;
  readonly eventAt: bigint;
  readonly at: number;
  readonly by: string;
  readonly reason: string;
  readonly title: string;
  /** Signals that were moved. */
  readonly count: number;
  readonly leftCount: number;
  readonly riskKeys: readonly string[];
  readonly undoneAt: number | null;
  /** The last event of its causes that was counted then. */
  readonly undoneEvent: bigint | null;
  readonly undoneBy: string | null;
  readonly undoneWhy: string | null;
}

export interface NewTakeOut
  extends Omit<StoredTakeOut, "id" | "by" | "undoneAt" | "undoneEvent" | "undoneBy" | "undoneWhy"> {
  readonly ruleId: string;
  readonly exerciseId: string | null;
  readonly by: string;
  readonly byId: string;
  readonly was: object;
  readonly listed: readonly string[];
}

export async function insertTakeOut(tx: Transaction, given: NewTakeOut): Promise<void> {
  const { request, fromId, toId, ruleId, exerciseId, causeKey, rootKey, newKey, groups, eventAt, at } = given;
  const json = (value: unknown) => sql`${records([{ value }])}::jsonb->0->'value'`;
  const { rows } = await tx.execute<{ id: number }>(sql`
    insert into alert_take_out (request, from_id, to_id, rule_id, exercise_id, cause_key, root_key, new_key, groups, event_at, at, by_id,
      by_name, reason, title, count, was, left_count, risk_keys)
    values (${request}, ${fromId}, ${toId}, ${ruleId}, ${exerciseId}, ${causeKey}, ${rootKey}, ${newKey},
      ${groups === null ? null : json(groups)}, ${eventAt.toString()}::bigint, ${at}, ${given.byId}, ${given.by}, ${given.reason}, ${given.title},
      ${given.count}, ${json(given.was)}, ${given.leftCount}, ${sql.param(given.riskKeys)}::text[]) returning id`);
  if (given.listed.length === 0) return;
  await tx.execute(sql`
    insert into alert_taken_signal (take_out_id, signal_id)
    select ${rows[0]?.id ?? 0}::bigint, id from unnest(${sql.param(given.listed)}::text[]) as r(id)`);
}

/** About signals of a rule, oldest first. */
export async function decisionsOfRule(
  executor: Executor,
  asked: { readonly ruleId: string; readonly exerciseId: string | null },
): Promise<StoredTakeOut[]> {
  const { rows } = await executor.execute<Row>(sql`
    select ${COLUMNS} from alert_take_out
    where rule_id = ${asked.ruleId} and exercise_id is not distinct from ${asked.exerciseId}::text order by id`);
  return rows.map(fromRow);
}

/** What the first alert was before a decision. */
export async function wasOf<T>(tx: Transaction, id: number): Promise<T | undefined> {
  const { rows } = await tx.execute<{ was: T }>(sql`select was from alert_take_out where id = ${id}`);
  return rows[0]?.was;
}

export async function markUndone(
  tx: Transaction,
  undo: { readonly id: number; readonly at: number; readonly event: bigint; readonly by: string; readonly why: string },
): Promise<void> {
  await tx.execute(sql`
    update alert_take_out set undone_at = ${undo.at}, undone_event = ${undo.event.toString()}::bigint, undone_by = ${undo.by}, undone_why = ${undo.why} where id = ${undo.id}`);
}

export async function listedIn(
  executor: Executor,
  ids: readonly number[],
): Promise<{ readonly takeOutId: number; readonly signalId: string }[]> {
  if (ids.length === 0) return [];
  const { rows } = await executor.execute<{ take_out_id: number; signal_id: string }>(sql`
    select take_out_id, signal_id from alert_taken_signal where take_out_id = any(${sql.param(ids)}::bigint[]) order by 1, 2`);
  return rows.map((row) => ({ takeOutId: Number(row.take_out_id), signalId: row.signal_id }));
}

export interface TakenOut {
  readonly routes: ReadonlyMap<string, readonly Route[]>;
  /** Signals that were counted, and named one by one since. */
  readonly listed: ReadonlySet<string>;
}

export const NOTHING_TAKEN: TakenOut = { routes: new Map(), listed: new Set() };

/** What stands for signals of these rules. */
export async function readTakenOut(
  executor: Executor,
  asked: { readonly ruleIds: readonly string[]; readonly signalIds: readonly string[] },
): Promise<TakenOut> {
  const { rows } = await executor.execute<{
    cause_key: string;
    new_key: string;
    groups: Group[] | null;
    listed: string[];
  }>(sql`
    select cause_key, new_key, groups, case when groups is null then array(
        select signal_id from alert_taken_signal s where s.take_out_id = t.id and s.signal_id = any(${sql.param(asked.signalIds)}::text[])
      ) else '{}' end as listed
    from alert_take_out t where rule_id = any(${sql.param(asked.ruleIds)}::text[]) and undone_at is null order by id`);
  return { routes: routesOf(rows), listed: new Set(rows.flatMap(({ listed }) => listed)) };
}

/** Where signals of these rules ever went: a decision that was undone has left alerts behind. */
export async function everRouted(executor: Executor, ruleIds: readonly string[]): Promise<TakenOut["routes"]> {
  const { rows } = await executor.execute<{ cause_key: string; new_key: string; groups: Group[] }>(sql`
    select cause_key, new_key, groups from alert_take_out
    where rule_id = any(${sql.param(ruleIds)}::text[]) and groups is not null order by undone_at is not null, id`);
  return routesOf(rows);
}

function routesOf(
  rows: readonly { readonly cause_key: string; readonly new_key: string; readonly groups: Group[] | null }[],
): Map<string, Route[]> {
  const routes = new Map<string, Route[]>();
  for (const { cause_key, new_key, groups } of rows) {
    if (groups === null) continue;
    routes.set(cause_key, [...(routes.get(cause_key) ?? []), { newKey: new_key, groups }]);
  }
  return routes;
}

const COLUMNS = sql.raw(
  "id, request, from_id, to_id, cause_key, root_key, new_key, groups, event_at::text, at, by_name, reason, title, count, left_count, risk_keys, undone_at, undone_event::text, undone_by, undone_why",
);

type Row = {
  id: number;
  request: string;
  from_id: string;
  to_id: string;
  cause_key: string;
  root_key: string;
  new_key: string;
  groups: Group[] | null;
  event_at: string;
  at: number;
  by_name: string;
  reason: string;
  title: string;
  count: number;
  left_count: number;
  risk_keys: string[];
  undone_at: number | null;
  undone_event: string | null;
  undone_by: string | null;
  undone_why: string | null;
};

function fromRow(row: Row): StoredTakeOut {
  return {
    id: Number(row.id),
    request: row.request,
    fromId: row.from_id,
    toId: row.to_id,
    causeKey: row.cause_key,
    rootKey: row.root_key,
    newKey: row.new_key,
    groups: row.groups,
    eventAt: BigInt(row.event_at),
    at: Number(row.at),
    by: row.by_name,
    reason: row.reason,
    title: row.title,
    count: Number(row.count),
    leftCount: Number(row.left_count),
    riskKeys: row.risk_keys,
    undoneAt: row.undone_at === null ? null : Number(row.undone_at),
    undoneEvent: row.undone_event === null ? null : BigInt(row.undone_event),
    undoneBy: row.undone_by,
    undoneWhy: row.undone_why,
  };
}
