/** fields: what can be searched: every column of the event store, a few joint fields, and the names that other products have
 *  for the same thing (Sysmon, ECS, OCSF). Anything else is looked up in the raw record. */
import { EVENT_TABLE_COLUMNS } from "../platform/events/index.ts";

export type FieldType = "time" | "number" | "text" | "ip" | "list";

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly description: string;
  readonly aliases: readonly string[];
  /** Columns looked at; a joint field matches when any of them does. */
  readonly columns: readonly string[];
  /** Words that stand for numbers, lowest first from 0. */
  readonly words?: readonly string[];
}

/** Column -> description and the names others have for it. */
const KNOWN: Readonly<Record<string, readonly [description: string, ...aliases: string[]]>> = {
  id: ["Holdfast's own id of the event", "event.id", "metadata.uid"],
  time: ["When it happened", "@timestamp", "UtcTime", "TimeCreated"],
  received: ["When Holdfast received it", "event.ingested", "metadata.logged_time"],
  source: ["The source it came from"],
  parser: ["The parser that took it"],
  class: ["OCSF class, such as process_activity; unclassified when no parser took it", "class_name"],
  class_uid: ["OCSF class number"],
  activity_id: ["OCSF activity number within the class"],
  severity_id: ["OCSF severity number, 1 to 6"],
  status_id: ["OCSF status: 1 success, 2 failure"],
  product: ["What wrote it", "event.module", "metadata.product.name"],
  channel: ["The log it stood in", "Channel", "winlog.channel", "metadata.log_name"],
  event_code: [
    "The product's own number or name of the event",
    "EventID",
    "event.code",
    "winlog.event_id",
    "eventName",
    "metadata.event_code",
  ],
  host: ["The host it happened on", "Computer", "hostname", "host.name", "device.hostname", "Hostname"],
  user: ["The acting user", "user.name", "actor.user.name", "User", "SubjectUserName"],
  user_domain: ["Domain of the acting user", "user.domain", "actor.user.domain", "SubjectDomainName"],
  target_user: ["The user acted upon", "user.target.name"],
  src_ip: ["Address it came from", "source.ip", "src_endpoint.ip", "SourceIp", "IpAddress", "sourceIPAddress"],
  src_port: ["Port it came from", "source.port", "src_endpoint.port", "SourcePort", "IpPort"],
  dst_ip: ["Address it went to", "destination.ip", "dst_endpoint.ip", "DestinationIp"],
  dst_port: ["Port it went to", "destination.port", "dst_endpoint.port", "DestinationPort"],
  peer_host: [
    "Host name of the far side",
    "destination.domain",
    "dst_endpoint.hostname",
    "DestinationHostname",
    "WorkstationName",
  ],
  process_path: ["The program", "Image", "NewProcessName", "process.executable", "process.file.path", "exe"],
  process_cmd: ["Its command line", "CommandLine", "process.command_line", "process.cmd_line"],
  process_pid: ["Its process id", "process.pid"],
  process_guid: ["Its unique id", "ProcessGuid", "process.entity_id", "process.uid"],
  parent_path: [
    "The program that started it",
    "ParentImage",
    "ParentProcessName",
    "process.parent.executable",
    "process.parent_process.file.path",
  ],
  parent_cmd: [
    "The parent's command line",
    "ParentCommandLine",
    "process.parent.command_line",
    "process.parent_process.cmd_line",
  ],
  parent_pid: ["The parent's process id", "process.parent.pid", "process.parent_process.pid"],
  file_path: ["The file", "TargetFilename", "file.path", "ImageLoaded"],
  reg_path: ["Registry key and value", "TargetObject", "registry.path", "reg_key.path"],
  reg_value: ["What was written to the registry", "Details", "registry.data.strings", "reg_value.data"],
  sha256: ["SHA-256 of the file or program", "hash.sha256", "file.hash.sha256", "process.hash.sha256"],
  md5: ["MD5 of the file or program", "hash.md5", "file.hash.md5", "process.hash.md5"],
  domain: ["DNS name asked for, or host of the URL", "QueryName", "dns.question.name", "query.hostname", "url.domain"],
  url: ["The URL", "url.full", "url.original", "http_request.url.url_string"],
  http_method: ["HTTP method", "http.request.method", "http_request.http_method"],
  http_status: ["HTTP status", "http.response.status_code", "http_response.code"],
  object: ["Service, unit, task or cloud resource", "ServiceName", "TaskName"],
  session: [
    "Logon or session id, or the trace of a span",
    "LogonId",
    "TargetLogonId",
    "session.uid",
    "trace_id",
    "traceId",
    "trace.id",
  ],
  message: ["One readable line", "msg", "Message"],
  peer: ["Address of the sender of the record"],
  notes: ["What the pipeline noted, such as time-assumed"],
  raw: ["The untouched record"],
};

const JOINT: readonly Field[] = [
  {
    name: "severity",
    type: "number",
    description: "OCSF severity by word: informational, low, medium, high, critical, fatal",
    aliases: ["level"],
    columns: ["severity_id"],
    words: ["unknown", "informational", "low", "medium", "high", "critical", "fatal"],
  },
  {
    name: "status",
    type: "number",
    description: "success or failure",
    aliases: ["event.outcome"],
    columns: ["status_id"],
    words: ["unknown", "success", "failure"],
  },
  {
    name: "ip",
    type: "ip",
    description: "Any address: source, destination or sender",
    aliases: [],
    columns: ["src_ip", "dst_ip", "peer"],
  },
  { name: "hash", type: "text", description: "Any hash", aliases: [], columns: ["sha256", "md5"] },
  {
    name: "process",
    type: "text",
    description: "The program or its parent",
    aliases: [],
    columns: ["process_path", "parent_path"],
  },
  {
    name: "account",
    type: "text",
    description: "The acting user or the user acted upon",
    aliases: ["TargetUserName"],
    columns: ["user", "target_user"],
  },
];

export const FIELDS: readonly Field[] = [
  ...EVENT_TABLE_COLUMNS.map(({ name, kind }): Field => {
    const [description = name, ...aliases] = KNOWN[name] ?? [];
    return { name, type: kind === "enum" ? "text" : kind, description, aliases, columns: [name] };
  }),
  ...JOINT,
];

const BY_NAME = new Map<string, Field>();
for (const field of FIELDS) {
  for (const name of [field.name, ...field.aliases]) {
    const key = name.toLowerCase();
    if (!BY_NAME.has(key)) BY_NAME.set(key, field);
  }
}

export const fieldNamed = (name: string): Field | undefined => BY_NAME.get(name.toLowerCase());

export const FIELD_NAMES: readonly string[] = FIELDS.map((field) => field.name);

/** Columns of the default event list. */
export const LIST_COLUMNS: readonly string[] = [
  "id",
  "time",
  "severity_id",
  "class",
  "source",
  "host",
  "user",
  "message",
];
