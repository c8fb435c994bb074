/** osquery: results of scheduled queries, row by row, and osquery's own status lines. Columns of process and socket tables are
 *  given the names that Sigma's process and network rules read. */
import { type Classification, classify, SEVERITY } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  type EventColumns,
  firstText,
  integerOf,
  objectOf,
  parseTime,
  textOf,
} from "@holdfast/sdk";

export default defineParser({
  id: "osquery",
  title: "osquery results and status",
  docs: "https://osquery.readthedocs.io/en/stable/deployment/logging/",
  order: 206,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined && json["hostIdentifier"] !== undefined && json["unixTime"] !== undefined,
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const row = objectOf(json["columns"]) ?? objectOf(json["snapshot"]) ?? {};
    const query = textOf(json, "name");
    const time = parseTime(integerOf(json["unixTime"]));
    const isProcess = textOf(row, "cmdline") !== "" || query.includes("process");
    const isSocket = textOf(row, "remote_address") !== "";
    const is: Classification = isSocket ? FLOW : isProcess ? PROCESS : textOf(row, "target_path") !== "" ? FILE : OTHER;
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      product: "osquery",
      channel: query === "" ? "status" : query,
      event_code: textOf(json, "action"),
      host: textOf(json, "hostIdentifier"),
      user: firstText(row, ["username", "user", "uid"]),
      process_path: textOf(row, "path"),
      process_cmd: textOf(row, "cmdline"),
      process_pid: integerOf(row["pid"]),
      parent_pid: integerOf(row["parent"]),
      file_path: textOf(row, "target_path"),
      sha256: textOf(row, "sha256").toLowerCase(),
      md5: textOf(row, "md5").toLowerCase(),
      src_ip: textOf(row, "local_address"),
      src_port: integerOf(row["local_port"]),
      dst_ip: textOf(row, "remote_address"),
      dst_port: integerOf(row["remote_port"]),
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      severity_id: SEVERITY.informational,
      message:
        textOf(json, "message") ||
        `${query} ${textOf(json, "action")} ${firstText(row, ["cmdline", "path", "target_path", "name"])}`,
    };
    const fields = {
      ...json,
      CommandLine: columns.process_cmd,
      Image: columns.process_path,
      TargetFilename: columns.file_path,
      DestinationIp: columns.dst_ip,
      DestinationPort: columns.dst_port,
    };
    const product = json["platform"] === "windows" ? "windows" : json["platform"] === "darwin" ? "macos" : "linux";
    const category = isSocket
      ? "network_connection"
      : is === FILE
        ? "file_event"
        : isProcess
          ? "process_creation"
          : undefined;
    return {
      ok: true,
      event: { columns, fields, logsource: category === undefined ? { product: "osquery" } : { product, category } },
    };
  },
  samples: [
    {
      name: "A process",
      in: '{"name":"pack_ir_process_events","hostIdentifier":"web1","calendarTime":"Sat Jul  4 09:30:00 2026 UTC","unixTime":1783157400,"epoch":0,"counter":9,"columns":{"pid":"811","parent":"1","path":"/usr/bin/curl","cmdline":"curl http://files.example.net/a.sh","uid":"33"},"action":"added"}',
      out: {
        time_ms: 1783157400000,
        class_uid: 1007,
        host: "web1",
        process_path: "/usr/bin/curl",
        process_pid: 811,
        event_code: "added",
      },
      fields: { CommandLine: "curl http://files.example.net/a.sh" },
    },
    {
      name: "A socket",
      in: '{"name":"sockets","hostIdentifier":"web1","unixTime":1783157401,"columns":{"pid":"811","path":"/usr/bin/curl","local_address":"192.0.2.21","local_port":"51000","remote_address":"198.51.100.9","remote_port":"443"},"action":"added"}',
      out: { class_uid: 4001, dst_ip: "198.51.100.9", dst_port: 443, src_ip: "192.0.2.21" },
    },
  ],
});

const PROCESS = classify("process_activity", "launch");
const FLOW = classify("network_activity", "open");
const FILE = classify("file_activity", "other");
const OTHER = classify("base_event", "other");
