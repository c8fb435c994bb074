/** otlp-log: log records of OpenTelemetry, with the attributes of their resource. Names follow its semantic conventions. */
import { classify, severityOfWord } from "@holdfast/ocsf";
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
  id: "otlp-log",
  title: "OpenTelemetry log record",
  docs: "https://opentelemetry.io/docs/specs/otel/logs/data-model/",
  order: 91,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined &&
    (typeof json["timeUnixNano"] === "string" || typeof json["observedTimeUnixNano"] === "string") &&
    Object.keys(json).every((name) => MEMBERS.has(name)),
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const resource = flatOf(json["resource"]);
    const attributes = flatOf(json["attributes"]);
    const { body } = json;
    const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
    const about = isObject(body) ? flatten(body) : {};
    const time = parseTime(json["timeUnixNano"]) ?? parseTime(json["observedTimeUnixNano"]);
    const service = textOf(resource, "service.name");
    const app = firstText(attributes, ["appname", "syslog.appname", "log.syslog.appname", "process.executable.name"]);
    const said = { ...about, ...attributes };
    return {
      ok: true,
      event: {
        columns: {
          ...classify("base_event", "other"),
          time_ms: time?.time_ms ?? 0,
          time_ns: time?.time_ns ?? 0,
          severity_id: severityOf(integerOf(json["severityNumber"])) || severityOfWord(textOf(json, "severityText")),
          // The name that libraries give to what nobody has named says nothing about who it is.
          product: service.startsWith("unknown_service") ? "" : service,
          channel: firstText(attributes, ["log.file.path", "log.iostream", "event.domain"]),
          event_code: textOf(json, "eventName") || textOf(attributes, "event.name"),
          host: firstText(resource, ["host.name", "k8s.node.name", "k8s.pod.name", "container.id"]),
          user: firstText(said, ["user.name", "enduser.id", "user.id"]),
          src_ip: firstText(said, ["client.address", "source.address", "net.sock.peer.addr"]),
          src_port: integerOf(said["client.port"] ?? said["source.port"]),
          dst_ip: firstText(said, ["server.address", "destination.address"]),
          url: firstText(said, ["url.full", "url.path", "http.url", "http.target"]),
          http_method: firstText(said, ["http.request.method", "http.method"]),
          http_status: integerOf(said["http.response.status_code"] ?? said["http.status_code"]),
          process_pid: integerOf(resource["process.pid"]),
          process_path: textOf(resource, "process.executable.path"),
          process_cmd: textOf(resource, "process.command_line"),
          session: textOf(json, "traceId"),
          message: firstText(about, ["message", "msg"]) || text,
        },
        fields: { ...resource, ...said, body: text, severityText: textOf(json, "severityText") },
        logsource: undefined,
        inner: { text, ...(app === "" ? {} : { app }) },
      },
    };
  },
  samples: [
    {
      name: "Log of a service",
      in: '{"timeUnixNano":"1795301874345678901","observedTimeUnixNano":"1795301874346000000","severityNumber":17,"severityText":"ERROR","body":"payment refused","attributes":{"user.name":"ida","client.address":"192.0.2.7"},"resource":{"service.name":"shop","host.name":"web-1"},"scope":{"name":"app","version":"1"},"traceId":"0af7651916cd43dd8448eb211c80319c"}',
      out: {
        time_ms: 1795301874345,
        time_ns: 678_901,
        severity_id: 4,
        product: "shop",
        host: "web-1",
        user: "ida",
        src_ip: "192.0.2.7",
        message: "payment refused",
        session: "0af7651916cd43dd8448eb211c80319c",
      },
      fields: { "service.name": "shop", "user.name": "ida" },
    },
    {
      name: "Without a name or a time of its own",
      in: '{"observedTimeUnixNano":"1795301874346000000","severityNumber":9,"body":{"msg":"started","port":8080},"resource":{"service.name":"unknown_service:node"}}',
      out: { time_ms: 1795301874346, severity_id: 1, product: "", message: "started" },
      fields: { port: 8080 },
    },
  ],
});

const MEMBERS = new Set([
  "timeUnixNano",
  "observedTimeUnixNano",
  "severityNumber",
  "severityText",
  "body",
  "attributes",
  "resource",
  "scope",
  "traceId",
  "spanId",
  "eventName",
]);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const flatOf = (value: unknown): Record<string, unknown> => (isObject(value) ? flatten(value) : {});

/** 1-12 trace to info, 13 warn, 17 error, 21 fatal. */
const severityOf = (number: number): number =>
  number >= 21 ? 6 : number >= 17 ? 4 : number >= 13 ? 3 : number >= 1 ? 1 : 0;
