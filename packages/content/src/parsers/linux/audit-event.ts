/** audit-event: columns of an audit record, by its type. */
import { type Classification, classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type EventColumns, firstText, integerOf, textOf } from "@holdfast/sdk";
import { type AuditRecord, socketAddress } from "./audit-record.ts";
import { systemCall } from "./system-calls.ts";

type Fill = (columns: EventColumns, fields: Record<string, unknown>) => void;

export function fillAudit(columns: EventColumns, record: AuditRecord): void {
  const { fields, type } = record;
  const kind = KINDS.get(type);
  columns.class_uid = (kind?.is ?? OTHER).class_uid;
  columns.activity_id = (kind?.is ?? OTHER).activity_id;
  columns.severity_id = kind?.severity ?? SEVERITY.informational;
  columns.event_code = type;
  columns.session = textOf(fields, "ses");
  columns.process_pid = integerOf(fields["pid"]);
  columns.parent_pid = integerOf(fields["ppid"]);
  columns.process_path = textOf(fields, "exe");
  columns.user = nameOr(fields, ["AUID", "auid"]);
  columns.target_user = nameOr(fields, ["acct", "ID"]);
  columns.src_ip = addressOf(fields);
  const result = firstText(fields, ["res", "success"]);
  if (result !== "") columns.status_id = YES.has(result) ? STATUS.success : STATUS.failure;
  kind?.fill?.(columns, fields);
  if (columns.target_user === columns.user) columns.target_user = "";
  if (columns.message === "") columns.message = describe(type, columns, fields);
}

const YES = new Set(["success", "yes", "1"]);
const OTHER = classify("base_event", "other");
const UNSET = new Set(["4294967295", "unset", "-1", "?", "(unknown user)"]);

interface Kind {
  readonly is: Classification;
  readonly severity?: number;
  readonly fill?: Fill;
}

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["SYSCALL", { is: classify("kernel_activity", "invoke"), fill: fillSyscall }],
  ["EXECVE", { is: classify("process_activity", "launch"), fill: fillExecve }],
  ["PROCTITLE", { is: classify("process_activity", "other"), fill: fillTitle }],
  ["PATH", { is: classify("file_activity", "open"), fill: fillPath }],
  ["CWD", { is: classify("file_activity", "other"), fill: fillDirectory }],
  ["SOCKADDR", { is: classify("network_activity", "open"), fill: fillSocket }],
  ["USER_LOGIN", { is: classify("authentication", "logon"), fill: fillLogin }],
  ["USER_AUTH", { is: classify("authentication", "preauth"), fill: fillLogin }],
  ["USER_ACCT", { is: classify("authentication", "other"), fill: fillLogin }],
  ["USER_ERR", { is: classify("authentication", "other"), fill: fillLogin }],
  ["USER_START", { is: classify("authentication", "other"), fill: fillLogin }],
  ["USER_END", { is: classify("authentication", "logoff"), fill: fillLogin }],
  ["USER_LOGOUT", { is: classify("authentication", "logoff"), fill: fillLogin }],
  ["CRED_ACQ", { is: classify("authentication", "other"), fill: fillLogin }],
  ["CRED_DISP", { is: classify("authentication", "other"), fill: fillLogin }],
  ["CRED_REFR", { is: classify("authentication", "other"), fill: fillLogin }],
  ["LOGIN", { is: classify("authentication", "other") }],
  ["USER_CMD", { is: classify("process_activity", "launch"), fill: fillCommand }],
  ["USER_CHAUTHTOK", { is: classify("user_management", "password_change"), severity: SEVERITY.low }],
  ["ADD_USER", { is: classify("user_management", "create"), severity: SEVERITY.low }],
  ["DEL_USER", { is: classify("user_management", "delete"), severity: SEVERITY.low }],
  ["USER_MGMT", { is: classify("user_management", "update"), severity: SEVERITY.low }],
  ["ACCT_LOCK", { is: classify("user_management", "lock"), severity: SEVERITY.low }],
  ["ACCT_UNLOCK", { is: classify("user_management", "unlock"), severity: SEVERITY.low }],
  ["ADD_GROUP", { is: classify("group_management", "create"), severity: SEVERITY.low }],
  ["DEL_GROUP", { is: classify("group_management", "delete"), severity: SEVERITY.low }],
  ["GRP_MGMT", { is: classify("group_management", "update"), severity: SEVERITY.low }],
  ["SERVICE_START", { is: classify("application_lifecycle", "start"), fill: fillUnit }],
  ["SERVICE_STOP", { is: classify("application_lifecycle", "stop"), fill: fillUnit }],
  ["SYSTEM_BOOT", { is: classify("application_lifecycle", "start") }],
  ["SYSTEM_SHUTDOWN", { is: classify("application_lifecycle", "stop") }],
  ["DAEMON_START", { is: classify("event_log_activity", "start") }],
  ["DAEMON_END", { is: classify("event_log_activity", "stop"), severity: SEVERITY.medium }],
  ["DAEMON_ABORT", { is: classify("event_log_activity", "stop"), severity: SEVERITY.medium }],
  ["CONFIG_CHANGE", { is: classify("device_config_state_change", "log"), severity: SEVERITY.medium }],
  ["KERN_MODULE", { is: classify("kernel_extension_activity", "load"), severity: SEVERITY.low, fill: fillModule }],
  ["TTY", { is: classify("script_activity", "execute"), fill: fillTitle }],
  ["USER_TTY", { is: classify("script_activity", "execute"), fill: fillTitle }],
  ["AVC", { is: classify("base_event", "other"), severity: SEVERITY.low, fill: fillDenial }],
  ["SECCOMP", { is: classify("kernel_activity", "invoke"), severity: SEVERITY.low }],
  ["ANOM_ABEND", { is: classify("application_error", "general_error"), severity: SEVERITY.low }],
  ["ANOM_PROMISCUOUS", { is: classify("device_config_state_change", "log"), severity: SEVERITY.medium }],
]);

const RUN = classify("process_activity", "other").class_uid;

function fillSyscall(columns: EventColumns, fields: Record<string, unknown>): void {
  const name = textOf(fields, "SYSCALL") || systemCall(textOf(fields, "arch"), textOf(fields, "syscall"));
  if (name !== "") fields["SYSCALL"] = name;
  columns.object = name || textOf(fields, "syscall");
  columns.target_user = nameOr(fields, ["EUID", "euid"]);
  if (name === "execve" || name === "execveat") {
    // The command line is in the EXECVE record of the same serial: that one is the launch, so that launches count once.
    columns.class_uid = RUN;
    columns.activity_id = 99;
  }
  const key = textOf(fields, "key");
  columns.message = `${columns.object} by ${columns.process_path || textOf(fields, "comm")}${key === "" ? "" : ` (${key})`}`;
}

function fillExecve(columns: EventColumns, fields: Record<string, unknown>): void {
  const words = wordsOf(fields);
  columns.process_cmd = words.join(" ");
  fields["CommandLine"] = columns.process_cmd;
  if (fields["argc"] === undefined) {
    // Long arguments go on in further records of the same serial: only the first is the launch.
    columns.activity_id = 99;
    columns.message = `Arguments, continued: ${columns.process_cmd}`;
    return;
  }
  columns.process_path = words[0] ?? "";
  fields["Image"] = columns.process_path;
  columns.message = `Process run: ${columns.process_cmd}`;
}

const ARGUMENT = /^a(\d{1,6})(?:\[\d{1,6}\])?$/;

/** The arguments that this record has, in its order; long ones are split: a2_len=9000 a2[0]=… a2[1]=… */
function wordsOf(fields: Record<string, unknown>): string[] {
  const words = new Map<string, string>();
  for (const [name, value] of Object.entries(fields)) {
    const number = ARGUMENT.exec(name)?.[1];
    if (number !== undefined && typeof value === "string") words.set(number, (words.get(number) ?? "") + value);
  }
  return [...words.values()];
}

function fillTitle(columns: EventColumns, fields: Record<string, unknown>): void {
  columns.process_cmd = firstText(fields, ["proctitle", "data"]);
}

const PATHS: ReadonlyMap<string, number> = new Map([
  ["CREATE", 1],
  ["DELETE", 4],
]);

function fillPath(columns: EventColumns, fields: Record<string, unknown>): void {
  columns.file_path = textOf(fields, "name");
  columns.activity_id = PATHS.get(textOf(fields, "nametype")) ?? columns.activity_id;
  columns.target_user = nameOr(fields, ["OUID", "ouid"]);
}

function fillDirectory(columns: EventColumns, fields: Record<string, unknown>): void {
  columns.file_path = textOf(fields, "cwd");
}

function fillSocket(columns: EventColumns, fields: Record<string, unknown>): void {
  const address = socketAddress(textOf(fields, "saddr"));
  columns.src_ip = "";
  if (address === undefined) return;
  columns.dst_ip = address.ip;
  columns.dst_port = address.port;
  fields["DestinationIp"] = address.ip;
  fields["DestinationPort"] = address.port;
}

/** The account is who logs in; the audit user is only set after that. */
function fillLogin(columns: EventColumns): void {
  if (columns.target_user !== "" && columns.user === "") columns.user = columns.target_user;
}

function fillCommand(columns: EventColumns, fields: Record<string, unknown>): void {
  columns.process_cmd = textOf(fields, "cmd");
  columns.process_path = columns.process_cmd.split(" ", 1)[0] ?? "";
  columns.message = `Command run: ${columns.process_cmd}`;
}

function fillUnit(columns: EventColumns, fields: Record<string, unknown>): void {
  columns.object = textOf(fields, "unit");
}

function fillModule(columns: EventColumns, fields: Record<string, unknown>): void {
  columns.object = textOf(fields, "name");
}

function fillDenial(columns: EventColumns, fields: Record<string, unknown>): void {
  columns.status_id = STATUS.failure;
  columns.file_path = firstText(fields, ["path", "name"]);
  columns.object = firstText(fields, ["profile", "tcontext"]);
}

/** auditd's resolved name (capitals) when it was configured to add it, else the number. */
function nameOr(fields: Record<string, unknown>, names: readonly string[]): string {
  const name = firstText(fields, names);
  return UNSET.has(name) ? "" : name;
}

function addressOf(fields: Record<string, unknown>): string {
  const address = firstText(fields, ["addr", "hostname"]);
  return address === "?" || address === "UNKNOWN" || !/^[0-9a-fA-F.:]{3,45}$/.test(address) ? "" : address;
}

function describe(type: string, columns: EventColumns, fields: Record<string, unknown>): string {
  const detail = [
    textOf(fields, "op"),
    columns.file_path,
    columns.process_cmd,
    columns.object,
    columns.dst_ip,
    columns.user,
    columns.process_path,
  ]
    .filter((part) => part !== "")
    .slice(0, 3)
    .join(" ");
  return detail === "" ? type : `${type}: ${detail}`;
}
