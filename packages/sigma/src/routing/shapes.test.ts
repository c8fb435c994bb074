/** shapes: events in OCSF, ECS, Winlogbeat, raw EVTX and the clouds' own forms fire the rules written for Sigma's names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, type Logsource, parseRules } from "../index.ts";

type Fields = Readonly<Record<string, unknown>>;

function fires(logsource: Logsource, detection: Fields, fields: Fields): boolean {
  const rule = { title: "t", logsource, detection: { s: detection, condition: "s" } };
  const { rules, problems } = parseRules([{ path: "t.yml", text: JSON.stringify(rule) }]);
  assert.deepEqual(problems, []);
  return compile(rules).match({ fields }).length === 1;
}

const WINDOWS = { os: { type_id: 100, name: "Windows 11" }, hostname: "ws1" };
const ACTOR = { process: { pid: 4, file: { path: "C:\\a.exe" } }, user: { name: "bob", domain: "CORP" } };

/** name, log source and detection of a rule, an event that it must find, and one change after which it must not. */
const CASES: [name: string, source: Logsource, detection: Fields, event: Fields, other: Fields][] = [
  [
    "OCSF process",
    { product: "windows", category: "process_creation" },
    {
      Image: "C:\\cmd.exe",
      "CommandLine|contains": "whoami",
      ParentImage: "c:\\a.exe",
      User: "corp\\bob",
      "Hashes|contains": "MD5=AB",
    },
    {
      class_uid: 1007,
      activity_id: 1,
      device: WINDOWS,
      actor: ACTOR,
      process: {
        file: { path: "C:\\cmd.exe", hashes: [{ algorithm: "MD5", algorithm_id: 1, value: "ab" }] },
        cmd_line: "cmd /c whoami",
      },
    },
    { activity_id: 2 },
  ],
  [
    "OCSF process on Linux",
    { product: "linux", category: "process_creation" },
    { Image: "/bin/sh" },
    { class_uid: 1007, activity_id: 1, device: { os: { name: "Linux" } }, process: { file: { path: "/bin/sh" } } },
    { device: WINDOWS },
  ],
  [
    "OCSF process from Security 4688",
    { product: "windows", service: "security" },
    { EventID: 4688, NewProcessName: "C:\\cmd.exe" },
    {
      class_uid: 1007,
      activity_id: 1,
      device: WINDOWS,
      metadata: { log_name: "Security", event_code: "4688" },
      process: { file: { path: "C:\\cmd.exe" } },
    },
    { metadata: { log_name: "System", event_code: "4688" } },
  ],
  [
    "OCSF file",
    { product: "windows", category: "file_event" },
    { TargetFilename: "C:\\x.txt", Image: "c:\\a.exe" },
    { class_uid: 1001, activity_id: 1, device: WINDOWS, actor: ACTOR, file: { path: "C:\\x.txt" } },
    { activity_id: 4 },
  ],
  [
    "OCSF module",
    { product: "windows", category: "image_load" },
    { ImageLoaded: "C:\\m.dll" },
    { class_uid: 1005, activity_id: 1, device: WINDOWS, actor: ACTOR, module: { file: { path: "C:\\m.dll" } } },
    { class_uid: 1002 },
  ],
  [
    "OCSF process access",
    { product: "windows", category: "process_access" },
    { TargetImage: "C:\\lsass.exe", GrantedAccess: "0x1410" },
    {
      class_uid: 1007,
      activity_id: 3,
      device: WINDOWS,
      actor: ACTOR,
      process: { file: { path: "C:\\lsass.exe" } },
      actual_permissions: 0x1410,
    },
    { actual_permissions: 1 },
  ],
  [
    "OCSF registry value",
    { product: "windows", category: "registry_set" },
    { TargetObject: "HKLM\\Run\\x", Details: "evil" },
    {
      class_uid: 201_002,
      activity_id: 2,
      device: WINDOWS,
      actor: ACTOR,
      reg_key: { path: "HKLM\\Run" },
      reg_value: { name: "x", data: "evil" },
    },
    { activity_id: 4 },
  ],
  [
    "OCSF network from a host",
    { product: "windows", category: "network_connection" },
    { DestinationPort: 4444, Initiated: "true", Image: "C:\\a.exe" },
    {
      class_uid: 4001,
      activity_id: 1,
      device: WINDOWS,
      actor: ACTOR,
      dst_endpoint: { ip: "10.0.0.1", port: 4444 },
      connection_info: { direction: "Outbound" },
    },
    { connection_info: { direction: "Inbound" } },
  ],
  [
    "OCSF firewall",
    { category: "firewall" },
    { dst_port: 4444, "dst_ip|cidr": "10.0.0.0/8" },
    { class_uid: 4001, activity_id: 6, dst_endpoint: { ip: "10.0.0.1", port: 4444 } },
    { class_uid: 4002 },
  ],
  [
    "OCSF DNS",
    { category: "dns" },
    { query: "evil.example", record_type: "TXT" },
    { class_uid: 4003, activity_id: 2, query: { hostname: "evil.example", type: "TXT" } },
    { query: { hostname: "evil.example", type: "A" } },
  ],
  [
    "OCSF HTTP",
    { category: "webserver" },
    { "cs-uri-query|contains": "../", "cs-method": "GET", "sc-status": 200 },
    {
      class_uid: 4002,
      activity_id: 3,
      http_request: { http_method: "GET", url: { path: "/", query_string: "f=../x" } },
      http_response: { code: 200 },
    },
    { http_response: { code: 404 } },
  ],
  [
    "OCSF HTTP through a proxy",
    { category: "proxy" },
    { "c-useragent": "curl", "cs-host": "evil.example" },
    {
      class_uid: 4002,
      activity_id: 3,
      proxy_endpoint: { ip: "10.0.0.9" },
      http_request: { user_agent: "curl", url: { hostname: "evil.example" } },
    },
    { proxy_endpoint: undefined },
  ],
  [
    "OCSF API activity",
    { product: "aws", service: "cloudtrail" },
    { eventName: "StopLogging", eventSource: "cloudtrail.amazonaws.com" },
    {
      class_uid: 6003,
      activity_id: 3,
      cloud: { provider: "AWS", region: "eu" },
      api: { operation: "StopLogging", service: { name: "cloudtrail.amazonaws.com" } },
    },
    { cloud: { provider: "GCP" } },
  ],
  [
    "ECS process",
    { product: "windows", category: "process_creation" },
    { Image: "C:\\cmd.exe", ParentImage: "C:\\a.exe", OriginalFileName: "Cmd.Exe", User: "CORP\\bob" },
    {
      ecs: { version: "8.11" },
      event: { category: ["process"], type: ["start"] },
      host: { os: { type: "windows" } },
      user: { name: "bob", domain: "CORP" },
      process: {
        executable: "C:\\cmd.exe",
        pe: { original_file_name: "Cmd.Exe" },
        parent: { executable: "C:\\a.exe" },
      },
    },
    { event: { category: ["process"], type: ["end"] } },
  ],
  [
    "ECS with dotted keys",
    { product: "macos", category: "process_creation" },
    { Image: "/bin/sh", "CommandLine|contains": "curl" },
    {
      "event.category": "process",
      "event.type": ["start"],
      "host.os.type": "macos",
      "process.executable": "/bin/sh",
      "process.command_line": "sh -c curl",
    },
    { "host.os.type": "linux" },
  ],
  [
    "ECS file",
    { product: "linux", category: "file_event" },
    { TargetFilename: "/etc/cron.d/x", Image: "/bin/sh" },
    {
      event: { category: ["file"], type: ["creation"] },
      host: { os: { type: "linux" } },
      file: { path: "/etc/cron.d/x" },
      process: { executable: "/bin/sh" },
    },
    { event: { category: ["file"], type: ["deletion"] } },
  ],
  [
    "ECS registry",
    { product: "windows", category: "registry_set" },
    { "TargetObject|contains": "\\Run\\", Details: "evil" },
    {
      event: { category: ["registry"], type: ["change"] },
      host: { os: { family: "windows" } },
      registry: { path: "HKLM\\Run\\x", data: { strings: ["evil"] } },
    },
    { registry: { path: "HKLM\\Run\\x", data: { strings: ["good"] } } },
  ],
  [
    "ECS network",
    { product: "windows", category: "network_connection" },
    { DestinationIp: "1.2.3.4", Initiated: "true" },
    {
      event: { category: ["network"], type: ["start"] },
      host: { os: { type: "windows" } },
      process: { executable: "C:\\a.exe" },
      destination: { ip: "1.2.3.4" },
      network: { direction: "egress" },
    },
    { network: { direction: "ingress" } },
  ],
  [
    "ECS DNS without a process",
    { category: "dns" },
    { query: "evil.example" },
    { event: { category: ["network"] }, dns: { question: { name: "evil.example" } } },
    { dns: { question: { name: "good.example" } } },
  ],
  [
    "ECS web",
    { category: "webserver" },
    { "cs-uri-query|contains": "cmd=", "sc-status": 200 },
    {
      event: { category: ["web"], type: ["access"] },
      url: { query: "cmd=x" },
      http: { response: { status_code: 200 } },
    },
    { http: { response: { status_code: 500 } } },
  ],
  [
    "ECS library",
    { product: "windows", category: "image_load" },
    { ImageLoaded: "C:\\m.dll", Signed: "false" },
    {
      event: { category: ["library"], type: ["start"] },
      host: { os: { type: "windows" } },
      dll: { path: "C:\\m.dll", code_signature: { exists: false } },
    },
    { event: { category: ["driver"] } },
  ],
  [
    "Elastic CloudTrail",
    { product: "aws", service: "cloudtrail" },
    { eventName: "StopLogging", eventSource: "cloudtrail.amazonaws.com" },
    { event: { dataset: "aws.cloudtrail", action: "StopLogging", provider: "cloudtrail.amazonaws.com" } },
    { event: { dataset: "gcp.audit", action: "StopLogging" } },
  ],
  [
    "Elastic Okta",
    { product: "okta", service: "okta" },
    { eventType: "policy.rule.delete", "actor.alternateId": "a@b" },
    {
      event: { dataset: "okta.system", action: "policy.rule.delete" },
      okta: { event_type: "policy.rule.delete", actor: { alternate_id: "a@b" } },
    },
    { okta: { event_type: "other" } },
  ],
  [
    "Elastic Microsoft 365",
    { product: "m365", service: "audit" },
    { Operation: "New-InboxRule", "Parameters|contains": "x" },
    { event: { dataset: "o365.audit" }, o365: { audit: { Operation: "New-InboxRule", Parameters: "ax" } } },
    { o365: { audit: { Operation: "Other" } } },
  ],
  [
    "Elastic Kubernetes",
    { product: "kubernetes", service: "audit" },
    { verb: "create", "objectRef.resource": "pods" },
    {
      event: { dataset: "kubernetes.audit" },
      "kubernetes.audit.verb": "create",
      "kubernetes.audit.objectRef.resource": "pods",
    },
    { "kubernetes.audit.verb": "get" },
  ],
  [
    "Elastic Zeek",
    { product: "zeek", service: "dns" },
    { query: "evil.example" },
    { event: { dataset: "zeek.dns" }, zeek: { dns: { query: "evil.example" } } },
    { event: { dataset: "zeek.http" } },
  ],
  [
    "Zeek's own records",
    { product: "zeek", service: "smb_files" },
    { "path|endswith": "\\ADMIN$" },
    { _path: "smb_files", uid: "C1", "id.orig_h": "1.1.1.1", path: "\\\\h\\ADMIN$" },
    { _path: "files" },
  ],
  [
    "Google's audit entries",
    { product: "gcp", service: "gcp.audit" },
    { "gcp.audit.method_name": "SetIamPolicy", "data.protoPayload.serviceName": "iam" },
    { logName: "p/logs", protoPayload: { methodName: "SetIamPolicy", serviceName: "iam" } },
    { protoPayload: { methodName: "Get", serviceName: "iam" } },
  ],
  [
    "Google Workspace",
    { product: "gcp", service: "google_workspace.admin" },
    { eventService: "admin.googleapis.com", eventName: "ASSIGN_ROLE" },
    { id: { applicationName: "admin" }, events: [{ name: "ASSIGN_ROLE" }] },
    { id: { applicationName: "login" } },
  ],
  [
    "Azure's exports",
    { product: "azure", service: "activitylogs" },
    { operationName: "MICROSOFT.KEYVAULT/VAULTS/WRITE" },
    { category: "Administrative", operationName: "Microsoft.KeyVault/vaults/write" },
    { category: "SignInLogs" },
  ],
  [
    "the unified audit log of Microsoft 365",
    { product: "m365", service: "threat_management" },
    { eventSource: "SecurityComplianceCenter", eventName: "Activity by terminated user", status: "success" },
    {
      RecordType: 98,
      Workload: "SecurityComplianceCenter",
      Operation: "Activity by terminated user",
      ResultStatus: "Success",
    },
    { Workload: "Exchange" },
  ],
  [
    "Kubernetes' own audit events",
    { product: "kubernetes", service: "audit" },
    { verb: "get", "responseStatus.code": 403 },
    { auditID: "1", verb: "get", requestURI: "/api", responseStatus: { code: 403 } },
    { auditID: undefined },
  ],
  [
    "CloudTrail's own records",
    { product: "aws", service: "cloudtrail" },
    { eventName: "StopLogging", "userIdentity.type": "Root" },
    { eventName: "StopLogging", eventSource: "x", awsRegion: "eu", userIdentity: { type: "Root" } },
    { userIdentity: { type: "IAMUser" } },
  ],
  [
    "a firewall's flat record",
    { category: "firewall" },
    { dst_port: 3389 },
    { src_ip: "1.1.1.1", dst_ip: "2.2.2.2", dst_port: 3389 },
    { dst_port: 80 },
  ],
  [
    "RPC firewall",
    { product: "rpc_firewall", category: "application" },
    { EventLog: "RPCFW", EventID: 3, OpNum: 1 },
    { Channel: "RPCFW", EventID: 3, OpNum: 1 },
    { Channel: "Application" },
  ],
  [
    "Winlogbeat with dotted keys",
    { product: "windows", service: "security" },
    { EventID: 4624, LogonType: 3 },
    { "winlog.channel": "Security", "winlog.event_id": "4624", "winlog.event_data.LogonType": "3", "ecs.version": "1" },
    { "winlog.channel": "System" },
  ],
  [
    "EVTX as JSON",
    { product: "windows", service: "system" },
    { Provider_Name: "Service Control Manager", EventID: 7045, ServiceName: "x" },
    {
      Event: {
        System: { Provider: { "#attributes": { Name: "Service Control Manager" } }, EventID: 7045, Channel: "System" },
        EventData: { ServiceName: "x" },
      },
    },
    { Event: { System: { EventID: 7045, Channel: "Security" }, EventData: { ServiceName: "x" } } },
  ],
];

for (const [name, source, detection, event, other] of CASES) {
  test(name, () => {
    assert.ok(fires(source, detection, event), "must fire");
    assert.ok(!fires(source, detection, { ...event, ...other }), "must not fire after the change");
    for (const [field, value] of Object.entries(detection)) {
      assert.ok(fires(source, { [field]: value }, event), `${field} must be found alone`);
    }
  });
}

test("the event's own fields are kept, and go before what is worked out", () => {
  const event = {
    class_uid: 1007,
    activity_id: 1,
    device: WINDOWS,
    process: { file: { path: "C:\\a.exe" } },
    Image: "own",
  };
  assert.ok(
    fires(
      { product: "windows", category: "process_creation" },
      { Image: "own", "process.file.path": "c:\\a.exe" },
      event,
    ),
  );
});

test("a schema's event of no known kind feeds nothing and breaks nothing", () => {
  const rules = parseRules([
    {
      path: "t.yml",
      text: JSON.stringify({
        title: "t",
        logsource: { product: "windows" },
        detection: { s: { a: 1 }, condition: "s" },
      }),
    },
  ]).rules;
  const engine = compile(rules);
  for (const fields of [
    { class_uid: 99, a: 1 },
    { ecs: 1, a: 1 },
    { event: { category: [{}] }, a: 1 },
    { class_uid: 4001, device: null, a: 1 },
  ]) {
    assert.deepEqual(engine.match({ fields }), []);
  }
});
