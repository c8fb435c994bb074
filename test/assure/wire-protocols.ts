/** wire-protocols: what each protocol puts on the wire for a batch of numbered events. */

export interface Protocol {
  readonly name: string;
  /** Kind of the source that is made for it; without one it has no key, and `source` says where its records are counted. */
  readonly kind?: string;
  readonly source?: string;
  /** Events in a request, or in one write to a connection. */
  readonly batch: number;
  /** HTTP: where to, how the key is shown, and the body. Without a path the body goes to the syslog port. */
  readonly path?: (key: string) => string;
  readonly headers?: (key: string) => Readonly<Record<string, string>>;
  readonly body: (first: number, count: number, key: string) => string | Buffer;
  /** What it is told while the queue is full; a protocol whose clients give up at a refusal is let wait instead. */
  readonly overload?: Refusal | "no answer";
  /** What it is told when its source has its share of the queue, where that differs. */
  readonly share?: Refusal;
  /** Of points: the metric that they are of. */
  readonly metric?: string;
  /** The query whose first row has the number of events of a source, and of different ones. Points of metrics are no events. */
  readonly distinct?: (source: string) => string;
}

interface Refusal {
  readonly status: number;
  readonly says: RegExp;
}

/** Different series of a metric: so many points can be told apart by the number of their series. */
export const SERIES = 10_000;

const events = (source: string): string => `source:${source} | stats count, dc(message) as once`;

const bearer = (type: string) => (key: string) => ({ authorization: `Bearer ${key}`, "content-type": type });
const JSON_TYPE = "application/json";
const at = (path: string) => () => path;
const NDJSON = "application/x-ndjson";

export const PROTOCOLS: readonly Protocol[] = [
  {
    name: "HTTP, NDJSON",
    kind: "http",
    batch: 500,
    path: at("/api/ingest/events"),
    overload: { status: 503, says: /"code":"SPOOL_FULL"/ },
    share: { status: 429, says: /"code":"INGEST_SOURCE_SHARE"/ },
    headers: bearer(NDJSON),
    body: (first, count) => lines(first, count, (n) => JSON.stringify(entry(n))),
    distinct: events,
  },
  {
    name: "Elasticsearch bulk",
    kind: "elasticsearch",
    batch: 500,
    path: at("/elastic/_bulk"),
    overload: { status: 503, says: /"type":"unavailable_shards_exception"/ },
    share: { status: 429, says: /"type":"es_rejected_execution_exception"/ },
    headers: bearer(NDJSON),
    body: (first, count) => lines(first, count, (n) => `{"create":{"_index":"logs"}}\n${JSON.stringify(entry(n))}`),
    distinct: events,
  },
  {
    name: "Splunk HEC",
    kind: "splunk-hec",
    batch: 200,
    path: at("/services/collector/event"),
    overload: { status: 503, says: /"text":"Server is busy","code":9/ },
    headers: (key) => ({ authorization: `Splunk ${key}`, "content-type": JSON_TYPE }),
    body: (first, count) =>
      lines(first, count, (n) => JSON.stringify({ time: Date.now() / 1000, host: hostOf(n), event: entry(n) })),
    distinct: events,
  },
  {
    name: "OpenTelemetry logs, JSON",
    kind: "otlp",
    batch: 500,
    path: at("/v1/logs"),
    overload: { status: 503, says: /"code":14/ },
    share: { status: 429, says: /"code":8/ },
    headers: bearer(JSON_TYPE),
    body: (first, count) =>
      JSON.stringify({
        resourceLogs: [
          {
            resource: { attributes: [attribute("host.name", hostOf(first)), attribute("service.name", "shop")] },
            scopeLogs: [
              { logRecords: each(first, count, (n) => ({ timeUnixNano: nanos(), body: { stringValue: message(n) } })) },
            ],
          },
        ],
      }),
    distinct: events,
  },
  {
    name: "OpenTelemetry metrics, JSON",
    kind: "otlp",
    batch: 500,
    path: at("/v1/metrics"),
    overload: { status: 503, says: /"code":14/ },
    share: { status: 429, says: /"code":8/ },
    metric: "queue_length",
    headers: bearer(JSON_TYPE),
    body: (first, count) =>
      JSON.stringify({
        resourceMetrics: [
          {
            resource: { attributes: [attribute("host.name", hostOf(first))] },
            scopeMetrics: [
              {
                metrics: [
                  {
                    name: "queue_length",
                    gauge: {
                      dataPoints: each(first, count, (n) => ({
                        timeUnixNano: nanos(),
                        asDouble: n % 97,
                        attributes: [attribute("queue", `q${n % SERIES}`)],
                      })),
                    },
                  },
                ],
              },
            ],
          },
        ],
      }),
  },
  {
    name: "Loki push, JSON",
    kind: "loki",
    batch: 500,
    path: at("/loki/api/v1/push"),
    overload: { status: 503, says: /The spool holds/ },
    share: { status: 429, says: /while others send, too/ },
    headers: bearer(JSON_TYPE),
    body: (first, count) =>
      JSON.stringify({
        streams: [
          { stream: { host: hostOf(first), app: "shop" }, values: each(first, count, (n) => [nanos(), message(n)]) },
        ],
      }),
    distinct: events,
  },
  {
    name: "GELF over HTTP",
    kind: "gelf",
    batch: 1,
    path: at("/gelf"),
    overload: { status: 503, says: /"message":"The spool holds/ },
    headers: bearer(JSON_TYPE),
    body: (first) => JSON.stringify({ version: "1.1", host: hostOf(first), short_message: message(first), level: 6 }),
    distinct: events,
  },
  {
    name: "Prometheus remote write",
    kind: "prometheus",
    batch: 500,
    path: at("/api/v1/write"),
    overload: { status: 503, says: /The spool holds/ },
    // Told 429, Prometheus drops the points unless it is set up otherwise.
    share: { status: 503, says: /while others send, too/ },
    headers: (key) => ({
      ...bearer("application/x-protobuf")(key),
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": "0.1.0",
    }),
    body: (first, count) =>
      snappy(
        Buffer.concat(
          each(first, count, (n) =>
            bytesField(
              1,
              Buffer.concat([
                ...[
                  ["__name__", "orders_open"],
                  ["instance", hostOf(n)],
                  ["shelf", `s${n % SERIES}`],
                ].map(([name = "", value = ""]) =>
                  bytesField(1, Buffer.concat([bytesField(1, Buffer.from(name)), bytesField(2, Buffer.from(value))])),
                ),
                bytesField(2, sampleOf(n % 97)),
              ]),
            ),
          ),
        ),
      ),
    metric: "orders_open",
  },
  {
    name: "Alertmanager",
    kind: "alertmanager",
    batch: 20,
    path: at("/alertmanager/api/v2/alerts"),
    overload: { status: 503, says: /"errorType":"unavailable"/ },
    headers: bearer(JSON_TYPE),
    body: (first, count) =>
      JSON.stringify(
        each(first, count, (n) => ({
          labels: { alertname: "QueueLong", instance: `${hostOf(n)}:9100`, severity: "warning" },
          annotations: { summary: message(n) },
          startsAt: "2026-11-22T08:00:00Z",
        })),
      ),
  },
  {
    name: "osquery",
    kind: "osquery",
    batch: 100,
    path: at("/api/osquery/log"),
    overload: { status: 503, says: /"node_invalid":false/ },
    share: { status: 429, says: /"node_invalid":false/ },
    headers: () => ({ "content-type": JSON_TYPE }),
    body: (first, count, key) =>
      JSON.stringify({
        node_key: `${key}.${Buffer.from("web-1").toString("base64url")}`,
        log_type: "result",
        data: each(first, count, (n) => ({
          name: "users",
          hostIdentifier: "web-1",
          unixTime: Math.floor(Date.now() / 1000),
          action: "added",
          columns: { uid: String(n), username: `user ${n}` },
        })),
      }),
  },
  {
    name: "systemd-journal-upload",
    kind: "journald",
    batch: 200,
    path: (key) => `/journal/${key}/upload`,
    overload: "no answer",
    headers: () => ({ "content-type": "application/vnd.fdo.journal" }),
    body: (first, count) =>
      lines(
        first,
        count,
        (n) =>
          `__CURSOR=c${n}\n__REALTIME_TIMESTAMP=${Date.now()}000\n_HOSTNAME=${hostOf(n)}\nPRIORITY=6\nSYSLOG_IDENTIFIER=shop\nMESSAGE=${message(n)}\n`,
      ),
    distinct: events,
  },
  {
    name: "syslog over TCP",
    source: "syslog-tcp",
    batch: 200,
    body: (first, count) =>
      lines(first, count, (n) => `<134>1 ${new Date().toISOString()} ${hostOf(n)} shop - - - ${message(n)}`),
    distinct: events,
  },
];

const hostOf = (n: number): string => `web-${n % 40}`;
const message = (n: number): string =>
  `request ${n} to /cart/items answered 200 in ${n % 400} ms for customer ${n % 5000}; cache shard ${n % 12} was asked twice and the session stays open`;
const entry = (n: number) => ({ "@timestamp": new Date().toISOString(), host: hostOf(n), message: message(n) });
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const nanos = (): string => `${Date.now()}000000`;

/** Not packed at all: a block of literals is a valid one. */
function snappy(bytes: Buffer): Buffer {
  const parts = [varint(bytes.length)];
  for (let from = 0; from < bytes.length; from += 60) {
    const literal = bytes.subarray(from, from + 60);
    parts.push(Buffer.from([(literal.length - 1) << 2]), literal);
  }
  return Buffer.concat(parts);
}

function sampleOf(value: number): Buffer {
  const sample = Buffer.alloc(10);
  sample[0] = 9;
  sample.writeDoubleLE(value, 1);
  sample[9] = 16;
  return Buffer.concat([sample, varint(Date.now())]);
}

/** A field of a protobuf message that is bytes. */
export const bytesField = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);

function varint(number: number): Buffer {
  const bytes: number[] = [];
  let left = number;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return Buffer.from([...bytes, left]);
}

function each<T>(first: number, count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(first + at));
}

function lines(first: number, count: number, make: (n: number) => string): string {
  return each(first, count, (n) => `${make(n)}\n`).join("");
}
