/** aws-guardduty: findings of GuardDuty, as exported or inside an EventBridge event. */
import { classify, SEVERITY } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  type EventColumns,
  firstText,
  flatten,
  objectOf,
  parseTime,
} from "@holdfast/sdk";

export default defineParser({
  id: "aws-guardduty",
  title: "AWS GuardDuty finding",
  docs: "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html",
  order: 205,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined &&
    (json["detail-type"] === "GuardDuty Finding" || (SCHEMA in json && "type" in json && "severity" in json)),
  parse: ({ json }: DecodedRecord) => {
    const finding = json?.["detail-type"] === undefined ? json : objectOf(json["detail"]);
    if (finding === undefined) return { ok: false, reason: "the event has no detail" };
    const flat = flatten(finding);
    const severity = Number(flat["severity"] ?? 0);
    const time = parseTime(flat["updatedAt"] ?? flat["createdAt"]);
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      product: "aws",
      channel: "guardduty",
      event_code: firstText(flat, ["type"]),
      host: firstText(flat, ["resource.instanceDetails.instanceId", "resource.eksClusterDetails.name"]),
      user: firstText(flat, ["resource.accessKeyDetails.userName"]),
      user_domain: firstText(flat, ["accountId"]),
      object: firstText(flat, ["resource.resourceType"]),
      session: firstText(flat, ["id"]),
      src_ip: firstText(flat, REMOTE),
      domain: firstText(flat, ["service.action.dnsRequestAction.domain"]),
      class_uid: FINDING.class_uid,
      activity_id: FINDING.activity_id,
      severity_id:
        severity >= 9
          ? SEVERITY.critical
          : severity >= 7
            ? SEVERITY.high
            : severity >= 4
              ? SEVERITY.medium
              : SEVERITY.low,
      message: firstText(flat, ["title", "type"]),
    };
    return { ok: true, event: { columns, fields: finding, logsource: { product: "aws", service: "guardduty" } } };
  },
  samples: [
    {
      name: "Exported",
      in: '{"schemaVersion":"2.0","accountId":"123456789012","region":"eu-west-1","id":"f1","type":"UnauthorizedAccess:EC2/SSHBruteForce","resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"i-0a1"}},"service":{"action":{"actionType":"NETWORK_CONNECTION","networkConnectionAction":{"remoteIpDetails":{"ipAddressV4":"203.0.113.9"}}}},"severity":5,"createdAt":"2026-07-04T07:20:00.000Z","updatedAt":"2026-07-04T07:21:00.000Z","title":"203.0.113.9 is performing SSH brute force attacks against i-0a1."}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 7, 21, 0),
        class_uid: 2004,
        severity_id: 3,
        host: "i-0a1",
        src_ip: "203.0.113.9",
      },
      fields: { type: "UnauthorizedAccess:EC2/SSHBruteForce" },
    },
    {
      name: "Through EventBridge",
      in: '{"version":"0","detail-type":"GuardDuty Finding","source":"aws.guardduty","time":"2026-07-04T07:22:00Z","detail":{"schemaVersion":"2.0","accountId":"123456789012","id":"f2","type":"CredentialAccess:IAMUser/AnomalousBehavior","resource":{"resourceType":"AccessKey","accessKeyDetails":{"userName":"ida"}},"severity":8,"updatedAt":"2026-07-04T07:22:00Z","title":"Unusual calls by ida"}}',
      out: { severity_id: 4, user: "ida", message: "Unusual calls by ida", user_domain: "123456789012" },
    },
  ],
});

const SCHEMA = "schemaVersion";
const REMOTE = [
  "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4",
  "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4",
  "service.action.kubernetesApiCallAction.remoteIpDetails.ipAddressV4",
];
const FINDING = classify("detection_finding", "create");
