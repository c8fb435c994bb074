/** metric-rows: points of metrics as the rows of RowBinary that the event store takes, one after the other in one buffer. Labels are
 *  written in the order of their names, since the store numbers a series by them. */

export const METRIC_KINDS = ["counter", "gauge", "histogram", "summary"] as const;
export type MetricKind = (typeof METRIC_KINDS)[number];

export interface Exemplar {
  readonly time: number;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface MetricRow {
  readonly id: string;
  readonly name: string;
  readonly kind: MetricKind;
  /** What a counter or histogram says: all since its start, or what came since the point before. */
  readonly temporality: "cumulative" | "delta" | "";
  readonly unit: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly time: number;
  /** 0: not known. */
  readonly start: number;
  readonly received: number;
  readonly value: number;
  /** The series ends here. */
  readonly stale: boolean;
  readonly count: number;
  readonly sum: number;
  readonly bounds: readonly number[];
  readonly buckets: readonly number[];
  readonly labels: Readonly<Record<string, string>>;
  readonly exemplars: readonly Exemplar[];
  readonly source: string;
  readonly asset: string;
  readonly service: string;
}

export interface MetricRows {
  /** Appends a row; answers where it starts. */
  add(row: MetricRow): number;
  readonly end: number;
  bytes(start: number, end: number): Uint8Array;
}

/** The order in which `add` writes; the number of the series is the store's own. */
export const METRIC_ROW_COLUMNS: readonly string[] = [
  "id",
  "name",
  "kind",
  "temporality",
  "unit",
  "time",
  "start",
  "received",
  "value",
  "stale",
  "count",
  "sum",
  "bounds",
  "buckets",
  "labels",
  "exemplars",
  "source",
  "asset",
  "service",
];

export function createMetricRows(expectedBytes: number): MetricRows {
  let buffer = Buffer.allocUnsafe(Math.max(4_096, expectedBytes));
  let end = 0;

  function room(bytes: number): void {
    if (end + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(end + bytes, buffer.length * 2));
    larger.set(buffer.subarray(0, end));
    buffer = larger;
  }

  function size(value: number): void {
    room(5);
    let rest = value;
    while (rest > 127) {
      buffer[end++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    buffer[end++] = rest;
  }

  function text(value: string): void {
    const bytes = Buffer.byteLength(value, "utf8");
    size(bytes);
    room(bytes);
    end += buffer.write(value, end, bytes, "utf8");
  }

  function float(value: number): void {
    room(8);
    end = buffer.writeDoubleLE(value, end);
  }

  function integer(value: bigint): void {
    room(8);
    end = buffer.writeBigInt64LE(BigInt.asIntN(64, value), end);
  }

  const time = (ms: number): void => integer(BigInt(Math.trunc(ms)));

  function floats(values: readonly number[]): void {
    size(values.length);
    for (const value of values) float(value);
  }

  function map(labels: Readonly<Record<string, string>>): void {
    const names = Object.keys(labels).sort();
    size(names.length);
    for (const name of names) {
      text(name);
      text(labels[name] ?? "");
    }
  }

  return {
    add: (row) => {
      const begin = end;
      integer(BigInt(row.id));
      text(row.name);
      text(row.kind);
      text(row.temporality);
      text(row.unit);
      time(row.time);
      time(row.start);
      time(row.received);
      float(row.value);
      room(1);
      buffer[end++] = row.stale ? 1 : 0;
      float(row.count);
      float(row.sum);
      floats(row.bounds);
      floats(row.buckets);
      map(row.labels);
      size(row.exemplars.length);
      for (const exemplar of row.exemplars) {
        time(exemplar.time);
        float(exemplar.value);
        map(exemplar.labels);
      }
      text(row.source);
      text(row.asset);
      text(row.service);
      return begin;
    },
    get end() {
      return end;
    },
    bytes: (from, to) => buffer.subarray(from, to),
  };
}
