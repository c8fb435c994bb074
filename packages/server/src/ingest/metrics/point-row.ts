/** point-row: a record of the spool that holds a point, as a row of the metrics table. */
import type { MetricRow } from "../../platform/events/index.ts";
import type { BlockRecord } from "../../platform/spool/index.ts";
import { textOf } from "../text.ts";
import { decodePoint, ownersOf } from "./point.ts";

export function pointRow(
  { bytes, envelope }: BlockRecord,
  id: string,
): { readonly ok: true; readonly row: MetricRow } | { readonly ok: false; readonly reason: string } {
  const read = decodePoint(textOf(bytes).text);
  if (!read.ok) return read;
  const { point } = read;
  const row: MetricRow = {
    temporality: "",
    unit: "",
    start: 0,
    value: 0,
    stale: false,
    count: 0,
    sum: 0,
    bounds: [],
    buckets: [],
    exemplars: [],
    ...point,
    ...ownersOf(point.labels),
    id,
    received: envelope.receivedMs,
    source: envelope.source,
  };
  return { ok: true, row };
}
