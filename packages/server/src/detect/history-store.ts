/** history-store: a rule's SQL asked of the stored events: its matches counted in one pass, and the records that only the matcher
 *  can decide, as a stream. Nothing here reads more than the limits it is given. */
import { type RuleSql, withColumns } from "@holdfast/sigma";
import type { EventParams, EventStore, QueryLimits } from "../platform/events/index.ts";

export interface HistoryRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface HistoryAsk {
  readonly range: HistoryRange;
  readonly limits: QueryLimits;
  readonly signal: AbortSignal;
  /** Sources of exercises: their events are no part of what happened. */
  readonly apart: readonly string[];
}

export interface HistoryCount {
  /** Rows that feed the rule. */
  readonly candidates: number;
  readonly matches: number;
  /** Rows that only the matcher can decide. */
  readonly rest: number;
  /** Day since 1970 -> matches. */
  readonly days: ReadonlyMap<number, number>;
  readonly hosts: ReadonlyMap<string, number>;
  readonly users: ReadonlyMap<string, number>;
  /** Ids of the first matches, oldest first. */
  readonly first: readonly string[];
}

export interface HistoryRecord {
  readonly id: string;
  readonly timeMs: number;
  readonly receivedMs: number;
  readonly parser: string;
  readonly peer: string;
  readonly host: string;
  readonly user: string;
  readonly message: string;
  readonly raw: string;
}

/** Which rows a statement takes: SQL over the store's columns and these columns beside them. */
export interface HistoryFilter {
  readonly cut: string;
  readonly columns: RuleSql["columns"];
  readonly where: string;
  readonly params: EventParams;
}

/** One pass over the rows that feed the rule, however many match. */
export async function countHistory(
  events: EventStore,
  rule: RuleSql,
  ask: HistoryAsk & { readonly first: number },
): Promise<HistoryCount> {
  const rows = source(events, { cut: rule.cut, columns: rule.columns });
  const [row] = await events.query<{
    candidates: string;
    matches: string;
    rest: string;
    days: Record<string, string>;
    hosts: Record<string, string>;
    users: Record<string, string>;
    first: (readonly [string, string])[];
  }>(
    `SELECT count() AS candidates, countIf(hit) AS matches, countIf(left) AS rest,
       sumMapIf(map(intDiv(at, ${DAY_MS}), toUInt64(1)), hit) AS days,
       sumMapIf(map(toString(host), toUInt64(1)), hit) AS hosts, sumMapIf(map(toString(user), toUInt64(1)), hit) AS users,
       arrayMap(p -> (toString(p.1), toString(p.2)), groupArraySortedIf(${Math.max(1, ask.first)})((at, id), hit)) AS first
     FROM (SELECT id, toUnixTimestamp64Milli(time) AS at, host, user, ${rule.where} AS hit, ${rule.rest} AS left FROM ${rows})`,
    { params: { ...rule.params, ...boundsOf(ask) }, limits: ask.limits, signal: ask.signal },
  );
  return {
    candidates: Number(row?.candidates ?? 0),
    matches: Number(row?.matches ?? 0),
    rest: Number(row?.rest ?? 0),
    days: new Map(Object.entries(row?.days ?? {}).map(([day, n]) => [Number(day), Number(n)])),
    hosts: numbers(row?.hosts),
    users: numbers(row?.users),
    first: (row?.first ?? []).slice(0, ask.first).map(([, id]) => id),
  };
}

/** Whole records, oldest first when `limit` is small enough to sort them, else as they come. */
export async function* readHistory(
  events: EventStore,
  filter: HistoryFilter,
  ask: HistoryAsk & { readonly rows: number },
): AsyncIterable<HistoryRecord[]> {
  const rows = source(events, filter);
  const sql = `SELECT toString(id) AS event_id, toUnixTimestamp64Milli(time) AS at, toUnixTimestamp64Milli(received) AS got, parser,
       IPv6NumToString(peer) AS sender, host, user, message, raw
     FROM ${rows} WHERE ${filter.where} LIMIT ${ask.rows}`;
  const options = {
    params: { ...filter.params, ...boundsOf(ask) },
    limits: { ...ask.limits, resultRows: ask.rows + 1 },
    signal: ask.signal,
  };
  for await (const chunk of events.stream<RecordRow>(sql, options)) yield chunk.map(recordOf);
}

export async function readHistoryByIds(
  events: EventStore,
  ids: readonly string[],
  ask: HistoryAsk,
): Promise<HistoryRecord[]> {
  if (ids.length === 0) return [];
  const found: HistoryRecord[] = [];
  const filter = { cut: "id IN {ids:Array(UInt64)}", columns: [], where: "1", params: { ids: ids.map(BigInt) } };
  for await (const chunk of readHistory(events, filter, { ...ask, rows: ids.length })) found.push(...chunk);
  return found.sort((a, b) => a.timeMs - b.timeMs || (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
}

const DAY_MS = 86_400_000;

interface RecordRow {
  readonly event_id: string;
  readonly at: string;
  readonly got: string;
  readonly parser: string;
  readonly sender: string;
  readonly host: string;
  readonly user: string;
  readonly message: string;
  readonly raw: string;
}

/** The rows of the range that can matter, with the rule's columns. */
function source(events: EventStore, { cut, columns }: Pick<HistoryFilter, "cut" | "columns">): string {
  const range =
    "time >= fromUnixTimestamp64Milli({range_from:Int64}) AND time < fromUnixTimestamp64Milli({range_to:Int64}) AND source NOT IN {range_apart:Array(String)}";
  const kept = "id, time, received, parser, channel, event_code, peer, host, user, message, raw";
  return withColumns(columns, `(SELECT ${kept} FROM ${events.table("events")} WHERE ${range} AND ${cut})`);
}

function boundsOf({ range, apart }: HistoryAsk): EventParams {
  return { range_from: range.fromMs, range_to: range.toMs, range_apart: apart };
}

function numbers(counts: Readonly<Record<string, string>> | undefined): Map<string, number> {
  return new Map(Object.entries(counts ?? {}).map(([name, n]) => [name, Number(n)]));
}

function recordOf(row: RecordRow): HistoryRecord {
  return {
    id: row.event_id,
    timeMs: Number(row.at),
    receivedMs: Number(row.got),
    parser: row.parser,
    peer: row.sender === "::" ? "" : row.sender.replace(/^::ffff:/, ""),
    host: row.host,
    user: row.user,
    message: row.message,
    raw: row.raw,
  };
}
