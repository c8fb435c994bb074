/** otlp-metrics-json: the JSON form of OpenTelemetry metrics: 64-bit numbers are text, ids are hex, enumerations are numbers. Total:
 *  what is not as it should be is left out, and only a body that is no request is refused. */
import type { OtlpMetric, OtlpMetrics, OtlpMetricsRead, OtlpPoint } from "./otlp-metrics.ts";
import { attributesOf, isRecord, listOf, textOf } from "./otlp-json.ts";

export function readJsonMetrics(body: Buffer): OtlpMetricsRead {
  let request: unknown;
  try {
    request = JSON.parse(body.toString("utf8"));
  } catch {
    return { ok: false, reason: "the body is not JSON" };
  }
  if (!isRecord(request)) return { ok: false, reason: "the body is not an ExportMetricsServiceRequest" };
  const groups: OtlpMetrics[] = listOf(request, "resourceMetrics").map((group) => ({
    resource: attributesOf(isRecord(group["resource"]) ? group["resource"] : {}),
    metrics: listOf(group, "scopeMetrics").flatMap((scoped) => listOf(scoped, "metrics").flatMap(metricOf)),
  }));
  return { ok: true, groups };
}

const FORMS: readonly (readonly [string, OtlpMetric["form"]])[] = [
  ["gauge", "gauge"],
  ["sum", "sum"],
  ["histogram", "histogram"],
  ["exponentialHistogram", "exponential"],
  ["summary", "summary"],
];

function metricOf(metric: Record<string, unknown>): OtlpMetric[] {
  const found = FORMS.find(([name]) => isRecord(metric[name]));
  const data = metric[found?.[0] ?? ""];
  if (found === undefined || !isRecord(data)) return [];
  return [
    {
      name: textOf(metric["name"]),
      unit: textOf(metric["unit"]),
      form: found[1],
      temporality: TEMPORALITIES[textOf(data["aggregationTemporality"])] ?? numberOf(data["aggregationTemporality"]),
      monotonic: data["isMonotonic"] === true,
      points: listOf(data, "dataPoints").map(pointOf),
    },
  ];
}

/** The protocol asks for numbers; some senders write the names. */
const TEMPORALITIES: Readonly<Record<string, number>> = {
  AGGREGATION_TEMPORALITY_DELTA: 1,
  AGGREGATION_TEMPORALITY_CUMULATIVE: 2,
};

function pointOf(point: Record<string, unknown>): OtlpPoint {
  const quantiles = listOf(point, "quantileValues");
  return {
    attributes: attributesOf(point),
    time: msOf(point["timeUnixNano"]),
    start: msOf(point["startTimeUnixNano"]),
    flags: numberOf(point["flags"]),
    value: valueOf(point),
    count: numberOf(point["count"]),
    sum: numberOf(point["sum"]),
    bounds:
      quantiles.length > 0 ? quantiles.map(({ quantile }) => numberOf(quantile)) : numbersOf(point["explicitBounds"]),
    buckets: quantiles.length > 0 ? quantiles.map(({ value }) => numberOf(value)) : numbersOf(point["bucketCounts"]),
    scale: numberOf(point["scale"]),
    zeroCount: numberOf(point["zeroCount"]),
    zeroThreshold: numberOf(point["zeroThreshold"]),
    positive: bucketsOf(point["positive"]),
    negative: bucketsOf(point["negative"]),
    exemplars: listOf(point, "exemplars").map((exemplar) => ({
      time: msOf(exemplar["timeUnixNano"]),
      value: valueOf(exemplar),
      attributes: attributesOf({ attributes: exemplar["filteredAttributes"] }),
      traceId: textOf(exemplar["traceId"]),
      spanId: textOf(exemplar["spanId"]),
    })),
  };
}

const valueOf = (of: Record<string, unknown>): number => numberOf(of["asDouble"] ?? of["asInt"] ?? 0);

const bucketsOf = (value: unknown): OtlpPoint["positive"] =>
  isRecord(value)
    ? { first: numberOf(value["offset"]), counts: numbersOf(value["bucketCounts"]) }
    : { first: 0, counts: [] };

const numberOf = (value: unknown): number =>
  typeof value === "number" || typeof value === "string" ? Number(value) : 0;

const numbersOf = (value: unknown): number[] => (Array.isArray(value) ? value.map(numberOf) : []);

/** Nanoseconds as text or number to milliseconds. */
function msOf(value: unknown): number {
  const text = textOf(value);
  return /^\d{1,20}$/.test(text) ? Number(BigInt(text) / 1_000_000n) : 0;
}
