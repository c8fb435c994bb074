/** metrics.test: points come in over each protocol as its real clients send them, and go out of the store as they came in: counted in =
 *  stored + quarantined, after a restart in the middle too; each protocol refuses in its own words. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { OTLPMetricExporter as GrpcExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPMetricExporter as JsonExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from "@opentelemetry/sdk-metrics";
import { snappyCompress } from "hysnappy";
import protobuf from "protobufjs/minimal.js";
import { CONTEXT, none, startTestIngest, type TestIngest } from "../testing.ts";

let ingest: TestIngest;
let key: string;
const otlpPort = 20_000 + Math.floor(Math.random() * 12_000);

before(async () => {
  ingest = await startTestIngest({ otlp: { port: otlpPort, tls: { port: 0 } } });
  const made = await ingest.area.routes.createSource({ ...none, body: { name: "shop", kind: "http" } }, CONTEXT);
  key = made.key;
});
after(() => ingest.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

function post(path: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${ingest.url}${path}`,
      { method: "POST", headers: { authorization: `Bearer ${key}`, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    call.on("error", reject);
    call.end(body);
  });
}

const packed = (body: Uint8Array): Uint8Array => snappyCompress(body);
const VERSION_1 = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
const VERSION_2 = { ...VERSION_1, "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request" };

type Sample = readonly [value: number, time: number];

function sample(writer: protobuf.Writer, field: number, [value, time]: Sample): void {
  writer
    .uint32((field << 3) | 2)
    .fork()
    .uint32(9)
    .double(value)
    .uint32(16)
    .int64(time)
    .ldelim();
}

/** A WriteRequest of 1.0. */
function version1(
  series: readonly { readonly labels: Readonly<Record<string, string>>; readonly samples: readonly Sample[] }[],
): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const { labels, samples } of series) {
    writer.uint32(10).fork();
    for (const [name, value] of Object.entries(labels))
      writer.uint32(10).fork().uint32(10).string(name).uint32(18).string(value).ldelim();
    for (const one of samples) sample(writer, 2, one);
    writer.ldelim();
  }
  return writer.finish();
}

const rowsOf = <Row>(columns: string, where: string): Promise<Row[]> =>
  ingest.events.query<Row>(
    `SELECT ${columns} FROM ${ingest.events.table("metrics")} WHERE ${where} ORDER BY name, time`,
  );

const counted = async (): Promise<number> => {
  const { stored, quarantined } = await ingest.source("shop");
  return stored + quarantined;
};

const NOW = Date.now() - 60_000;

test("remote write 1.0: samples, the mark of an ended series, and a bad point that is set aside with its reason", async () => {
  const bytes = version1([
    {
      labels: { __name__: "http_requests_total", instance: "web-1:9100", job: "shop" },
      samples: [
        [5, NOW],
        [7, NOW + 15_000],
      ],
    },
    { labels: { __name__: "temperature", instance: "web-1:9100" }, samples: [[Number.POSITIVE_INFINITY, NOW]] },
    { labels: { __name__: "late", instance: "web-1:9100" }, samples: [[1, -5]] },
    { labels: { instance: "nameless" }, samples: [[1, NOW]] },
  ]);
  // The bits of the mark, which are one of many ways not to be a number.
  const end = version1([
    { labels: { __name__: "temperature", instance: "web-1:9100" }, samples: [[12_345.678, NOW + 15_000]] },
  ]);
  const at = Buffer.from(end).indexOf(Buffer.from(Float64Array.of(12_345.678).buffer));
  Buffer.from(end.buffer, end.byteOffset).write("020000000000f07f", at, "hex");
  const first = await post("/api/v1/write", packed(bytes), VERSION_1);
  assert.equal(first.status, 400);
  assert.match(first.text, /2 points were not taken, all others were: a series has no name; late: -5 is not a time/);
  assert.equal(first.headers["x-prometheus-remote-write-samples-written"], undefined, "1.0 knows no such header");
  assert.equal((await post("/api/v1/write", packed(end), VERSION_1)).status, 204);
  const through = await ingest.through("shop", 5);
  assert.deepEqual([through.received, through.stored, through.quarantined, through.rejected], [5, 4, 1, 1]);
  const rows = await rowsOf<Record<string, unknown>>(
    "name, kind, value, stale, asset, service, labels",
    "source = 'shop'",
  );
  assert.deepEqual(
    rows.map((row) => [row["name"], row["kind"], row["value"], row["stale"], row["asset"], row["service"]]),
    [
      ["http_requests_total", "counter", 5, 0, "web-1", "shop"],
      ["http_requests_total", "counter", 7, 0, "web-1", "shop"],
      ["temperature", "gauge", Number.POSITIVE_INFINITY, 0, "web-1", ""].map((v) =>
        v === Number.POSITIVE_INFINITY ? null : v,
      ),
      ["temperature", "gauge", null, 1, "web-1", ""],
    ],
  );
  const { items } = await ingest.area.routes.listQuarantine({ ...none, query: { source: "shop", limit: 10 } }, CONTEXT);
  assert.deepEqual(
    items.map(({ code }) => code),
    ["POINT_INVALID"],
  );
  assert.match(items[0]?.reason ?? "", /-5 is not a time/);
});

test("remote write 2.0: one table of texts, kinds and units, native histograms, and what was written is said", async () => {
  const symbols = ["", "__name__", "queue_depth", "latency", "host", "web-2", "s", "trace_id", "abc"];
  const writer = protobuf.Writer.create();
  for (const text of symbols) writer.uint32(34).string(text);
  writer.uint32(42).fork().uint32(10).fork().uint32(1).uint32(2).uint32(4).uint32(5).ldelim();
  sample(writer, 2, [3, NOW]);
  writer.uint32(42).fork().uint32(8).int32(2).uint32(32).uint32(6).ldelim().ldelim();
  // Schema 0: bounds are powers of two. Two in (0.5, 1], one in (1, 2], three in (4, 8].
  writer.uint32(42).fork().uint32(10).fork().uint32(1).uint32(3).uint32(4).uint32(5).ldelim();
  writer.uint32(26).fork().uint32(8).uint64(6).uint32(25).double(24.5).uint32(32).sint32(0);
  writer.uint32(90).fork().uint32(8).sint32(0).uint32(16).uint32(2).ldelim();
  writer.uint32(90).fork().uint32(8).sint32(1).uint32(16).uint32(1).ldelim();
  writer.uint32(98).fork().sint64(2).sint64(-1).sint64(2).ldelim().uint32(120).int64(NOW).ldelim();
  writer
    .uint32(34)
    .fork()
    .uint32(10)
    .fork()
    .uint32(7)
    .uint32(8)
    .ldelim()
    .uint32(17)
    .double(5)
    .uint32(24)
    .int64(NOW)
    .ldelim();
  writer.uint32(42).fork().uint32(8).int32(3).ldelim().ldelim();
  const before = await counted();
  const answer = await post("/api/v1/write", packed(writer.finish()), VERSION_2);
  assert.equal(answer.status, 204, answer.text);
  const written = (what: string) => answer.headers[`x-prometheus-remote-write-${what}-written`];
  assert.deepEqual([written("samples"), written("histograms"), written("exemplars")], ["1", "1", "1"]);
  await ingest.through("shop", before + 2);
  const [latency, depth] = await rowsOf<Record<string, unknown>>("*", "asset = 'web-2'");
  assert.deepEqual([depth?.["kind"], depth?.["unit"], depth?.["value"]], ["gauge", "s", 3]);
  assert.deepEqual([latency?.["kind"], latency?.["count"], latency?.["sum"]], ["histogram", 6, 24.5]);
  assert.deepEqual(
    [latency?.["bounds"], latency?.["buckets"]],
    [
      [0.5, 1, 2, 4, 8],
      [0, 2, 1, 0, 3, 0],
    ],
  );
  assert.deepEqual((latency?.["exemplars"] as { labels: object }[])[0]?.labels, { trace_id: "abc" });
});

test("remote write refuses in its own words: 415 for another message or encoding, 400 for damage, 503 while nothing may be taken", async () => {
  const body = packed(version1([]));
  const status = async (bytes: Uint8Array, headers: Readonly<Record<string, string>>) =>
    (await post("/api/v1/write", bytes, headers)).status;
  assert.equal(await status(body, { ...VERSION_1, "content-type": "application/json" }), 415);
  assert.equal(await status(body, { ...VERSION_1, "content-type": "application/x-protobuf;proto=io.other.v3" }), 415);
  assert.equal(await status(body, { ...VERSION_1, "content-encoding": "zstd" }), 415);
  assert.equal(await status(Buffer.from("no block"), VERSION_1), 400);
  assert.equal(await status(packed(Buffer.from([10, 200])), VERSION_1), 400);
  assert.equal(await status(body, { ...VERSION_1, authorization: "Bearer hfs_wrong" }), 401);
  ingest.refuse("no room.");
  try {
    const later = await post("/api/v1/write", body, VERSION_2);
    assert.ok(later.status >= 500 && later.headers["retry-after"] !== undefined, `${later.status}`);
    assert.equal(later.headers["x-prometheus-remote-write-samples-written"], "0");
  } finally {
    ingest.refuse(undefined);
  }
});

const BATTERY: readonly {
  readonly over: string;
  readonly open: () => PushMetricExporter;
}[] = [
  { over: "HTTP as protobuf", open: () => new ProtoExporter({ url: `${ingest.url}/v1/metrics`, headers: bearer() }) },
  { over: "HTTP as JSON", open: () => new JsonExporter({ url: `${ingest.url}/v1/metrics`, headers: bearer() }) },
  {
    over: "gRPC",
    open: () => {
      // As its users say it: the metadata of a call comes from the environment.
      process.env["OTEL_EXPORTER_OTLP_HEADERS"] = `authorization=Bearer%20${key}`;
      return new GrpcExporter({ url: `http://127.0.0.1:${otlpPort}` });
    },
  },
];
const bearer = (): Record<string, string> => ({ authorization: `Bearer ${key}` });

for (const [at, { over, open }] of BATTERY.entries()) {
  test(`OpenTelemetry's own exporter over ${over}: counters, gauges, both kinds of histograms, with labels and units`, async () => {
    const host = `otel-${at}`;
    const before = await counted();
    const reader = new PeriodicExportingMetricReader({ exporter: open(), exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({
      resource: resourceFromAttributes({ "service.name": "checkout", "host.name": host }),
      readers: [reader],
      views: [
        {
          instrumentName: "spread",
          aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 20 } },
        },
        {
          instrumentName: "took",
          aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [10, 100] } },
        },
      ],
    });
    const meter = provider.getMeter("test");
    meter.createCounter("orders", { unit: "{order}" }).add(3, { route: "/pay" });
    meter.createUpDownCounter("waiting").add(-2);
    meter.createGauge("level", { unit: "ms" }).record(12.5);
    const took = meter.createHistogram("took", { unit: "ms" });
    for (const value of [5, 50, 60, 500]) took.record(value);
    const spread = meter.createHistogram("spread");
    for (const value of [0, 1, 2, 4, 1_000]) spread.record(value);
    await provider.shutdown();
    const through = await ingest.through("shop", before + 5);
    assert.equal(through.stored + through.quarantined, before + 5);
    const rows = await rowsOf<Record<string, unknown>>("*", `asset = '${host}'`);
    const of = (name: string): Record<string, unknown> => rows.find((row) => row["name"] === name) ?? {};
    const told = (name: string, ...columns: string[]) => columns.map((column) => of(name)[column]);
    assert.deepEqual(told("orders", "kind", "temporality", "value", "unit", "service"), [
      "counter",
      "cumulative",
      3,
      "{order}",
      "checkout",
    ]);
    assert.equal((of("orders")["labels"] as Record<string, string>)["route"], "/pay");
    assert.deepEqual(told("waiting", "kind", "value"), ["gauge", -2]);
    assert.deepEqual(told("level", "kind", "value", "unit"), ["gauge", 12.5, "ms"]);
    assert.deepEqual(told("took", "kind", "count", "sum", "bounds", "buckets"), [
      "histogram",
      4,
      615,
      [10, 100],
      [1, 2, 1],
    ]);
    const [bounds, buckets] = told("spread", "bounds", "buckets") as [number[], number[]];
    assert.equal(
      buckets.reduce((sum, count) => sum + count, 0),
      5,
    );
    const below = (bound: number) =>
      buckets.reduce((sum, count, i) => sum + ((bounds[i] ?? Number.POSITIVE_INFINITY) <= bound ? count : 0), 0);
    assert.deepEqual([below(0.5), below(1_500)], [1, 5], "one at zero, all below the next power after the largest");
  });
}

test("what cannot be a point is a partial success with its number, and a restart in the middle loses and doubles nothing", async () => {
  const body = {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: "host.name", value: { stringValue: "restart-1" } }] },
        scopeMetrics: [
          {
            metrics: [
              {
                name: "jobs",
                sum: {
                  isMonotonic: true,
                  aggregationTemporality: 1,
                  dataPoints: Array.from({ length: 300 }, (_, n) => ({
                    timeUnixNano: `${BigInt(NOW + n * 10) * 1_000_000n}`,
                    asInt: "1",
                  })),
                },
              },
              {
                name: "broken",
                histogram: {
                  aggregationTemporality: 2,
                  dataPoints: [
                    { timeUnixNano: `${NOW}000000`, count: "1", explicitBounds: [1, 2], bucketCounts: ["1"] },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  };
  const before = await counted();
  const headers = { "content-type": "application/json" };
  for (let sent = 0; sent < 4; sent += 1) {
    const answer = await post("/v1/metrics", Buffer.from(JSON.stringify(body)), headers);
    assert.equal(answer.status, 200);
    const { partialSuccess } = JSON.parse(answer.text) as { partialSuccess: Record<string, string> };
    assert.equal(partialSuccess["rejectedDataPoints"], "1");
    assert.match(partialSuccess["errorMessage"] ?? "", /broken: A histogram with 2 bounds has 3 buckets, not 1/);
    if (sent === 1) await ingest.restart();
  }
  const through = await ingest.through("shop", before + 4 * 301);
  assert.equal(through.stored + through.quarantined, before + 4 * 301);
  const [row] = await ingest.events.query<{ n: string; ids: string }>(
    `SELECT count() AS n, uniqExact(id) AS ids FROM ${ingest.events.table("metrics")} WHERE name = 'jobs' AND temporality = 'delta'`,
  );
  assert.deepEqual([row?.n, row?.ids], ["1200", "1200"]);
});
