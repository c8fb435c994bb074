/** entra-signin: sign-ins of Microsoft Entra ID, as diagnostic settings export them (properties inside) or as Graph gives them. */
import { defineFieldMap } from "@holdfast/sdk";

export default defineFieldMap({
  id: "entra-signin",
  title: "Microsoft Entra sign-in log",
  docs: "https://learn.microsoft.com/en-us/graph/api/resources/signin",
  order: 208,
  read: { as: "json" },
  accepts: {
    has: ["category", "properties"],
    equals: {
      category: [
        "SignInLogs",
        "NonInteractiveUserSignInLogs",
        "ServicePrincipalSignInLogs",
        "ManagedIdentitySignInLogs",
      ],
    },
  },
  product: "azure",
  channel: "signinlogs",
  time: ["properties.createdDateTime", "time"],
  columns: {
    event_code: ["resultType", "properties.status.errorCode"],
    user: ["properties.userPrincipalName", "properties.servicePrincipalName", "identity"],
    user_domain: "tenantId",
    src_ip: ["properties.ipAddress", "callerIpAddress"],
    host: ["properties.deviceDetail.displayName"],
    object: ["properties.appDisplayName"],
    session: ["properties.correlationId", "correlationId"],
  },
  kind: "authentication/logon",
  status: { by: ["resultType", "properties.status.errorCode"], values: { "0": "success" }, otherwise: "failure" },
  severity: { by: "properties.riskLevelDuringSignIn", values: { low: 2, medium: 3, high: 4 }, otherwise: 1 },
  message:
    "{properties.userPrincipalName|identity} to {properties.appDisplayName} from {properties.ipAddress|callerIpAddress} {resultDescription|properties.status.failureReason}",
  logsource: { product: "azure", service: "signinlogs" },
  alias: {
    ResultType: ["resultType", "properties.status.errorCode"],
    ResultDescription: ["resultDescription", "properties.status.failureReason"],
    Resultdescription: ["resultDescription", "properties.status.failureReason"],
    AuthenticationRequirement: "properties.authenticationRequirement",
    Status: "properties.status.failureReason",
    userAgent: "properties.userAgent",
    "DeviceDetail.trusttype": "properties.deviceDetail.trustType",
    "DeviceDetail.deviceId": "properties.deviceDetail.deviceId",
    RiskState: "properties.riskState",
    riskEventType: "properties.riskEventTypes",
    ResourceDisplayName: "properties.resourceDisplayName",
    conditionalAccessStatus: "properties.conditionalAccessStatus",
    ActivityDetails: "properties.authenticationProcessingDetails",
    AppId: "properties.appId",
    Location: "properties.location.countryOrRegion",
  },
  samples: [
    {
      name: "A wrong password",
      in: '{"time":"2026-07-04T07:40:00Z","resourceId":"/tenants/t1/providers/Microsoft.aadiam","operationName":"Sign-in activity","category":"SignInLogs","tenantId":"t1","resultType":"50126","resultDescription":"Invalid username or password","callerIpAddress":"203.0.113.9","correlationId":"c2","identity":"Ida Example","properties":{"createdDateTime":"2026-07-04T07:39:59Z","userPrincipalName":"ida@example.com","appDisplayName":"Azure Portal","ipAddress":"203.0.113.9","authenticationRequirement":"singleFactorAuthentication","status":{"errorCode":50126,"failureReason":"Invalid username or password"},"riskLevelDuringSignIn":"medium"}}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 7, 39, 59),
        class_uid: 3002,
        activity_id: 1,
        status_id: 2,
        user: "ida@example.com",
        src_ip: "203.0.113.9",
        severity_id: 3,
        object: "Azure Portal",
      },
      fields: { ResultType: "50126", AuthenticationRequirement: "singleFactorAuthentication" },
    },
    {
      name: "A success",
      in: '{"time":"2026-07-04T07:41:00Z","category":"NonInteractiveUserSignInLogs","resultType":"0","callerIpAddress":"192.0.2.7","identity":"Bo","properties":{"userPrincipalName":"bo@example.com","appDisplayName":"Mail"}}',
      out: { status_id: 1, user: "bo@example.com", src_ip: "192.0.2.7" },
    },
  ],
});
