/** microsoft-defender: alerts of Microsoft Defender XDR and Defender for Endpoint as the alerts API and the streaming API give them. */
import { defineFieldMap } from "@holdfast/sdk";

export default defineFieldMap({
  id: "microsoft-defender",
  title: "Microsoft Defender alert",
  docs: "https://learn.microsoft.com/en-us/graph/api/resources/security-alert",
  order: 207,
  read: { as: "json" },
  accepts: { has: ["severity", "title", "category", "detectionSource"] },
  product: "microsoft-defender",
  time: ["lastActivityDateTime", "lastEventTime", "createdDateTime", "alertCreationTime"],
  columns: {
    channel: ["serviceSource", "detectionSource"],
    event_code: ["alertPolicyId", "detectorId", "threatName", "category"],
    host: ["computerDnsName", "machineName", "deviceName"],
    user: ["relatedUser.userName", "userPrincipalName", "actorDisplayName"],
    user_domain: ["relatedUser.domainName", "tenantId"],
    object: ["threatName", "threatDisplayName", "threatFamilyName"],
    session: ["id", "incidentId"],
  },
  kind: "detection_finding/create",
  severity: { by: "severity", values: { informational: 1, low: 2, medium: 3, high: 4 }, otherwise: 0 },
  message: "{title}: {description}",
  logsource: { category: "antivirus", product: "microsoft-defender" },
  alias: { Signature: ["threatName", "threatDisplayName", "title"] },
  samples: [
    {
      name: "Defender for Endpoint",
      in: '{"id":"da1","incidentId":7,"severity":"High","status":"New","category":"CredentialAccess","detectionSource":"WindowsDefenderAtp","threatFamilyName":"Tool","threatName":"HackTool:Example","title":"Credential dumping","description":"A tool read the memory of LSASS.","alertCreationTime":"2026-07-04T10:10:00.1234567Z","computerDnsName":"fin-ws-01.example.com","relatedUser":{"userName":"ida","domainName":"EXAMPLE"}}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 10, 10, 0, 123),
        class_uid: 2004,
        severity_id: 4,
        host: "fin-ws-01.example.com",
        user: "ida",
        user_domain: "EXAMPLE",
        object: "HackTool:Example",
      },
      fields: { Signature: "HackTool:Example" },
    },
    {
      name: "Graph security alert",
      in: '{"id":"da2","incidentId":"8","severity":"medium","title":"Suspicious inbox rule","category":"InitialAccess","detectionSource":"microsoftDefenderForOffice365","serviceSource":"microsoftDefenderForOffice365","createdDateTime":"2026-07-04T10:11:00Z","lastActivityDateTime":"2026-07-04T10:11:30Z","description":"A rule forwards mail outside."}',
      out: { time_ms: Date.UTC(2026, 6, 4, 10, 11, 30), severity_id: 3, session: "da2" },
    },
  ],
});
