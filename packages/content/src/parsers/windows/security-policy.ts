/** security-policy: the audit log itself, audit and firewall policy, and the Windows Filtering Platform (Security channel). */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import type { EventColumns, Fields } from "@holdfast/sdk";
import { nameOf } from "./columns.ts";
import { type Entry, tableOf } from "./table.ts";

export const POLICY_EVENTS = tableOf({
  1100: log("Event logging service shut down", "stop", SEVERITY.low),
  1101: log("Audit events were dropped", "other", SEVERITY.medium),
  1102: log("Audit log cleared", "clear", SEVERITY.high),
  1104: log("Security log is full", "other", SEVERITY.medium),
  1105: log("Security log archived", "archive", SEVERITY.informational),
  1108: log("Event logging failed on an event", "other", SEVERITY.low),
  4608: { title: "Windows is starting", is: classify("application_lifecycle", "start") },
  4609: { title: "Windows is shutting down", is: classify("application_lifecycle", "stop") },
  4616: { title: "System time changed", is: classify("device_config_state_change", "log"), severity: SEVERITY.low },
  4715: policy("Audit policy of an object changed", "ObjectName", SEVERITY.medium),
  4719: policy("Audit policy changed", "SubcategoryGuid", SEVERITY.medium),
  4739: policy("Domain policy changed", "DomainPolicyChanged", SEVERITY.medium),
  4706: policy("Trust to a domain created", "DomainName", SEVERITY.medium),
  4707: policy("Trust to a domain removed", "DomainName", SEVERITY.medium),
  4713: policy("Kerberos policy changed", "KerberosPolicyChange", SEVERITY.medium),
  4907: policy("Auditing settings of an object changed", "ObjectName", SEVERITY.informational),
  4912: policy("Audit policy of a user changed", "SubcategoryGuid", SEVERITY.medium),
  4944: policy("Firewall policy at start", "GroupPolicyApplied", SEVERITY.informational),
  4945: policy("Firewall rule at start", "RuleName", SEVERITY.informational),
  4946: policy("Firewall rule added", "RuleName", SEVERITY.low),
  4947: policy("Firewall rule changed", "RuleName", SEVERITY.low),
  4948: policy("Firewall rule deleted", "RuleName", SEVERITY.low),
  4950: policy("Firewall setting changed", "SettingType", SEVERITY.low),
  4953: policy("Firewall rule ignored", "RuleName", SEVERITY.informational),
  4957: policy("Firewall rule not applied", "RuleName", SEVERITY.informational),
  ...platform([5440, 5441, 5442, 5443, 5444], "Filtering platform object at start"),
  ...platform([5446, 5447, 5448, 5449, 5450], "Filtering platform object changed"),
  5024: { title: "Windows Firewall started", is: classify("application_lifecycle", "start") },
  5025: { title: "Windows Firewall stopped", is: classify("application_lifecycle", "stop"), severity: SEVERITY.medium },
  5152: flow("Packet blocked", "refuse"),
  5154: flow("Listening permitted", "listen"),
  5155: flow("Listening blocked", "refuse"),
  5156: flow("Connection permitted", "open"),
  5157: flow("Connection blocked", "refuse"),
  5158: flow("Bind to a port permitted", "listen"),
  5159: flow("Bind to a port blocked", "refuse"),
});

function log(title: string, activity: "clear" | "stop" | "archive" | "other", severity: number): Entry {
  return {
    title,
    is: classify("event_log_activity", activity),
    text: { object: "Channel" },
    severity,
    about: ["object"],
  };
}

function policy(title: string, field: string, severity: number): Entry {
  return {
    title,
    is: classify("device_config_state_change", "log"),
    text: { object: field },
    severity,
    status: STATUS.success,
    about: ["object"],
  };
}

function platform(ids: readonly number[], title: string): Record<number, Entry> {
  const entry: Entry = {
    title,
    is: classify("device_config_state_change", "log"),
    then: (columns, fields) => {
      columns.object =
        ["FilterName", "CalloutName", "ProviderName", "SubLayerName", "ProviderContextName"]
          .map((name) => nameOf(fields, name))
          .find((name) => name !== "") ?? "";
    },
    about: ["object"],
  };
  return Object.fromEntries(ids.map((id) => [id, entry]));
}

function flow(title: string, activity: "open" | "refuse" | "listen"): Entry {
  return {
    title,
    is: classify("network_activity", activity),
    text: { process_path: "Application", src_ip: "SourceAddress", dst_ip: "DestAddress" },
    numbers: { process_pid: "ProcessID", src_port: "SourcePort", dst_port: "DestPort" },
    status: activity === "refuse" ? STATUS.failure : STATUS.success,
    then: (columns, fields) => describeFlow(title, columns, fields),
  };
}

function describeFlow(title: string, columns: EventColumns, fields: Fields): void {
  if (columns.process_pid === 0) columns.process_pid = Number.parseInt(nameOf(fields, "ProcessId"), 10) || 0;
  const to = columns.dst_ip === "" ? "" : ` to ${columns.dst_ip}:${columns.dst_port}`;
  columns.message = `${title}: ${columns.src_ip}:${columns.src_port}${to} by ${columns.process_path}`;
}
