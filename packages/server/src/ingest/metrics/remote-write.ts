/** remote-write: the two messages of Prometheus remote write, 1.0 (prometheus.WriteRequest) and 2.0 (io.prometheus.write.v2.Request),
 *  to points. A series that no store could keep (without a name, with a label twice) is counted as refused, and the others go on. */
import type { Exemplar, MetricKind } from "../../platform/events/index.ts";
import {
  eachField,
  eachNumber,
  type ProtobufReader,
  readerOf,
  signedNumber,
  textUntil,
} from "../protocols/protobuf-fields.ts";
import { readNativeHistogram } from "./native-histogram.ts";
import type { MetricPoint } from "./point.ts";

/** What is known of a metric beside its points. */
export interface MetricFacts {
  readonly kind: MetricKind;
  readonly unit: string;
}

export interface WriteRead {
  readonly points: MetricPoint[];
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
  /** Points of series that cannot be told apart from others, and the first reason. */
  readonly refused: number;
  readonly why: string;
  /** What the request says of metrics, by the name of their family (1.0 only). */
  readonly facts: ReadonlyMap<string, MetricFacts>;
}

export type WriteOutcome = ({ readonly ok: true } & WriteRead) | { readonly ok: false; readonly reason: string };

export interface ReadOptions {
  readonly version: 1 | 2;
  /** What earlier requests said of a metric. */
  readonly known: (name: string) => MetricFacts | undefined;
}

export function readWrite(bytes: Uint8Array, options: ReadOptions): WriteOutcome {
  try {
    return { ok: true, ...(options.version === 1 ? readVersion1(bytes, options) : readVersion2(bytes)) };
  } catch (error) {
    const message = options.version === 1 ? "prometheus.WriteRequest" : "io.prometheus.write.v2.Request";
    return { ok: false, reason: `the body is not a ${message}: ${String(error).slice(0, 200)}` };
  }
}

/** A series as both versions have it. */
interface Series {
  /** Names and values by turns. */
  readonly labels: string[];
  readonly samples: {
    readonly time: number;
    readonly value: number;
    readonly stale: boolean;
    readonly start: number;
  }[];
  readonly histograms: ReturnType<typeof readNativeHistogram>[];
  readonly exemplars: Exemplar[];
}

interface Collected {
  readonly points: MetricPoint[];
  samples: number;
  histograms: number;
  exemplars: number;
  refused: number;
  why: string;
}

const nothing = (): Collected => ({ points: [], samples: 0, histograms: 0, exemplars: 0, refused: 0, why: "" });

function readVersion1(bytes: Uint8Array, { known }: ReadOptions): WriteRead {
  const reader = readerOf(bytes);
  const all: Series[] = [];
  const facts = new Map<string, MetricFacts>();
  eachField(reader, reader.len, {
    1: (end) => all.push(readSeries(reader, end, undefined).series),
    3: (end) => {
      let [type, name, unit] = [0, "", ""];
      eachField(reader, end, {
        1: () => void (type = reader.int32()),
        2: (to) => void (name = textUntil(reader, to)),
        5: (to) => void (unit = textUntil(reader, to)),
      });
      const kind = KINDS[type];
      if (kind !== undefined && name !== "") facts.set(name, { kind, unit });
    },
  });
  const into = nothing();
  for (const series of all) collect(series, into, (name) => facts.get(name) ?? known(name));
  return { ...into, facts };
}

function readVersion2(bytes: Uint8Array): WriteRead {
  const reader = readerOf(bytes);
  const symbols: string[] = [];
  eachField(reader, reader.len, { 4: (end) => void symbols.push(textUntil(reader, end)) });
  const again = readerOf(bytes);
  const into = nothing();
  eachField(again, again.len, {
    5: (end) => {
      const { series, facts } = readSeries(again, end, symbols);
      collect(series, into, () => facts);
    },
  });
  return { ...into, facts: new Map() };
}

/** @param symbols the table of texts of version 2; undefined in version 1, which has the texts in place */
function readSeries(
  reader: ProtobufReader,
  end: number,
  symbols: readonly string[] | undefined,
): { readonly series: Series; readonly facts: MetricFacts | undefined } {
  const series: Series = { labels: [], samples: [], histograms: [], exemplars: [] };
  let facts: MetricFacts | undefined;
  const label = (to: number, wireType: number): void =>
    readLabel(reader, { end: to, wireType, symbols }, series.labels);
  const sample = (to: number): void => void series.samples.push(readSample(reader, to));
  const histogram = (to: number): void => void series.histograms.push(readNativeHistogram(reader, to));
  const exemplar = (to: number): void => void series.exemplars.push(readExemplar(reader, to, symbols));
  if (symbols === undefined) eachField(reader, end, { 1: label, 2: sample, 3: exemplar, 4: histogram });
  else
    eachField(reader, end, {
      1: label,
      2: sample,
      3: histogram,
      4: exemplar,
      5: (to) => {
        let [type, unit] = [0, 0];
        eachField(reader, to, { 1: () => void (type = reader.int32()), 4: () => void (unit = reader.uint32()) });
        const kind = KINDS[type];
        if (kind !== undefined) facts = { kind, unit: symbols[unit] ?? "" };
      },
    });
  return { series, facts };
}

interface LabelPlace {
  readonly end: number;
  readonly wireType: number;
  readonly symbols: readonly string[] | undefined;
}

function readLabel(reader: ProtobufReader, { end, wireType, symbols }: LabelPlace, into: string[]): void {
  if (symbols !== undefined) {
    eachNumber(reader, { end, wireType }, () => {
      const at = reader.uint32();
      const text = symbols[at];
      if (text === undefined) throw new RangeError(`there is no symbol ${at}`);
      into.push(text);
    });
    return;
  }
  let [name, value] = ["", ""];
  eachField(reader, end, {
    1: (to) => void (name = textUntil(reader, to)),
    2: (to) => void (value = textUntil(reader, to)),
  });
  into.push(name, value);
}

function readSample(reader: ProtobufReader, end: number): Series["samples"][number] {
  let [time, value, start, stale] = [0, 0, 0, false];
  eachField(reader, end, {
    1: () => {
      // The bits say that a series ended; as a number they are only "not a number".
      const low = reader.buf.subarray(reader.pos, reader.pos + 8);
      stale = Buffer.from(low).equals(STALE);
      value = reader.double();
    },
    2: () => void (time = signedNumber(reader.int64())),
    3: () => void (start = signedNumber(reader.int64())),
  });
  return { time, value, start, stale };
}

const STALE = Buffer.from("020000000000f07f", "hex");

function readExemplar(reader: ProtobufReader, end: number, symbols: readonly string[] | undefined): Exemplar {
  const labels: string[] = [];
  let [value, time] = [0, 0];
  eachField(reader, end, {
    1: (to, wireType) => readLabel(reader, { end: to, wireType, symbols }, labels),
    2: () => void (value = reader.double()),
    3: () => void (time = signedNumber(reader.int64())),
  });
  return { value, time, labels: pairsOf(labels) };
}

function collect(series: Series, into: Collected, facts: (family: string) => MetricFacts | undefined): void {
  const problem = labelProblem(series.labels);
  const points = series.samples.length + series.histograms.length;
  if (problem !== undefined) {
    into.refused += Math.max(1, points);
    into.why ||= problem;
    return;
  }
  const { __name__: name = "", ...labels } = pairsOf(series.labels);
  const about = factsOf(name, facts);
  // Those of a scrape belong to its last point.
  const { exemplars } = series;
  const last = points - 1;
  let at = 0;
  for (const { time, value, stale, start } of series.samples) {
    const more = at === last ? { exemplars } : {};
    into.points.push({ name, ...about, labels, time, start, value, stale, ...more });
    at += 1;
  }
  for (const histogram of series.histograms) {
    const more = at === last ? { exemplars } : {};
    into.points.push({ name, kind: "histogram", unit: about.unit, labels, ...histogram, ...more });
    at += 1;
  }
  into.samples += series.samples.length;
  into.histograms += series.histograms.length;
  into.exemplars += exemplars.length;
}

function labelProblem(labels: readonly string[]): string | undefined {
  if (labels.length % 2 === 1) return "a series has a label without a value";
  const names = new Set<string>();
  for (let at = 0; at < labels.length; at += 2) {
    const name = labels[at] ?? "";
    if (name === "") return "a series has a label without a name";
    if (names.has(name)) return `a series has the label "${name.slice(0, 100)}" twice`;
    names.add(name);
  }
  return names.has("__name__") && labels[labels.indexOf("__name__") + 1] !== "" ? undefined : "a series has no name";
}

function pairsOf(labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: labels.length >> 1 }, (_, at) => [labels[2 * at] ?? "", labels[2 * at + 1] ?? ""]),
  );
}

/** A series of a histogram's buckets, its sum and its count only ever rise; what else is not known is a gauge, unless its name says so. */
function factsOf(name: string, facts: (family: string) => MetricFacts | undefined): MetricFacts {
  const own = facts(name);
  if (own !== undefined && own.kind !== "histogram" && own.kind !== "summary") return own;
  const suffix = /_(bucket|sum|count|total)$/.exec(name)?.[0];
  if (suffix === undefined) return { kind: own?.kind === "histogram" ? "counter" : "gauge", unit: own?.unit ?? "" };
  const family = facts(name.slice(0, -suffix.length));
  if (suffix === "_total") return { kind: "counter", unit: family?.unit ?? "" };
  return family?.kind === "gauge" ? family : { kind: "counter", unit: suffix === "_sum" ? (family?.unit ?? "") : "" };
}

/** By the number of the type: counter, gauge, histogram, gauge histogram, summary, info, state set. */
const KINDS: readonly (MetricKind | undefined)[] = [
  undefined,
  "counter",
  "gauge",
  "histogram",
  "gauge",
  "summary",
  "gauge",
  "gauge",
];
