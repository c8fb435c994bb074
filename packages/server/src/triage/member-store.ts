/** member-store: what an alert is made of, as it stands in the tables: its cause, what was taken out of it or went elsewhere, and the
 *  alerts that could have taken the same signals. */
import { sql } from "drizzle-orm";
import type { AlertHold } from "@holdfast/contracts/triage";
import type { Executor } from "../platform/tables/index.ts";
import { causeKeyOf, type Dedup, entityKey, type Group, type GroupValue, type Told } from "./causes.ts";
import type { Membership, Range } from "./members.ts";
import { declaredKeys } from "./settings-store.ts";
import { decisionsOfRule, listedIn, type StoredTakeOut } from "./take-out-store.ts";

export interface AlertMembers extends Range {
  readonly id: string;
  readonly ruleId: string;
  readonly title: string;
  readonly count: number;
  readonly exerciseId: string | null;
  readonly incidentId: string | null;
  readonly hold: AlertHold | null;
  readonly holdId: string | null;
  readonly causeKey: string;
  /** The cause of the alert that it was first taken out of; its own where it was not. */
  readonly rootKey: string;
  readonly putBackInto: string | null;
  readonly told: Told | null;
  /** Decisions about signals of its rule, oldest first. */
  readonly decisions: readonly StoredTakeOut[];
  readonly membership: Omit<Membership, "sources">;
}

/** Undefined when there is no such alert. */
export async function readMembers(executor: Executor, id: string): Promise<AlertMembers | undefined> {
  const found = await executor.execute<Row>(sql`
    select id, rule_id, title, count, exercise_id, incident_id, hold, hold_id, coalesce(cause_key, collapse_key) as cause_key, put_back_into,
      cause, first_seen, last_seen, first_event::text, last_event::text, entity_kind, entity_value
    from alert where id = ${id}`);
  const [row] = found.rows;
  if (row === undefined) return undefined;
  const range = rangeOf(row);
  const decisions = await decisionsOfRule(executor, { ruleId: row.rule_id, exerciseId: row.exercise_id });
  const origin = decisions.find(({ toId }) => toId === id);
  const standing = decisions.filter(({ undoneAt }) => undoneAt === null);
  const rootKey = origin?.rootKey ?? row.cause_key;
  const told = row.cause ?? (await toldOf(executor, row));
  const listing = standing.filter((one) => one.groups === null && one.rootKey === rootKey && one.toId !== id);
  const own = origin !== undefined && origin.groups === null ? await listedIn(executor, [origin.id]) : null;
  const membership = {
    ...range,
    ruleId: row.rule_id,
    all: told?.all ?? [],
    listed: own,
    // A signal that was named twice stands in the alert that it was named for last.
    unlisted: await listedIn(
      executor,
      listing.filter((one) => own === null || one.fromId === id).map((one) => one.id),
    ),
    taken: [
      ...standing.flatMap(({ groups, causeKey, fromId, eventAt }) =>
        groups === null || causeKey !== row.cause_key ? [] : [{ groups, afterEvent: fromId === id ? null : eventAt }],
      ),
      ...takenBefore(decisions, origin),
    ],
    others: own === null ? await othersOf(executor, row, decisions) : [],
  };
  const { hold, title } = row;
  return {
    ...range,
    id,
    title,
    hold,
    ruleId: row.rule_id,
    count: Number(row.count),
    exerciseId: row.exercise_id,
    incidentId: row.incident_id,
    holdId: row.hold_id,
    causeKey: row.cause_key,
    rootKey,
    putBackInto: row.put_back_into,
    told,
    decisions,
    membership,
  };
}

/** What an earlier decision took out of the same alert was not there for a later one to take. */
function takenBefore(decisions: readonly StoredTakeOut[], origin: StoredTakeOut | undefined): Membership["taken"] {
  if (origin === undefined) return [];
  const before = decisions.flatMap(({ id, groups, causeKey, undoneAt }) =>
    id < origin.id && groups !== null && causeKey === origin.causeKey && undoneAt === null
      ? [{ groups, afterEvent: null }]
      : [],
  );
  const above = decisions.find(({ toId }) => toId === origin.fromId);
  return [...before, ...takenBefore(decisions, above)];
}

type Row = {
  id: string;
  rule_id: string;
  title: string;
  count: number;
  exercise_id: string | null;
  incident_id: string | null;
  hold: AlertHold | null;
  hold_id: string | null;
  cause_key: string;
  put_back_into: string | null;
  cause: Told | null;
  first_seen: number;
  last_seen: number;
  first_event: string | null;
  last_event: string | null;
  entity_kind: string;
  entity_value: string;
};

type RangeRow = Pick<Row, "first_seen" | "last_seen" | "first_event" | "last_event">;

function rangeOf(row: RangeRow): Range {
  return {
    firstMs: Number(row.first_seen),
    lastMs: Number(row.last_seen),
    firstEvent: row.first_event === null ? null : BigInt(row.first_event),
    lastEvent: row.last_event === null ? null : BigInt(row.last_event),
  };
}

const MOST_OTHERS = 200;

/** Of the same cause, held or not, at the same time; and what came to causes of take-outs that were undone and is still there. */
async function othersOf(
  executor: Executor,
  row: Row,
  decisions: readonly StoredTakeOut[],
): Promise<Membership["others"]> {
  const undone = new Map(
    decisions.flatMap(({ undoneAt, groups, causeKey, newKey }) =>
      undoneAt !== null && groups !== null && causeKey === row.cause_key ? [[newKey, groups] as const] : [],
    ),
  );
  const keys = [row.cause_key, ...undone.keys()];
  const found = await executor.execute<RangeRow & { key: string }>(sql`
    select coalesce(cause_key, collapse_key) as key, first_seen, last_seen, first_event::text, last_event::text from alert
    where (collapse_key = any(${sql.param(keys)}::text[]) or (rule_id = ${row.rule_id} and cause_key = any(${sql.param(keys)}::text[])))
      and id <> ${row.id} and put_back_into is null and first_seen <= ${row.last_seen} and last_seen >= ${row.first_seen}
      and (first_event is null or ${row.first_event}::bigint is null or (first_event <= ${row.last_event}::bigint and last_event >= ${row.first_event}::bigint))
      and id not in (select to_id from alert_take_out where groups is null)
    order by first_seen, id limit ${MOST_OTHERS}`);
  return found.rows.map((other) => ({ ...rangeOf(other), groups: undone.get(other.key) ?? null }));
}

/** For alerts raised before it was kept: whichever keys and values give their cause. */
async function toldOf(executor: Executor, row: Row): Promise<Told | null> {
  const entity = { kind: row.entity_kind, value: row.entity_value };
  const windowMs = 0;
  const named = { ruleId: row.rule_id, entity, entities: [] };
  const isIt = (keys: Dedup["keys"] | undefined, entities: readonly { kind: string; value: string }[]): boolean => {
    const given = { ...named, entities: entities.map((one) => ({ ...one, role: "own" as const })) };
    return causeKeyOf(given, { keys, exerciseId: row.exercise_id }) === row.cause_key;
  };
  if (isIt(undefined, [])) {
    const group: Group = [{ kind: "rule", value: entityKey(entity) }];
    return { keys: null, windowMs, version: -1, all: [[group]] };
  }
  for (const keys of (await declaredKeys(executor, [row.rule_id])).get(row.rule_id) ?? []) {
    const other = keys.find((kind) => kind !== entity.kind);
    const values = other === undefined ? [""] : ["", ...(await valuesOf(executor, row.id, other))];
    // Two keys are looked through; what three tell apart is rare, and was raised long ago.
    for (const value of values) {
      if (!isIt(keys, other === undefined || value === "" ? [] : [{ kind: other, value }])) continue;
      const group = keys.map(
        (kind): GroupValue => ({ kind, value: kind === entity.kind ? entity.value.toLowerCase() : value }),
      );
      return { keys, windowMs, version: -1, all: [[group]] };
    }
  }
  return null;
}

async function valuesOf(executor: Executor, id: string, kind: string): Promise<string[]> {
  const { rows } = await executor.execute<{ value: string }>(sql`
    select distinct lower(value) as value from alert_entity where alert_id = ${id} and kind = ${kind}`);
  return rows.map(({ value }) => value);
}
