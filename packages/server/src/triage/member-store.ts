/** member-store: what an alert is made of, as it stands in the tables: its cause, what was taken out of it or went elsewhere, and the
 *  alerts that could have taken the same signals. */
import { sql } from "drizzle-orm";
import type { AlertHold } from "@holdfast/contracts/triage";
import type { Executor } from "../platform/tables/index.ts";
import { causeKeyOf, type Dedup, entityKey, type Group, type GroupValue, type Told } from "./causes.ts";
import type { Claim, Elsewhere, Membership, Range } from "./members.ts";
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
  const found = await executor.execute<Row>(sql`select ${COLUMNS} from alert where id = ${id}`);
  const [given] = found.rows;
  if (given === undefined) return undefined;
  const row = { ...given, cause: given.cause ?? (await toldOf(executor, given)) };
  const decisions = await decisionsOfRule(executor, { ruleId: row.rule_id, exerciseId: row.exercise_id });
  const known = {
    decisions,
    lists: await listsOf(executor, decisions),
    ranges: await putBackRanges(executor, decisions),
  };
  const own = claimOf(row, known);
  const others = own.listed === null ? await othersOf(executor, row, decisions) : [];
  const { hold, title } = row;
  return {
    ...rangeOf(row),
    id,
    title,
    hold,
    ruleId: row.rule_id,
    count: Number(row.count),
    exerciseId: row.exercise_id,
    incidentId: row.incident_id,
    holdId: row.hold_id,
    causeKey: row.cause_key,
    rootKey: decisions.find(({ toId }) => toId === id)?.rootKey ?? row.cause_key,
    putBackInto: row.put_back_into,
    told: row.cause,
    decisions,
    membership: { ...own, ruleId: row.rule_id, others: others?.map((other) => claimOf(other, known)) ?? null },
  };
}

interface Known {
  readonly decisions: readonly StoredTakeOut[];
  /** Signals that standing decisions name one by one. */
  readonly lists: ReadonlyMap<number, readonly string[]>;
  /** Of alerts that were put back, as they were then. */
  readonly ranges: ReadonlyMap<string, Range>;
}

function claimOf(row: Row, { decisions, lists, ranges }: Known): Claim {
  const origin = decisions.find(({ toId }) => toId === row.id);
  const rootKey = origin?.rootKey ?? row.cause_key;
  const standing = decisions.filter(({ undoneAt }) => undoneAt === null);
  const listed = origin !== undefined && origin.groups === null ? (lists.get(origin.id) ?? []) : null;
  const naming = standing.filter(
    (one) =>
      one.groups === null && one.toId !== row.id && (listed === null ? one.rootKey === rootKey : one.fromId === row.id),
  );
  return {
    ...rangeOf(row),
    all: row.cause?.all ?? [],
    listed,
    unlisted: naming.flatMap(({ id }) => lists.get(id) ?? []),
    elsewhere: [...takenFrom(row, decisions, ranges), ...takenBefore(decisions, origin)],
  };
}

/** What went to other causes: of the alert itself all of the groups, of others of its cause what came later; and what came between a
 *  decision and its undoing, but for that which was put back. */
function takenFrom(row: Row, decisions: Known["decisions"], ranges: Known["ranges"]): Elsewhere[] {
  return decisions.flatMap(({ groups, causeKey, fromId, toId, eventAt, undoneAt, undoneEvent }): Elsewhere[] => {
    if (groups === null || causeKey !== row.cause_key) return [];
    if (undoneAt !== null) return [{ groups, after: eventAt, until: undoneEvent, but: ranges.get(toId) ?? null }];
    return [{ groups, after: fromId === row.id ? null : eventAt, until: null, but: null }];
  });
}

/** What an earlier decision took out of the same alert was not there for a later one to take. */
function takenBefore(decisions: readonly StoredTakeOut[], origin: StoredTakeOut | undefined): Elsewhere[] {
  if (origin === undefined) return [];
  const before = decisions.flatMap(({ id, groups, causeKey, undoneAt }) =>
    id < origin.id && groups !== null && causeKey === origin.causeKey && undoneAt === null
      ? [{ groups, after: null, until: null, but: null }]
      : [],
  );
  const above = decisions.find(({ toId }) => toId === origin.fromId);
  return [...before, ...takenBefore(decisions, above)];
}

async function listsOf(executor: Executor, decisions: readonly StoredTakeOut[]): Promise<Map<number, string[]>> {
  const ids = decisions.filter(({ groups, undoneAt }) => groups === null && undoneAt === null).map(({ id }) => id);
  const lists = new Map<number, string[]>();
  for (const { takeOutId, signalId } of await listedIn(executor, ids)) {
    const list = lists.get(takeOutId);
    if (list === undefined) lists.set(takeOutId, [signalId]);
    else list.push(signalId);
  }
  return lists;
}

async function putBackRanges(executor: Executor, decisions: readonly StoredTakeOut[]): Promise<Map<string, Range>> {
  const ids = decisions.filter(({ undoneAt }) => undoneAt !== null).map(({ toId }) => toId);
  if (ids.length === 0) return new Map();
  const { rows } = await executor.execute<RangeRow & { id: string }>(sql`
    select id, first_seen, last_seen, first_event::text, last_event::text from alert where id = any(${sql.param(ids)}::text[])`);
  return new Map(rows.map((row) => [row.id, rangeOf(row)]));
}

const COLUMNS = sql.raw(
  `id, rule_id, title, count, exercise_id, incident_id, hold, hold_id, coalesce(cause_key, collapse_key) as cause_key, put_back_into,
   cause, first_seen, last_seen, first_event::text, last_event::text, entity_kind, entity_value`,
);

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

/** At the same time and place in the spool: of the same cause, held or not; of causes that decisions led to; and those that were told apart by
 *  other keys. Null: more than can be asked about. */
async function othersOf(executor: Executor, row: Row, decisions: readonly StoredTakeOut[]): Promise<Row[] | null> {
  const keys = [...new Set([row.cause_key, ...decisions.flatMap(({ causeKey, newKey }) => [causeKey, newKey])])];
  const told = row.cause === null ? null : JSON.stringify(row.cause.keys);
  const { rows } = await executor.execute<Row>(sql`
    select ${COLUMNS} from alert
    where rule_id = ${row.rule_id} and exercise_id is not distinct from ${row.exercise_id}::text and id <> ${row.id}
      and first_seen <= ${row.last_seen} and last_seen >= ${row.first_seen} and put_back_into is null
      and (first_event is null or ${row.first_event}::bigint is null
        or (first_event <= ${row.last_event}::bigint and last_event >= ${row.first_event}::bigint))
      and (coalesce(cause_key, collapse_key) = any(${sql.param(keys)}::text[]) or cause->'keys' <> ${told}::jsonb)
    order by first_seen, id limit ${MOST_OTHERS + 1}`);
  return rows.length > MOST_OTHERS ? null : rows;
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
