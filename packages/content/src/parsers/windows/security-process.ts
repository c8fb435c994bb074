/** security-process: processes, privileges, tasks and services of the Security channel. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import type { EventColumns, Fields } from "@holdfast/sdk";
import { nameOf, pidOf } from "./columns.ts";
import { tableOf } from "./table.ts";

const PROCESS = { process_path: "ProcessName" } as const;
const PID = { process_pid: "ProcessId" } as const;

export const PROCESS_EVENTS = tableOf({
  4688: {
    title: "Process created",
    is: classify("process_activity", "launch"),
    text: {
      process_path: "NewProcessName",
      process_cmd: "CommandLine",
      parent_path: "ParentProcessName",
      target_user: "TargetUserName",
    },
    numbers: { process_pid: "NewProcessId", parent_pid: "ProcessId" },
    status: STATUS.success,
    then: describeProcess,
  },
  4689: {
    title: "Process ended",
    is: classify("process_activity", "terminate"),
    text: PROCESS,
    numbers: PID,
    status: STATUS.success,
    about: ["process_path"],
  },
  4696: {
    title: "Primary token assigned to process",
    is: classify("process_activity", "set_user_id"),
    text: { process_path: "TargetProcessName", target_user: "TargetUserName" },
    numbers: { process_pid: "TargetProcessId" },
    about: ["process_path", "target_user"],
  },
  4697: {
    title: "Service installed",
    is: classify("windows_service_activity", "create"),
    text: { object: "ServiceName", file_path: "ServiceFileName", target_user: "ServiceAccount" },
    severity: SEVERITY.low,
    status: STATUS.success,
    about: ["object", "file_path"],
  },
  4698: task("Scheduled task created", "create"),
  4699: task("Scheduled task deleted", "delete"),
  4700: task("Scheduled task enabled", "enable"),
  4701: task("Scheduled task disabled", "disable"),
  4702: { ...task("Scheduled task changed", "update"), text: { object: "TaskName", process_cmd: "TaskContentNew" } },
  4673: privilege("Privileged service called"),
  4674: privilege("Operation tried on a privileged object"),
  4703: {
    title: "Token rights adjusted",
    is: classify("user_management", "assign_privileges"),
    text: { ...PROCESS, target_user: "TargetUserName" },
    numbers: PID,
    then: dropSelf,
    about: ["process_path", "target_user"],
  },
  4704: right("User right assigned", "assign_privileges"),
  4705: right("User right removed", "remove_privileges"),
  4717: right("Logon right granted", "assign_privileges"),
  4718: right("Logon right removed", "remove_privileges"),
  4610: lsa("Authentication package loaded", "AuthenticationPackageName"),
  4611: lsa("Logon process registered", "LogonProcessName"),
  4614: lsa("Notification package loaded", "NotificationPackageName"),
  4622: lsa("Security package loaded", "SecurityPackageName"),
});

function task(title: string, activity: "create" | "delete" | "enable" | "disable" | "update") {
  return {
    title,
    is: classify("scheduled_job_activity", activity),
    text: { object: "TaskName", process_cmd: "TaskContent" },
    status: STATUS.success,
    about: ["object"],
    then: (columns: EventColumns) => {
      columns.process_cmd = commandOf(columns.process_cmd);
    },
  } as const;
}

function privilege(title: string) {
  return {
    title,
    is: classify("authorize_session", "assign_privileges"),
    text: { ...PROCESS, object: "PrivilegeList" },
    numbers: PID,
    about: ["object", "process_path"],
  } as const;
}

function right(title: string, activity: "assign_privileges" | "remove_privileges") {
  return {
    title,
    is: classify("user_management", activity),
    text: { target_user: "TargetSid", object: "PrivilegeList" },
    severity: SEVERITY.low,
    about: ["object", "target_user"],
  } as const;
}

function lsa(title: string, field: string) {
  return { title, is: classify("module_activity", "load"), text: { object: field }, about: ["object"] } as const;
}

function describeProcess(columns: EventColumns): void {
  dropSelf(columns);
  columns.message = `Process created: ${columns.process_cmd || columns.process_path}`;
}

function dropSelf(columns: EventColumns): void {
  if (columns.target_user === columns.user) columns.target_user = "";
}

/** The command of a task's XML, with its arguments. */
function commandOf(xml: string): string {
  const command = between(xml, "<Command>", "</Command>");
  const args = between(xml, "<Arguments>", "</Arguments>");
  return args === "" ? command : `${command} ${args}`;
}

function between(text: string, open: string, close: string): string {
  const start = text.indexOf(open);
  if (start < 0) return "";
  const end = text.indexOf(close, start);
  return end < 0 ? "" : text.slice(start + open.length, end).trim();
}

/** Who did it, in every event of the channel that has a subject. */
export function fillSubject(columns: EventColumns, fields: Fields): void {
  columns.user = nameOf(fields, "SubjectUserName");
  columns.user_domain = nameOf(fields, "SubjectDomainName");
  columns.session = nameOf(fields, "SubjectLogonId");
  if (columns.process_pid === 0) columns.process_pid = pidOf(fields, "ProcessId");
}
