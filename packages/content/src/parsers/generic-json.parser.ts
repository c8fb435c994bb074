/** generic-json: any JSON object, read by the names that ECS, OpenTelemetry and common loggers use. Asked nearly last:
 *  it takes a record only when it can say when it happened, what it says or where. */
import { classify, severityOfSyslog, severityOfWord } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  EVENT_DEFAULTS,
  type EventColumns,
  type EventTime,
  type Fields,
  firstText,
  flatten,
  integerOf,
  type JsonObject,
  parseTime,
} from "@holdfast/sdk";

export default defineParser({
  id: "generic-json",
  title: "JSON with common field names",
  docs: "https://www.elastic.co/docs/reference/ecs",
  order: 800,
  form: "json",
  accepts: (record: DecodedRecord) => record.json !== undefined && isReadable(record.json),
  parse: (record: DecodedRecord) => {
    if (record.json === undefined) return { ok: false, reason: "not a JSON object" };
    const fields = flatten(record.json);
    const columns: EventColumns = { ...EVENT_DEFAULTS };
    const time = timeOf(fields);
    columns.time_ms = time?.time_ms ?? 0;
    columns.time_ns = time?.time_ns ?? 0;
    columns.severity_id = severityOf(fields);
    fillText(columns, fields);
    columns.src_port = integerOf(fields["source.port"] ?? fields["src_port"] ?? fields["client.port"]);
    columns.dst_port = integerOf(fields["destination.port"] ?? fields["dst_port"] ?? fields["dest_port"]);
    columns.process_pid = integerOf(fields["process.pid"] ?? fields["pid"]);
    columns.http_status = integerOf(
      fields["http.response.status_code"] ?? fields["status_code"] ?? fields["http.status_code"],
    );
    const is = columns.http_method !== "" && columns.url !== "" ? HTTP : OTHER;
    columns.class_uid = is.class_uid;
    columns.activity_id = is.activity_id;
    const app = firstText(fields, APPS);
    const inner = { text: columns.message, ...(app === "" ? {} : { app }) };
    return { ok: true, event: { columns, fields, logsource: undefined, inner } };
  },
  samples: [
    {
      name: "ECS document",
      in: '{"@timestamp":"2026-05-01T10:00:00.123456Z","host":{"name":"web1"},"log":{"level":"error"},"message":"payment refused","user":{"name":"ida"},"source":{"ip":"192.0.2.4","port":51000},"service":{"name":"shop"}}',
      out: {
        time_ms: Date.UTC(2026, 4, 1, 10, 0, 0, 123),
        time_ns: 456_000,
        severity_id: 4,
        product: "shop",
        host: "web1",
        user: "ida",
        src_ip: "192.0.2.4",
        src_port: 51000,
        message: "payment refused",
      },
      fields: { "source.ip": "192.0.2.4" },
    },
    {
      name: "Logger with epoch milliseconds, as pino writes",
      in: '{"level":50,"time":1777629600123,"pid":411,"hostname":"api2","msg":"upstream closed"}',
      out: { time_ms: 1777629600123, severity_id: 4, host: "api2", process_pid: 411, message: "upstream closed" },
    },
    {
      name: "OpenTelemetry record with nanoseconds that no double holds",
      in: '{"timeUnixNano":1777629600123456789,"severityText":"WARN","body":"queue is long","thread":"main","resource":{"host.name":"q1","service.name":"mailer"}}',
      out: {
        time_ms: 1777629600123,
        time_ns: 456_789,
        severity_id: 3,
        product: "mailer",
        host: "q1",
        message: "queue is long",
      },
    },
    {
      name: "JSON in a syslog message",
      in: '<134>1 2026-05-01T10:00:00.500Z edge1 app 16 - - @cee: {"msg":"started","severity":"notice"}',
      out: { severity_id: 2, host: "edge1", message: "started" },
    },
  ],
});

const APPS = ["process.name", "SYSLOG_IDENTIFIER", "program", "syslog.appname", "ident"];
const OTHER = classify("base_event", "other");
const HTTP = classify("http_activity", "other");

const TIMES = [
  "@timestamp",
  "timestamp",
  "time",
  "ts",
  "eventTime",
  "event_time",
  "datetime",
  "date",
  "created_at",
  "timeUnixNano",
  "time_unix_nano",
  "observedTimeUnixNano",
  "_time",
];
const MESSAGES = [
  "message",
  "msg",
  "body",
  "log",
  "event.original",
  "text",
  "short_message",
  "body.stringValue",
  "MESSAGE",
];
const HOSTS = [
  "host.name",
  "host.hostname",
  "hostname",
  "host",
  "resource.host.name",
  "Hostname",
  "computer",
  "computer_name",
  "_HOSTNAME",
  "agent.hostname",
  "resource.attributes.host.name",
  "kubernetes.host",
  "device.hostname",
];
const LEVELS = ["log.level", "level", "severity", "severityText", "severity_text", "SeverityText", "loglevel", "lvl"];

const TEXTS: readonly (readonly [TextColumn, readonly string[]])[] = [
  ["message", MESSAGES],
  ["host", HOSTS],
  [
    "product",
    [
      "service.name",
      "resource.service.name",
      "resource.attributes.service.name",
      "event.module",
      "app",
      "application",
      "logger",
      "program",
      "SYSLOG_IDENTIFIER",
    ],
  ],
  ["channel", ["event.dataset", "data_stream.dataset", "log.logger", "stream"]],
  ["event_code", ["event.code", "event.action", "event_type", "eventType", "action"]],
  [
    "user",
    ["user.name", "username", "user", "user_name", "userName", "client.user.name", "source.user.name", "user.email"],
  ],
  ["user_domain", ["user.domain"]],
  ["target_user", ["user.target.name", "destination.user.name"]],
  [
    "src_ip",
    [
      "source.ip",
      "src_ip",
      "client.ip",
      "client_ip",
      "remote_addr",
      "remote_ip",
      "sourceIPAddress",
      "source.address",
      "src",
      "clientip",
    ],
  ],
  ["dst_ip", ["destination.ip", "dst_ip", "dest_ip", "server.ip", "destination.address", "dst"]],
  ["process_path", ["process.executable", "process.name"]],
  ["process_cmd", ["process.command_line", "command_line", "cmdline"]],
  ["process_guid", ["process.entity_id"]],
  ["parent_path", ["process.parent.executable", "process.parent.name"]],
  ["parent_cmd", ["process.parent.command_line"]],
  ["file_path", ["file.path", "file_path"]],
  ["reg_path", ["registry.path"]],
  ["sha256", ["file.hash.sha256", "process.hash.sha256", "hash.sha256", "sha256"]],
  ["md5", ["file.hash.md5", "process.hash.md5", "hash.md5", "md5"]],
  ["domain", ["dns.question.name", "url.domain", "domain"]],
  ["url", ["url.full", "url.original", "url", "url.path", "uri", "path", "request_uri"]],
  ["http_method", ["http.request.method", "method", "http_method", "request_method"]],
  ["session", ["session.id", "session_id", "sessionId", "trace.id"]],
];

type TextColumn = {
  [K in keyof EventColumns]: EventColumns[K] extends string ? K : never;
}[keyof EventColumns];

function fillText(columns: EventColumns, fields: Fields): void {
  for (const [column, names] of TEXTS) columns[column] = firstText(fields, names);
  columns.sha256 = columns.sha256.toLowerCase();
  columns.md5 = columns.md5.toLowerCase();
}

/** A record that has neither time nor message nor host under a known name says nothing to this parser. */
function isReadable(json: JsonObject): boolean {
  return READABLE.some((name) => Object.hasOwn(json, name));
}

const READABLE = [...new Set([...TIMES, ...MESSAGES, ...HOSTS].map((name) => name.split(".")[0] ?? name)), ...LEVELS];

function timeOf(fields: Fields): EventTime | undefined {
  for (const name of TIMES) {
    const time = parseTime(fields[name]);
    if (time !== undefined) return time;
  }
  return undefined;
}

/** Words, pino's and bunyan's tens (10 trace … 60 fatal), OpenTelemetry's 1-24, or syslog's 0-7 where named so. */
function severityOf(fields: Fields): number {
  const number = fields["severityNumber"] ?? fields["severity_number"];
  if (typeof number === "number") return number >= 21 ? 6 : number >= 17 ? 4 : number >= 13 ? 3 : 1;
  const syslog = fields["log.syslog.severity.code"] ?? fields["PRIORITY"];
  if (syslog !== undefined) return severityOfSyslog(integerOf(syslog));
  for (const name of LEVELS) {
    const level = fields[name];
    if (typeof level === "string" && level !== "") return severityOfWord(level);
    if (typeof level === "number")
      return level >= 60 ? 6 : level >= 50 ? 4 : level >= 40 ? 3 : level >= 10 ? 1 : severityOfSyslog(level);
  }
  return 0;
}
