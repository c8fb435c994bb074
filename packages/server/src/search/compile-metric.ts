/** compile-metric: a query over a metric to one SQL statement. Points become a value for each series and span first, then one for each
 *  group: so a counter that begins anew is seen in its own series, and two of them are never mixed up. Long ranges read the roll-ups. */
import type { MetricCall, MetricClause, Pipe, Query } from "./ast.ts";
import { type Compiled, finish, MAX_BUCKETS, nextStage, type Stage, type TableColumn } from "./compile.ts";
import { compileFilter, type FilterScope } from "./compile-filter.ts";
import { queryError } from "./errors.ts";
import { classicHistogram, histogramIncreases, quantileOf } from "./metric-histogram.ts";
import type { MetricFacts } from "./metric-facts.ts";
import { bucketOf, columnsOf, type MetricScope, type MetricTables } from "./metric-scope.ts";
import { createParams, type Params } from "./params.ts";
import { roundSpan, type TimeRange } from "./time.ts";

export interface MetricRequest {
  readonly query: Query;
  readonly metric: MetricClause;
  readonly facts: MetricFacts;
  readonly source: string;
  readonly range: TimeRange;
  readonly now: number;
  readonly limit: number;
  readonly tables: MetricTables;
}

/** @throws QueryError when a name or value cannot be meant. */
export function compileMetric(request: MetricRequest): Compiled {
  const { metric, facts, range } = request;
  const params = createParams();
  const spanSeconds = spanOf(metric, range);
  const call = metric.call ?? DEFAULT_CALL[facts.kind];
  const percentile = metric.call === null ? 95 : metric.percentile;
  const table = tableOf({ facts, call, spanSeconds, range });
  // The first span is whole: a part of it would count what was added before its first point as if it had been added in that part.
  const fromMs = Math.floor(range.fromMs / (spanSeconds * 1000)) * spanSeconds * 1000;
  const scope: MetricScope = {
    params,
    metric,
    tables: request.tables,
    groups: metric.by.map((_, at) => `g${at}`),
    groupSql: metric.by.map(({ name }) => labelSql(name, params)),
    filter: filterOf(request, params),
    spanSeconds,
    from: params.add(fromMs, "Int64"),
    to: params.add(range.toMs, "Int64"),
    since: params.add(fromMs - LOOK_BACK_MS[table], "Int64"),
  };
  const values =
    facts.kind === "histogram"
      ? histogramValues(scope, { call, percentile, classic: facts.classic })
      : facts.kind === "summary"
        ? summaryValues(scope, { call, percentile })
        : scalarValues(scope, { call, percentile, table });
  const name = call === "p" ? `p${percentile}` : call;
  return staged(request, { values, scope, name });
}

const DEFAULT_CALL: Readonly<Record<MetricFacts["kind"], MetricCall>> = {
  counter: "rate",
  gauge: "avg",
  histogram: "p",
  summary: "p",
};

type RollUp = keyof MetricTables;
const HOUR_MS = 3_600_000;
const LOOK_BACK_MS: Readonly<Record<RollUp, number>> = { raw: HOUR_MS / 4, minute: HOUR_MS, hour: 24 * HOUR_MS };
const DEFAULT_BUCKETS = 100;

function spanOf(metric: MetricClause, { fromMs, toMs }: TimeRange): number {
  const spanSeconds = metric.spanSeconds ?? Math.max(15, roundSpan(toMs - fromMs, DEFAULT_BUCKETS));
  if ((toMs - fromMs) / 1000 / spanSeconds <= MAX_BUCKETS) return spanSeconds;
  throw queryError(
    metric,
    `span=${spanSeconds}s over this range makes more than ${MAX_BUCKETS} points. Take a wider span or a shorter range.`,
  );
}

/** The coarsest roll-up whose spans fit into the one asked for. Histograms, summaries and quantiles need the points themselves. */
function tableOf({
  facts,
  call,
  spanSeconds,
  range,
}: {
  facts: MetricFacts;
  call: MetricCall;
  spanSeconds: number;
  range: TimeRange;
}): RollUp {
  if ((facts.kind !== "counter" && facts.kind !== "gauge") || call === "p") return "raw";
  const hours = (range.toMs - range.fromMs) / HOUR_MS;
  if (spanSeconds % 3_600 === 0 && hours > 72) return "hour";
  return spanSeconds % 60 === 0 && hours > 6 ? "minute" : "raw";
}

/** What is known of a series beside its labels can be asked for by name. */
const OWN_COLUMNS = ["source", "asset", "service", "unit"];

const labelSql = (name: string, params: Params): string =>
  OWN_COLUMNS.includes(name) ? `toString(\`${name}\`)` : `labels[${params.add(name, "String")}]`;

function filterOf({ query, metric, now, source }: MetricRequest, params: Params): string {
  const scope: FilterScope = {
    params,
    now,
    source,
    resolve: (name) => ({ type: "text", expressions: [labelSql(name, params)] }),
    rawFields: false,
  };
  const filters = [metric.filter, query.filter].flatMap((filter) => (filter === null ? [] : [filter]));
  return filters.length === 0 ? "1" : filters.map((filter) => compileFilter(filter, scope)).join(" AND ");
}

/** Rows with the columns `b` (start of the span in seconds), the groups, and `v`. */
export type Values = string;

/** Points of counters and gauges, from whichever table, in one shape. */
function scalarPoints(scope: MetricScope, table: RollUp): string {
  const { params, metric, tables, groupSql, filter, since, to } = scope;
  const groups = groupSql.map((sql, at) => `, ${sql} AS g${at}`).join("");
  const name = params.add(metric.name.name, "String");
  const between = `time >= fromUnixTimestamp64Milli(${since}, 'UTC') AND time <= fromUnixTimestamp64Milli(${to}, 'UTC')`;
  if (table === "raw") {
    return `SELECT series, time${groups}, value AS first, value AS last, value AS low, value AS high, value AS total, 1 AS samples, 0 AS added, temporality, toUnixTimestamp64Milli(start) AS begun
FROM ${tables.raw} WHERE name = ${name} AND ${between} AND stale = 0 AND NOT isNaN(value) AND ${filter}`;
  }
  return `SELECT series, time${groups}, first, last, low, high, total, samples, added, temporality, 0 AS begun FROM (
SELECT series, time, anyLast(r.labels) AS labels, anyLast(r.source) AS source, anyLast(r.asset) AS asset, anyLast(r.service) AS service, anyLast(r.unit) AS unit, anyLast(r.temporality) AS temporality,
argMinMerge(r.first) AS first, argMaxMerge(r.last) AS last, min(r.low) AS low, max(r.high) AS high, sum(r.total) AS total, sum(r.samples) AS samples, deltaSumTimestampMerge(r.added) AS added
FROM ${tables[table]} AS r WHERE name = ${name} AND ${between} GROUP BY series, time
) WHERE ${filter}`;
}

function scalarValues(
  scope: MetricScope,
  { call, percentile, table }: { call: MetricCall; percentile: number; table: RollUp },
): Values {
  const points = scalarPoints(scope, table);
  const { from } = scope;
  const since = `time >= fromUnixTimestamp64Milli(${from}, 'UTC')`;
  const groups = columnsOf(scope);
  if (call === "p") {
    return `SELECT ${bucketOf(scope)} AS b${groups}, quantileExact(${percentile / 100})(last) AS v FROM (${points}) WHERE ${since} GROUP BY b${groups}`;
  }
  if (call === "rate" || call === "increase") {
    const increases = `SELECT series, time${groups}, ${INCREASE.replace("{from}", from)} AS d
FROM (SELECT *, lagInFrame(last) OVER w AS before, lagInFrame(begun) OVER w AS begun_before, row_number() OVER w AS nth FROM (${points}) WINDOW w AS (PARTITION BY series ORDER BY time ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))`;
    const spread = call === "rate" ? ` / ${secondsOf(scope)}` : "";
    return `SELECT ${bucketOf(scope)} AS b${groups}, sum(d)${spread} AS v FROM (${increases}) WHERE ${since} AND d IS NOT NULL GROUP BY b${groups}`;
  }
  const perSeries = `SELECT ${bucketOf(scope)} AS b, series${groups}, sum(total) / sum(samples) AS mean, min(low) AS least, max(high) AS most, argMax(last, time) AS newest, max(time) AS at FROM (${points}) WHERE ${since} GROUP BY b, series${groups}`;
  return `SELECT b${groups}, ${ACROSS[call]} AS v FROM (${perSeries}) GROUP BY b${groups}`;
}

/** How the values of series become that of their group. */
const ACROSS: Readonly<Record<Exclude<MetricCall, "p" | "rate" | "increase">, string>> = {
  avg: "avg(mean)",
  sum: "sum(mean)",
  min: "min(least)",
  max: "max(most)",
  last: "argMax(newest, at)",
  count: "toFloat64(uniqExact(series))",
};

/** What a point adds to its counter: all of it where points say what came since the one before; else the difference to the value before,
 *  or the value itself where the counter began anew. The first point of a series says nothing, unless it says since when it counts. */
const INCREASE = `multiIf(temporality = 'delta', total,
  nth = 1, if(begun >= {from}, last, if(added > 0, added, NULL)),
  begun > 0 AND begun_before > 0 AND begun != begun_before, last,
  first >= before, first - before + added, first + added)`;

function histogramValues(
  scope: MetricScope,
  { call, percentile, classic }: { call: MetricCall; percentile: number; classic: boolean },
): Values {
  const { metric, from } = scope;
  if (call === "min" || call === "max" || call === "last") {
    throw queryError(
      metric,
      `The buckets of a histogram do not say its ${call === "last" ? "newest value" : `${call}imum`}. Take p1, p50 or p99, avg, rate or sum.`,
    );
  }
  if (classic && (call === "avg" || call === "sum")) {
    throw queryError(
      metric,
      `The sum of this histogram is a metric of its own: metric ${metric.name.name}_sum rate, and metric ${metric.name.name}_count rate.`,
    );
  }
  const increases = histogramIncreases(scope, classic ? classicHistogram(scope) : undefined);
  const groups = columnsOf(scope);
  const since = `time >= fromUnixTimestamp64Milli(${from}, 'UTC')`;
  if (call === "p") return quantileOf(scope, { increases: `${increases} `, since, quantile: percentile / 100 });
  const across = {
    rate: `sum(dcount) / ${secondsOf(scope)}`,
    increase: "sum(dcount)",
    sum: "sum(dsum)",
    avg: "if(sum(dcount) = 0, NULL, sum(dsum) / sum(dcount))",
    count: "toFloat64(uniqExact(series))",
  }[call];
  return `SELECT ${bucketOf(scope)} AS b${groups}, ${across} AS v FROM (${increases}) WHERE ${since} GROUP BY b${groups}`;
}

function summaryValues(scope: MetricScope, { call, percentile }: { call: MetricCall; percentile: number }): Values {
  const { params, metric, tables, groupSql, filter, from, to } = scope;
  if (call !== "p" && call !== "count") {
    throw queryError(metric, "A summary has quantiles that its sender calculated: take p50, p90, p99 or count.");
  }
  const groups = columnsOf(scope);
  const named = groupSql.map((sql, at) => `, ${sql} AS g${at}`).join("");
  const wanted = params.add(percentile / 100, "Float64");
  const points = `SELECT series, time${named}, arrayFirstOrNull((value, quantile) -> quantile >= ${wanted} - 1e-9, buckets, bounds) AS q
FROM ${tables.raw} WHERE name = ${params.add(metric.name.name, "String")} AND time >= fromUnixTimestamp64Milli(${from}, 'UTC') AND time <= fromUnixTimestamp64Milli(${to}, 'UTC') AND stale = 0 AND ${filter}`;
  const across = call === "p" ? "avg(q)" : "toFloat64(uniqExact(series))";
  return `SELECT ${bucketOf(scope)} AS b${groups}, ${across} AS v FROM (${points}) GROUP BY b${groups}`;
}

/** Seconds of the span that lie in the range: the last is often cut. */
const secondsOf = ({ spanSeconds, from, to }: MetricScope): string =>
  `greatest(1., least(toFloat64(b + ${spanSeconds}), ${to} / 1000) - greatest(toFloat64(b), ${from} / 1000))`;

/** The values as a chart, or as a table where pipes follow. */
function staged(
  request: MetricRequest,
  { values, scope, name }: { values: Values; scope: MetricScope; name: string },
): Compiled {
  const { query, metric, limit } = request;
  const { params, groups } = scope;
  const time: TableColumn = { name: "time", type: "time", sql: "c0" };
  const labels = metric.by.map<TableColumn>((field, at) => ({ name: field.name, type: "text", sql: `c${at + 1}` }));
  const value: TableColumn = { name, type: "number", sql: `c${labels.length + 1}` };
  if (query.pipes.length === 0) {
    const grouped = groups.length > 0;
    const joined = grouped
      ? `, arrayStringConcat([${groups.map((group) => `toString(${group})`).join(", ")}], ', ') AS c1`
      : "";
    const sql = `SELECT b AS c0${joined}, v AS ${grouped ? "c2" : "c1"} FROM (\n${values}\n) ORDER BY c0`;
    const label: TableColumn = { name: metric.by.map((field) => field.name).join(", "), type: "text", sql: "c1" };
    return {
      sql,
      params,
      columns: grouped ? [time, label, { ...value, sql: "c2" }] : [time, { ...value, sql: "c1" }],
      shape: "series",
      limit,
      pageable: false,
      series: { spanSeconds: scope.spanSeconds, grouped, zero: false, most: metric.limit },
    };
  }
  const named = groups.map((group, at) => `, ${group} AS c${at + 1}`).join("");
  let stage: Stage = {
    sql: `SELECT toDateTime(b, 'UTC') AS c0${named}, v AS ${value.sql} FROM (\n${values}\n) ORDER BY c0${labels.map(({ sql }) => `, ${sql}`).join("")}`,
    columns: [time, ...labels, value],
    shape: "table",
  };
  for (const [at, pipe] of query.pipes.entries()) {
    stage =
      at === 0 && (pipe.kind === "top" || pipe.kind === "rare")
        ? largest(pipe, stage, value)
        : nextStage(pipe, { stage, request, params });
  }
  return { sql: finish(stage, limit), params, columns: stage.columns, shape: "table", limit, pageable: false };
}

/** `top` and `rare` right behind a metric order its groups by their mean over the range. */
function largest(pipe: Extract<Pipe, { kind: "top" | "rare" }>, stage: Stage, value: TableColumn): Stage {
  const columns = pipe.fields.map((field) => {
    const found = stage.columns.find((column) => column.name === field.name && column !== value);
    if (found !== undefined) return found;
    throw queryError(
      field,
      `"${field.name}" is not one of the groups. Write it behind by, as in: by ${field.name} | ${pipe.kind} ${pipe.limit} ${field.name}.`,
    );
  });
  const names = columns.map(({ sql }) => sql).join(", ");
  const mean = `m${value.sql}`;
  return {
    sql: `SELECT ${names}, avg(${value.sql}) AS ${mean} FROM (\n${stage.sql}\n) GROUP BY ${names} ORDER BY ${mean} ${pipe.kind === "top" ? "DESC" : "ASC"}, ${names} LIMIT ${pipe.limit}`,
    columns: [...columns, { ...value, sql: mean }],
    shape: "table",
  };
}
