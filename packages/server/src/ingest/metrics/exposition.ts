/** exposition: what a target answers on /metrics, in the text format of Prometheus and in OpenMetrics, to points. Buckets and quantiles that
 *  belong together become one point. A line that is damaged is counted and said; the others are taken. Linear in the length. */
import type { Exemplar, MetricKind } from "../../platform/events/index.ts";
import type { MetricPoint } from "./point.ts";

export interface Exposition {
  readonly points: MetricPoint[];
  /** Lines with samples, as the target sent them. */
  readonly samples: number;
  readonly bad: number;
  /** The first line that could not be read, and where. */
  readonly why: string;
}

export interface ScrapeFacts {
  /** When it was asked; for samples without a time of their own. */
  readonly now: number;
  /** Added to every point; a label of the target with such a name is kept as "exported_<name>". */
  readonly labels: Readonly<Record<string, string>>;
  readonly openMetrics: boolean;
}

export function readExposition(text: string, facts: ScrapeFacts): Exposition {
  const types = new Map<string, string>();
  const units = new Map<string, string>();
  const points: MetricPoint[] = [];
  const groups = new Map<string, Group>();
  const created = new Map<string, number>();
  let [samples, bad, why, number] = [0, 0, "", 0];
  for (const line of text.split("\n")) {
    number += 1;
    if (line === "" || line === "\r") continue;
    if (line.startsWith("#")) {
      const [, what, name, value = ""] = /^#\s+(TYPE|UNIT)\s+(\S+)\s*(\S*)/.exec(line) ?? [];
      if (what === "TYPE" && name !== undefined) types.set(name, value.toLowerCase());
      if (what === "UNIT" && name !== undefined) units.set(name, value);
      continue;
    }
    const sample = readSample(line, facts);
    if (sample === undefined) {
      bad += 1;
      why ||= `line ${number}: ${line.slice(0, 120)}`;
      continue;
    }
    samples += 1;
    place(sample);
  }
  for (const group of groups.values()) points.push(...pointsOf(group));
  return { points: points.map((point) => begun(point)), samples, bad, why };

  function place(sample: Sample): void {
    const { family, suffix, type } = familyOf(sample.name, types);
    if (suffix === "_created" && type !== "gauge" && type !== "untyped") {
      created.set(keyOf(family, sample.labels), sample.value * 1000);
      return;
    }
    const unit = units.get(family) ?? "";
    if (type === "histogram" || type === "gaugehistogram" || type === "summary") {
      const { le, quantile, ...labels } = sample.labels;
      const key = keyOf(family, labels);
      const group = groups.get(key) ?? {
        family,
        type,
        unit,
        labels,
        time: sample.time,
        parts: [],
        count: undefined,
        sum: 0,
      };
      groups.set(key, group);
      if (suffix === "_count" || suffix === "_gcount") group.count = sample.value;
      else if (suffix === "_sum" || suffix === "_gsum") group.sum = sample.value;
      else group.parts.push({ at: numberOf(le ?? quantile ?? ""), value: sample.value, exemplar: sample.exemplar });
      return;
    }
    const kind: MetricKind = type === "counter" ? "counter" : "gauge";
    const exemplars = sample.exemplar === undefined ? [] : [sample.exemplar];
    points.push({
      name: sample.name,
      kind,
      unit,
      time: sample.time,
      value: sample.value,
      labels: sample.labels,
      exemplars,
    });
  }

  /** Where the target says since when it counts, the first point says something. */
  function begun(point: MetricPoint): MetricPoint {
    if (created.size === 0) return point;
    const start = created.get(keyOf(point.name.replace(/_total$/, ""), point.labels));
    return start === undefined ? point : { ...point, start };
  }
}

interface Sample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
  readonly time: number;
  readonly exemplar: Exemplar | undefined;
}

interface Group {
  readonly family: string;
  readonly type: string;
  readonly unit: string;
  readonly labels: Record<string, string>;
  readonly time: number;
  readonly parts: { readonly at: number; readonly value: number; readonly exemplar: Exemplar | undefined }[];
  count: number | undefined;
  sum: number;
}

const SUFFIXES = ["_total", "_created", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_info"] as const;

function familyOf(name: string, types: ReadonlyMap<string, string>): { family: string; suffix: string; type: string } {
  const own = types.get(name);
  if (own !== undefined) return { family: name, suffix: "", type: own };
  const suffix = SUFFIXES.find((ending) => name.endsWith(ending) && types.has(name.slice(0, -ending.length)));
  if (suffix === undefined) return { family: name, suffix: "", type: name.endsWith("_total") ? "counter" : "untyped" };
  const family = name.slice(0, -suffix.length);
  return { family, suffix, type: types.get(family) ?? "untyped" };
}

/** Buckets say how many lie up to their bound; stored is what each holds by itself. */
function pointsOf({ family, type, unit, labels, time, parts, count, sum }: Group): MetricPoint[] {
  const sorted = parts.filter(({ at }) => !Number.isNaN(at)).sort((a, b) => a.at - b.at);
  const base = { name: family, unit, labels, time, sum };
  if (type === "summary") {
    const [bounds, buckets] = [sorted.map(({ at }) => at), sorted.map(({ value }) => value)];
    return [{ ...base, kind: "summary", count: count ?? 0, bounds, buckets }];
  }
  const bounds = sorted.filter(({ at }) => Number.isFinite(at)).map(({ at }) => at);
  const total = count ?? sorted.at(-1)?.value ?? 0;
  const cumulative = [...sorted.slice(0, bounds.length).map(({ value }) => value), total];
  const buckets = cumulative.map((value, at) => Math.max(0, value - (cumulative[at - 1] ?? 0)));
  const exemplars = sorted.flatMap(({ exemplar }) => (exemplar === undefined ? [] : [exemplar]));
  const temporality = type === "histogram" ? ("cumulative" as const) : ("" as const);
  return [{ ...base, kind: "histogram", temporality, count: total, bounds, buckets, exemplars }];
}

function readSample(line: string, { now, labels: own, openMetrics }: ScrapeFacts): Sample | undefined {
  const named = /^\s*([A-Za-z_:][\w:.]*)\s*/.exec(line);
  if (named?.[1] === undefined) return undefined;
  let at = named[0].length;
  let labels: Record<string, string> = {};
  if (line[at] === "{") {
    const read = readLabels(line, at);
    if (read === undefined) return undefined;
    labels = read.labels;
    at = read.end;
  }
  const [head = "", tail] = splitOnce(line.slice(at), " # ");
  const [value = "", time = ""] = head.trim().split(/\s+/);
  const read = numberOf(value);
  if (value === "" || (Number.isNaN(read) && value.toLowerCase() !== "nan")) return undefined;
  const timeOf = (text: string): number => (text === "" ? now : Math.round(Number(text) * (openMetrics ? 1000 : 1)));
  if (Number.isNaN(timeOf(time))) return undefined;
  const kept = Object.entries(labels).map(([name, text]) => [name in own ? `exported_${name}` : name, text]);
  return {
    name: named[1],
    labels: { ...(Object.fromEntries(kept) as Record<string, string>), ...own },
    value: read,
    time: timeOf(time),
    exemplar: tail === undefined ? undefined : readExemplar(tail.trim(), now),
  };
}

function readExemplar(text: string, now: number): Exemplar | undefined {
  const read = readLabels(text, 0);
  if (read === undefined) return undefined;
  const [value = "", time = ""] = text.slice(read.end).trim().split(/\s+/);
  const [number, seconds] = [Number(value), time === "" ? now / 1000 : Number(time)];
  return Number.isNaN(number) || Number.isNaN(seconds)
    ? undefined
    : { labels: read.labels, value: number, time: Math.round(seconds * 1000) };
}

/** `{name="value",…}` from its brace on. */
function readLabels(line: string, from: number): { labels: Record<string, string>; end: number } | undefined {
  if (line[from] !== "{") return undefined;
  const labels: Record<string, string> = {};
  let at = from + 1;
  for (;;) {
    while (line[at] === " " || line[at] === ",") at += 1;
    if (line[at] === "}") return { labels, end: at + 1 };
    const equals = line.indexOf("=", at);
    if (equals === -1 || line[equals + 1] !== '"') return undefined;
    const name = line.slice(at, equals).trim().replaceAll('"', "");
    let value = "";
    for (at = equals + 2; at < line.length && line[at] !== '"'; at += 1) {
      if (line[at] === "\\") {
        at += 1;
        value += line[at] === "n" ? "\n" : (line[at] ?? "");
      } else value += line[at];
    }
    if (line[at] !== '"' || name === "") return undefined;
    Object.defineProperty(labels, name, { value, enumerable: true, configurable: true, writable: true });
    at += 1;
  }
}

function splitOnce(text: string, by: string): [string, string | undefined] {
  const at = text.indexOf(by);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + by.length)];
}

function numberOf(text: string): number {
  const lower = text.toLowerCase();
  if (lower === "+inf" || lower === "inf") return Number.POSITIVE_INFINITY;
  if (lower === "-inf") return Number.NEGATIVE_INFINITY;
  return text === "" ? Number.NaN : Number(text);
}

const keyOf = (family: string, labels: Readonly<Record<string, string>>): string =>
  JSON.stringify([family, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
