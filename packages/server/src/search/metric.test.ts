/** metric.test: queries over metrics on a real event store, against numbers calculated by hand: counters that begin anew, quantiles of
 *  all three forms of histograms, groups, pipes, roll-ups, and mistakes that point at a character. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fixedClock } from "../platform/clock/index.ts";
import { createMetricRows, type MetricRow } from "../platform/events/index.ts";
import { openTestEvents } from "../platform/events/testing.ts";
import { isAppError } from "../platform/errors/index.ts";
import { listMetrics } from "./metric-list.ts";
import { createRunner } from "./run.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const LIMITS = { timeMs: 60_000, resultRows: 100_000 };
const MINUTE = 60_000;
const rehearsing = () => new Map<string, string>();

const store = await openTestEvents();
const runner = createRunner({ events: store.store, clock: fixedClock(NOW), limits: LIMITS, rehearsing });
after(() => store.close());

let lastId = 0;
type Point = Partial<MetricRow> & Pick<MetricRow, "name" | "kind" | "time">;
async function put(points: readonly Point[]): Promise<void> {
  const rows = createMetricRows(0);
  for (const point of points) {
    lastId += 1;
    rows.add({
      id: String(lastId),
      temporality: point.kind === "gauge" ? "" : "cumulative",
      unit: "",
      start: 0,
      received: NOW,
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
      ...point,
    });
  }
  const encoded = rows.bytes(0, rows.end);
  await store.store.insert({ table: "metrics", encoded, rows: points.length, token: `metric-test-${lastId}` });
}

const run = (query: string, from = "now-10m", to = "now") =>
  runner.search({ query, from, to, limit: 1_000, cursor: undefined, id: undefined }, new AbortController().signal);

/** The values of one column of a chart, without its gaps. */
async function values(query: string, from?: string, to?: string): Promise<Record<string, (number | null)[]>> {
  const { columns, rows } = await run(query, from, to);
  return Object.fromEntries(
    columns
      .slice(1)
      .map(({ name }, at) => [name, rows.map((row) => row[at + 1] as number | null).filter((value) => value !== null)]),
  );
}

/** Every 15 s from `minutes` ago up to now, the value by its number. */
const every15s = (minutes: number, value: (n: number) => number) =>
  Array.from({ length: minutes * 4 + 1 }, (_, n) => ({ time: NOW - minutes * MINUTE + n * 15_000, value: value(n) }));

before(async () => {
  const counters = ["web-1", "web-2"].flatMap((instance, at) =>
    every15s(20, (n) => (at === 0 ? n * 30 : n < 60 ? 1_000 + n * 15 : (n - 60) * 15)).map<Point>(
      ({ time, value }) => ({
        name: "http_requests_total",
        kind: "counter",
        labels: { instance, code: at === 0 ? "200" : "500" },
        asset: instance,
        service: "shop",
        time,
        value,
      }),
    ),
  );
  const gauges = ["a", "b"].flatMap((disk, at) =>
    every15s(20, (n) => (at + 1) * 10 + (n % 4)).map<Point>(({ time, value }) => ({
      name: "disk.used",
      kind: "gauge",
      labels: { disk },
      time,
      value,
    })),
  );
  const delta = every15s(10, () => 6).map<Point>(({ time, value }) => ({
    name: "jobs",
    kind: "counter",
    temporality: "delta",
    time,
    value,
  }));
  await put([...counters, ...gauges, ...delta]);
  // 100 observations a point: 50 up to 0.1, 40 up to 0.5, 9 up to 1, one above.
  const native = every15s(20, (n) => n + 1).map<Point>(({ time, value: n }) => ({
    name: "latency",
    kind: "histogram",
    labels: { route: "/pay" },
    time,
    count: 100 * n,
    sum: 30 * n,
    bounds: [0.1, 0.5, 1],
    buckets: [50 * n, 40 * n, 9 * n, n],
  }));
  const classic = every15s(20, (n) => n + 1).flatMap(({ time, value: n }) =>
    (
      [
        ["0.1", 50],
        ["0.5", 90],
        ["1.0", 99],
        ["+Inf", 100],
      ] as const
    ).map<Point>(([le, count]) => ({
      name: "old_latency_bucket",
      kind: "counter",
      labels: { le, route: "/pay" },
      time,
      value: count * n,
    })),
  );
  // The bounds grow on the way, as those of exponential histograms do.
  const growing = every15s(20, (n) => n + 1).map<Point>(({ time, value: n }) => ({
    name: "spread",
    kind: "histogram",
    time,
    count: n + Math.max(0, n - 40),
    sum: n,
    bounds: n <= 40 ? [1, 2] : [1, 2, 4],
    buckets: n <= 40 ? [0, n, 0] : [0, n, n - 40, 0],
  }));
  await put([...native, ...classic, ...growing]);
});

test("rate of counters: per second, by label, one that began anew counts what came since", async () => {
  const { shape, truncated } = (await run("metric http_requests_total")).stats;
  assert.deepEqual([shape, truncated], ["series", false]);
  const rates = await values("metric http_requests_total rate by instance span=1m");
  assert.deepEqual(Object.keys(rates), ["web-1", "web-2"], "the largest first");
  assert.ok(
    rates["web-1"]?.slice(0, 10).every((value) => value === 2),
    `30 every 15 s: ${rates["web-1"]?.join()}`,
  );
  // It began anew at 15 minutes: with 0, so that one step of 15 is missing.
  const anew = await values("metric http_requests_total increase by instance span=20m", "now-20m");
  assert.equal(
    anew["web-1"]?.reduce<number>((sum, value) => sum + (value ?? 0), 0),
    80 * 30,
  );
  assert.equal(
    anew["web-2"]?.reduce<number>((sum, value) => sum + (value ?? 0), 0),
    59 * 15 + 20 * 15,
  );
  const { increase } = await values("metric jobs increase span=1m");
  assert.ok(
    increase?.slice(0, 10).every((value) => value === 24),
    "deltas are what they are",
  );
});

test("gauges: the mean of each series first, then of the group; filters and groups by label", async () => {
  assert.deepEqual((await values("metric disk.used avg span=1m"))["avg"]?.slice(0, 3), [16.5, 16.5, 16.5]);
  assert.deepEqual((await values("metric disk.used sum span=1m"))["sum"]?.slice(0, 3), [33, 33, 33]);
  assert.deepEqual((await values("metric disk.used max by disk span=1m"))["b"]?.slice(0, 2), [23, 23]);
  assert.deepEqual((await values("metric disk.used disk:a min span=1m"))["min"]?.slice(0, 2), [10, 10]);
  assert.deepEqual((await values("metric disk.used NOT disk:a last span=1m"))["last"]?.slice(0, 2), [23, 23]);
  assert.deepEqual((await values("metric disk.used disk:(a OR b) count span=1m"))["count"]?.slice(0, 2), [2, 2]);
  assert.deepEqual((await values("metric http_requests_total asset:web-* code:>=500 count span=1m"))["count"]?.[0], 1);
});

test("quantiles: from buckets in one point, from buckets that are series, and while the bounds grow", async () => {
  for (const name of ["latency", "old_latency"]) {
    const median = (await values(`metric ${name} p50 span=1m`))["p50"] ?? [];
    assert.ok(
      median.length >= 10 && median.every((value) => Math.abs((value ?? 0) - 0.1) < 1e-9),
      `${name}: ${median.join()}`,
    );
    const p90 = (await values(`metric ${name} p90 by route span=1m`))["/pay"] ?? [];
    assert.ok(
      p90.every((value) => Math.abs((value ?? 0) - 0.5) < 1e-9),
      `${name}: ${p90.join()}`,
    );
    const p95 = (await values(`metric ${name} span=1m`))["p95"] ?? [];
    assert.ok(
      p95.every((value) => Math.abs((value ?? 0) - (0.5 + (0.5 * 5) / 9)) < 1e-9),
      "inside its bucket evenly spread",
    );
    const rate = (await values(`metric ${name} rate span=1m`))["rate"] ?? [];
    assert.ok(Math.abs((rate[0] ?? 0) - 100 / 15) < 1e-9);
  }
  assert.ok(Math.abs(((await values("metric latency avg span=1m"))["avg"] ?? [])[0]! - 0.3) < 1e-9, "sum by count");
  const spread = await values("metric spread p99 span=20m", "now-8m");
  assert.ok((spread["p99"]?.at(-1) ?? 0) > 3.9, `what came above the old bounds is seen: ${spread["p99"]?.join()}`);
});

test("pipes stand on the rows of a metric: top, sort, where, stats, limit", async () => {
  const top = await run("metric http_requests_total rate by instance, code span=1m | top 1 instance");
  assert.deepEqual([top.stats.shape, top.columns.map(({ name }) => name)], ["table", ["instance", "rate"]]);
  assert.equal(top.rows.length, 1);
  assert.equal(top.rows[0]?.[0], "web-1");
  const most = await run("metric disk.used max by disk span=1m | where max:>20 | stats count as n by disk");
  assert.deepEqual(most.rows, [["b", 10]]);
  const sorted = await run("metric disk.used avg by disk span=5m | sort -avg, time | limit 1");
  assert.equal(sorted.rows[0]?.[1], "b");
  assert.match(String(sorted.rows[0]?.[0]), /^2026-11-22T1[12]:\d\d:00.000Z$/);
});

test("long ranges come from the roll-ups, with the same numbers", async () => {
  const range = ["now-8h", "now"] as const;
  const [near, far] = await Promise.all([
    values("metric http_requests_total increase by instance span=20m", "now-20m"),
    values("metric http_requests_total increase by instance span=5m", ...range),
  ]);
  const total = (of: (number | null)[] | undefined) => of?.reduce<number>((sum, value) => sum + (value ?? 0), 0) ?? 0;
  // Of a counter that began anew inside a minute the roll-up sees no more than the points did.
  for (const instance of ["web-1", "web-2"]) assert.equal(total(far[instance]), total(near[instance]), instance);
  assert.deepEqual((await values("metric disk.used avg span=5m", ...range))["avg"]?.slice(1, 4), [16.5, 16.5, 16.5]);
  const hours = await values("metric disk.used max by disk span=1h", "now-7d", "now");
  assert.deepEqual(
    [hours["a"], hours["b"]],
    [
      [13, 10],
      [23, 20],
    ],
  );
});

test("a mistake points at a character and gives the corrected query", async () => {
  const mistake = async (query: string): Promise<Readonly<Record<string, unknown>> & { readonly message: string }> => {
    try {
      await run(query);
    } catch (error) {
      if (isAppError(error)) return { message: error.message, ...error.details };
    }
    return assert.fail(`${query} is no mistake`);
  };
  const name = await mistake("metric http_request_total rate");
  assert.deepEqual([name["at"], name["length"]], [7, 18]);
  assert.match(name.message, /Did you mean "http_requests_total"/);
  assert.equal(name["suggestion"], "metric http_requests_total rate");
  const call = await mistake("metric disk.used ragte by disk");
  assert.deepEqual([call["at"], call["suggestion"]], [17, "metric disk.used rate by disk"]);
  assert.match((await mistake("metric")).message, /ends here, but the name of a metric/);
  assert.match((await mistake("metric disk.used by")).message, /field name is expected/);
  assert.match((await mistake("metric disk.used span=5x")).message, /not a span/);
  assert.match((await mistake("metric latency max")).message, /do not say its maximum/);
  assert.match((await mistake("metric old_latency avg")).message, /old_latency_sum rate/);
  assert.match((await mistake("metric disk.used avg span=1s | top 3 host")).message, /is not one of the groups/);
  assert.match((await mistake('metric disk.used disk:"\' OR 1=1 --" nonsense')).message, /neither label:value nor/);
  assert.deepEqual(
    (await run('metric disk.used disk:"\' OR 1=1 --" avg')).rows
      .flatMap((row) => row.slice(1))
      .filter((v) => v !== null),
    [],
  );
});

test("more groups than are shown: the largest stay, and the answer says that it was cut", async () => {
  await put(
    Array.from({ length: 30 }, (_, n) => ({
      name: "many",
      kind: "gauge" as const,
      labels: { n: `n${n}` },
      time: NOW - MINUTE,
      value: n,
    })),
  );
  const all = await run("metric many avg by n");
  assert.deepEqual([all.columns.length, all.stats.truncated, all.columns[1]?.name], [21, true, "n29"]);
  const few = await run("metric many avg by n limit=40");
  assert.deepEqual([few.columns.length, few.stats.truncated], [31, false]);
});

test("the metrics of an asset and of a service, with the shape of the last hour; parts of histograms are not listed", async () => {
  const list = (asked: Partial<Parameters<typeof listMetrics>[1]>) =>
    listMetrics(
      { events: store.store, limits: LIMITS, now: NOW },
      { assets: [], services: [], part: "", limit: 10, where: "", ...asked },
    );
  const [requests, ...others] = (await list({ assets: ["WEB-1"], where: 'asset:("web-1")' })).items;
  assert.deepEqual(
    [requests?.name, requests?.kind, requests?.series, others.length],
    ["http_requests_total", "counter", 1, 0],
  );
  assert.deepEqual([requests?.points.length, requests?.points[25], requests?.points[5]], [30, 2, null]);
  assert.equal(requests?.query, 'metric http_requests_total asset:("web-1") rate');
  await run(requests?.query ?? "");
  assert.equal((await list({ services: ["shop"] })).items[0]?.series, 2);
  const all = await list({ limit: 2 });
  assert.deepEqual([all.items.length, all.more], [2, 4]);
  assert.deepEqual(
    (await list({ part: "LATENCY" })).items.map(({ name, per }) => [name, per]),
    [["latency", "per second"]],
  );
  assert.deepEqual(await list({ assets: ["nobody"] }), { items: [], more: 0 });
});
