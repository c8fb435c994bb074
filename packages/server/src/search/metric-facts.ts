/** metric-facts: what the store knows of a metric before its query is compiled: its kind, which decides what a number of it means, and
 *  whether its histogram came as one series for each bucket. A name that is not there gets the nearest ones that are. */
import type { EventStore, MetricKind, QueryLimits } from "../platform/events/index.ts";
import { nearest } from "../platform/spelling/index.ts";
import type { MetricClause } from "./ast.ts";
import { queryError } from "./errors.ts";

export interface MetricFacts {
  readonly kind: MetricKind;
  /** Buckets are counters of their own, named "<name>_bucket" with the bound in the label "le". */
  readonly classic: boolean;
}

export async function readMetricFacts(
  { events, limits, signal }: { events: EventStore; limits: QueryLimits; signal?: AbortSignal },
  { name }: MetricClause,
  source: string,
): Promise<MetricFacts> {
  const options = { limits, ...(signal === undefined ? {} : { signal }) };
  const params = { name: name.name, bucket: `${name.name}_bucket` };
  for (const table of ["metrics", "metrics_1h"]) {
    const found = await events.query<{ name: string; kind: MetricKind }>(
      `SELECT toString(name) AS name, argMax(toString(kind), time) AS kind FROM ${events.table(table)} WHERE name IN ({name:String}, {bucket:String}) GROUP BY name`,
      { ...options, params },
    );
    const own = found.find((row) => row.name === params.name);
    if (own !== undefined) return { kind: own.kind, classic: false };
    if (found.length > 0) return { kind: "histogram", classic: true };
  }
  const names = await metricNames(events, { limits });
  const near = nearest(name.name, names);
  const fix = near === null ? null : `${source.slice(0, name.at)}${near}${source.slice(name.at + name.length)}`;
  throw queryError(
    name,
    names.length === 0
      ? "There is no metric yet. Let Prometheus or OpenTelemetry send some: the guide on sources says how."
      : `There is no metric "${name.name}".${near === null ? "" : ` Did you mean "${near}"?`}`,
    fix,
  );
}

/** The names that there are, those of series of buckets once. */
export async function metricNames(
  events: EventStore,
  { limits, prefix = "" }: { readonly limits: QueryLimits; readonly prefix?: string },
): Promise<string[]> {
  const rows = await events.query<{ shown: string }>(
    `SELECT DISTINCT replaceRegexpOne(toString(name), '_bucket$', '') AS shown FROM ${events.table("metrics")}
WHERE startsWith(lowerUTF8(name), lowerUTF8({prefix:String})) ORDER BY shown LIMIT 5000`,
    { limits, params: { prefix } },
  );
  return rows.map(({ shown }) => shown);
}
