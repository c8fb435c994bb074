/** github-audit: the audit log of GitHub organisations and enterprises. */
import { defineFieldMap } from "@holdfast/sdk";

export default defineFieldMap({
  id: "github-audit",
  title: "GitHub audit log",
  docs: "https://docs.github.com/en/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/reviewing-audit-logs-for-your-enterprise/audit-log-events-for-your-enterprise",
  order: 208,
  read: { as: "json" },
  accepts: { has: ["action", "actor", "_document_id"] },
  product: "github",
  channel: "audit",
  time: ["@timestamp", "created_at"],
  columns: {
    event_code: "action",
    user: ["actor"],
    target_user: ["user"],
    src_ip: "actor_ip",
    user_domain: ["org", "business"],
    object: ["repo", "team", "name"],
    session: "_document_id",
  },
  kind: {
    by: "action",
    values: {
      "repo.create": "entity_management/create",
      "repo.destroy": "entity_management/delete",
      "org.add_member": "user_management/create",
      "org.remove_member": "user_management/delete",
      "git.*": "api_activity/read",
    },
    otherwise: "api_activity/other",
  },
  severity: 1,
  message: "{action} by {actor} {repo|org} {user}",
  logsource: { product: "github", service: "audit" },
  samples: [
    {
      name: "Two-factor requirement switched off",
      in: '{"@timestamp":1783154400123,"_document_id":"d1","action":"org.disable_two_factor_requirement","actor":"ida","actor_ip":"203.0.113.9","created_at":1783154400123,"org":"example","operation_type":"modify"}',
      out: {
        time_ms: 1783154400123,
        user: "ida",
        src_ip: "203.0.113.9",
        event_code: "org.disable_two_factor_requirement",
        user_domain: "example",
      },
      fields: { action: "org.disable_two_factor_requirement" },
    },
    {
      name: "A repository deleted",
      in: '{"@timestamp":1783154401000,"_document_id":"d2","action":"repo.destroy","actor":"bo","org":"example","repo":"example/pay"}',
      out: { class_uid: 3004, activity_id: 4, object: "example/pay", user: "bo" },
    },
  ],
});
