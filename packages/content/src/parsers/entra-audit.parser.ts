/** entra-audit: changes in the directory of Microsoft Entra ID. */
import { type DecodedRecord, defineFieldMap, defineParser, setField, valuesAt } from "@holdfast/sdk";

const mapped = defineFieldMap({
  id: "entra-audit",
  title: "Microsoft Entra audit log",
  docs: "https://learn.microsoft.com/en-us/graph/api/resources/directoryaudit",
  order: 208,
  read: { as: "json" },
  accepts: { has: ["category", "properties"], equals: { category: ["AuditLogs"] } },
  product: "azure",
  channel: "auditlogs",
  time: ["properties.activityDateTime", "time"],
  columns: {
    event_code: ["operationName", "properties.activityDisplayName"],
    user: ["properties.initiatedBy.user.userPrincipalName", "properties.initiatedBy.app.displayName", "identity"],
    user_domain: "tenantId",
    src_ip: ["properties.initiatedBy.user.ipAddress", "callerIpAddress"],
    object: ["properties.loggedByService"],
    session: "correlationId",
  },
  kind: {
    by: ["operationName", "properties.activityDisplayName"],
    values: {
      "add user*": "user_management/create",
      "delete user*": "user_management/delete",
      "disable account*": "user_management/disable",
      "enable account*": "user_management/enable",
      "update user*": "user_management/update",
      "add member to group*": "group_management/other",
      "add member to role*": "group_management/other",
    },
    otherwise: "entity_management/update",
  },
  status: {
    by: ["properties.result", "resultType"],
    values: { success: "success", failure: "failure" },
    otherwise: "unknown",
  },
  severity: 1,
  message:
    "{operationName|properties.activityDisplayName} by {properties.initiatedBy.user.userPrincipalName|identity} {properties.result}",
  logsource: { product: "azure", service: "auditlogs" },
  alias: {
    "properties.message": ["operationName", "properties.activityDisplayName"],
    OperationName: ["operationName", "properties.activityDisplayName"],
    ActivityDisplayName: ["properties.activityDisplayName", "operationName"],
    ActivityType: ["properties.activityDisplayName", "operationName"],
    Category: "properties.category",
    LoggedByService: "properties.loggedByService",
    Status: ["properties.result", "resultType"],
    activityType: ["properties.activityDisplayName", "operationName"],
    TargetResources: "properties.targetResources",
    Target: ["properties.targetResources.userPrincipalName", "properties.targetResources.displayName"],
    "targetResources.type": "properties.targetResources.type",
    "TargetResources.modifiedProperties": "properties.targetResources.modifiedProperties",
    "TargetResources.modifiedProperties.newValue": "properties.targetResources.modifiedProperties.newValue",
    "TargetResources.ModifiedProperties.DisplayName": "properties.targetResources.modifiedProperties.displayName",
    "TargetResources.ModifiedProperties.NewValue": "properties.targetResources.modifiedProperties.newValue",
    "additionalDetails.additionalInfo": "properties.additionalDetails.value",
    failure_status_reason: ["properties.resultReason", "resultDescription"],
    Initiatedby: ["properties.initiatedBy.user.userPrincipalName", "properties.initiatedBy.app.displayName"],
  },
  samples: [
    {
      name: "A member added to a role",
      in: '{"time":"2026-07-04T07:50:00Z","operationName":"Add member to role","category":"AuditLogs","tenantId":"t1","correlationId":"c3","identity":"ida","properties":{"activityDateTime":"2026-07-04T07:49:58Z","activityDisplayName":"Add member to role","category":"RoleManagement","loggedByService":"Core Directory","result":"success","initiatedBy":{"user":{"userPrincipalName":"ida@example.com","ipAddress":"203.0.113.9"}}}}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 7, 49, 58),
        status_id: 1,
        user: "ida@example.com",
        src_ip: "203.0.113.9",
        class_uid: 3006,
      },
      fields: { OperationName: "Add member to role", Category: "RoleManagement" },
    },
    {
      name: "A user created",
      in: '{"time":"2026-07-04T07:51:00Z","operationName":"Add user","category":"AuditLogs","properties":{"activityDisplayName":"Add user","category":"UserManagement","result":"failure","initiatedBy":{"app":{"displayName":"Provisioning"}}}}',
      out: { class_uid: 3007, activity_id: 1, status_id: 2, user: "Provisioning" },
    },
  ],
});

/** What was changed stands as a list of names and values; rules read it by the name ("ConsentContext.IsAdminConsent"). */
export default defineParser({
  ...mapped,
  parse: (record: DecodedRecord) => {
    const result = mapped.parse(record);
    if (!result.ok) return result;
    const fields: Record<string, unknown> = { ...result.event.fields };
    const changed = ["properties", "targetResources", "modifiedProperties"];
    for (const text of valuesAt(record.json, changed).slice(0, MOST_LISTS))
      addChanges(fields, JSON.parse(String(text)));
    return { ok: true, event: { ...result.event, fields } };
  },
});

const MOST_LISTS = 20;

function addChanges(fields: Record<string, unknown>, changes: unknown): void {
  if (!Array.isArray(changes)) return;
  for (const change of changes as readonly unknown[]) {
    const [name] = valuesAt(change, ["displayName"]);
    const [value] = valuesAt(change, ["newValue"]);
    if (typeof name !== "string" || value === undefined || Object.hasOwn(fields, name)) continue;
    // Values are JSON themselves: a text has its quotes with it.
    setField(fields, name, typeof value === "string" ? value.replace(/^"(.*)"$/s, "$1") : value);
  }
}
