/** fluent-entry: an event with its tag, as Fluentd and Fluent Bit forward it. What the line in it is, its own parser says. */
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
  id: "fluent-entry",
  title: "Fluent event",
  docs: "https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1",
  order: 91,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined &&
    typeof json["tag"] === "string" &&
    typeof json["time"] === "string" &&
    isObject(json["record"]) &&
    Object.keys(json).every((name) => ENVELOPE.has(name)),
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const record = isObject(json["record"]) ? json["record"] : {};
    const said = flatten(record);
    const tag = textOf(json, "tag");
    const time = parseTime(json["time"]);
    const message = firstText(said, ["log", "message", "msg", "MESSAGE", "text"]).replace(/\r?\n$/, "");
    const app = firstText(said, [
      "ident",
      "kubernetes.container_name",
      "container_name",
      "SYSLOG_IDENTIFIER",
      "app",
      "program",
    ]);
    return {
      ok: true,
      event: {
        columns: {
          ...classify("base_event", "other"),
          time_ms: time?.time_ms ?? 0,
          time_ns: time?.time_ns ?? 0,
          host: firstText(said, ["host", "hostname", "sys_host", "_HOSTNAME", "kubernetes.host", "node"]),
          product: app === "" ? tag : app.replace(/^\//, ""),
          channel: tag,
          severity_id: severityOfWord(firstText(said, ["level", "severity", "log.level", "priority"])),
          user: firstText(said, ["user", "username", "user.name"]),
          process_pid: integerOf(said["pid"]),
          message: message === "" ? JSON.stringify(record) : message,
        },
        fields: { ...said, tag },
        logsource: undefined,
        // A record without a line may itself be what a parser knows (Suricata, auditd, a cloud's audit log).
        inner: { text: message === "" ? JSON.stringify(record) : message, ...(app === "" ? {} : { app }) },
      },
    };
  },
  samples: [
    {
      name: "Container's line, time to the nanosecond",
      in: '{"tag":"kube.shop","time":"1795301882.123456789","record":{"log":"card refused\\n","stream":"stderr","level":"error","kubernetes":{"container_name":"web","host":"node-4"}}}',
      out: {
        time_ms: 1795301882123,
        time_ns: 456_789,
        host: "node-4",
        product: "web",
        channel: "kube.shop",
        severity_id: 4,
        message: "card refused",
      },
      fields: { tag: "kube.shop", stream: "stderr" },
    },
    {
      name: "Time in whole seconds, no line",
      in: '{"tag":"tag.a","time":"1795301882","record":{"k":"v"}}',
      out: { time_ms: 1795301882000, product: "tag.a", message: '{"k":"v"}' },
    },
  ],
});

const ENVELOPE = new Set(["tag", "time", "metadata", "record"]);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
