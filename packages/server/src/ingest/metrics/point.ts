/** point: one point of a metric on its way from an input to the store, as the record that the spool keeps. Inputs write it, the
 *  worker reads it back; what no chart could use has a reason, and goes to quarantine with it. */
import { type Exemplar, METRIC_KINDS, type MetricKind, type MetricRow } from "../../platform/events/index.ts";

/** What stands in the envelope instead of the kind of the source: the worker reads such records as points. */
export const METRIC_RECORDS = "metrics";

export type MetricPoint = Pick<MetricRow, "name" | "kind" | "time" | "labels"> &
  Partial<
    Pick<
      MetricRow,
      "temporality" | "unit" | "start" | "value" | "stale" | "count" | "sum" | "bounds" | "buckets" | "exemplars"
    >
  >;

export type PointRead =
  | { readonly ok: true; readonly point: MetricPoint }
  | { readonly ok: false; readonly reason: string };

/** JSON, with what JSON cannot say as text: "NaN", "Infinity", "-Infinity". */
export function encodePoint(point: MetricPoint): Buffer {
  return Buffer.from(
    JSON.stringify(point, (_, value: unknown) =>
      typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
    ),
  );
}

/** Total: text that is no point has a reason. */
export function decodePoint(text: string): PointRead {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: "It is no JSON, so no point of a metric." };
  }
  if (!isRecord(value)) return { ok: false, reason: "It is no object, so no point of a metric." };
  const kind = METRIC_KINDS.find((known) => known === value["kind"]);
  if (kind === undefined) return { ok: false, reason: `Its kind is not one of ${METRIC_KINDS.join(", ")}.` };
  const temporality = value["temporality"];
  const point: MetricPoint = {
    name: textOf(value["name"]),
    kind,
    time: numberOf(value["time"]),
    labels: textsOf(value["labels"]),
    temporality: TEMPORALITIES.find((known) => known === temporality) ?? defaultOf(kind),
    unit: textOf(value["unit"]),
    start: numberOf(value["start"]),
    value: numberOf(value["value"]),
    stale: value["stale"] === true,
    count: numberOf(value["count"]),
    sum: numberOf(value["sum"]),
    bounds: numbersOf(value["bounds"]),
    buckets: numbersOf(value["buckets"]),
    exemplars: (Array.isArray(value["exemplars"]) ? value["exemplars"] : []).filter(isRecord).map(exemplarOf),
  };
  const reason = pointProblem(point);
  return reason === undefined ? { ok: true, point } : { ok: false, reason };
}

/** Why the store cannot keep the point, or undefined when it can. */
export function pointProblem({
  name,
  kind,
  time,
  labels,
  count,
  bounds = [],
  buckets = [],
  exemplars = [],
}: MetricPoint): string | undefined {
  if (name === "" || name.length > LONGEST_NAME)
    return `The name of the metric must have 1 to ${LONGEST_NAME} characters.`;
  if (!(time > 0 && time < LATEST_MS)) return `${time} is not a time in milliseconds since 1970.`;
  const names = Object.keys(labels);
  if (names.length > MOST_LABELS) return `It has ${names.length} labels; ${MOST_LABELS} are taken.`;
  if (names.some((label) => label === "" || label.length > LONGEST_NAME))
    return `The name of a label must have 1 to ${LONGEST_NAME} characters.`;
  const long = names.find((label) => (labels[label] ?? "").length > LONGEST_VALUE);
  if (long !== undefined) return `The label "${long}" is over ${LONGEST_VALUE} characters.`;
  if (exemplars.length > MOST_EXEMPLARS) return `It has ${exemplars.length} exemplars; ${MOST_EXEMPLARS} are taken.`;
  if (bounds.length > MOST_BUCKETS) return `It has ${bounds.length} buckets; ${MOST_BUCKETS} are taken.`;
  if (kind === "histogram") return histogramProblem(bounds, buckets, count ?? 0);
  return kind === "summary" && bounds.length !== buckets.length ? "A quantile has no value." : undefined;
}

/** The host and the service that the labels speak of, "" where they name none. */
export function ownersOf(labels: Readonly<Record<string, string>>): {
  readonly asset: string;
  readonly service: string;
} {
  const first = (names: readonly string[]): string =>
    names.map((name) => labels[name] ?? "").find((text) => text !== "") ?? "";
  const service = first(SERVICE_LABELS);
  return {
    asset: bareHost(first(ASSET_LABELS)),
    // What exporters of OpenTelemetry say when nobody gave the service a name.
    service: service.startsWith("unknown_service") ? "" : service,
  };
}

const ASSET_LABELS = ["host.name", "host_name", "host", "hostname", "nodename", "node", "instance"] as const;
const SERVICE_LABELS = ["service.name", "service_name", "service", "job"] as const;

const LONGEST_NAME = 255;
const LONGEST_VALUE = 4_096;
const MOST_LABELS = 64;
const MOST_EXEMPLARS = 100;
const MOST_BUCKETS = 1_024;
const LATEST_MS = Date.UTC(2200, 0, 1);

const TEMPORALITIES = ["cumulative", "delta", ""] as const;

const defaultOf = (kind: MetricKind): "cumulative" | "" => (kind === "gauge" || kind === "summary" ? "" : "cumulative");

function histogramProblem(bounds: readonly number[], buckets: readonly number[], count: number): string | undefined {
  if (!(count >= 0)) return "The count of a histogram is a number from 0 on.";
  if (buckets.length === 0 && bounds.length === 0) return undefined;
  if (buckets.length !== bounds.length + 1)
    return `A histogram with ${bounds.length} bounds has ${bounds.length + 1} buckets, not ${buckets.length}.`;
  if (buckets.some((bucket) => !(bucket >= 0))) return "A bucket of a histogram holds less than nothing.";
  return bounds.some((bound, at) => at > 0 && !(bound > (bounds[at - 1] ?? 0)))
    ? "The bounds of a histogram must rise."
    : undefined;
}

/** Without port and brackets: `web-1:9100` and `[fd00::1]:9100` are the host; a bare IPv6 address stays as it is. */
function bareHost(instance: string): string {
  const found = /^\[([0-9A-Fa-f:.]+)\](?::\d+)?$|^([^:]+):\d+$/.exec(instance);
  return found?.[1] ?? found?.[2] ?? instance;
}

function exemplarOf(value: Readonly<Record<string, unknown>>): Exemplar {
  return { time: numberOf(value["time"]), value: numberOf(value["value"]), labels: textsOf(value["labels"]) };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const numberOf = (value: unknown): number =>
  typeof value === "number" || typeof value === "string" ? Number(value) : 0;

const numbersOf = (value: unknown): number[] => (Array.isArray(value) ? value.map(numberOf) : []);

const textsOf = (value: unknown): Record<string, string> =>
  isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)])) : {};
