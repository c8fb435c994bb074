/** otlp-metrics-protobuf: the binary form of OpenTelemetry metrics, read field by field as the protocol numbers them
 *  (opentelemetry/proto/metrics/v1). Unknown fields are skipped; a broken message is a reason, never an exception. */
import type { OtlpMetric, OtlpMetrics, OtlpMetricsRead, OtlpPoint } from "./otlp-metrics.ts";
import { readPair } from "./otlp-protobuf.ts";
import {
  eachField,
  eachNumber,
  nanosToMs,
  type ProtobufReader,
  readerOf,
  signedNumber,
  textUntil,
  unsignedNumber,
} from "./protobuf-fields.ts";

export function readProtobufMetrics(body: Buffer): OtlpMetricsRead {
  const groups: OtlpMetrics[] = [];
  const reader = readerOf(body);
  try {
    eachField(reader, reader.len, { 1: (end) => groups.push(readResource(reader, end)) });
  } catch (error) {
    return { ok: false, reason: `the body is not an ExportMetricsServiceRequest: ${String(error).slice(0, 200)}` };
  }
  return { ok: true, groups };
}

function readResource(reader: ProtobufReader, end: number): OtlpMetrics {
  const resource: Record<string, unknown> = {};
  const metrics: OtlpMetric[] = [];
  eachField(reader, end, {
    1: (to) => eachField(reader, to, { 1: (pair) => readPair(reader, pair, { into: resource, depth: 0 }) }),
    2: (to) => eachField(reader, to, { 2: (metric) => void metrics.push(readMetric(reader, metric)) }),
  });
  return { resource, metrics };
}

function readMetric(reader: ProtobufReader, end: number): OtlpMetric {
  const metric = {
    name: "",
    unit: "",
    form: "gauge" as OtlpMetric["form"],
    temporality: 0,
    monotonic: false,
    points: [] as OtlpPoint[],
  };
  const data = (form: OtlpMetric["form"], read: (to: number) => OtlpPoint) => (to: number) => {
    metric.form = form;
    eachField(reader, to, {
      1: (point) => void metric.points.push(read(point)),
      2: () => void (metric.temporality = reader.int32()),
      3: () => void (metric.monotonic = reader.bool()),
    });
  };
  eachField(reader, end, {
    1: (to) => void (metric.name = textUntil(reader, to)),
    3: (to) => void (metric.unit = textUntil(reader, to)),
    5: data("gauge", (to) => readNumber(reader, to)),
    7: data("sum", (to) => readNumber(reader, to)),
    9: data("histogram", (to) => readHistogram(reader, to)),
    10: data("exponential", (to) => readExponential(reader, to)),
    11: data("summary", (to) => readSummary(reader, to)),
  });
  return metric;
}

type Open<T> = { -readonly [K in keyof T]: T[K] };

const emptyPoint = (): Open<OtlpPoint> & {
  attributes: Record<string, unknown>;
  bounds: number[];
  buckets: number[];
  exemplars: OtlpPoint["exemplars"][number][];
} => ({
  attributes: {},
  time: 0,
  start: 0,
  flags: 0,
  value: 0,
  count: 0,
  sum: 0,
  bounds: [],
  buckets: [],
  scale: 0,
  zeroCount: 0,
  zeroThreshold: 0,
  positive: { first: 0, counts: [] },
  negative: { first: 0, counts: [] },
  exemplars: [],
});

function readNumber(reader: ProtobufReader, end: number): OtlpPoint {
  const point = emptyPoint();
  eachField(reader, end, {
    2: () => void (point.start = nanosToMs(reader.fixed64())),
    3: () => void (point.time = nanosToMs(reader.fixed64())),
    4: () => void (point.value = reader.double()),
    5: (to) => void point.exemplars.push(readExemplar(reader, to)),
    6: () => void (point.value = signedNumber(reader.sfixed64())),
    7: (to) => readPair(reader, to, { into: point.attributes, depth: 0 }),
    8: () => void (point.flags = reader.uint32()),
  });
  return point;
}

function readHistogram(reader: ProtobufReader, end: number): OtlpPoint {
  const point = emptyPoint();
  eachField(reader, end, {
    2: () => void (point.start = nanosToMs(reader.fixed64())),
    3: () => void (point.time = nanosToMs(reader.fixed64())),
    4: () => void (point.count = unsignedNumber(reader.fixed64())),
    5: () => void (point.sum = reader.double()),
    6: (to, wireType) =>
      eachNumber(reader, { end: to, wireType }, () => void point.buckets.push(unsignedNumber(reader.fixed64()))),
    7: (to, wireType) => eachNumber(reader, { end: to, wireType }, () => void point.bounds.push(reader.double())),
    8: (to) => void point.exemplars.push(readExemplar(reader, to)),
    9: (to) => readPair(reader, to, { into: point.attributes, depth: 0 }),
    10: () => void (point.flags = reader.uint32()),
  });
  return point;
}

function readExponential(reader: ProtobufReader, end: number): OtlpPoint {
  const point = emptyPoint();
  eachField(reader, end, {
    1: (to) => readPair(reader, to, { into: point.attributes, depth: 0 }),
    2: () => void (point.start = nanosToMs(reader.fixed64())),
    3: () => void (point.time = nanosToMs(reader.fixed64())),
    4: () => void (point.count = unsignedNumber(reader.fixed64())),
    5: () => void (point.sum = reader.double()),
    6: () => void (point.scale = reader.sint32()),
    7: () => void (point.zeroCount = unsignedNumber(reader.fixed64())),
    8: (to) => void (point.positive = readBuckets(reader, to)),
    9: (to) => void (point.negative = readBuckets(reader, to)),
    10: () => void (point.flags = reader.uint32()),
    11: (to) => void point.exemplars.push(readExemplar(reader, to)),
    14: () => void (point.zeroThreshold = reader.double()),
  });
  return point;
}

function readBuckets(reader: ProtobufReader, end: number): OtlpPoint["positive"] {
  let first = 0;
  const counts: number[] = [];
  eachField(reader, end, {
    1: () => void (first = reader.sint32()),
    2: (to, wireType) =>
      eachNumber(reader, { end: to, wireType }, () => void counts.push(unsignedNumber(reader.uint64()))),
  });
  return { first, counts };
}

function readSummary(reader: ProtobufReader, end: number): OtlpPoint {
  const point = emptyPoint();
  eachField(reader, end, {
    2: () => void (point.start = nanosToMs(reader.fixed64())),
    3: () => void (point.time = nanosToMs(reader.fixed64())),
    4: () => void (point.count = unsignedNumber(reader.fixed64())),
    5: () => void (point.sum = reader.double()),
    6: (to) => {
      let [quantile, value] = [0, 0];
      eachField(reader, to, { 1: () => void (quantile = reader.double()), 2: () => void (value = reader.double()) });
      point.bounds.push(quantile);
      point.buckets.push(value);
    },
    7: (to) => readPair(reader, to, { into: point.attributes, depth: 0 }),
    8: () => void (point.flags = reader.uint32()),
  });
  return point;
}

function readExemplar(reader: ProtobufReader, end: number): OtlpPoint["exemplars"][number] {
  const attributes: Record<string, unknown> = {};
  const exemplar = { time: 0, value: 0, traceId: "", spanId: "" };
  const hex = (to: number): string => Buffer.from(reader.buf.subarray(reader.pos, to)).toString("hex");
  eachField(reader, end, {
    2: () => void (exemplar.time = nanosToMs(reader.fixed64())),
    3: () => void (exemplar.value = reader.double()),
    4: (to) => void (exemplar.spanId = hex(to)),
    5: (to) => void (exemplar.traceId = hex(to)),
    6: () => void (exemplar.value = signedNumber(reader.sfixed64())),
    7: (to) => readPair(reader, to, { into: attributes, depth: 0 }),
  });
  return { ...exemplar, attributes };
}
