/** log: one row of a Zeek log, from JSON or from separated values, as an event. Field names are Zeek's own, because that is what
 *  Sigma's Zeek rules read. */
import { type Classification, classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import {
  type EventColumns,
  type Fields,
  firstText,
  integerOf,
  type ParseResult,
  parseTime,
  setField,
  textOf,
} from "@holdfast/sdk";

/** @param path the log's name: conn, dns, http, ssl, files, notice … */
export function zeekEvent(row: Record<string, unknown>, path: string): ParseResult {
  const time = parseTime(row["ts"]);
  const is = KINDS.get(path) ?? OTHER;
  const columns: Partial<EventColumns> = {
    time_ms: time?.time_ms ?? 0,
    time_ns: time?.time_ns ?? 0,
    product: "zeek",
    channel: path,
    src_ip: firstText(row, ["id.orig_h", "src", "tx_hosts"]),
    src_port: integerOf(row["id.orig_p"]),
    dst_ip: firstText(row, ["id.resp_h", "dst", "rx_hosts"]),
    dst_port: integerOf(row["id.resp_p"]),
    session: firstText(row, ["uid", "conn_uids"]),
    user: firstText(row, ["user", "username", "client"]),
    class_uid: is.class_uid,
    activity_id: is.activity_id,
    severity_id: path === "notice" ? SEVERITY.medium : SEVERITY.informational,
    ...special(row, path),
  };
  columns.message = sentence(row, path, columns);
  const fields = row;
  for (const [name, from] of ALIASES.get(path) ?? []) setField(fields, name, row[from]);
  return { ok: true, event: { columns, fields, logsource: { product: "zeek", service: path } } };
}

/** The log that a row without a path belongs to, by the fields that only it has. */
export function zeekPath(row: Fields): string {
  for (const [path, names] of SIGNS) if (names.every((name) => Object.hasOwn(row, name))) return path;
  return "conn";
}

const SIGNS: readonly (readonly [string, readonly string[]])[] = [
  ["dns", ["query", "qtype_name"]],
  ["http", ["method", "uri"]],
  ["ssl", ["server_name", "cipher"]],
  ["files", ["fuid", "source"]],
  ["notice", ["note", "msg"]],
  ["dce_rpc", ["endpoint", "operation"]],
  ["smb_files", ["action", "path", "name"]],
  ["kerberos", ["request_type", "client"]],
  ["rdp", ["cookie", "security_protocol"]],
  ["x509", ["certificate.serial"]],
  ["ssh", ["auth_attempts"]],
];

const OTHER = classify("base_event", "other");
const KINDS: ReadonlyMap<string, Classification> = new Map<string, Classification>([
  ["conn", classify("network_activity", "traffic")],
  ["dns", classify("dns_activity", "query")],
  ["http", classify("http_activity", "other")],
  ["ssl", classify("network_activity", "open")],
  ["files", classify("file_activity", "other")],
  ["notice", classify("detection_finding", "create")],
  ["smb_files", classify("smb_activity", "other")],
  ["ssh", classify("ssh_activity", "other")],
  ["kerberos", classify("authentication", "authentication_ticket")],
]);

const ALIASES: ReadonlyMap<string, readonly (readonly [string, string])[]> = new Map([
  [
    "http",
    [
      ["c-uri", "uri"],
      ["c-useragent", "user_agent"],
      ["cs-method", "method"],
      ["cs-host", "host"],
      ["sc-status", "status_code"],
    ],
  ],
  [
    "dns",
    [
      ["record_type", "qtype_name"],
      ["answer", "answers"],
    ],
  ],
]);

function special(row: Fields, path: string): Partial<EventColumns> {
  switch (path) {
    case "dns":
      return {
        domain: textOf(row, "query"),
        event_code: textOf(row, "qtype_name"),
        status_id: textOf(row, "rcode_name") === "NXDOMAIN" ? STATUS.failure : STATUS.success,
      };
    case "http":
      return {
        domain: textOf(row, "host"),
        url: textOf(row, "uri"),
        http_method: textOf(row, "method"),
        http_status: integerOf(row["status_code"]),
      };
    case "ssl":
      return { domain: textOf(row, "server_name"), event_code: textOf(row, "version") };
    case "files":
      return {
        file_path: textOf(row, "filename"),
        sha256: textOf(row, "sha256").toLowerCase(),
        md5: textOf(row, "md5").toLowerCase(),
        object: textOf(row, "mime_type"),
      };
    case "smb_files":
      return { file_path: `${textOf(row, "path")}\\${textOf(row, "name")}`, event_code: textOf(row, "action") };
    case "notice":
      return { event_code: textOf(row, "note"), object: textOf(row, "sub") };
    case "dce_rpc":
      return { event_code: textOf(row, "operation"), object: textOf(row, "endpoint") };
    case "conn":
      return { event_code: textOf(row, "conn_state"), object: textOf(row, "service") };
    default:
      return {};
  }
}

function sentence(row: Fields, path: string, columns: Partial<EventColumns>): string {
  const ends = `${columns.src_ip ?? ""} to ${columns.dst_ip ?? ""}${columns.dst_port === 0 ? "" : `:${columns.dst_port}`}`;
  const what = firstText(row, [
    "msg",
    "query",
    "uri",
    "server_name",
    "filename",
    "name",
    "operation",
    "service",
    "proto",
  ]);
  return `${path}: ${what} ${ends}`.trim();
}
