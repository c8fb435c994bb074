/** crowdsec: alerts that CrowdSec's agent sends to its HTTP notification plugin, one alert a record. */
import { defineFieldMap } from "@holdfast/sdk";

export default defineFieldMap({
  id: "crowdsec",
  title: "CrowdSec alert",
  docs: "https://docs.crowdsec.net/docs/next/notification_plugins/http/",
  order: 205,
  read: { as: "json" },
  accepts: { has: ["scenario", "source", "start_at"] },
  product: "crowdsec",
  channel: "alert",
  time: ["stop_at", "start_at", "created_at"],
  columns: {
    event_code: "scenario",
    host: "machine_id",
    src_ip: ["source.ip", "source.value"],
    object: ["source.scope"],
    session: ["uuid", "id"],
  },
  kind: "detection_finding/create",
  severity: 3,
  message: "{message|scenario}",
  logsource: { product: "crowdsec" },
  samples: [
    {
      name: "Brute force",
      in: '{"scenario":"crowdsecurity/ssh-bf","message":"Ip 203.0.113.9 performed ssh brute force (6 events over 20s)","machine_id":"web1","start_at":"2026-07-04T09:50:00Z","stop_at":"2026-07-04T09:50:20Z","source":{"scope":"Ip","value":"203.0.113.9","ip":"203.0.113.9"},"events_count":6,"remediation":true}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 9, 50, 20),
        class_uid: 2004,
        severity_id: 3,
        src_ip: "203.0.113.9",
        host: "web1",
      },
    },
    {
      name: "A range",
      in: '{"scenario":"crowdsecurity/http-probing","start_at":"2026-07-04T09:51:00Z","source":{"scope":"Range","value":"203.0.113.0/24"},"machine_id":"web2"}',
      out: { host: "web2", object: "Range", event_code: "crowdsecurity/http-probing" },
    },
  ],
});
