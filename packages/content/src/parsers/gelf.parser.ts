/** gelf: Graylog's extended log format: a short message, its host, a syslog level, and fields of one's own behind underscores. */
import { classify, severityOfSyslog } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, firstText, integerOf, parseTime, textOf } from "@holdfast/sdk";

export default defineParser({
  id: "gelf",
  title: "GELF",
  docs: "https://go2docs.graylog.org/current/getting_in_log_data/gelf.html",
  order: 93,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined && typeof json["short_message"] === "string" && json["version"] !== undefined,
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const fields: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(json)) fields[name.startsWith("_") ? name.slice(1) : name] = value;
    const time = parseTime(json["timestamp"]);
    const app = firstText(json, ["_application_name", "_app", "_program", "_tag", "facility", "_facility"]);
    return {
      ok: true,
      event: {
        columns: {
          ...classify("base_event", "other"),
          time_ms: time?.time_ms ?? 0,
          time_ns: time?.time_ns ?? 0,
          host: textOf(json, "host"),
          product: app,
          severity_id: json["level"] === undefined ? 0 : severityOfSyslog(integerOf(json["level"])),
          user: firstText(json, ["_user", "_username", "_user_name"]),
          src_ip: firstText(json, ["_src_ip", "_source_ip", "_client_ip", "_remote_addr"]),
          process_pid: integerOf(json["_pid"] ?? json["_process_id"]),
          file_path: textOf(json, "file"),
          message: textOf(json, "short_message"),
        },
        fields,
        logsource: undefined,
        inner: { text: textOf(json, "full_message") || textOf(json, "short_message"), ...(app === "" ? {} : { app }) },
      },
    };
  },
  samples: [
    {
      name: "Message with a field of its own",
      in: '{"version":"1.1","short_message":"gelf hello","timestamp":1795301882.022,"host":"vm","level":4,"_user":"amy"}',
      out: { time_ms: 1795301882022, host: "vm", severity_id: 3, user: "amy", message: "gelf hello" },
      fields: { user: "amy" },
    },
    {
      name: "Container's line",
      in: '{"version":"1.1","host":"node-4","short_message":"listening on 8080","timestamp":1795301882.5,"level":6,"_container_name":"web","_tag":"web"}',
      out: { host: "node-4", product: "web", severity_id: 1 },
      fields: { container_name: "web" },
    },
  ],
});
