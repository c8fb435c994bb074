/** wire-protocols: what each protocol puts on the wire for a batch of numbered events. */

export interface Protocol {
  readonly name: string;
  /** Kind of the source that is made for it; without one it has no key, and `source` says where its records are counted. */
  readonly kind?: string;
  readonly source?: string;
  /** Events in a request, or in one write to a connection. */
  readonly batch: number;
  /** HTTP: where to, how the key is shown, and the body. Without a path the body goes to the syslog port. */
  readonly path?: string;
  readonly headers?: (key: string) => Readonly<Record<string, string>>;
  readonly body: (first: number, count: number) => string;
  /** The query whose first row has the number of events of a source, and of different ones. Points of metrics are no events. */
  readonly distinct?: (source: string) => string;
}

const events = (source: string): string => `source:${source} | stats count, dc(message) as once`;

const bearer = (type: string) => (key: string) => ({ authorization: `Bearer ${key}`, "content-type": type });
const JSON_TYPE = "application/json";
const NDJSON = "application/x-ndjson";

export const PROTOCOLS: readonly Protocol[] = [
  {
    name: "HTTP, NDJSON",
    kind: "http",
    batch: 500,
    path: "/api/ingest/events",
    headers: bearer(NDJSON),
    body: (first, count) => lines(first, count, (n) => JSON.stringify(entry(n))),
    distinct: events,
  },
  {
    name: "Elasticsearch bulk",
    kind: "elasticsearch",
    batch: 500,
    path: "/elastic/_bulk",
    headers: bearer(NDJSON),
    body: (first, count) => lines(first, count, (n) => `{"create":{"_index":"logs"}}\n${JSON.stringify(entry(n))}`),
    distinct: events,
  },
  {
    name: "Splunk HEC",
    kind: "splunk-hec",
    batch: 200,
    path: "/services/collector/event",
    headers: (key) => ({ authorization: `Splunk ${key}`, "content-type": JSON_TYPE }),
    body: (first, count) =>
      lines(first, count, (n) => JSON.stringify({ time: Date.now() / 1000, host: hostOf(n), event: entry(n) })),
    distinct: events,
  },
  {
    name: "OpenTelemetry logs, JSON",
    kind: "otlp",
    batch: 500,
    path: "/v1/logs",
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
    path: "/v1/metrics",
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
                        attributes: [attribute("queue", `q${n % 50}`)],
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
    path: "/loki/api/v1/push",
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
    path: "/gelf",
    headers: bearer(JSON_TYPE),
    body: (first) => JSON.stringify({ version: "1.1", host: hostOf(first), short_message: message(first), level: 6 }),
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

function each<T>(first: number, count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(first + at));
}

function lines(first: number, count: number, make: (n: number) => string): string {
  return each(first, count, (n) => `${make(n)}\n`).join("");
}
