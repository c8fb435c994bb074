/** metric-histogram: SQL that turns points of histograms into what each one added to its buckets, and that into quantiles. Buckets of
 *  different series may have different bounds: each point is first taken apart into (upper bound, what it added). */
import { bucketOf, columnsOf, type MetricScope } from "./metric-scope.ts";

/** Points of a histogram whose buckets came as counters of their own, put together again. */
export function classicHistogram({ params, metric, tables, groupSql, filter, since, to }: MetricScope): string {
  const groups = groupSql.map((sql, at) => `, ${sql} AS g${at}`).join("");
  const name = params.add(`${metric.name.name}_bucket`, "String");
  // Of each scrape one row: its bounds in their order, and what each bucket holds by itself.
  return `SELECT series, time${groups}, arrayPopBack(tupleElement(pairs, 1)) AS bounds,
arrayPopFront(arrayDifference(arrayConcat([0.], tupleElement(pairs, 2)))) AS buckets, tupleElement(pairs, 2)[-1] AS count, 0. AS sum, 'cumulative' AS temporality, 0 AS begun
FROM (
SELECT cityHash64(source, mapKeys(labels), mapValues(labels)) AS series, time, labels, source, asset, service, unit,
arraySort(pair -> pair.1, groupArray((bound, value))) AS pairs
FROM (
SELECT time, mapFilter((label, text) -> label != 'le', labels) AS labels, source, asset, service, unit, value,
if(m.labels['le'] IN ('+Inf', 'Inf'), inf, toFloat64OrZero(m.labels['le'])) AS bound
FROM ${tables.raw} AS m WHERE name = ${name} AND time >= fromUnixTimestamp64Milli(${since}, 'UTC') AND time <= fromUnixTimestamp64Milli(${to}, 'UTC') AND stale = 0
) GROUP BY series, time, labels, source, asset, service, unit HAVING isInfinite(tupleElement(pairs, 1)[-1])
) WHERE ${filter}`;
}

function nativeHistogram({ params, metric, tables, groupSql, filter, since, to }: MetricScope): string {
  const groups = groupSql.map((sql, at) => `, ${sql} AS g${at}`).join("");
  return `SELECT series, time${groups}, bounds, buckets, count, sum, temporality, toUnixTimestamp64Milli(start) AS begun
FROM ${tables.raw} WHERE name = ${params.add(metric.name.name, "String")} AND kind = 'histogram' AND time >= fromUnixTimestamp64Milli(${since}, 'UTC') AND time <= fromUnixTimestamp64Milli(${to}, 'UTC') AND stale = 0 AND ${filter}`;
}

/** Rows with series, time, groups, `bounds`, `inc` (what was added to each bucket), `dcount` and `dsum`. */
export function histogramIncreases(scope: MetricScope, points: string = nativeHistogram(scope)): string {
  const groups = columnsOf(scope);
  const anew = `(temporality = 'cumulative' AND nth > 1 AND (count < count_before OR (begun > 0 AND begun_before > 0 AND begun != begun_before)))`;
  // A first point says nothing of when it was added, unless it says since when it counts.
  const whole = `(temporality = 'delta' OR ${anew} OR (nth = 1 AND begun >= ${scope.from}))`;
  return `SELECT series, time${groups}, bounds,
multiIf(${whole}, buckets, nth = 1, arrayMap(bucket -> 0., buckets),
  bounds = bounds_before, arrayMap((bucket, earlier) -> greatest(bucket - earlier, 0.), buckets, arrayResize(buckets_before, length(buckets), 0.)),
  arrayMap(bucket -> greatest(bucket, 0.), arrayPopFront(arrayDifference(arrayConcat([0.], arrayMap((upper, below) ->
    below - arraySum(arrayMap((bucket, bound) -> if(bound <= upper, bucket, 0.), buckets_before, arrayConcat(bounds_before, [inf]))),
    arrayConcat(bounds, [inf]), arrayCumSum(buckets))))))) AS inc,
multiIf(${whole}, count, nth = 1, 0., greatest(count - count_before, 0.)) AS dcount,
multiIf(${whole}, sum, nth = 1, 0., sum - sum_before) AS dsum
FROM (SELECT *, lagInFrame(bounds) OVER w AS bounds_before, lagInFrame(buckets) OVER w AS buckets_before, lagInFrame(count) OVER w AS count_before,
lagInFrame(sum) OVER w AS sum_before, lagInFrame(begun) OVER w AS begun_before, row_number() OVER w AS nth
FROM (${points}) WINDOW w AS (PARTITION BY series ORDER BY time ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))`;
}

/** The quantile lies in the bucket where the running count reaches its rank; inside it what was observed is taken as evenly spread. */
export function quantileOf(
  scope: MetricScope,
  { increases, since, quantile }: { increases: string; since: string; quantile: number },
): string {
  const groups = columnsOf(scope);
  return `SELECT b${groups}, if(total <= 0 OR length(uppers) < 2, NULL,
  if(isInfinite(upper), uppers[place - 1], lower + (upper - lower) * (rank - running_before) / (running[place] - running_before))) AS v
FROM (
SELECT b${groups}, arraySort(pair -> pair.1, groupArray((upper_bound, added))) AS pairs, tupleElement(pairs, 1) AS uppers,
arrayCumSum(tupleElement(pairs, 2)) AS running, running[-1] AS total, total * ${quantile} AS rank,
greatest(1, arrayFirstIndex(reached -> reached >= rank AND reached > 0, running)) AS place, uppers[place] AS upper,
if(place > 1, uppers[place - 1], if(upper > 0, 0., upper)) AS lower, if(place > 1, running[place - 1], 0.) AS running_before
FROM (
SELECT ${bucketOf(scope)} AS b${groups}, upper_bound, sum(added_here) AS added
FROM (${increases}) ARRAY JOIN arrayConcat(bounds, [inf]) AS upper_bound, inc AS added_here WHERE ${since} AND notEmpty(bounds) GROUP BY b${groups}, upper_bound
) GROUP BY b${groups}
)`;
}
