/** parser-fields.test: what the rules of the public corpus read is filled. For each of its log sources that a parser of ours feeds, every
 *  field that a rule of it reads is asked of the samples of all parsers, by the engine itself; what no source can say is listed
 *  with its reason. Windows is left to the recordings: its events carry their data under the names that rules read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { catalog } from "@holdfast/content";
import { createNormaliser, decodeRecord } from "@holdfast/sdk";
import { fieldsRead, parseRules } from "@holdfast/sigma";
import { probeLogsource } from "../packages/server/src/detect/probe.ts";
import { ruleFiles, withoutData } from "./recordings.ts";

/** Records as their products write them, with what the samples of the parsers leave out. */
const FURTHER: readonly string[] = [
  'type=EXECVE msg=audit(1777800003.000:1): argc=8 a0="stress" a1="run" a2="-i" a3="alpine" a4="image/x" a5="-o" a6="c" a7="d"',
  'type=SERVICE_STOP msg=audit(1777800003.500:2): pid=1 uid=0 auid=4294967295 ses=4294967295 msg=\'unit=auditd comm="systemd" exe="/usr/lib/systemd/systemd" res=success\'',
  json({
    ...{ eventVersion: "1.08", eventTime: "2026-06-01T12:00:01Z", eventSource: "rds.amazonaws.com" },
    ...{ eventName: "ModifyDBInstance", awsRegion: "eu-west-1", sourceIPAddress: "203.0.113.50" },
    userIdentity: { type: "IAMUser", userName: "ida", accountId: "123456789012" },
    additionalEventData: { MFAUsed: "No" },
    requestParameters: {
      ...{ attribute: "userData", enable: true, layers: ["arn:aws:lambda:x"] },
      containerDefinitions: [{ command: ["sh", "-c", "id"] }],
    },
    responseElements: { publiclyAccessible: true, pendingModifiedValues: { masterUserPassword: "****" } },
  }),
  json({
    ...{ time: "2026-07-04T07:50:00Z", category: "AuditLogs", operationName: "Consent to application" },
    properties: {
      ...{ activityDisplayName: "Consent to application", result: "failure", resultReason: "userConsentBlocked" },
      additionalDetails: [{ key: "additionalInfo", value: "Successfully recovered" }],
      targetResources: [
        {
          ...{ type: "User", displayName: "Ida", userPrincipalName: "ida@example.com" },
          modifiedProperties: [{ displayName: "ConsentContext.IsAdminConsent", oldValue: null, newValue: '"False"' }],
        },
      ],
    },
  }),
  json({
    ...{ time: "2026-07-04T07:30:00Z", resourceId: "/subscriptions/1", category: "Administrative" },
    ...{ operationName: "Microsoft.ADHybridHealthService/services/write", resultType: "Success" },
    resourceProviderName: { value: "Microsoft.ADHybridHealthService" },
  }),
  json({
    ...{ time: "2026-07-04T07:40:00Z", category: "SignInLogs", resultType: "0" },
    properties: {
      ...{
        userPrincipalName: "ida@example.com",
        appDisplayName: "Portal",
        userAgent: "curl/8",
        clientAppUsed: "IMAP4",
      },
      ...{ riskState: "atRisk", resourceDisplayName: "Windows Azure AD", conditionalAccessStatus: "failure" },
      ...{
        authenticationProtocol: "ropc",
        networkLocationDetails: [],
        authenticationProcessingDetails: [{ key: "a" }],
      },
      deviceDetail: { deviceId: "d1", trustType: "Hybrid Azure AD joined", isCompliant: false },
    },
  }),
  json({
    ...{ timestamp: "2026-07-04T08:00:00Z", insertId: "x", logName: "projects/pay/logs/x" },
    protoPayload: {
      ...{ serviceName: "accesscontextmanager.googleapis.com", methodName: "io.k8s.core.v1.pods.create" },
      authorizationInfo: [{ permission: "accesscontextmanager.accessPolicies.delete", granted: true }],
    },
  }),
  json({
    ...{ timestamp: "2026-07-04T08:00:00Z", insertId: "y", logName: "organizations/1/logs/x" },
    protoPayload: { serviceName: "login.googleapis.com", methodName: "google.login.LoginService.2svDisable" },
  }),
  json({
    ...{ uuid: "u3", published: "2026-07-04T08:20:00.250Z", eventType: "user.session.start", severity: "INFO" },
    ...{ legacyEventType: "core.user_auth.login_failed", displayMessage: "x", outcome: { result: "SUCCESS" } },
    actor: { alternateId: "ida@example.com" },
    client: { ipAddress: "203.0.113.9" },
    debugContext: { debugData: { behaviors: "{}", logOnlySecurityData: "{}", requestUri: "/admin" } },
    target: [{ type: "AppInstance", displayName: "Okta Admin Console" }],
  }),
  json({
    ...{ kind: "Event", apiVersion: "audit.k8s.io/v1", auditID: "a", stage: "ResponseComplete", verb: "create" },
    ...{ stageTimestamp: "2026-06-02T07:01:00Z", user: { username: "ida" } },
    objectRef: { resource: "roles", apiGroup: "rbac.authorization.k8s.io", name: "r", namespace: "shop" },
  }),
  json({
    ...{ CreationTime: "2026-07-04T08:10:00", Operation: "Update device", Workload: "AzureActiveDirectory" },
    ...{ ApplicationId: "9ba1a5c7", RequestType: "Cmsi:Cmsi", ObjectId: "0000000a", ResultStatus: "Success" },
    ...{ DeliveryAction: "Blocked", Directionality: "Inbound", UserId: "ida@example.com" },
  }),
  json({
    ...{ CreationTime: "2026-07-04T08:10:00", Operation: "New-ComplianceSearchAction", UserId: "ida@example.com" },
    ...{ Workload: "SecurityComplianceCenter", Payload: "New-ComplianceSearchAction -Export pst" },
  }),
];

/** "log source: field" that rules name and no source says, with why. */
const UNSAID: Readonly<Record<string, string>> = {
  "aws//cloudtrail: status": "CloudTrail has no such member; the rule that reads it names an event of another service",
  "/proxy/: cs-cookie": "neither format of Squid's logs has cookies",
};

function json(record: object): string {
  return JSON.stringify(record);
}

test("every field that rules read is filled by a parser of their log source", { skip: withoutData("sigma") }, (t) => {
  const normalise = createNormaliser(catalog.parsers);
  const texts = [...catalog.parsers.flatMap(({ samples }) => samples.map((sample) => sample.in)), ...FURTHER];
  const events = texts.map((text) => {
    const { fields, logsource } = normalise(decodeRecord({ text, received: 0, peer: "192.0.2.1", kind: "import" }));
    return { sigma: { fields, logsource, text } };
  });
  const kind = { source: "", product: "", channel: "", count: events.length, lastMs: 0, sample: events };
  const missing: string[] = [];
  let [sources, fields] = [0, 0];
  for (const { logsource, fields: read } of fieldsRead(parseRules(ruleFiles("rules")).rules)) {
    if (logsource.product === "windows") continue;
    const { product = "", category = "", service = "" } = logsource;
    const names = read.map(({ name }) => name);
    const report = probeLogsource({ kinds: [kind] }, logsource, names);
    if (report.sampled === 0) continue;
    sources += 1;
    fields += report.fields.length;
    for (const { name, share } of report.fields)
      if (share === 0) missing.push(`${product}/${category}/${service}: ${name}`);
  }
  t.diagnostic(`${sources} log sources, ${fields} fields, ${missing.length} that no source says`);
  assert.ok(sources >= 25, `${sources} log sources are fed`);
  assert.deepEqual(missing.sort(), Object.keys(UNSAID).sort());
});
