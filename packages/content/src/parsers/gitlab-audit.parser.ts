/** gitlab-audit: GitLab's audit_json.log and its streamed audit events. */
import { defineFieldMap } from "@holdfast/sdk";

export default defineFieldMap({
  id: "gitlab-audit",
  title: "GitLab audit events",
  docs: "https://docs.gitlab.com/administration/compliance/audit_event_reports/",
  order: 208,
  read: { as: "json" },
  accepts: { has: ["author_id", "entity_type", "entity_id"] },
  product: "gitlab",
  channel: "audit",
  time: ["time", "created_at"],
  columns: {
    event_code: ["event_type", "event_name", "change", "details.event_name"],
    user: ["author_name", "details.author_name"],
    src_ip: ["ip_address", "details.ip_address"],
    object: ["entity_path", "target_details", "details.target_details"],
    session: ["correlation_id", "id"],
  },
  kind: "api_activity/other",
  severity: { by: "severity", values: { info: 1, warn: 3, warning: 3, error: 4 }, otherwise: 1 },
  message:
    "{author_name|details.author_name} {custom_message|details.custom_message|event_type|change} {entity_path|target_details}",
  logsource: { product: "gitlab", service: "audit" },
  samples: [
    {
      name: "Streamed",
      in: '{"id":"e1","author_id":7,"entity_id":29,"entity_type":"Project","details":{"author_name":"Ida","author_class":"User","target_type":"ProjectMember","custom_message":"Added a member as Owner","ip_address":"203.0.113.9"},"ip_address":"203.0.113.9","author_name":"Ida","entity_path":"pay/core","target_details":"Bo","created_at":"2026-07-04T08:40:00.000Z","event_type":"member_created"}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 8, 40, 0),
        user: "Ida",
        src_ip: "203.0.113.9",
        event_code: "member_created",
        object: "pay/core",
      },
    },
    {
      name: "From the log file",
      in: '{"severity":"INFO","time":"2026-07-04T08:41:00.500Z","correlation_id":"c9","author_id":1,"entity_id":5,"entity_type":"User","change":"password","author_name":"Administrator","target_details":"bo"}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 8, 41, 0, 500),
        user: "Administrator",
        event_code: "password",
        severity_id: 1,
      },
    },
  ],
});
