/** gcp-audit: audit log entries of Google Cloud and of Google Workspace as Cloud Logging exports them. */
import { classify, SEVERITY, severityOfWord, STATUS } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  type EventColumns,
  firstText,
  flatten,
  integerOf,
  objectOf,
  parseTime,
  setField,
  textOf,
} from "@holdfast/sdk";

export default defineParser({
  id: "gcp-audit",
  title: "Google Cloud audit log",
  docs: "https://cloud.google.com/logging/docs/audit/understanding-audit-logs",
  order: 208,
  form: "json",
  accepts: ({ json }: DecodedRecord) => json !== undefined && objectOf(json["protoPayload"]) !== undefined,
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const flat = flatten(json);
    const method = textOf(flat, "protoPayload.methodName");
    const service = textOf(flat, "protoPayload.serviceName");
    const time = parseTime(json["timestamp"] ?? json["receiveTimestamp"]);
    const failed = integerOf(flat["protoPayload.status.code"]) !== 0;
    const verb = method.slice(method.lastIndexOf(".") + 1).toLowerCase();
    const is =
      service === "login.googleapis.com" ? LOGON : (VERBS.find(([start]) => verb.startsWith(start))?.[1] ?? API.other);
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      time_ns: time?.time_ns ?? 0,
      product: "gcp",
      channel: textOf(json, "logName").split("/").pop() ?? "",
      event_code: method,
      object: textOf(flat, "protoPayload.resourceName"),
      host: firstText(flat, ["resource.labels.instance_id", "resource.labels.cluster_name"]),
      user: textOf(flat, "protoPayload.authenticationInfo.principalEmail"),
      user_domain: firstText(flat, ["resource.labels.project_id"]),
      src_ip: textOf(flat, "protoPayload.requestMetadata.callerIp"),
      session: textOf(json, "insertId"),
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      status_id: failed ? STATUS.failure : STATUS.success,
      severity_id: severityOfWord(textOf(json, "severity")) || SEVERITY.informational,
      message: `${method} on ${service} by ${textOf(flat, "protoPayload.authenticationInfo.principalEmail")}`,
    };
    const fields: Record<string, unknown> = { ...json, "gcp.audit.method_name": method, data: json };
    const event = objectOf(objectOf(objectOf(json["protoPayload"])?.["metadata"])?.["event"]);
    if (event !== undefined) setField(fields, "eventName", event["eventName"]);
    setField(fields, "eventService", service);
    // As one rule of the public set spells it.
    setField(fields, "protoPayload.Servicename", service);
    return { ok: true, event: { columns, fields, logsource: logsourceOf(service) } };
  },
  samples: [
    {
      name: "A firewall rule deleted",
      in: '{"insertId":"x1","logName":"projects/pay/logs/cloudaudit.googleapis.com%2Factivity","timestamp":"2026-07-04T08:00:00.5Z","severity":"NOTICE","protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"compute.googleapis.com","methodName":"v1.compute.firewalls.delete","resourceName":"projects/pay/global/firewalls/deny-all","authenticationInfo":{"principalEmail":"ida@example.com"},"requestMetadata":{"callerIp":"203.0.113.9"}},"resource":{"type":"gce_firewall_rule","labels":{"project_id":"pay"}}}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 8, 0, 0, 500),
        class_uid: 6003,
        activity_id: 4,
        status_id: 1,
        user: "ida@example.com",
        src_ip: "203.0.113.9",
        severity_id: 2,
        user_domain: "pay",
      },
      fields: { "gcp.audit.method_name": "v1.compute.firewalls.delete" },
    },
    {
      name: "Refused",
      in: '{"insertId":"x2","timestamp":"2026-07-04T08:01:00Z","protoPayload":{"serviceName":"iam.googleapis.com","methodName":"google.iam.admin.v1.CreateServiceAccountKey","status":{"code":7,"message":"Permission denied"},"authenticationInfo":{"principalEmail":"bo@example.com"}},"resource":{"labels":{"project_id":"pay"}}}',
      out: { status_id: 2, activity_id: 1, user: "bo@example.com" },
    },
  ],
});

const LOGON = classify("authentication", "logon");
const API = {
  create: classify("api_activity", "create"),
  read: classify("api_activity", "read"),
  update: classify("api_activity", "update"),
  delete: classify("api_activity", "delete"),
  other: classify("api_activity", "other"),
} as const;
const VERBS = [
  ["create", API.create],
  ["insert", API.create],
  ["get", API.read],
  ["list", API.read],
  ["delete", API.delete],
  ["remove", API.delete],
  ["update", API.update],
  ["patch", API.update],
  ["set", API.update],
] as const;

function logsourceOf(service: string) {
  if (service === "login.googleapis.com") return { product: "gcp", service: "google_workspace.login" };
  if (service === "admin.googleapis.com") return { product: "gcp", service: "google_workspace.admin" };
  return { product: "gcp", service: "gcp.audit" };
}
