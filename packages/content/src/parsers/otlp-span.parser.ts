/** otlp-span: spans of OpenTelemetry traces. One that speaks HTTP is HTTP activity, one that asks a database is datastore activity; the trace
 *  stands in `session`, where the log records of the same trace have it too. */
import { type Classification, classify } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  firstText,
  flatten,
  integerOf,
  type JsonObject,
  parseTime,
  textOf,
} from "@holdfast/sdk";

export default defineParser({
  id: "otlp-span",
  title: "OpenTelemetry span",
  docs: "https://opentelemetry.io/docs/specs/otel/trace/api/#span",
  order: 92,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined &&
    typeof json["traceId"] === "string" &&
    typeof json["spanId"] === "string" &&
    typeof json["startTimeUnixNano"] === "string",
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const resource = flatOf(json["resource"]);
    const said = flatOf(json["attributes"]);
    const start = parseTime(json["startTimeUnixNano"]);
    const end = parseTime(json["endTimeUnixNano"]);
    const name = textOf(json, "name");
    const kind = KINDS[integerOf(json["kind"])] ?? "";
    const failed = integerOf(json["statusCode"]) === 2;
    const service = textOf(resource, "service.name");
    const method = firstText(said, ["http.request.method", "http.method"]);
    const database = firstText(said, ["db.system.name", "db.system"]);
    const server = firstText(said, ["server.address", "network.peer.address", "net.peer.name", "net.sock.peer.addr"]);
    const client = firstText(said, ["client.address", "net.sock.peer.addr", "http.client_ip"]);
    const milliseconds =
      start === undefined || end === undefined
        ? undefined
        : end.time_ms - start.time_ms + ((end.time_ns ?? 0) - (start.time_ns ?? 0)) / 1e6;
    const about = textOf(json, "statusMessage");
    const took = milliseconds === undefined ? "" : ` · ${Math.round(milliseconds * 100) / 100} ms`;
    return {
      ok: true,
      event: {
        columns: {
          ...classOf(method, database, kind),
          time_ms: start?.time_ms ?? 0,
          time_ns: start?.time_ns ?? 0,
          severity_id: failed ? 4 : 1,
          status_id: failed ? 2 : integerOf(json["statusCode"]) === 1 ? 1 : 0,
          // The name that libraries give to what nobody has named says nothing about who it is.
          product: service.startsWith("unknown_service") ? "" : service,
          channel: "trace",
          event_code: name,
          host: firstText(resource, ["host.name", "k8s.node.name", "k8s.pod.name", "container.id"]),
          user: firstText(said, ["user.name", "enduser.id", "user.id"]),
          src_ip: kind === "server" && isAddress(client) ? client : "",
          dst_ip: isAddress(server) ? server : "",
          dst_port: integerOf(said["server.port"] ?? said["net.peer.port"]),
          peer_host: isAddress(server) || kind === "server" ? "" : server,
          url: firstText(said, ["url.full", "url.path", "http.url", "http.target"]),
          http_method: method,
          http_status: integerOf(said["http.response.status_code"] ?? said["http.status_code"]),
          object: firstText(said, [
            "peer.service",
            "messaging.destination.name",
            "rpc.service",
            "db.namespace",
            "db.name",
          ]),
          process_pid: integerOf(resource["process.pid"]),
          session: textOf(json, "traceId"),
          message: `${name}${took}${failed ? ` · failed${about === "" ? "" : `: ${about}`}` : ""}`,
        },
        fields: {
          ...resource,
          ...said,
          traceId: textOf(json, "traceId"),
          spanId: textOf(json, "spanId"),
          parentSpanId: textOf(json, "parentSpanId"),
          spanKind: kind,
          ...(milliseconds === undefined ? {} : { durationMs: milliseconds }),
        },
        logsource: undefined,
      },
    };
  },
  samples: [
    {
      name: "A service that calls another",
      in: '{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"POST /pay","kind":3,"startTimeUnixNano":"1795301874345678901","endTimeUnixNano":"1795301874395678901","attributes":{"http.request.method":"POST","url.full":"http://payments.internal:8080/pay","server.address":"payments.internal","server.port":8080,"http.response.status_code":502},"statusCode":2,"statusMessage":"bad gateway","resource":{"service.name":"shop","host.name":"web-1"},"scope":{"name":"http","version":"1"}}',
      out: {
        time_ms: 1795301874345,
        time_ns: 678_901,
        class_uid: 4002,
        activity_id: 6,
        severity_id: 4,
        status_id: 2,
        product: "shop",
        channel: "trace",
        host: "web-1",
        peer_host: "payments.internal",
        dst_port: 8080,
        http_method: "POST",
        http_status: 502,
        session: "0af7651916cd43dd8448eb211c80319c",
        message: "POST /pay · 50 ms · failed: bad gateway",
      },
      fields: { spanId: "b7ad6b7169203331", spanKind: "client", durationMs: 50 },
    },
    {
      name: "A question to a database",
      in: '{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203332","parentSpanId":"b7ad6b7169203331","name":"SELECT orders","kind":3,"startTimeUnixNano":"1795301874345000000","endTimeUnixNano":"1795301874346500000","attributes":{"db.system":"postgresql","db.name":"orders","server.address":"192.0.2.31","server.port":5432},"resource":{"service.name":"payments"}}',
      out: {
        class_uid: 6005,
        activity_id: 4,
        product: "payments",
        dst_ip: "192.0.2.31",
        dst_port: 5432,
        object: "orders",
        message: "SELECT orders · 1.5 ms",
      },
      fields: { parentSpanId: "b7ad6b7169203331", spanKind: "client" },
    },
    {
      name: "Work inside of a service that nobody named",
      in: '{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203333","name":"render","kind":1,"startTimeUnixNano":"1795301874345000000","resource":{"service.name":"unknown_service:node"}}',
      out: { class_uid: 0, product: "", message: "render" },
      fields: { spanKind: "internal" },
    },
  ],
});

const KINDS = ["", "internal", "server", "client", "producer", "consumer"];

const HTTP = classify("http_activity", "other");
const METHODS: Readonly<Record<string, Classification>> = {
  CONNECT: classify("http_activity", "connect"),
  DELETE: classify("http_activity", "delete"),
  GET: classify("http_activity", "get"),
  HEAD: classify("http_activity", "head"),
  OPTIONS: classify("http_activity", "options"),
  PATCH: classify("http_activity", "patch"),
  POST: classify("http_activity", "post"),
  PUT: classify("http_activity", "put"),
};
const QUERY = classify("datastore_activity", "query");
const CALL = classify("api_activity", "other");
const OTHER = classify("base_event", "other");

function classOf(method: string, database: string, kind: string): Classification {
  if (database !== "") return QUERY;
  if (method !== "") return METHODS[method.toUpperCase()] ?? HTTP;
  return kind === "" || kind === "internal" ? OTHER : CALL;
}

const isAddress = (text: string): boolean => /^[\d.]+$/.test(text) || text.includes(":");

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const flatOf = (value: unknown): Record<string, unknown> => (isObject(value) ? flatten(value) : {});
