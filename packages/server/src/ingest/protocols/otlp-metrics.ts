/** otlp-metrics: an export request of OpenTelemetry metrics, in protobuf and in JSON, to points. Both forms are first read into one
 *  shape, whose names are those of the JSON form, so that a point means the same whichever way it came. */
import { explicitBuckets } from "../metrics/exponential.ts";
import type { MetricPoint } from "../metrics/point.ts";
import { readProtobufMetrics } from "./otlp-metrics-protobuf.ts";
import { readJsonMetrics } from "./otlp-metrics-json.ts";

/** A number point, of a histogram, an exponential histogram or a summary: what is not of its kind is left out. */
export interface OtlpPoint {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly start: number;
  /** Bit 1: there is no value, the series ends here. */
  readonly flags: number;
  readonly value: number;
  readonly count: number;
  readonly sum: number;
  readonly bounds: readonly number[];
  readonly buckets: readonly number[];
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: { readonly first: number; readonly counts: readonly number[] };
  readonly negative: { readonly first: number; readonly counts: readonly number[] };
  readonly exemplars: readonly {
    readonly time: number;
    readonly value: number;
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly traceId: string;
    readonly spanId: string;
  }[];
}

export interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly form: "gauge" | "sum" | "histogram" | "exponential" | "summary";
  /** 1 delta, 2 cumulative. */
  readonly temporality: number;
  readonly monotonic: boolean;
  readonly points: readonly OtlpPoint[];
}

/** All metrics of one resource. */
export interface OtlpMetrics {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly metrics: readonly OtlpMetric[];
}

export type OtlpMetricsRead =
  | { readonly ok: true; readonly groups: readonly OtlpMetrics[] }
  | { readonly ok: false; readonly reason: string };

export type OtlpPoints =
  | { readonly ok: true; readonly points: MetricPoint[] }
  | { readonly ok: false; readonly reason: string };

export function readMetrics(body: Buffer, encoding: "json" | "protobuf"): OtlpPoints {
  const read = encoding === "json" ? readJsonMetrics(body) : readProtobufMetrics(body);
  return read.ok ? { ok: true, points: read.groups.flatMap(pointsOf) } : read;
}

function pointsOf({ resource, metrics }: OtlpMetrics): MetricPoint[] {
  const about = textsOf(resource);
  // What the kit itself is says nothing of what it measures.
  const shared = Object.fromEntries(Object.entries(about).filter(([name]) => !name.startsWith("telemetry.")));
  return metrics.flatMap((metric) =>
    metric.points.map((point) => pointOf(metric, point, { ...shared, ...textsOf(point.attributes) })),
  );
}

function pointOf(metric: OtlpMetric, point: OtlpPoint, labels: Record<string, string>): MetricPoint {
  const stale = (point.flags & 1) === 1;
  const exemplars = point.exemplars.map(({ time, value, attributes, traceId, spanId }) => ({
    time,
    value,
    labels: {
      ...textsOf(attributes),
      ...(traceId === "" ? {} : { trace_id: traceId }),
      ...(spanId === "" ? {} : { span_id: spanId }),
    },
  }));
  const { time, start, value, count, sum } = point;
  const base = { name: metric.name, unit: metric.unit === "1" ? "" : metric.unit, time, start, stale, labels };
  const temporality = metric.temporality === 1 ? "delta" : "cumulative";
  switch (metric.form) {
    case "gauge":
      return { ...base, kind: "gauge", value, exemplars };
    case "sum":
      // One that may fall is a level, such as a queue: it is read as it stands.
      if (!metric.monotonic && temporality === "cumulative") return { ...base, kind: "gauge", value, exemplars };
      return { ...base, kind: "counter", temporality, value, exemplars };
    case "histogram": {
      const { bounds, buckets } = point;
      return { ...base, kind: "histogram", temporality, count, sum, bounds, buckets, exemplars };
    }
    case "exponential":
      return { ...base, kind: "histogram", temporality, count, sum, ...explicitBuckets(point), exemplars };
    case "summary":
      return { ...base, kind: "summary", count, sum, bounds: point.bounds, buckets: point.buckets };
  }
}

const textsOf = (attributes: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined || value === null || value === ""
        ? []
        : [[name, typeof value === "object" ? JSON.stringify(value) : String(value)]],
    ),
  );
