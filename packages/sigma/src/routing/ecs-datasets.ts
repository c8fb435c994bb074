/**
 * ecs-datasets: what the datasets of Elastic's integrations are as log sources, below which key each keeps the original
 * record, and the fields whose original names got lost on the way.
 */
import type { Logsource } from "../rule.ts";
import type { Names } from "./value-at.ts";

export interface EcsDataset {
  readonly logsource: Logsource;
  readonly prefixes: readonly string[];
  readonly names: Names;
}

const CLOUDTRAIL: Names = {
  eventName: ["event.action"],
  eventSource: ["event.provider"],
  awsRegion: ["cloud.region"],
  sourceIPAddress: ["source.address", "source.ip"],
  userAgent: ["user_agent.original"],
  errorCode: ["aws.cloudtrail.error_code"],
  errorMessage: ["aws.cloudtrail.error_message"],
  requestParameters: ["aws.cloudtrail.flattened.request_parameters", "aws.cloudtrail.request_parameters"],
  responseElements: ["aws.cloudtrail.flattened.response_elements", "aws.cloudtrail.response_elements"],
  additionalEventData: ["aws.cloudtrail.flattened.additional_eventdata", "aws.cloudtrail.additional_eventdata"],
  "userIdentity.type": ["aws.cloudtrail.user_identity.type"],
  "userIdentity.arn": ["aws.cloudtrail.user_identity.arn"],
  eventType: ["aws.cloudtrail.event_type"],
};

const AZURE: Names = {
  operationName: ["azure.activitylogs.operation_name", "azure.auditlogs.operation_name", "event.action"],
  OperationName: ["azure.auditlogs.operation_name", "event.action"],
  Category: ["azure.auditlogs.properties.category", "azure.auditlogs.category"],
  Status: ["azure.auditlogs.properties.result", "event.outcome"],
  ResultType: ["azure.signinlogs.properties.status.error_code", "azure.signinlogs.result_type"],
  ResultDescription: ["azure.signinlogs.result_description"],
  AuthenticationRequirement: ["azure.signinlogs.properties.authentication_requirement"],
  conditionalAccessStatus: ["azure.signinlogs.properties.conditional_access_status"],
  riskEventType: ["azure.identity_protection.properties.risk_event_type"],
  userAgent: ["user_agent.original"],
};

const OKTA: Names = {
  eventType: ["okta.event_type", "event.action"],
  displayMessage: ["okta.display_message"],
  "outcome.result": ["okta.outcome.result"],
  "outcome.reason": ["okta.outcome.reason"],
  "actor.alternateId": ["okta.actor.alternate_id"],
  "target.displayName": ["okta.target.display_name"],
  "securityContext.isProxy": ["okta.security_context.is_proxy"],
  "debugContext.debugData.requestUri": ["okta.debug_context.debug_data.request_uri"],
};

const AUDITD: Names = { type: ["auditd.log.record_type", "event.action"], exe: ["process.executable"] };

export const ECS_DATASETS: Readonly<Record<string, EcsDataset>> = {
  "aws.cloudtrail": dataset({ product: "aws", service: "cloudtrail" }, ["aws.cloudtrail"], CLOUDTRAIL),
  "azure.activitylogs": dataset({ product: "azure", service: "activitylogs" }, ["azure.activitylogs"], AZURE),
  "azure.auditlogs": dataset({ product: "azure", service: "auditlogs" }, ["azure.auditlogs"], AZURE),
  "azure.signinlogs": dataset(
    { product: "azure", service: "signinlogs" },
    ["azure.signinlogs.properties", "azure.signinlogs"],
    AZURE,
  ),
  "azure.identity_protection": dataset(
    { product: "azure", service: "riskdetection" },
    ["azure.identity_protection.properties"],
    AZURE,
  ),
  "gcp.audit": dataset({ product: "gcp", service: "gcp.audit" }, ["gcp.audit"], {
    "gcp.audit.method_name": ["gcp.audit.method_name", "event.action"],
    "gcp.audit.service_name": ["gcp.audit.service_name", "service.name"],
  }),
  "google_workspace.admin": dataset({ product: "gcp", service: "google_workspace.admin" }, ["google_workspace.admin"], {
    eventName: ["event.action"],
    eventService: ["event.provider"],
  }),
  "google_workspace.login": dataset({ product: "gcp", service: "google_workspace.login" }, ["google_workspace.login"], {
    eventName: ["event.action"],
  }),
  "o365.audit": dataset({ product: "m365", service: "audit" }, ["o365.audit"], {
    Operation: ["o365.audit.Operation", "event.action"],
    Workload: ["o365.audit.Workload", "event.provider"],
  }),
  "okta.system": dataset({ product: "okta", service: "okta" }, ["okta"], OKTA),
  "github.audit": dataset({ product: "github", service: "audit" }, ["github"], { action: ["event.action"] }),
  "kubernetes.audit": dataset(
    { product: "kubernetes", category: "application", service: "audit" },
    ["kubernetes.audit"],
    {},
  ),
  "auditd.log": dataset({ product: "linux", service: "auditd" }, ["auditd.log"], AUDITD),
  "auditd_manager.auditd": dataset({ product: "linux", service: "auditd" }, ["auditd.data"], AUDITD),
  "system.auth": dataset({ product: "linux", service: "auth" }, [], {}),
  "system.syslog": dataset({ product: "linux", service: "syslog" }, [], {}),
  "zeek.connection": zeek("conn", ["zeek.connection"]),
  "zeek.dns": zeek("dns", ["zeek.dns"]),
  "zeek.http": zeek("http", ["zeek.http"]),
  "zeek.kerberos": zeek("kerberos", ["zeek.kerberos"]),
  "zeek.rdp": zeek("rdp", ["zeek.rdp"]),
  "zeek.smb_files": zeek("smb_files", ["zeek.smb_files"]),
  "zeek.dce_rpc": zeek("dce_rpc", ["zeek.dce_rpc"]),
  "zeek.x509": zeek("x509", ["zeek.x509"]),
  "fortinet_fortigate.log": dataset({ product: "fortigate", service: "event" }, ["fortinet.firewall"], {}),
  "nginx.access": dataset({ category: "webserver", service: "nginx" }, [], {}),
  "apache.access": dataset({ category: "webserver", service: "apache" }, [], {}),
  "iis.access": dataset({ category: "webserver", product: "windows", service: "iis" }, [], {}),
};

function dataset(logsource: Logsource, prefixes: readonly string[], names: Names): EcsDataset {
  return { logsource, prefixes, names };
}

function zeek(service: string, prefixes: readonly string[]): EcsDataset {
  const names: Names = {
    "id.orig_h": ["source.ip"],
    "id.resp_h": ["destination.ip"],
    "id.resp_p": ["destination.port"],
  };
  return dataset({ product: "zeek", service, ...(service === "dns" ? { category: "dns" } : {}) }, prefixes, names);
}
