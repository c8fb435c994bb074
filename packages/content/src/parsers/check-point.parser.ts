/** check-point: Check Point's Log Exporter in its syslog form: `[key:"value"; key:"value"]` as structured data. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  type EventColumns,
  firstText,
  integerOf,
  parseEpoch,
  setField,
  textOf,
} from "@holdfast/sdk";

export default defineParser({
  id: "check-point",
  title: "Check Point Log Exporter",
  docs: "https://support.checkpoint.com/results/sk/sk122323",
  order: 200,
  accepts: (record: DecodedRecord) =>
    record.json === undefined && record.text.slice(0, 300).includes(" CheckPoint ") && record.text.includes(':"'),
  parse: (record: DecodedRecord) => {
    const fields: Record<string, unknown> = {};
    for (const [, name = "", value = ""] of record.text.matchAll(PAIR)) setField(fields, name, value);
    if (textOf(fields, "product") === "" && textOf(fields, "action") === "")
      return { ok: false, reason: "neither product nor action is named" };
    const action = textOf(fields, "action");
    const refused = REFUSED.test(action);
    const blade = textOf(fields, "product");
    const threat = textOf(fields, "protection_name") !== "" || textOf(fields, "malware_action") !== "";
    const is = threat
      ? FINDING
      : blade.includes("Authentication") || action === "Log In"
        ? LOGON
        : refused
          ? REFUSE
          : TRAFFIC;
    const time = parseEpoch(integerOf(fields["time"]));
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      product: "checkpoint",
      channel: blade,
      event_code: action,
      host: firstText(fields, ["origin_sic_name", "originsicname", "origin"]).replace(/^CN=([^,]+).*$/, "$1"),
      user: firstText(fields, ["src_user_name", "user", "administrator"]),
      src_ip: textOf(fields, "src"),
      dst_ip: textOf(fields, "dst"),
      src_port: integerOf(fields["s_port"]),
      dst_port: integerOf(fields["service"]),
      url: textOf(fields, "resource"),
      object: firstText(fields, ["rule_name", "protection_name", "appi_name"]),
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      status_id: refused ? STATUS.failure : STATUS.success,
      severity_id: LEVELS[integerOf(fields["severity"])] ?? SEVERITY.informational,
      message: [
        action,
        textOf(fields, "protection_name"),
        textOf(fields, "src"),
        textOf(fields, "dst"),
        textOf(fields, "service_id"),
      ]
        .filter(Boolean)
        .join(" "),
    };
    const all = {
      ...fields,
      src_ip: columns.src_ip,
      dst_ip: columns.dst_ip,
      src_port: columns.src_port,
      dst_port: columns.dst_port,
    };
    return { ok: true, event: { columns, fields: all, logsource: threat ? undefined : { category: "firewall" } } };
  },
  samples: [
    {
      name: "Dropped",
      in: '<134>1 2026-07-04T06:50:00Z cpmgmt CheckPoint 18160 - [action:"Drop"; flags:"411908"; ifdir:"inbound"; ifname:"eth0"; origin:"192.0.2.1"; time:"1783147800"; dst:"192.0.2.10"; product:"VPN-1 & FireWall-1"; proto:"6"; rule_name:"Cleanup"; s_port:"51000"; service:"3389"; service_id:"Remote_Desktop"; src:"203.0.113.9"]',
      out: {
        time_ms: 1783147800000,
        host: "192.0.2.1",
        class_uid: 4001,
        activity_id: 5,
        status_id: 2,
        src_ip: "203.0.113.9",
        src_port: 51000,
        dst_ip: "192.0.2.10",
        dst_port: 3389,
        object: "Cleanup",
      },
      fields: { action: "Drop" },
    },
    {
      name: "Prevented by IPS",
      in: '<134>1 2026-07-04T06:51:00Z cpmgmt CheckPoint 18160 - [action:"Prevent"; origin:"gw-a"; time:"1783147860"; dst:"192.0.2.10"; product:"IPS"; protection_name:"Web server traversal"; severity:"3"; src:"203.0.113.9"]',
      out: { class_uid: 2004, host: "gw-a", severity_id: 4, status_id: 2, object: "Web server traversal" },
    },
  ],
});

const PAIR = /([A-Za-z0-9_]{1,64}):"((?:[^"\\]|\\.){0,4000})"/g;
const REFUSED = /drop|reject|prevent|block|failed/i;
const LEVELS: readonly number[] = [
  SEVERITY.informational,
  SEVERITY.low,
  SEVERITY.medium,
  SEVERITY.high,
  SEVERITY.critical,
];
const FINDING = classify("detection_finding", "create");
const LOGON = classify("authentication", "logon");
const REFUSE = classify("network_activity", "refuse");
const TRAFFIC = classify("network_activity", "traffic");
