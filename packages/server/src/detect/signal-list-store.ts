/** signal-list-store: stored signals of a rule or of an exception, newest first, and single ones. */
import type { RuleSignal, SignalOutcome } from "@holdfast/contracts/detect";
import { severity } from "@holdfast/contracts/model";
import type { EventStore } from "../platform/events/index.ts";
import { fail } from "./errors.ts";
import type { SignalField } from "./signal.ts";

export interface StoredSignal extends RuleSignal {
  readonly ruleHash: string;
}

export interface SignalPage {
  readonly items: StoredSignal[];
  readonly next: string | null;
}

export async function listSignals(
  events: EventStore,
  asked: {
    readonly ruleId?: string;
    readonly hiddenBy?: string;
    readonly outcome?: SignalOutcome | undefined;
    readonly limit: number;
    readonly cursor: string | undefined;
    /** Sources of exercises, whose signals stand in no list of what is real. */
    readonly apart: readonly string[];
  },
): Promise<SignalPage> {
  const { ruleId, hiddenBy, outcome, limit, apart } = asked;
  const after = asked.cursor === undefined ? undefined : placeOf(asked.cursor);
  const conditions = [
    "source NOT IN {apart:Array(String)}",
    ...(ruleId === undefined ? [] : ["rule_id = {rule:String}"]),
    ...(hiddenBy === undefined ? [] : ["hidden_by = {hidden:String}"]),
    ...(outcome === undefined ? [] : ["outcome = {outcome:String}"]),
    ...(after === undefined ? [] : ["(received, id) < (fromUnixTimestamp64Milli({at:Int64}), {id:String})"]),
  ];
  const rows = await events.query<Row>(
    `SELECT ${COLUMNS} FROM ${events.table("signals")} WHERE ${conditions.join(" AND ")}
     ORDER BY signals.received DESC, signals.id DESC LIMIT ${Math.trunc(limit) + 1}`,
    {
      params: {
        apart,
        ...(ruleId === undefined ? {} : { rule: ruleId }),
        ...(hiddenBy === undefined ? {} : { hidden: hiddenBy }),
        ...(outcome === undefined ? {} : { outcome }),
        ...(after === undefined ? {} : { at: after.at, id: after.id }),
      },
      limits: { timeMs: 10_000 },
    },
  );
  const items = rows.slice(0, limit).map(fromRow);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

export async function readSignal(events: EventStore, id: string): Promise<StoredSignal | undefined> {
  const [row] = await events.query<Row>(
    `SELECT ${COLUMNS} FROM ${events.table("signals")} WHERE id = {id:String} LIMIT 1`,
    { params: { id }, limits: { timeMs: 10_000 } },
  );
  return row && fromRow(row);
}

/** Which rule matched which event, and the signal of it. */
export type EventSignal = Pick<StoredSignal, "id" | "eventId" | "at" | "ruleId" | "ruleTitle" | "host" | "user">;

/** Signals of these rules on these events, by time. */
export async function signalsOfEvents(
  events: EventStore,
  asked: { readonly eventIds: readonly string[]; readonly ruleIds: readonly string[] },
): Promise<EventSignal[]> {
  if (asked.eventIds.length === 0 || asked.ruleIds.length === 0) return [];
  const rows = await events.query<Row>(
    `SELECT ${COLUMNS} FROM ${events.table("signals")}
     WHERE signals.event_id IN {ids:Array(UInt64)} AND rule_id IN {rules:Array(String)} AND outcome != 'hidden'
     ORDER BY signals.time, signals.id LIMIT 1 BY signals.id`,
    { params: { ids: asked.eventIds.map(BigInt), rules: asked.ruleIds }, limits: { timeMs: 10_000 } },
  );
  return rows.map(fromRow);
}

/** Exception id -> what it hid since then. */
export async function countHiddenSince(
  events: EventStore,
  { since, apart }: { readonly since: number; readonly apart: readonly string[] },
): Promise<Map<string, number>> {
  const rows = await events.query<{ hidden_by: string; n: string }>(
    `SELECT hidden_by, count() AS n FROM ${events.table("signals")}
     WHERE outcome = 'hidden' AND received >= fromUnixTimestamp64Milli({since:Int64}) AND source NOT IN {apart:Array(String)}
     GROUP BY hidden_by`,
    { params: { since, apart }, limits: { timeMs: 10_000 } },
  );
  return new Map(rows.map((row) => [row.hidden_by, Number(row.n)]));
}

/** What one exception hid a day over the last 14 days (UTC), oldest first. */
export async function hiddenPerDay(
  events: EventStore,
  { id, now, apart }: { readonly id: string; readonly now: number; readonly apart: readonly string[] },
): Promise<number[]> {
  const first = Math.floor(now / DAY_MS) - DAYS + 1;
  const rows = await events.query<{ day: string; n: string }>(
    `SELECT intDiv(toUnixTimestamp64Milli(received), ${DAY_MS}) AS day, count() AS n FROM ${events.table("signals")}
     WHERE hidden_by = {id:String} AND received >= fromUnixTimestamp64Milli({since:Int64})
       AND source NOT IN {apart:Array(String)} GROUP BY day`,
    { params: { id, since: first * DAY_MS, apart }, limits: { timeMs: 10_000 } },
  );
  const counts = new Map(rows.map((row) => [Number(row.day) - first, Number(row.n)]));
  return Array.from({ length: DAYS }, (_, index) => counts.get(index) ?? 0);
}

const DAY_MS = 86_400_000;
const DAYS = 14;

interface Row {
  readonly id: string;
  readonly event_id: string;
  readonly at: string;
  readonly stored_at: string;
  readonly rule_id: string;
  readonly rule_title: string;
  readonly rule_hash: string;
  readonly level: string;
  readonly outcome: SignalOutcome;
  readonly hidden_by: string;
  readonly host: string;
  readonly user: string;
  readonly entity_kind: string;
  readonly entity: string;
  readonly fields: string;
}

const COLUMNS = `id, toString(event_id) AS event_id, toUnixTimestamp64Milli(toDateTime64(time, 3)) AS at,
  toUnixTimestamp64Milli(received) AS stored_at, rule_id, rule_title, rule_hash, level, outcome, hidden_by, host, user,
  entity_kind, entity, fields`;

const fromRow = (row: Row): StoredSignal => ({
  id: row.id,
  eventId: row.event_id,
  at: new Date(Number(row.at)).toISOString(),
  receivedAt: new Date(Number(row.stored_at)).toISOString(),
  ruleId: row.rule_id,
  ruleTitle: row.rule_title,
  ruleHash: row.rule_hash,
  level: severity.parse(row.level),
  outcome: row.outcome,
  hiddenBy: row.hidden_by === "" ? null : row.hidden_by,
  withdrawn: null,
  host: row.host,
  user: row.user,
  entity: { kind: row.entity_kind, value: row.entity },
  fields: fieldsOf(row.fields),
});

function fieldsOf(text: string): SignalField[] {
  const value: unknown = JSON.parse(text === "" ? "[]" : text);
  return Array.isArray(value) ? value.filter(isField) : [];
}

const isField = (value: unknown): value is SignalField =>
  typeof value === "object" &&
  value !== null &&
  ["field", "value", "pattern", "selection"].every((key) => typeof Object(value)[key] === "string");

const cursorOf = (signal: StoredSignal): string => `${Date.parse(signal.receivedAt)}-${signal.id}`;

function placeOf(cursor: string): { at: number; id: string } {
  const [, at, id] = /^(\d{1,15})-([0-9A-Za-z-]{1,100})$/.exec(cursor) ?? [];
  if (at !== undefined && id !== undefined) return { at: Number(at), id };
  throw fail(
    "DETECT_CURSOR_INVALID",
    `The cursor "${cursor.slice(0, 60)}" does not belong to this list: ask for its first page without a cursor.`,
  );
}
