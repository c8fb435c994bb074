/**
 * ocsf-shape: OCSF events for rules that were written for the product's own names. The class and activity say what
 * category of log source an event is, the class says where Sigma's fields stand. The event's own fields stay.
 */
import type { Logsource } from "../rule.ts";
import { beside, type Fields, isFields, type Names, named, textAt, valueAt, withDomain } from "./value-at.ts";

export function isOcsf(fields: Fields): boolean {
  return typeof fields["class_uid"] === "number";
}

export function ocsfLogsource(fields: Fields): Logsource | undefined {
  const kind = kindOf(fields);
  if (kind === "cloud") return cloudLogsource(fields);
  if (kind === undefined) return undefined;
  if (WITHOUT_PRODUCT.has(kind)) return { category: kind };
  const product = productOf(fields);
  return product === undefined ? undefined : { product, category: kind };
}

/** The fields under Sigma's names, added to the event's own. */
export function fromOcsf(fields: Fields): Fields {
  const kind = kindOf(fields);
  const flat = actorOf(fields);
  if (kind !== undefined) Object.assign(flat, named(fields, NAMES[kind] ?? {}), computed(kind, fields));
  const channel = textAt(fields, "metadata.log_name");
  const code = textAt(fields, "metadata.event_code");
  if (channel !== undefined && code !== undefined && productOf(fields) === "windows") {
    Object.assign(flat, { Channel: channel, EventID: code });
    const provider = textAt(fields, "metadata.log_provider");
    if (provider !== undefined) flat["Provider_Name"] = provider;
    if (code === "4688") Object.assign(flat, named(flat, SECURITY_4688));
  }
  const unmapped = fields["unmapped"];
  return beside(fields, { ...flat, ...(isFields(unmapped) ? unmapped : {}) });
}

type Kind = string;

const CLASS = {
  file: 1001,
  driver: 1002,
  module: 1005,
  process: 1007,
  authentication: 3002,
  network: 4001,
  http: 4002,
  dns: 4003,
  api: 6003,
  webResource: 6001,
  registryKey: 201_001,
  registryValue: 201_002,
} as const;

const ACTIVITIES: Readonly<Record<number, Readonly<Record<number, Kind>>>> = {
  [CLASS.file]: { 1: "file_event", 3: "file_event", 4: "file_delete", 5: "file_rename", 6: "file_change" },
  [CLASS.driver]: { 1: "driver_load" },
  [CLASS.module]: { 1: "image_load" },
  [CLASS.process]: { 1: "process_creation", 2: "process_termination", 3: "process_access", 4: "create_remote_thread" },
  [CLASS.registryKey]: { 1: "registry_add", 3: "registry_event", 4: "registry_delete", 5: "registry_rename" },
  [CLASS.registryValue]: { 2: "registry_set", 3: "registry_set", 4: "registry_delete" },
};

const WITHOUT_PRODUCT = new Set(["firewall", "dns", "proxy", "webserver"]);

function kindOf(fields: Fields): Kind | undefined {
  const type = fields["class_uid"];
  const activity = fields["activity_id"];
  const seenFromHost = valueAt(fields, "actor.process") !== undefined || valueAt(fields, "process") !== undefined;
  switch (type) {
    case CLASS.network:
      return seenFromHost ? "network_connection" : "firewall";
    case CLASS.dns:
      return seenFromHost ? "dns_query" : "dns";
    case CLASS.http:
      return valueAt(fields, "proxy_endpoint") === undefined &&
        textAt(fields, "connection_info.direction") !== "Outbound"
        ? "webserver"
        : "proxy";
    case CLASS.api:
    case CLASS.webResource:
      return "cloud";
    default:
      return typeof type === "number" && typeof activity === "number" ? ACTIVITIES[type]?.[activity] : undefined;
  }
}

function productOf(fields: Fields): string | undefined {
  const type = valueAt(fields, "device.os.type_id");
  if (type === 100) return "windows";
  if (type === 200) return "linux";
  if (type === 300) return "macos";
  const name = (textAt(fields, "device.os.type", "device.os.name") ?? "").toLowerCase();
  return ["windows", "linux", "macos"].find((product) => name.startsWith(product));
}

function cloudLogsource(fields: Fields): Logsource | undefined {
  const provider = (textAt(fields, "cloud.provider", "metadata.product.vendor_name") ?? "").toLowerCase();
  const product = (textAt(fields, "metadata.product.name") ?? "").toLowerCase();
  if (/kubernetes/.test(product)) return { product: "kubernetes", category: "application", service: "audit" };
  if (/okta/.test(provider + product)) return { product: "okta", service: "okta" };
  if (/github/.test(provider + product)) return { product: "github", service: "audit" };
  if (/365|office|exchange/.test(product)) return { product: "m365", service: "audit" };
  if (/aws|amazon/.test(provider)) return { product: "aws", service: "cloudtrail" };
  if (/azure|microsoft/.test(provider)) return { product: "azure", service: "activitylogs" };
  return /gcp|google/.test(provider) ? { product: "gcp", service: "gcp.audit" } : undefined;
}

const ACTOR: Names = {
  Image: ["actor.process.file.path", "process.file.path", "actor.process.path"],
  ProcessId: ["actor.process.pid", "process.pid"],
  ProcessGuid: ["actor.process.uid", "process.uid"],
  CommandLine: ["actor.process.cmd_line"],
  Computer: ["device.hostname", "device.name"],
};

function actorOf(fields: Fields): Record<string, unknown> {
  const flat = named(fields, ACTOR);
  const user = userAt(fields, "actor.user") ?? userAt(fields, "actor.process.user") ?? userAt(fields, "process.user");
  return user === undefined ? flat : { ...flat, User: user };
}

const PROCESS: Names = {
  Image: ["process.file.path", "process.path", "process.name"],
  CommandLine: ["process.cmd_line"],
  ProcessId: ["process.pid"],
  ProcessGuid: ["process.uid"],
  CurrentDirectory: ["process.working_directory"],
  IntegrityLevel: ["process.integrity"],
  OriginalFileName: ["process.file.internal_name"],
  Company: ["process.file.company_name"],
  Description: ["process.file.desc"],
  Product: ["process.file.product.name"],
  FileVersion: ["process.file.version"],
  LogonId: ["process.session.uid", "actor.session.uid"],
  ParentImage: ["process.parent_process.file.path", "actor.process.file.path"],
  ParentCommandLine: ["process.parent_process.cmd_line", "actor.process.cmd_line"],
  ParentProcessId: ["process.parent_process.pid", "actor.process.pid"],
  ParentProcessGuid: ["process.parent_process.uid", "actor.process.uid"],
};

const WEB: Names = {
  "c-uri": ["http_request.url.url_string", "http_request.url.path"],
  "cs-uri": ["http_request.url.url_string", "http_request.url.path"],
  "cs-uri-stem": ["http_request.url.path"],
  "c-uri-stem": ["http_request.url.path"],
  "cs-uri-query": ["http_request.url.query_string", "http_request.args"],
  "c-uri-query": ["http_request.url.query_string", "http_request.args"],
  "cs-host": ["http_request.url.hostname", "http_request.url.domain", "dst_endpoint.hostname"],
  "cs-method": ["http_request.http_method"],
  "c-useragent": ["http_request.user_agent"],
  "cs-user-agent": ["http_request.user_agent"],
  "cs-referer": ["http_request.referrer"],
  "cs-username": ["actor.user.name"],
  "sc-status": ["http_response.code"],
  "c-ip": ["src_endpoint.ip"],
  dst_ip: ["dst_endpoint.ip"],
  src_ip: ["src_endpoint.ip"],
};

const REGISTRY: Names = { NewName: ["reg_key.path"], Details: ["reg_value.data"] };

const NAMES: Readonly<Record<Kind, Names>> = {
  process_creation: PROCESS,
  process_termination: PROCESS,
  process_access: { SourceImage: ["actor.process.file.path"], TargetImage: ["process.file.path"] },
  create_remote_thread: {
    SourceImage: ["actor.process.file.path"],
    TargetImage: ["process.file.path"],
    StartModule: ["module.file.path"],
    StartFunction: ["module.function_name"],
  },
  image_load: { ImageLoaded: ["module.file.path"] },
  driver_load: { ImageLoaded: ["driver.file.path"] },
  file_event: { TargetFilename: ["file.path"] },
  file_delete: { TargetFilename: ["file.path"] },
  file_change: { TargetFilename: ["file.path"] },
  file_rename: { SourceFilename: ["file.path"], TargetFilename: ["file_result.path"] },
  registry_add: REGISTRY,
  registry_delete: REGISTRY,
  registry_event: REGISTRY,
  registry_rename: REGISTRY,
  registry_set: REGISTRY,
  network_connection: {
    DestinationIp: ["dst_endpoint.ip"],
    DestinationPort: ["dst_endpoint.port"],
    DestinationHostname: ["dst_endpoint.hostname", "dst_endpoint.domain"],
    SourceIp: ["src_endpoint.ip"],
    SourcePort: ["src_endpoint.port"],
    SourceHostname: ["src_endpoint.hostname"],
    Protocol: ["connection_info.protocol_name"],
  },
  firewall: {
    dst_ip: ["dst_endpoint.ip"],
    dst_port: ["dst_endpoint.port"],
    src_ip: ["src_endpoint.ip"],
    src_port: ["src_endpoint.port"],
    action: ["action", "disposition"],
  },
  dns_query: { QueryName: ["query.hostname"], QueryResults: ["answers.rdata"], QueryStatus: ["rcode_id"] },
  dns: { query: ["query.hostname"], answer: ["answers.rdata"], record_type: ["query.type"] },
  proxy: WEB,
  webserver: WEB,
  cloud: {
    eventName: ["api.operation"],
    eventSource: ["api.service.name"],
    awsRegion: ["cloud.region"],
    sourceIPAddress: ["src_endpoint.ip"],
    userAgent: ["http_request.user_agent"],
    errorCode: ["api.response.error"],
    errorMessage: ["api.response.error_message"],
    requestParameters: ["api.request.data"],
    responseElements: ["api.response.data"],
    "userIdentity.type": ["actor.user.type"],
    "userIdentity.arn": ["actor.user.uid"],
    operationName: ["api.operation"],
    Operation: ["api.operation"],
    Workload: ["api.service.name"],
    eventType: ["api.operation"],
    action: ["api.operation"],
    verb: ["api.operation"],
    "gcp.audit.method_name": ["api.operation"],
    "gcp.audit.service_name": ["api.service.name"],
  },
};

/** What the Security log calls the same things. */
const SECURITY_4688: Names = {
  NewProcessName: ["Image"],
  ParentProcessName: ["ParentImage"],
  SubjectUserName: ["User"],
  NewProcessId: ["ProcessId"],
};

function computed(kind: Kind, fields: Fields): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  if (kind.startsWith("process_")) {
    const user = userAt(fields, "process.user") ?? userAt(fields, "actor.user");
    const parent = userAt(fields, "process.parent_process.user") ?? userAt(fields, "actor.process.user");
    if (user !== undefined) flat["User"] = user;
    if (parent !== undefined) flat["ParentUser"] = parent;
  }
  const hashes = hashesOf(valueAt(fields, `${HASHED[kind] ?? "file"}.hashes`));
  if (hashes !== undefined) flat["Hashes"] = hashes;
  if (kind.startsWith("registry_")) {
    const key = textAt(fields, "reg_key.path", "reg_value.path", "prev_reg_key.path");
    const value = textAt(fields, "reg_value.name");
    if (key !== undefined) flat["TargetObject"] = value === undefined ? key : `${key}\\${value}`;
  }
  if (kind === "network_connection") {
    flat["Initiated"] = textAt(fields, "connection_info.direction")?.toLowerCase() === "inbound" ? "false" : "true";
  }
  if (kind === "process_access") {
    const access = valueAt(fields, "actual_permissions") ?? valueAt(fields, "requested_permissions");
    if (typeof access === "number") flat["GrantedAccess"] = `0x${access.toString(16)}`;
  }
  return flat;
}

const HASHED: Readonly<Record<Kind, string>> = {
  process_creation: "process.file",
  image_load: "module.file",
  driver_load: "driver.file",
};

/** As Sysmon writes them: `MD5=…,SHA256=…`. */
function hashesOf(value: unknown): string | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const hashes = list.flatMap((entry) => {
    const algorithm = isFields(entry) ? textAt(entry, "algorithm") : undefined;
    const hash = isFields(entry) ? textAt(entry, "value") : undefined;
    return algorithm === undefined || hash === undefined ? [] : [`${algorithm.replace("-", "").toUpperCase()}=${hash}`];
  });
  return hashes.length === 0 ? undefined : hashes.join(",");
}

function userAt(fields: Fields, path: string): string | undefined {
  return withDomain(textAt(fields, `${path}.domain`), textAt(fields, `${path}.name`));
}
