/** sysmon: Microsoft-Windows-Sysmon/Operational, every event id to schema 4.90.
 *  Event ids and field names: https://learn.microsoft.com/sysinternals/downloads/sysmon */
import { type Classification, classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type EventColumns, type Fields, integerOf, textOf } from "@holdfast/sdk";
import { firstLine, pidOf, setAccount, setHashes } from "./columns.ts";

export function fillSysmon(columns: EventColumns, fields: Fields, id: number): void {
  const kind = KINDS[id];
  columns.process_path = textOf(fields, "Image");
  columns.process_pid = pidOf(fields, "ProcessId");
  columns.process_guid = textOf(fields, "ProcessGuid");
  setAccount(columns, textOf(fields, "User"));
  if (kind === undefined) return;
  columns.class_uid = kind.is.class_uid;
  columns.activity_id = kind.is.activity_id;
  kind.fill(columns, fields);
  columns.message = `${kind.title}: ${kind.about(columns, fields)}`;
}

interface Kind {
  readonly title: string;
  readonly is: Classification;
  readonly fill: (columns: EventColumns, fields: Fields) => void;
  /** The part of the message behind the title. */
  readonly about: (columns: EventColumns, fields: Fields) => string;
}

const byProcess = (columns: EventColumns): string => columns.process_path;
const fileBy = (columns: EventColumns): string => `${columns.file_path} by ${columns.process_path}`;
const registryBy = (columns: EventColumns): string => `${columns.reg_path} by ${columns.process_path}`;

const KINDS: Readonly<Record<number, Kind>> = {
  1: {
    title: "Process created",
    is: classify("process_activity", "launch"),
    fill: fillProcess,
    about: (columns) => columns.process_cmd || columns.process_path,
  },
  2: {
    title: "File creation time changed",
    is: classify("file_activity", "set_attributes"),
    fill: fillFile,
    about: fileBy,
  },
  3: {
    title: "Network connection",
    is: classify("network_activity", "open"),
    fill: fillConnection,
    about: (c) => `${c.src_ip}:${c.src_port} to ${c.dst_ip}:${c.dst_port} by ${c.process_path}`,
  },
  4: {
    title: "Sysmon service state changed",
    is: classify("application_lifecycle", "other"),
    fill: (columns) => {
      columns.object = "Sysmon";
    },
    about: (_columns, fields) => textOf(fields, "State"),
  },
  5: { title: "Process ended", is: classify("process_activity", "terminate"), fill: nothing, about: byProcess },
  6: {
    title: "Driver loaded",
    is: classify("kernel_extension_activity", "load"),
    fill: fillImage,
    about: (columns) => columns.file_path,
  },
  7: { title: "Image loaded", is: classify("module_activity", "load"), fill: fillImage, about: fileBy },
  8: {
    title: "Thread created in another process",
    is: classify("process_activity", "inject"),
    fill: fillBetween,
    about: (columns) => `${columns.process_path} in ${columns.object}`,
  },
  9: {
    title: "Raw disk read",
    is: classify("file_activity", "read"),
    fill: (columns, fields) => {
      columns.file_path = textOf(fields, "Device");
    },
    about: fileBy,
  },
  10: {
    title: "Process accessed",
    is: classify("process_activity", "open"),
    fill: fillBetween,
    about: (columns, fields) =>
      `${columns.process_path} opened ${columns.object} with ${textOf(fields, "GrantedAccess")}`,
  },
  11: { title: "File created", is: classify("file_activity", "create"), fill: fillFile, about: fileBy },
  12: {
    title: "Registry key created or deleted",
    is: classify("registry_key_activity", "create"),
    fill: fillRegistryKey,
    about: registryBy,
  },
  13: {
    title: "Registry value set",
    is: classify("registry_value_activity", "set"),
    fill: fillRegistryValue,
    about: (columns) => `${columns.reg_path} = ${columns.reg_value} by ${columns.process_path}`,
  },
  14: {
    title: "Registry key renamed",
    is: classify("registry_key_activity", "rename"),
    fill: (columns, fields) => {
      columns.reg_path = textOf(fields, "TargetObject");
      columns.reg_value = textOf(fields, "NewName");
    },
    about: registryBy,
  },
  15: { title: "File stream created", is: classify("file_activity", "create"), fill: fillFile, about: fileBy },
  16: {
    title: "Sysmon configuration changed",
    is: classify("application_lifecycle", "update"),
    fill: (columns, fields) => {
      columns.object = "Sysmon";
      columns.file_path = textOf(fields, "Configuration");
      columns.severity_id = SEVERITY.medium;
    },
    about: (columns) => columns.file_path,
  },
  17: { title: "Pipe created", is: classify("file_activity", "create"), fill: fillPipe, about: fileBy },
  18: { title: "Pipe connected", is: classify("file_activity", "open"), fill: fillPipe, about: fileBy },
  19: wmi("WMI event filter", "Query"),
  20: wmi("WMI event consumer", "Destination"),
  21: wmi("WMI consumer bound to filter", "Consumer"),
  22: {
    title: "DNS query",
    is: classify("dns_activity", "query"),
    fill: (columns, fields) => {
      columns.domain = textOf(fields, "QueryName");
      columns.status_id = textOf(fields, "QueryStatus") === "0" ? STATUS.success : STATUS.failure;
    },
    about: (columns) => `${columns.domain} by ${columns.process_path}`,
  },
  23: { title: "File deleted (kept)", is: classify("file_activity", "delete"), fill: fillFile, about: fileBy },
  24: { title: "Clipboard changed", is: classify("base_event", "other"), fill: nothing, about: byProcess },
  25: { title: "Process tampered with", is: classify("process_activity", "inject"), fill: nothing, about: byProcess },
  26: { title: "File deleted", is: classify("file_activity", "delete"), fill: fillFile, about: fileBy },
  27: { title: "Executable file blocked", is: classify("file_activity", "create"), fill: fillBlocked, about: fileBy },
  28: { title: "File shredding blocked", is: classify("file_activity", "delete"), fill: fillBlocked, about: fileBy },
  29: { title: "Executable file created", is: classify("file_activity", "create"), fill: fillFile, about: fileBy },
  255: {
    title: "Sysmon error",
    is: classify("application_error", "general_error"),
    fill: (columns) => {
      columns.object = "Sysmon";
      columns.severity_id = SEVERITY.high;
    },
    about: (_columns, fields) => firstLine(textOf(fields, "Description")),
  },
};

function nothing(): void {}

function fillProcess(columns: EventColumns, fields: Fields): void {
  columns.process_cmd = textOf(fields, "CommandLine");
  columns.parent_path = textOf(fields, "ParentImage");
  columns.parent_cmd = textOf(fields, "ParentCommandLine");
  columns.parent_pid = pidOf(fields, "ParentProcessId");
  columns.session = textOf(fields, "LogonId");
  setHashes(columns, textOf(fields, "Hashes"));
}

function fillFile(columns: EventColumns, fields: Fields): void {
  columns.file_path = textOf(fields, "TargetFilename");
  setHashes(columns, textOf(fields, "Hashes") || textOf(fields, "Hash"));
}

function fillBlocked(columns: EventColumns, fields: Fields): void {
  fillFile(columns, fields);
  columns.status_id = STATUS.failure;
}

function fillImage(columns: EventColumns, fields: Fields): void {
  columns.file_path = textOf(fields, "ImageLoaded");
  setHashes(columns, textOf(fields, "Hashes"));
}

function fillPipe(columns: EventColumns, fields: Fields): void {
  columns.file_path = textOf(fields, "PipeName");
}

/** The acting process is the source; the process acted upon is the object. */
function fillBetween(columns: EventColumns, fields: Fields): void {
  columns.process_path = textOf(fields, "SourceImage");
  columns.process_pid = pidOf(fields, "SourceProcessId");
  columns.process_guid = textOf(fields, "SourceProcessGUID") || textOf(fields, "SourceProcessGuid");
  columns.object = textOf(fields, "TargetImage");
  const source = textOf(fields, "SourceUser");
  if (source !== "") setAccount(columns, source);
  const target = textOf(fields, "TargetUser");
  if (target !== source) columns.target_user = target.slice(target.indexOf("\\") + 1);
}

function fillConnection(columns: EventColumns, fields: Fields): void {
  columns.src_ip = textOf(fields, "SourceIp");
  columns.src_port = integerOf(fields["SourcePort"]);
  columns.dst_ip = textOf(fields, "DestinationIp");
  columns.dst_port = integerOf(fields["DestinationPort"]);
  const inbound = textOf(fields, "Initiated") === "false";
  columns.peer_host = textOf(fields, inbound ? "SourceHostname" : "DestinationHostname");
}

const KEY_DELETED = classify("registry_key_activity", "delete");
const VALUE_DELETED = classify("registry_value_activity", "delete");

function fillRegistryKey(columns: EventColumns, fields: Fields): void {
  columns.reg_path = textOf(fields, "TargetObject");
  const type = textOf(fields, "EventType");
  const deleted = type === "DeleteKey" ? KEY_DELETED : type === "DeleteValue" ? VALUE_DELETED : undefined;
  if (deleted === undefined) return;
  columns.class_uid = deleted.class_uid;
  columns.activity_id = deleted.activity_id;
}

function fillRegistryValue(columns: EventColumns, fields: Fields): void {
  columns.reg_path = textOf(fields, "TargetObject");
  columns.reg_value = textOf(fields, "Details");
}

function wmi(title: string, detail: string): Kind {
  return {
    title,
    is: classify("entity_management", "create"),
    fill: (columns, fields) => {
      columns.object = textOf(fields, "Name") || textOf(fields, "Filter");
      columns.severity_id = SEVERITY.medium;
    },
    about: (columns, fields) => `${columns.object} ${textOf(fields, detail)}`.trim(),
  };
}
