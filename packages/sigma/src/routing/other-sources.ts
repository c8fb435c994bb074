/**
 * other-sources: the log sources outside Windows that the engine knows, and the well-known fields by which an event of
 * such a source gives itself away when nobody stated its log source.
 */
import type { Logsource } from "../rule.ts";
import { ecsLogsource, isEcs } from "./ecs-shape.ts";
import { isOcsf, ocsfLogsource } from "./ocsf-shape.ts";
import { textAt } from "./value-at.ts";

export const KNOWN: ReadonlyArray<readonly [product: string, ...servicesOrCategories: string[]]> = [
  ["aws", "cloudtrail"],
  ["azure", "activitylogs", "auditlogs", "pim", "riskdetection", "signinlogs"],
  ["bitbucket", "audit"],
  ["cisco", "aaa", "bgp", "duo", "ldp", "syslog"],
  ["django", "application"],
  ["fortigate", "event"],
  ["fortios", "sslvpnd"],
  ["gcp", "gcp.audit", "google_workspace.admin", "google_workspace.login"],
  ["github", "audit"],
  ["huawei", "bgp"],
  ["juniper", "bgp"],
  ["jvm", "application"],
  ["kubernetes", "application", "audit"],
  ["linux", "auditd", "auth", "clamav", "cron", "guacamole", "modsecurity", "sshd", "sudo", "syslog", "vsftpd"],
  ["linux", "process_creation", "process_termination", "network_connection", "file_event", "file_delete"],
  ["m365", "audit", "exchange", "threat_detection", "threat_management"],
  [
    "macos",
    "process_creation",
    "process_termination",
    "file_event",
    "file_delete",
    "network_connection",
    "raw_access_read",
    "sysmon_status",
  ],
  ["modsecurity", "application"],
  ["nodejs", "application"],
  ["okta", "okta"],
  ["onelogin", "onelogin.events"],
  ["opencanary", "application"],
  ["paloalto", "appliance", "file_event", "globalprotect"],
  ["python", "application"],
  ["qualys", "application"],
  ["rpc_firewall", "application"],
  ["ruby_on_rails", "application"],
  ["spring", "application"],
  ["sql", "application"],
  ["velocity", "application"],
  ["windows", "iis"],
  ["zeek", "conn", "dce_rpc", "dns", "files", "http", "kerberos", "rdp", "smb_files", "ssl", "x509"],
];
export const GENERIC = ["antivirus", "apache", "database", "dns", "firewall", "netflow", "nginx", "proxy", "webserver"];

export function isKnownLogsource({ product, category, service }: Logsource): boolean {
  const names = [category, service].filter((name) => name !== undefined);
  if (product === undefined) return names.every((name) => GENERIC.includes(name));
  const known = KNOWN.filter(([name]) => name === product).flat();
  return known.length > 0 && names.every((name) => known.includes(name));
}

interface Signature {
  readonly fields: readonly string[];
  readonly logsource: Logsource;
}

/** Tried in order: the more telling signatures come first. */
const SIGNATURES: readonly Signature[] = [
  { fields: ["Workload", "Operation", "RecordType"], logsource: { product: "m365", service: "audit" } },
  { fields: ["eventSource", "eventName", "awsRegion"], logsource: { product: "aws", service: "cloudtrail" } },
  { fields: ["eventSource", "eventName"], logsource: { product: "aws", service: "cloudtrail" } },
  {
    fields: ["auditID", "verb", "objectRef"],
    logsource: { product: "kubernetes", category: "application", service: "audit" },
  },
  {
    fields: ["auditID", "verb", "requestURI"],
    logsource: { product: "kubernetes", category: "application", service: "audit" },
  },
  { fields: ["eventType", "published", "actor"], logsource: { product: "okta", service: "okta" } },
  { fields: ["eventtype", "published", "actor"], logsource: { product: "okta", service: "okta" } },
  { fields: ["gcp.audit.method_name"], logsource: { product: "gcp", service: "gcp.audit" } },
  { fields: ["protoPayload", "logName"], logsource: { product: "gcp", service: "gcp.audit" } },
  { fields: ["ResourceProvider", "operationName"], logsource: { product: "azure", service: "activitylogs" } },
  { fields: ["riskEventType"], logsource: { product: "azure", service: "riskdetection" } },
  { fields: ["ConditionalAccessStatus", "AppId"], logsource: { product: "azure", service: "signinlogs" } },
  { fields: ["LoggedByService", "OperationName"], logsource: { product: "azure", service: "auditlogs" } },
  { fields: ["action", "actor", "org"], logsource: { product: "github", service: "audit" } },
  { fields: ["action", "actor", "repo"], logsource: { product: "github", service: "audit" } },
  { fields: ["action", "actor", "business"], logsource: { product: "github", service: "audit" } },
  { fields: ["auditType.category", "auditType.action"], logsource: { product: "bitbucket", service: "audit" } },
  { fields: ["dst_host", "logtype", "node_id"], logsource: { product: "opencanary", category: "application" } },
  { fields: ["uid", "id.orig_h", "query"], logsource: { product: "zeek", category: "dns", service: "dns" } },
  { fields: ["uid", "id.orig_h", "status_code"], logsource: { product: "zeek", service: "http" } },
  { fields: ["uid", "id.orig_h", "endpoint"], logsource: { product: "zeek", service: "dce_rpc" } },
  { fields: ["uid", "id.orig_h", "cookie"], logsource: { product: "zeek", service: "rdp" } },
  { fields: ["uid", "id.orig_h", "request_type"], logsource: { product: "zeek", service: "kerberos" } },
  { fields: ["uid", "id.orig_h", "conn_state"], logsource: { product: "zeek", service: "conn" } },
  { fields: ["uid", "id.orig_h", "path", "name"], logsource: { product: "zeek", service: "smb_files" } },
  { fields: ["certificate.serial"], logsource: { product: "zeek", service: "x509" } },
  { fields: ["c-uri", "cs-host"], logsource: { category: "proxy" } },
  { fields: ["cs-uri-stem", "cs-method"], logsource: { category: "webserver" } },
  { fields: ["cs-uri-query", "cs-method"], logsource: { category: "webserver" } },
  { fields: ["src_ip", "dst_ip", "dst_port"], logsource: { category: "firewall" } },
  { fields: ["logid", "devid", "subtype"], logsource: { product: "fortigate", service: "event" } },
  { fields: ["type", "auid"], logsource: { product: "linux", service: "auditd" } },
  { fields: ["type", "a0"], logsource: { product: "linux", service: "auditd" } },
  { fields: ["type", "nametype"], logsource: { product: "linux", service: "auditd" } },
];

export function inferLogsource(fields: Readonly<Record<string, unknown>>): Logsource | undefined {
  if (isOcsf(fields)) return ocsfLogsource(fields);
  const stated = isEcs(fields) ? ecsLogsource(fields) : saidByValue(fields);
  if (stated !== undefined) return stated;
  for (const signature of SIGNATURES) {
    if (signature.fields.every((name) => fields[name] !== undefined)) return signature.logsource;
  }
  return undefined;
}

/** Sources whose records name their kind in a value. */
function saidByValue(fields: Readonly<Record<string, unknown>>): Logsource | undefined {
  const zeek = fields["_path"] ?? fields["@path"];
  if (typeof zeek === "string" && fields["uid"] !== undefined) {
    return { product: "zeek", service: zeek, ...(zeek === "dns" ? { category: "dns" } : {}) };
  }
  const category = fields["category"];
  if (typeof category === "string" && fields["operationName"] !== undefined && Object.hasOwn(AZURE, category)) {
    return { product: "azure", service: AZURE[category] };
  }
  const application = textAt(fields, "id.applicationName");
  if (application === undefined) return undefined;
  return { product: "gcp", service: `google_workspace.${application}` };
}

/** The categories under which Azure exports its logs. */
const AZURE: Readonly<Record<string, string>> = {
  Administrative: "activitylogs",
  Security: "activitylogs",
  Policy: "activitylogs",
  Alert: "activitylogs",
  AuditLogs: "auditlogs",
  SignInLogs: "signinlogs",
  NonInteractiveUserSignInLogs: "signinlogs",
  ServicePrincipalSignInLogs: "signinlogs",
  ManagedIdentitySignInLogs: "signinlogs",
  UserRiskEvents: "riskdetection",
  RiskyUsers: "riskdetection",
};
