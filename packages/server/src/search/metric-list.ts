/** metric-list: the metrics that reported within the last hour, with the shape of that hour. Counters and histograms are shown by what they
 *  add, so that every line is one to look at; parts of histograms (buckets, sums) are left to their own names. */
import type { MetricBrief } from "@holdfast/contracts/metrics";
import type { EventStore, MetricKind, QueryLimits } from "../platform/events/index.ts";

export interface MetricOwners {
  /** Names under which the assets and services appear in labels; empty lists mean everything. */
  readonly assets: readonly string[];
  readonly services: readonly string[];
}

export interface ListedMetrics {
  readonly items: MetricBrief[];
  readonly more: number;
}

export async function listMetrics(
  { events, limits, now }: { events: EventStore; limits: QueryLimits; now: number },
  asked: MetricOwners & { readonly part: string; readonly limit: number; readonly where: string },
): Promise<ListedMetrics> {
  const params = {
    from: now - HOUR_MS,
    to: now + HOUR_MS / 12,
    assets: asked.assets.map((name) => name.toLowerCase()),
    services: asked.services.map((name) => name.toLowerCase()),
    part: asked.part.toLowerCase(),
    limit: asked.limit,
  };
  const owned = [
    ...(asked.assets.length === 0
      ? []
      : [
          "(lowerUTF8(asset) IN {assets:Array(String)} OR substringUTF8(lowerUTF8(asset), 1, positionUTF8(asset, '.') - 1) IN {assets:Array(String)})",
        ]),
    ...(asked.services.length === 0 ? [] : ["lowerUTF8(service) IN {services:Array(String)}"]),
  ];
  const rows = await events.query<Row>(
    `SELECT name, kind, unit, uniqExact(series) AS series, toUnixTimestamp64Milli(max(time)) AS last_at, count() OVER () AS found,
groupArray((slot, v)) AS slots FROM (
SELECT name, kind, unit, series, time, slot, v FROM (
SELECT toString(name) AS name, toString(m.kind) AS kind, toString(m.unit) AS unit, series, time,
toUInt32(intDiv(toUnixTimestamp64Milli(time) - {from:Int64}, ${SLOT_MS})) AS slot,
if(kind IN ('histogram', 'summary'), count, value) AS level, lagInFrame(level) OVER w AS before, row_number() OVER w AS nth,
multiIf(kind = 'gauge', level, temporality = 'delta', level, nth = 1, NULL, level >= before, level - before, level) AS v
FROM ${events.table("metrics")} AS m
WHERE time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time <= fromUnixTimestamp64Milli({to:Int64}, 'UTC') AND stale = 0 AND NOT isNaN(value)
AND NOT match(name, '_(bucket|sum)$') AND position(lowerUTF8(name), {part:String}) > 0${owned.length === 0 ? "" : ` AND (${owned.join(" OR ")})`}
WINDOW w AS (PARTITION BY name, series ORDER BY time ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)) GROUP BY name, kind, unit ORDER BY name LIMIT {limit:UInt32}`,
    { params, limits },
  );
  const found = Number(rows[0]?.found ?? 0);
  return { items: rows.map((row) => briefOf(row, asked.where)), more: Math.max(0, found - rows.length) };
}

interface Row {
  readonly name: string;
  readonly kind: MetricKind;
  readonly unit: string;
  readonly series: string;
  readonly last_at: string;
  readonly found: string;
  readonly slots: readonly (readonly [slot: number, value: number | null])[];
}

const HOUR_MS = 3_600_000;
const SLOTS = 30;
const SLOT_MS = HOUR_MS / SLOTS;

function briefOf(row: Row, where: string): MetricBrief {
  const sums = Array.from({ length: SLOTS }, () => ({ sum: 0, count: 0 }));
  for (const [slot, value] of row.slots) {
    const at = sums[Math.min(Number(slot), SLOTS - 1)];
    if (at === undefined || value === null) continue;
    at.sum += value;
    at.count += 1;
  }
  const level = row.kind === "gauge";
  const points = sums.map(({ sum, count }) => (count === 0 ? null : level ? sum / count : sum / (SLOT_MS / 1000)));
  const name = /^[\w.:/-]+$/.test(row.name) ? row.name : `"${row.name}"`;
  return {
    name: row.name,
    kind: row.kind,
    unit: row.unit,
    series: Number(row.series),
    lastAt: new Date(Number(row.last_at)).toISOString(),
    last: points.findLast((point) => point !== null) ?? null,
    per: level ? "" : "per second",
    points,
    query: `metric ${name}${where === "" ? "" : ` ${where}`}${row.kind === "histogram" ? "" : level ? " avg" : " rate"}`,
  };
}
