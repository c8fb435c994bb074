/** entra-risk: what Microsoft Entra ID Protection detected about users and sign-ins. */
import { defineFieldMap } from "@holdfast/sdk";

export default defineFieldMap({
  id: "entra-risk",
  title: "Microsoft Entra risk detections",
  docs: "https://learn.microsoft.com/en-us/graph/api/resources/riskdetection",
  order: 207,
  read: { as: "json" },
  accepts: { has: ["category", "properties"], equals: { category: ["UserRiskEvents", "ServicePrincipalRiskEvents"] } },
  product: "azure",
  channel: "riskdetection",
  time: ["properties.detectedDateTime", "properties.activityDateTime", "time"],
  columns: {
    event_code: ["properties.riskEventType", "operationName"],
    user: ["properties.userPrincipalName", "properties.servicePrincipalDisplayName", "identity"],
    user_domain: "tenantId",
    src_ip: ["properties.ipAddress", "callerIpAddress"],
    object: ["properties.riskEventType"],
    session: ["properties.correlationId", "correlationId"],
  },
  kind: "detection_finding/create",
  severity: { by: "properties.riskLevel", values: { low: 2, medium: 3, high: 4 }, otherwise: 2 },
  message:
    "{properties.riskEventType} ({properties.riskLevel}) of {properties.userPrincipalName|identity} from {properties.ipAddress|callerIpAddress}",
  logsource: { product: "azure", service: "riskdetection" },
  alias: { riskEventType: "properties.riskEventType" },
  samples: [
    {
      name: "A password that leaked",
      in: '{"time":"2026-07-04T07:45:10Z","operationName":"User Risk Detection","category":"UserRiskEvents","tenantId":"t1","correlationId":"c9","identity":"ida example","properties":{"id":"r1","riskEventType":"leakedCredentials","riskState":"atRisk","riskLevel":"high","detectedDateTime":"2026-07-04T07:45:00Z","ipAddress":"203.0.113.9","userPrincipalName":"ida@example.com"}}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 7, 45, 0),
        class_uid: 2004,
        severity_id: 4,
        user: "ida@example.com",
        src_ip: "203.0.113.9",
        event_code: "leakedCredentials",
      },
      fields: { riskEventType: "leakedCredentials" },
    },
    {
      name: "A service that acts unlike itself",
      in: '{"time":"2026-07-04T07:46:00Z","category":"ServicePrincipalRiskEvents","properties":{"riskEventType":"suspiciousAPITraffic","riskLevel":"medium","servicePrincipalDisplayName":"Payroll sync","ipAddress":"198.51.100.4"}}',
      out: { severity_id: 3, user: "Payroll sync", src_ip: "198.51.100.4" },
    },
  ],
});
