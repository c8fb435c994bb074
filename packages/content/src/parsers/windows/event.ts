/** event: makes the event of a Windows record, whatever shape it came in. The three Windows parsers find the parts of
 *  their shape (channel, id, provider, computer, time, data) and hand them over; the channel's file fills the columns. */
import { SEVERITY, STATUS, severityOfWindowsLevel, severityOfWord } from "@holdfast/ocsf";
import { EVENT_DEFAULTS, type EventColumns, type EventTime, integerOf, type ParsedEvent, textOf } from "@holdfast/sdk";
import { type Channel, firstLine, nameOf, setAccount } from "./columns.ts";
import { OPERATIONAL } from "./operational.ts";
import { fillPowershell } from "./powershell.ts";
import { fillSecurity } from "./security.ts";
import { fillSysmon } from "./sysmon.ts";
import { fillApplication, fillSystem } from "./system.ts";

export interface WindowsParts {
  /** The event's data under its own names; the parts below are added to it. */
  readonly fields: Record<string, unknown>;
  readonly channel: string;
  readonly id: number;
  readonly provider: string;
  readonly computer: string;
  readonly time: EventTime | undefined;
}

export function windowsEvent(parts: WindowsParts): ParsedEvent {
  const { fields, id } = parts;
  const channel = CHANNELS.get(parts.channel.toLowerCase());
  fields["EventID"] = id;
  fields["Channel"] = parts.channel;
  fields["Provider_Name"] = parts.provider;
  fields["Computer"] = parts.computer;
  const columns: EventColumns = { ...EVENT_DEFAULTS };
  columns.time_ms = parts.time?.time_ms ?? 0;
  columns.time_ns = parts.time?.time_ns ?? 0;
  columns.product = channel?.product ?? "windows";
  columns.channel = channel?.name ?? parts.channel;
  columns.event_code = String(id);
  columns.host = parts.computer;
  setLevel(columns, fields);
  channel?.prepare?.(fields);
  if (channel === undefined) fillGeneric(columns, fields);
  else channel.fill(columns, fields, id);
  if (columns.message === "") columns.message = messageOf(parts);
  return { columns, fields, logsource: undefined };
}

const KNOWN: readonly Channel[] = [
  { name: "Microsoft-Windows-Sysmon/Operational", product: "sysmon", fill: fillSysmon },
  { name: "Linux-Sysmon/Operational", product: "sysmon", fill: fillSysmon },
  { name: "Security", product: "windows", fill: fillSecurity },
  { name: "System", product: "windows", fill: fillSystem },
  { name: "Application", product: "windows", fill: fillApplication },
  { name: "Windows PowerShell", product: "powershell", fill: fillPowershell },
  { name: "Microsoft-Windows-PowerShell/Operational", product: "powershell", fill: fillPowershell },
  { name: "PowerShellCore/Operational", product: "powershell", fill: fillPowershell },
  ...OPERATIONAL,
];
const CHANNELS: ReadonlyMap<string, Channel> = new Map(KNOWN.map((channel) => [channel.name.toLowerCase(), channel]));

/** Severity and outcome as the four shippers write them; a channel may know better and overwrite them. */
function setLevel(columns: EventColumns, fields: Readonly<Record<string, unknown>>): void {
  const level = fields["Level"] ?? fields["level"] ?? fields["Severity"];
  const number = integerOf(level);
  columns.severity_id = SEVERITY.informational;
  if (number > 0) columns.severity_id = severityOfWindowsLevel(number);
  else if (typeof level === "string" && level !== "0")
    columns.severity_id = severityOfWord(level) || SEVERITY.informational;
  const audit = textOf(fields, "EventType") || textOf(fields, "Keywords");
  if (audit === "AUDIT_FAILURE" || audit.startsWith("0x8010")) {
    columns.status_id = STATUS.failure;
    // Failure audits are written as errors by some shippers; a refused access is no error of the machine.
    columns.severity_id = SEVERITY.low;
  } else if (audit === "AUDIT_SUCCESS" || audit.startsWith("0x8020")) columns.status_id = STATUS.success;
}

function fillGeneric(columns: EventColumns, fields: Readonly<Record<string, unknown>>): void {
  const subject = nameOf(fields, "SubjectUserName");
  if (subject !== "") {
    columns.user = subject;
    columns.user_domain = textOf(fields, "SubjectDomainName");
  } else setAccount(columns, textOf(fields, "User") || textOf(fields, "AccountName"));
}

function messageOf(parts: WindowsParts): string {
  const line = firstLine(textOf(parts.fields, "Message") || textOf(parts.fields, "message"));
  return line === "" ? `${parts.provider} event ${parts.id}${dataOf(parts.fields)}` : line;
}

/** Files of events carry no rendered message: the first of the event's own values say more than its number. */
function dataOf(fields: Readonly<Record<string, unknown>>): string {
  let shown = "";
  let count = 0;
  for (const name of Object.keys(fields)) {
    const value = SYSTEM.has(name) ? "" : textOf(fields, name);
    if (value === "" || count === 4) continue;
    shown += `${count === 0 ? ": " : ", "}${name}=${firstLine(value).slice(0, 100)}`;
    count++;
  }
  return shown;
}

const SYSTEM = new Set([
  "EventID",
  "Channel",
  "Computer",
  "Provider_Name",
  "Version",
  "Level",
  "Task",
  "Opcode",
  "Keywords",
  "EventRecordID",
  "Security_UserID",
  "Execution_ProcessID",
  "xmlns",
]);
