/** wazuh: alerts of Wazuh 4 (alerts.json, or by Filebeat) with the rule that fired and the event it fired on. */
import { classify, SEVERITY } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  type EventColumns,
  firstText,
  flatten,
  integerOf,
  objectOf,
  parseTime,
} from "@holdfast/sdk";

export default defineParser({
  id: "wazuh",
  title: "Wazuh alert",
  docs: "https://documentation.wazuh.com/current/user-manual/reference/ossec-conf/alerts.html",
  order: 204,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined &&
    objectOf(json["rule"]) !== undefined &&
    objectOf(json["agent"]) !== undefined &&
    json["manager"] !== undefined,
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const flat = flatten(json);
    const level = integerOf(flat["rule.level"]);
    const time = parseTime(json["timestamp"] ?? json["@timestamp"]);
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      time_ns: time?.time_ns ?? 0,
      product: "wazuh",
      channel: firstText(flat, ["decoder.name", "location"]),
      event_code: firstText(flat, ["rule.id"]),
      host: firstText(flat, ["predecoder.hostname", "agent.name"]),
      user: firstText(flat, ["data.srcuser", "data.dstuser", "data.win.eventdata.targetUserName", "data.audit.auid"]),
      src_ip: firstText(flat, ["data.srcip", "data.win.eventdata.ipAddress", "data.src_ip"]),
      dst_ip: firstText(flat, ["data.dstip", "data.dest_ip"]),
      src_port: integerOf(flat["data.srcport"]),
      dst_port: integerOf(flat["data.dstport"]),
      file_path: firstText(flat, ["syscheck.path"]),
      sha256: firstText(flat, ["syscheck.sha256_after"]).toLowerCase(),
      md5: firstText(flat, ["syscheck.md5_after"]).toLowerCase(),
      process_path: firstText(flat, ["data.win.eventdata.image", "data.audit.exe"]),
      process_cmd: firstText(flat, ["data.win.eventdata.commandLine", "data.audit.command"]),
      object: firstText(flat, ["data.vulnerability.cve", "location"]),
      class_uid: FINDING.class_uid,
      activity_id: FINDING.activity_id,
      severity_id:
        level >= 15
          ? SEVERITY.critical
          : level >= 12
            ? SEVERITY.high
            : level >= 7
              ? SEVERITY.medium
              : level >= 4
                ? SEVERITY.low
                : SEVERITY.informational,
      message: firstText(flat, ["rule.description", "full_log"]),
    };
    return { ok: true, event: { columns, fields: json, logsource: { product: "wazuh" } } };
  },
  samples: [
    {
      name: "sshd through an agent",
      in: '{"timestamp":"2026-07-04T09:20:00.123+0000","rule":{"level":5,"description":"sshd: Attempt to login using a non-existent user","id":"5710","mitre":{"id":["T1110.001"]}},"agent":{"id":"003","name":"web1","ip":"192.0.2.21"},"manager":{"name":"wz1"},"id":"1783156800.1","predecoder":{"hostname":"web1"},"decoder":{"name":"sshd"},"data":{"srcip":"203.0.113.9","srcuser":"oracle"},"full_log":"Invalid user oracle from 203.0.113.9","location":"/var/log/auth.log"}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 9, 20, 0, 123),
        class_uid: 2004,
        severity_id: 2,
        host: "web1",
        user: "oracle",
        src_ip: "203.0.113.9",
        event_code: "5710",
      },
    },
    {
      name: "A file changed",
      in: '{"timestamp":"2026-07-04T09:21:00.000+0000","rule":{"level":7,"description":"Integrity checksum changed.","id":"550"},"agent":{"id":"003","name":"web1"},"manager":{"name":"wz1"},"syscheck":{"path":"/etc/passwd","sha256_after":"ABCDEF","event":"modified"},"location":"syscheck"}',
      out: { severity_id: 3, file_path: "/etc/passwd", sha256: "abcdef", host: "web1" },
    },
  ],
});

const FINDING = classify("detection_finding", "create");
