/** operational: the smaller channels: Task Scheduler, WMI activity, Defender, firewall, remote desktop, BITS. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type EventColumns, type Fields, firstText, integerOf, textOf } from "@holdfast/sdk";
import { type Channel, type Fill, firstLine, setAccount } from "./columns.ts";
import { addAssignments, addLines } from "./message-data.ts";
import { type Entry, type Table, tableOf } from "./table.ts";

const TASKS = tableOf({
  106: task("Scheduled task registered", "create", "UserContext"),
  129: task("Process of a task created", "start", "UserName"),
  140: task("Scheduled task updated", "update", "UserName"),
  141: task("Scheduled task deleted", "delete", "UserName"),
  142: task("Scheduled task disabled", "disable", "UserName"),
  100: task("Task started", "start", "UserContext"),
  110: task("Task triggered by a user", "start", "UserContext"),
  102: task("Task completed", "other", "UserContext"),
  200: task("Action of a task started", "start", "UserContext"),
  201: task("Action of a task completed", "other", "UserContext"),
});

function task(
  title: string,
  activity: "create" | "update" | "delete" | "disable" | "start" | "other",
  who: string,
): Entry {
  return {
    title,
    is: classify("scheduled_job_activity", activity),
    text: { object: "TaskName", process_path: "Path" },
    then: (columns, fields) => {
      setAccount(columns, textOf(fields, who));
      if (columns.process_path === "") columns.process_path = textOf(fields, "ActionName");
    },
    about: ["object", "process_path"],
  };
}

const WMI = tableOf({
  5857: {
    title: "WMI provider started",
    is: classify("module_activity", "load"),
    text: { object: "ProviderName", file_path: "ProviderPath" },
    about: ["object", "file_path"],
  },
  5858: {
    title: "WMI operation failed",
    is: classify("api_activity", "other"),
    text: { object: "Operation", peer_host: "ClientMachine" },
    status: STATUS.failure,
    severity: SEVERITY.low,
    about: ["object"],
    then: setUser,
  },
  5859: subscription("WMI event filter started", SEVERITY.low),
  5860: subscription("Temporary WMI subscription", SEVERITY.low),
  5861: subscription("Permanent WMI subscription", SEVERITY.medium),
});

function subscription(title: string, severity: number): Entry {
  return {
    title,
    is: classify("entity_management", "create"),
    severity,
    then: (columns, fields) => {
      setUser(columns, fields);
      columns.object = firstText(fields, [
        "CONSUMER",
        "Consumer",
        "ESS",
        "Query",
        "NotificationQuery",
        "Eventfilter",
        "Operation",
      ]);
    },
    about: ["object"],
  };
}

function setUser(columns: EventColumns, fields: Fields): void {
  setAccount(columns, textOf(fields, "User"));
}

const DEFENDER = tableOf({
  1006: threat("Malware found", SEVERITY.high),
  1007: threat("Action taken on malware", SEVERITY.medium),
  1008: threat("Action on malware failed", SEVERITY.critical),
  1015: threat("Suspicious behaviour found", SEVERITY.high),
  1116: threat("Malware detected", SEVERITY.high),
  1117: threat("Action taken on malware", SEVERITY.medium),
  1118: threat("Action on malware failed", SEVERITY.critical),
  1119: threat("Critical failure of an action on malware", SEVERITY.critical),
  1121: threat("Attack surface rule blocked", SEVERITY.medium),
  1122: threat("Attack surface rule would block", SEVERITY.low),
  1013: { title: "Malware history deleted", is: classify("detection_finding", "close"), severity: SEVERITY.medium },
  5000: protection("Real-time protection enabled", "enable", SEVERITY.informational),
  5001: protection("Real-time protection disabled", "disable", SEVERITY.high),
  5004: protection("Real-time protection changed", "update", SEVERITY.medium),
  5007: protection("Defender configuration changed", "update", SEVERITY.medium),
  5010: protection("Scanning for malware disabled", "disable", SEVERITY.high),
  5012: protection("Scanning for viruses disabled", "disable", SEVERITY.high),
  5013: protection("Tampering with Defender blocked", "other", SEVERITY.high),
  5101: protection("Defender has expired", "stop", SEVERITY.high),
});

function threat(title: string, severity: number): Entry {
  return {
    title,
    is: classify("detection_finding", "create"),
    severity,
    then: (columns, fields) => {
      columns.object = firstText(fields, ["ThreatName", "ID"]);
      columns.process_path = textOf(fields, "ProcessName");
      columns.file_path = filePathOf(textOf(fields, "Path"));
      setAccount(columns, firstText(fields, ["DetectionUser", "User"]));
    },
    about: ["object", "file_path"],
  };
}

/** Defender writes "file:_C:\x.exe; process:_pid:…": the first file. */
function filePathOf(path: string): string {
  const first = path.split(";", 1)[0] ?? "";
  const mark = first.indexOf(":_");
  return mark < 0 ? first : first.slice(mark + 2);
}

function protection(
  title: string,
  activity: "enable" | "disable" | "update" | "stop" | "other",
  severity: number,
): Entry {
  return {
    title,
    is: classify("application_lifecycle", activity),
    severity,
    then: (columns, fields) => {
      columns.object = "Microsoft Defender Antivirus";
      columns.reg_value = textOf(fields, "NewValue");
    },
    about: ["reg_value"],
  };
}

const FIREWALL = tableOf({
  2004: rule("Firewall rule added"),
  2005: rule("Firewall rule changed"),
  2006: rule("Firewall rule deleted"),
  2033: rule("All firewall rules deleted"),
  2071: rule("Firewall rule added"),
  2097: rule("Firewall rule added"),
  2003: rule("Firewall profile setting changed"),
});

function rule(title: string): Entry {
  return {
    title,
    is: classify("device_config_state_change", "log"),
    text: { object: "RuleName", file_path: "ApplicationPath", process_path: "ModifyingApplication" },
    severity: SEVERITY.low,
    about: ["object", "file_path"],
  };
}

const TERMINAL = tableOf({
  21: remote("Remote session logged on", "logon"),
  22: remote("Remote shell started", "other"),
  23: remote("Remote session logged off", "logoff"),
  24: remote("Remote session disconnected", "logoff"),
  25: remote("Remote session reconnected", "logon"),
  1149: remote("Remote desktop user authenticated", "logon"),
});

function remote(title: string, activity: "logon" | "logoff" | "other"): Entry {
  return {
    title,
    is: classify("authentication", activity),
    status: STATUS.success,
    then: (columns, fields) => {
      setAccount(columns, firstText(fields, ["User", "Param1"]));
      if (columns.user_domain === "") columns.user_domain = textOf(fields, "Param2");
      const address = firstText(fields, ["Address", "Param3"]);
      if (address !== "LOCAL") columns.src_ip = address;
      columns.session = textOf(fields, "SessionID");
    },
    about: ["user", "src_ip"],
  };
}

const BITS = tableOf({
  3: transfer("Transfer job created"),
  59: transfer("Transfer started"),
  4: transfer("Transfer job completed"),
  5: transfer("Transfer job cancelled"),
  60: transfer("Transfer stopped"),
  61: transfer("Transfer failed"),
  16403: transfer("Transfer job with a file created"),
});

function transfer(title: string): Entry {
  return {
    title,
    is: classify("network_activity", "traffic"),
    then: (columns, fields) => {
      columns.url = firstText(fields, ["url", "RemoteName"]);
      columns.file_path = textOf(fields, "LocalName");
      columns.process_path = textOf(fields, "processPath");
      columns.object = firstText(fields, ["name", "jobTitle", "string"]);
      setAccount(columns, firstText(fields, ["jobOwner", "User"]));
    },
    about: ["object", "url"],
  };
}

const RDP = tableOf({
  131: {
    title: "Remote desktop connection accepted",
    is: classify("network_activity", "open"),
    then: (columns, fields) => {
      // "192.0.2.7:50122" or "[fe80::1]:50122".
      const client = textOf(fields, "ClientIP");
      const colon = client.lastIndexOf(":");
      columns.src_ip = colon < 0 ? client : client.slice(0, colon).replace(/^\[|\]$/g, "");
      columns.src_port = colon < 0 ? 0 : integerOf(client.slice(colon + 1));
      columns.dst_port = 3389;
    },
    about: ["src_ip"],
  },
});

/** A channel of a table: what the table lacks still says who and what, in one line. */
function channelOf(table: Table): Fill {
  return (columns, fields, id) => {
    const step = table.get(id);
    if (step === undefined) columns.message = firstLine(textOf(fields, "Message"));
    else step(columns, fields);
  };
}

/** Defender writes "Threat Name" and "Feature Name"; rules read ThreatName and Feature_Name. */
function addPlainNames(fields: Record<string, unknown>): void {
  for (const name of Object.keys(fields)) {
    if (!name.includes(" ")) continue;
    const value = fields[name];
    fields[name.replaceAll(" ", "")] ??= value;
    fields[name.replaceAll(" ", "_")] ??= value;
  }
}

const TERMINAL_LINES: ReadonlyMap<string, string> = new Map([
  ["User", "User"],
  ["Domain", "Param2"],
  ["Session ID", "SessionID"],
  ["Source Network Address", "Address"],
]);
const addTerminalLines = (fields: Record<string, unknown>): void => addLines(fields, TERMINAL_LINES);

export const OPERATIONAL: readonly Channel[] = [
  { name: "Microsoft-Windows-TaskScheduler/Operational", product: "windows", fill: channelOf(TASKS) },
  {
    name: "Microsoft-Windows-WMI-Activity/Operational",
    product: "windows",
    prepare: addAssignments,
    fill: channelOf(WMI),
  },
  {
    name: "Microsoft-Windows-Windows Defender/Operational",
    product: "defender",
    prepare: addPlainNames,
    fill: channelOf(DEFENDER),
  },
  {
    name: "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",
    product: "windows",
    fill: channelOf(FIREWALL),
  },
  {
    name: "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
    product: "windows",
    prepare: addTerminalLines,
    fill: channelOf(TERMINAL),
  },
  {
    name: "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
    product: "windows",
    prepare: addTerminalLines,
    fill: channelOf(TERMINAL),
  },
  {
    name: "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational",
    product: "windows",
    fill: channelOf(RDP),
  },
  { name: "Microsoft-Windows-Bits-Client/Operational", product: "windows", fill: channelOf(BITS) },
];
