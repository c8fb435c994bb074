/** metric-rows.test: what is written of points comes back from the real store, and the roll-ups follow. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { OpenEvents } from "./embedded.ts";
import { createMetricRows, type MetricRow } from "./metric-rows.ts";
import { openTestEvents } from "./testing.ts";

let events: OpenEvents;
before(async () => {
  events = await openTestEvents();
});
after(() => events.close());

const BASE = Date.UTC(2026, 10, 22, 8);
const row = (more: Partial<MetricRow>): MetricRow => ({
  id: "1",
  name: "requests_total",
  kind: "counter",
  temporality: "cumulative",
  unit: "",
  time: BASE,
  start: 0,
  received: BASE,
  value: 0,
  stale: false,
  count: 0,
  sum: 0,
  bounds: [],
  buckets: [],
  labels: {},
  exemplars: [],
  source: "prometheus",
  asset: "",
  service: "",
  ...more,
});

async function store(token: string, rows: readonly MetricRow[]): Promise<void> {
  const encoded = createMetricRows(0);
  for (const one of rows) encoded.add(one);
  await events.store.insert({ table: "metrics", encoded: encoded.bytes(0, encoded.end), rows: rows.length, token });
}

test("every kind of point comes back as it was written, and labels in another order are the same series", async () => {
  await store("kinds", [
    row({ id: "18446744073709551615", labels: { b: "2", a: "1" }, value: 0.1, asset: "web-1", service: "shop" }),
    row({ id: "2", labels: { a: "1", b: "2" }, time: BASE + 1_000, value: Number.NaN, stale: true }),
    row({
      id: "3",
      name: "latency",
      kind: "histogram",
      unit: "s",
      start: BASE - 5_000,
      count: 6,
      sum: 1.5,
      bounds: [0.1, 0.5],
      buckets: [1, 2, 3],
      exemplars: [{ time: BASE, value: 0.4, labels: { trace_id: "äbc" } }],
    }),
  ]);
  const found = await events.store.query<Record<string, unknown>>(
    `SELECT id, value, stale, labels, series, asset, bounds, buckets, count, exemplars FROM ${events.store.table("metrics")} ORDER BY name, time`,
  );
  assert.equal(found.length, 3);
  assert.deepEqual([found[0]?.["bounds"], found[0]?.["buckets"], found[0]?.["count"]], [[0.1, 0.5], [1, 2, 3], 6]);
  assert.deepEqual(found[0]?.["exemplars"], [
    { time: "2026-11-22 08:00:00.000", value: 0.4, labels: { trace_id: "äbc" } },
  ]);
  assert.deepEqual(
    [found[1]?.["id"], found[1]?.["value"], found[1]?.["asset"], found[1]?.["labels"]],
    ["18446744073709551615", 0.1, "web-1", { a: "1", b: "2" }],
  );
  assert.equal(found[2]?.["stale"], 1);
  assert.equal(found[2]?.["series"], found[1]?.["series"], "the same labels are the same series");
});

test("a block that is sent again changes neither the points nor the roll-ups", async () => {
  const rows = [3, 5, 9, 2, 4].map((value, n) =>
    row({ id: String(10 + n), name: "jobs", time: BASE + n * 10_000, value }),
  );
  await store("jobs", rows);
  await store("jobs", rows);
  for (const table of ["metrics_1m", "metrics_1h"]) {
    const [sum] = await events.store.query<Record<string, number>>(
      `SELECT toFloat64(sum(samples)) AS samples, sum(total) AS total, min(low) AS low, max(high) AS high,
        argMinMerge(first) AS first, argMaxMerge(last) AS last, deltaSumTimestampMerge(added) AS added
        FROM ${events.store.table(table)} WHERE name = 'jobs'`,
    );
    assert.deepEqual(sum, { samples: 5, total: 23, low: 2, high: 9, first: 3, last: 4, added: 8 }, table);
  }
});
