/** overview: what stands beside a result: its histogram over time, the frequent values of fields, values for completion. */
import type { searchRoutes } from "@holdfast/contracts/search";
import type { Output } from "@holdfast/contracts";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore, QueryLimits } from "../platform/events/index.ts";
import { keepApart, type Rehearsing } from "./apart.ts";
import type { Query } from "./ast.ts";
import { rangeCondition } from "./compile.ts";
import { eventColumns } from "./compile-filter.ts";
import { eventClause } from "./event-clause.ts";
import { fail, metricHasNoEvents, QueryError } from "./errors.ts";
import { eventExpression } from "./expressions.ts";
import { createParams, type Params } from "./params.ts";
import { metricNames } from "./metric-facts.ts";
import { parseQuery } from "./parse.ts";
import { parseRangeOfTime, roundSpan, type TimeRange } from "./time.ts";

export interface OverviewRequest {
  readonly query: string;
  readonly from: string;
  readonly to: string;
}

export interface Overview {
  histogram(
    request: OverviewRequest & { buckets: number },
    signal: AbortSignal,
  ): Promise<Output<typeof searchRoutes.histogram>>;
  facets(
    request: OverviewRequest & { fields: readonly string[]; limit: number },
    signal: AbortSignal,
  ): Promise<Output<typeof searchRoutes.facets>>;
  values(field: string, prefix: string, signal: AbortSignal): Promise<{ items: { value: string; count: number }[] }>;
}

/** Completion looks at this much of the past only: it must answer while someone types. */
const VALUES_DAYS = 30;

export function createOverview({
  events,
  clock,
  limits,
  rehearsing,
}: {
  events: EventStore;
  clock: Clock;
  limits: QueryLimits;
  rehearsing: () => Rehearsing;
}): Overview {
  const table = events.table("events");
  return {
    async histogram(request, signal) {
      const range = parseRangeOfTime(request.from, request.to, clock.now());
      const params = createParams();
      const spanSeconds = roundSpan(range.toMs - range.fromMs, request.buckets);
      const rows = await events.query<{ at: string | number; severity: number; n: string }>(
        `SELECT toUnixTimestamp(toStartOfInterval(time, INTERVAL ${spanSeconds} SECOND, 'UTC')) AS at, severity_id AS severity, count() AS n
FROM ${table} ${clauseOf(request.query, { params, range, now: clock.now(), rehearsing: rehearsing() })} GROUP BY at, severity ORDER BY at`,
        { params: params.values, limits, signal },
      );
      return {
        from: iso(range.fromMs),
        to: iso(range.toMs),
        bucketSeconds: spanSeconds,
        buckets: bucketsOf(rows, range, spanSeconds),
      };
    },
    async facets(request, signal) {
      const range = parseRangeOfTime(request.from, request.to, clock.now());
      const params = createParams();
      const where = clauseOf(request.query, { params, range, now: clock.now(), rehearsing: rehearsing() });
      const columns = request.fields.map((name, index) => ({
        name,
        shown: `toString(${eventExpression(name, params).shown})`,
        sql: `f${index}`,
      }));
      // topK would be cheaper and wrong: people read these numbers as exact.
      const select = columns.map(
        ({ shown, sql }) =>
          `uniqExactIf(${shown}, ${shown} != '') AS d_${sql}, sumMapIf([${shown}], [1], ${shown} != '') AS m_${sql}`,
      );
      const [row] = await events.query<Record<string, unknown>>(
        `SELECT count() AS total, ${select.join(", ")} FROM ${table} ${where}`,
        { params: params.values, limits, signal },
      );
      return {
        total: Number(row?.["total"] ?? 0),
        facets: columns.map(({ name, sql }) => ({
          field: name,
          distinct: Number(row?.[`d_${sql}`] ?? 0),
          values: largest(row?.[`m_${sql}`], request.limit),
        })),
      };
    },
    async values(field, prefix, signal) {
      if (field === "metric") {
        const names = await metricNames(events, { limits: { ...limits, timeMs: 2_000 }, prefix });
        return { items: names.slice(0, 20).map((value) => ({ value, count: 1 })) };
      }
      const params = createParams();
      const expression = eventExpression(field, params);
      const range: TimeRange = { fromMs: clock.now() - VALUES_DAYS * 86_400_000, toMs: clock.now() + 86_400_000 };
      const rows = await events.query<{ value: string; n: string }>(
        `SELECT toString(${expression.shown}) AS value, count() AS n FROM ${table}
WHERE ${[rangeCondition(params, range), ...keepApart([], rehearsing(), params).conditions].join(" AND ")} AND startsWith(lowerUTF8(value), ${params.add(prefix.toLowerCase(), "String")}) AND value != ''
GROUP BY value ORDER BY n DESC, value LIMIT 20`,
        { params: params.values, limits: { ...limits, timeMs: 2_000 }, signal },
      );
      return { items: rows.map((row) => ({ value: row.value, count: Number(row.n) })) };
    },
  };
}

/** The filter part of a query as PREWHERE and WHERE; pipes are not looked at, the events under them are the same. */
export function clauseOf(
  source: string,
  scope: { params: Params; range: TimeRange; now: number; rehearsing: Rehearsing },
): string {
  const { params, range, now } = scope;
  const parsed = parseQuery(source);
  if (!parsed.ok) throw fail("SEARCH_QUERY_INVALID", parsed.problem.message, { details: { ...parsed.problem } });
  if (parsed.query.metric !== null) throw metricHasNoEvents(parsed.query.metric);
  try {
    const filterScope = { params, now, source, resolve: eventColumns, rawFields: true };
    const { filters, conditions } = keepApart(filtersOf(parsed.query), scope.rehearsing, params);
    return eventClause([rangeCondition(params, range), ...conditions], filters, filterScope);
  } catch (error) {
    if (error instanceof QueryError)
      throw fail("SEARCH_QUERY_INVALID", error.problem.message, { details: { ...error.problem } });
    throw error;
  }
}

function filtersOf(query: Query) {
  const leading = query.pipes.slice(
    0,
    query.pipes.findIndex((pipe) => pipe.kind !== "where") === -1
      ? undefined
      : query.pipes.findIndex((pipe) => pipe.kind !== "where"),
  );
  return [
    ...(query.filter === null ? [] : [query.filter]),
    ...leading.flatMap((pipe) => (pipe.kind === "where" ? [pipe.filter] : [])),
  ];
}

function bucketsOf(
  rows: readonly { at: string | number; severity: number; n: string }[],
  range: TimeRange,
  spanSeconds: number,
) {
  const found = new Map<number, Record<string, number>>();
  for (const row of rows) {
    const slot = found.get(Number(row.at)) ?? {};
    slot[String(row.severity)] = Number(row.n);
    found.set(Number(row.at), slot);
  }
  const first = Math.floor(range.fromMs / 1000 / spanSeconds) * spanSeconds;
  const times =
    spanSeconds > 86_400
      ? [...found.keys()]
      : Array.from(
          { length: Math.floor((range.toMs / 1000 - first) / spanSeconds) + 1 },
          (_, index) => first + index * spanSeconds,
        );
  return times.map((at) => {
    const severities = found.get(at) ?? {};
    return { time: iso(at * 1000), total: Object.values(severities).reduce((sum, n) => sum + n, 0), severities };
  });
}

/** sumMap gives [keys, counts] or an object, depending on the output settings. */
function largest(map: unknown, limit: number): { value: string; count: number }[] {
  const pairs: [string, number][] = Array.isArray(map)
    ? zip(map[0], map[1])
    : Object.entries((map ?? {}) as Record<string, unknown>).map(([value, count]) => [value, Number(count)]);
  return pairs
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, limit)
    .map(([value, count]) => ({ value, count }));
}

function zip(keys: unknown, counts: unknown): [string, number][] {
  if (!Array.isArray(keys) || !Array.isArray(counts)) return [];
  return keys.map((key: unknown, index) => [String(key), Number(counts[index])]);
}

const iso = (ms: number): string => new Date(ms).toISOString();
