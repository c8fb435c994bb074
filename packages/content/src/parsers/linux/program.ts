/** program: what the parsers of Linux programs share: whose line it is, and the columns and fields every line has. */
import { severityOfSyslog } from "@holdfast/ocsf";
import {
  EVENT_DEFAULTS,
  type DecodedRecord,
  type EventColumns,
  integerOf,
  type ParsedEvent,
  type SyslogHeader,
} from "@holdfast/sdk";

/** Program name as Sigma's services are named: "/usr/sbin/CRON" and "CRON" -> "cron", "sshd(pam_unix)" -> "sshd". */
export function programOf(record: DecodedRecord): string {
  const app = record.syslog?.app ?? "";
  if (app === "") return "";
  const module = app.indexOf("(");
  const name = module > 0 ? app.slice(0, module) : app;
  return name.slice(name.lastIndexOf("/") + 1).toLowerCase();
}

/** Old PAM writes "sshd(pam_unix)[123]: …"; today's form "pam_unix(sshd:auth): …" is made of it. */
export function messageOf(header: SyslogHeader): string {
  const { app, message } = header;
  const open = app.indexOf("(pam_");
  if (open <= 0 || !app.endsWith(")")) return message;
  return `${app.slice(open + 1, -1)}(${app.slice(0, open)}:${pamPart(message)}): ${message}`;
}

function pamPart(message: string): string {
  return message.startsWith("session ") ? "session" : "auth";
}

export interface Line {
  readonly header: SyslogHeader;
  readonly program: string;
  readonly message: string;
  readonly columns: EventColumns;
  /** Sigma's names for the parts of a line; parsers add what they find. */
  readonly fields: Record<string, unknown>;
}

export function openLine(record: DecodedRecord, header: SyslogHeader): Line {
  const program = programOf(record);
  const message = messageOf(header);
  const columns: EventColumns = { ...EVENT_DEFAULTS };
  columns.time_ms = header.time_ms ?? 0;
  columns.time_ns = header.time_ns;
  columns.product = program;
  columns.channel = FACILITIES[header.facility] ?? "";
  columns.severity_id = severityOfSyslog(header.severity);
  columns.host = header.host;
  columns.process_pid = integerOf(header.procid);
  columns.message = message;
  const fields: Record<string, unknown> = { program, pid: header.procid, hostname: header.host, message };
  return { header, program, message, columns, fields };
}

/** The event of a line: what the columns say about users and addresses is offered to rules as well. */
export function closeLine(line: Line, service: string): ParsedEvent {
  const { columns, fields } = line;
  if (columns.user !== "") fields["user"] = columns.user;
  if (columns.target_user !== "") fields["target_user"] = columns.target_user;
  if (columns.src_ip !== "") fields["src_ip"] = columns.src_ip;
  if (columns.src_port !== 0) fields["src_port"] = columns.src_port;
  if (columns.event_code !== "") {
    fields["event"] = columns.event_code;
    // Files of /var/log have no severity: what is understood is at least informational.
    if (columns.severity_id === 0) columns.severity_id = 1;
  }
  return { columns, fields, logsource: { product: "linux", service } };
}

/** RFC 5424 table 1, by the names of syslog.conf. */
const FACILITIES: readonly string[] = [
  "kern",
  "user",
  "mail",
  "daemon",
  "auth",
  "syslog",
  "lpr",
  "news",
  "uucp",
  "cron",
  "authpriv",
  "ftp",
  "ntp",
  "audit",
  "alert",
  "clock",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
];
