/** native-histogram: a histogram of Prometheus whose buckets come as spans and differences (both versions of remote write have the
 *  same message), to bounds and counts. Schema -53 has bounds of its own; the others are powers of two. */
import {
  eachField,
  eachNumber,
  type ProtobufReader,
  signedNumber,
  unsignedNumber,
} from "../protocols/protobuf-fields.ts";
import { explicitBuckets } from "./exponential.ts";
import type { MetricPoint } from "./point.ts";

type HistogramPart = Pick<MetricPoint, "time"> &
  Required<Pick<MetricPoint, "count" | "sum" | "bounds" | "buckets" | "start" | "stale" | "temporality">>;

export function readNativeHistogram(reader: ProtobufReader, end: number): HistogramPart {
  let [count, sum, schema, zeroThreshold, zeroCount, time, start, hint] = [0, 0, 0, 0, 0, 0, 0, 0];
  let stale = false;
  const negative: Side = { spans: [], deltas: [], counts: [] };
  const positive: Side = { spans: [], deltas: [], counts: [] };
  const customBounds: number[] = [];
  const span = (side: Side) => (to: number) => {
    let [offset, length] = [0, 0];
    eachField(reader, to, { 1: () => void (offset = reader.sint32()), 2: () => void (length = reader.uint32()) });
    side.spans.push({ offset, length });
  };
  const deltas = (side: Side) => (to: number, wireType: number) =>
    eachNumber(reader, { end: to, wireType }, () => void side.deltas.push(signedNumber(reader.sint64())));
  const floats = (into: number[]) => (to: number, wireType: number) =>
    eachNumber(reader, { end: to, wireType }, () => void into.push(reader.double()));
  eachField(reader, end, {
    1: () => void (count = unsignedNumber(reader.uint64())),
    2: () => void (count = reader.double()),
    3: () => {
      stale = Buffer.from(reader.buf.subarray(reader.pos, reader.pos + 8)).equals(STALE);
      sum = reader.double();
    },
    4: () => void (schema = reader.sint32()),
    5: () => void (zeroThreshold = reader.double()),
    6: () => void (zeroCount = unsignedNumber(reader.uint64())),
    7: () => void (zeroCount = reader.double()),
    8: span(negative),
    9: deltas(negative),
    10: floats(negative.counts),
    11: span(positive),
    12: deltas(positive),
    13: floats(positive.counts),
    14: () => void (hint = reader.int32()),
    15: () => void (time = signedNumber(reader.int64())),
    16: floats(customBounds),
    17: () => void (start = signedNumber(reader.int64())),
  });
  const about = {
    count,
    sum,
    time,
    start,
    stale,
    temporality: hint === GAUGE ? ("" as const) : ("cumulative" as const),
  };
  if (schema === CUSTOM) {
    const { first, counts } = dense(positive);
    const buckets = Array.from({ length: customBounds.length + 1 }, (_, at) => counts[at - first] ?? 0);
    return { ...about, bounds: customBounds, buckets };
  }
  // A bucket of number i ends at base^i here; in OpenTelemetry it begins there.
  const shifted = (side: Side) => {
    const { first, counts } = dense(side);
    return { first: first - 1, counts };
  };
  return {
    ...about,
    ...explicitBuckets({
      scale: schema,
      zeroThreshold,
      zeroCount,
      positive: shifted(positive),
      negative: shifted(negative),
    }),
  };
}

interface Side {
  readonly spans: { readonly offset: number; readonly length: number }[];
  /** Each count less the one before it. */
  readonly deltas: number[];
  readonly counts: number[];
}

const CUSTOM = -53;
const GAUGE = 3;
const STALE = Buffer.from("020000000000f07f", "hex");
const MOST_BUCKETS = 10_000;

function dense({ spans, deltas, counts }: Side): { readonly first: number; readonly counts: number[] } {
  const given = counts.length > 0 ? counts : running(deltas);
  const out: number[] = [];
  let next = 0;
  for (const [at, { offset, length }] of spans.entries()) {
    // The first offset is where it begins, the others are gaps.
    if (at > 0) for (let gap = 0; gap < offset && out.length < MOST_BUCKETS; gap += 1) out.push(0);
    for (let n = 0; n < length; n += 1) {
      if (out.length >= MOST_BUCKETS) throw new RangeError(`a histogram has over ${MOST_BUCKETS} buckets`);
      out.push(given[next] ?? 0);
      next += 1;
    }
  }
  return { first: spans[0]?.offset ?? 0, counts: out };
}

function running(deltas: readonly number[]): number[] {
  let count = 0;
  return deltas.map((delta) => (count += delta));
}
