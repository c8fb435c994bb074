/** aws-cloudtrail: management and data events of AWS, one record per event. */
import { type Classification, classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  EVENT_DEFAULTS,
  type EventColumns,
  type JsonObject,
  objectOf,
  parseTime,
  textOf,
} from "@holdfast/sdk";

export default defineParser({
  id: "aws-cloudtrail",
  title: "AWS CloudTrail",
  docs: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html",
  order: 120,
  form: "json",
  accepts: (record: DecodedRecord) => {
    const { json } = record;
    return (
      json !== undefined &&
      typeof json["eventName"] === "string" &&
      typeof json["eventSource"] === "string" &&
      (json["awsRegion"] !== undefined || json["userIdentity"] !== undefined)
    );
  },
  parse: (record: DecodedRecord) => {
    const { json } = record;
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const columns: EventColumns = { ...EVENT_DEFAULTS };
    const time = parseTime(json["eventTime"]) ?? parseTime(json["@timestamp"]);
    columns.time_ms = time?.time_ms ?? 0;
    columns.time_ns = time?.time_ns ?? 0;
    columns.product = "aws";
    columns.channel = "cloudtrail";
    columns.event_code = textOf(json, "eventName");
    columns.object = textOf(json, "eventSource");
    columns.src_ip = textOf(json, "sourceIPAddress");
    // The account is what the call happened in: the entity that alerts of the cloud stand on.
    const account = textOf(json, "recipientAccountId") || textOf(objectOf(json["userIdentity"]) ?? {}, "accountId");
    columns.host = account === "" ? "" : `aws:${account}`;
    fillActor(columns, objectOf(json["userIdentity"]) ?? {});
    fillTarget(columns, objectOf(json["requestParameters"]) ?? {});
    fillOutcome(columns, json);
    const where = columns.src_ip === "" ? "" : ` from ${columns.src_ip}`;
    const error = textOf(json, "errorCode");
    columns.message = `${columns.event_code} on ${columns.object} by ${columns.user || "unknown"}${where}${error === "" ? "" : `: ${error}`}`;
    return { ok: true, event: { columns, fields: json, logsource: { product: "aws", service: "cloudtrail" } } };
  },
  samples: [
    {
      name: "Access key created for another user",
      in: '{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::123456789012:user/ida","accountId":"123456789012","accessKeyId":"AKIAEXAMPLE","userName":"ida"},"eventTime":"2026-06-01T12:00:01Z","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.50","userAgent":"aws-cli/2.15","requestParameters":{"userName":"backup"},"responseElements":null,"eventID":"11111111-2222-3333-4444-555555555555","eventType":"AwsApiCall","recipientAccountId":"123456789012"}',
      out: {
        time_ms: Date.UTC(2026, 5, 1, 12, 0, 1),
        class_uid: 6003,
        activity_id: 1,
        status_id: 1,
        product: "aws",
        event_code: "CreateAccessKey",
        user: "ida",
        user_domain: "123456789012",
        host: "aws:123456789012",
        target_user: "backup",
        src_ip: "203.0.113.50",
        object: "iam.amazonaws.com",
        session: "AKIAEXAMPLE",
      },
      fields: { eventName: "CreateAccessKey", awsRegion: "us-east-1" },
    },
    {
      name: "Console login of root failed",
      in: '{"eventVersion":"1.08","userIdentity":{"type":"Root","principalId":"123456789012","arn":"arn:aws:iam::123456789012:root","accountId":"123456789012"},"eventTime":"2026-06-01T12:05:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.51","errorMessage":"Failed authentication","responseElements":{"ConsoleLogin":"Failure"},"eventType":"AwsConsoleSignIn"}',
      out: { class_uid: 3002, activity_id: 1, status_id: 2, severity_id: 2, user: "root", src_ip: "203.0.113.51" },
    },
    {
      name: "Role of a service, refused",
      in: '{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:i-01","arn":"arn:aws:sts::123456789012:assumed-role/web/i-01","accountId":"123456789012","sessionContext":{"sessionIssuer":{"type":"Role","userName":"web"}}},"eventTime":"2026-06-01T12:10:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","sourceIPAddress":"ec2.amazonaws.com","errorCode":"AccessDenied","errorMessage":"Access Denied","requestParameters":{"bucketName":"payroll","key":"2026/may.csv"}}',
      out: {
        class_uid: 6003,
        activity_id: 2,
        status_id: 2,
        user: "web",
        src_ip: "",
        peer_host: "ec2.amazonaws.com",
        file_path: "payroll/2026/may.csv",
      },
      fields: { errorCode: "AccessDenied" },
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

const VERBS: readonly (readonly [RegExp, Classification])[] = [
  [/^(?:Get|List|Describe|Head|Lookup|Search|Select|Query|Scan|Batch[GD]et|Download|Check|View)/, API.read],
  [/^(?:Create|Run|Add|Register|Import|Copy|Allocate|Request|Generate|Issue|Start|Upload|Restore|Invite)/, API.create],
  [
    /^(?:Delete|Remove|Terminate|Deregister|Release|Revoke|Detach|Disassociate|Stop|Disable|Cancel|Purge|Schedule[KD])/,
    API.delete,
  ],
  [
    /^(?:Put|Update|Modify|Set|Attach|Associate|Change|Enable|Authorize|Tag|Untag|Replace|Reset|Edit|Send|Invoke)/,
    API.update,
  ],
];

function fillActor(columns: EventColumns, identity: JsonObject): void {
  const issuer = objectOf(objectOf(identity["sessionContext"])?.["sessionIssuer"]) ?? {};
  const arn = textOf(identity, "arn");
  columns.user =
    textOf(identity, "userName") ||
    textOf(issuer, "userName") ||
    arn.slice(arn.lastIndexOf(arn.includes("/") ? "/" : ":") + 1) ||
    textOf(identity, "invokedBy") ||
    textOf(identity, "principalId");
  columns.user_domain = textOf(identity, "accountId");
  columns.session = textOf(identity, "accessKeyId");
}

function fillTarget(columns: EventColumns, parameters: JsonObject): void {
  const target = textOf(parameters, "userName") || textOf(parameters, "roleName");
  if (target !== columns.user) columns.target_user = target;
  const bucket = textOf(parameters, "bucketName");
  const key = textOf(parameters, "key");
  if (bucket !== "") columns.file_path = key === "" ? bucket : `${bucket}/${key}`;
}

function fillOutcome(columns: EventColumns, json: JsonObject): void {
  const login = objectOf(json["responseElements"])?.["ConsoleLogin"];
  const failed = textOf(json, "errorCode") !== "" || textOf(json, "errorMessage") !== "" || login === "Failure";
  const is =
    columns.event_code === "ConsoleLogin"
      ? LOGON
      : (VERBS.find(([verb]) => verb.test(columns.event_code))?.[1] ?? API.other);
  columns.class_uid = is.class_uid;
  columns.activity_id = is.activity_id;
  columns.status_id = failed ? STATUS.failure : STATUS.success;
  columns.severity_id = failed ? SEVERITY.low : SEVERITY.informational;
}
