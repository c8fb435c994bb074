/** azure-activity: the activity log of Azure subscriptions (management operations). */
import { defineFieldMap } from "@holdfast/sdk";

export default defineFieldMap({
  id: "azure-activity",
  title: "Azure activity log",
  docs: "https://learn.microsoft.com/en-us/azure/azure-monitor/platform/activity-log-schema",
  order: 210,
  read: { as: "json" },
  accepts: { has: ["operationName", "resourceId", "category"] },
  product: "azure",
  channel: "activitylogs",
  time: ["time", "eventTimestamp"],
  columns: {
    event_code: ["operationName", "operationName.value"],
    object: ["resourceId", "resourceUri"],
    user: [
      "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
      "caller",
      "identity.claims.name",
      "identity.claims.appid",
    ],
    user_domain: ["tenantId", "identity.claims.http://schemas.microsoft.com/identity/claims/tenantid"],
    src_ip: ["callerIpAddress", "httpRequest.clientIpAddress"],
    session: ["correlationId"],
  },
  kind: {
    by: ["operationName", "operationName.value"],
    values: {},
    otherwise: "api_activity/other",
  },
  status: {
    by: ["resultType", "status.value", "resultSignature"],
    values: {
      success: "success",
      succeeded: "success",
      start: "unknown",
      started: "unknown",
      failure: "failure",
      failed: "failure",
    },
    otherwise: "unknown",
  },
  severity: {
    by: "level",
    values: { critical: 5, error: 4, warning: 3, informational: 1, information: 1 },
    otherwise: 1,
  },
  message: "{operationName|operationName.value} on {resourceId} by {caller|identity.claims.name} {resultType}",
  logsource: { product: "azure", service: "activitylogs" },
  alias: {
    operationName: ["operationName", "operationName.value"],
    OperationNameValue: ["operationName", "operationName.value"],
    CategoryValue: ["category", "category.value"],
    ResourceId: "resourceId",
    ResourceProviderValue: ["resourceProviderName.value", "resourceProviderName"],
    "properties.message": ["properties.message", "operationName"],
  },
  samples: [
    {
      name: "A key vault deleted",
      in: '{"time":"2026-07-04T07:30:00.1234567Z","resourceId":"/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/RESOURCEGROUPS/PAY/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/PAYKEYS","operationName":"MICROSOFT.KEYVAULT/VAULTS/DELETE","category":"Administrative","resultType":"Success","callerIpAddress":"203.0.113.9","correlationId":"c1","identity":{"claims":{"name":"Ida Example","appid":"a1"}},"level":"Information","tenantId":"t1"}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 7, 30, 0, 123),
        class_uid: 6003,
        status_id: 1,
        src_ip: "203.0.113.9",
        user: "Ida Example",
        event_code: "MICROSOFT.KEYVAULT/VAULTS/DELETE",
      },
      fields: { operationName: "MICROSOFT.KEYVAULT/VAULTS/DELETE" },
    },
    {
      name: "An attempt that failed",
      in: '{"time":"2026-07-04T07:31:00Z","resourceId":"/SUBSCRIPTIONS/1/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/WEB1","operationName":"MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE","category":"Administrative","resultType":"Failure","callerIpAddress":"203.0.113.10","level":"Error"}',
      out: { status_id: 2, severity_id: 4, src_ip: "203.0.113.10" },
    },
  ],
});
