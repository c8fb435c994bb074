/** pfsense: the filter log of pfSense and OPNsense: one line of separated values for each packet that a rule logs. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf } from "@holdfast/sdk";

export default defineParser({
  id: "pfsense",
  title: "pfSense and OPNsense filter log",
  docs: "https://docs.netgate.com/pfsense/en/latest/monitoring/logs/raw-filter-format.html",
  order: 210,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && record.syslog?.app === "filterlog",
  parse: (record: DecodedRecord) => {
    const values = (record.syslog?.message ?? "").trim().split(",", 40);
    const version = values[8];
    const at = version === "4" ? IPV4 : version === "6" ? IPV6 : undefined;
    if (at === undefined) return { ok: false, reason: "the ninth value of a filter line is 4 or 6" };
    const value = (index: number): string => values[index] ?? "";
    const refused = value(6) === "block" || value(6) === "reject";
    const columns: Partial<EventColumns> = {
      product: "pfsense",
      channel: "filterlog",
      event_code: value(6),
      object: value(4),
      src_ip: value(at.src),
      dst_ip: value(at.src + 1),
      src_port: integerOf(value(at.src + 2)),
      dst_port: integerOf(value(at.src + 3)),
      class_uid: NETWORK.class_uid,
      activity_id: refused ? REFUSE.activity_id : NETWORK.activity_id,
      status_id: refused ? STATUS.failure : STATUS.success,
      severity_id: SEVERITY.informational,
      message: `${value(6)} ${value(7)} on ${value(4)}: ${value(at.protocol)} ${value(at.src)} to ${value(at.src + 1)} ${value(at.src + 3)}`,
    };
    const fields = {
      rule: value(0),
      tracker: value(3),
      interface: value(4),
      action: value(6),
      direction: value(7),
      protocol: value(at.protocol),
      src_ip: columns.src_ip,
      dst_ip: columns.dst_ip,
      src_port: columns.src_port,
      dst_port: columns.dst_port,
      blocked: refused ? "true" : "false",
    };
    return { ok: true, event: { columns, fields, logsource: { category: "firewall" } } };
  },
  samples: [
    {
      name: "IPv4, blocked",
      in: "<134>Jul  4 06:00:00 pf1 filterlog[301]: 4,,,1000000103,igb0,match,block,in,4,0x0,,241,17219,0,none,6,tcp,40,203.0.113.5,192.0.2.10,51000,8080,0,S,1216414,,1024,,",
      out: {
        host: "pf1",
        class_uid: 4001,
        activity_id: 5,
        status_id: 2,
        src_ip: "203.0.113.5",
        src_port: 51000,
        dst_ip: "192.0.2.10",
        dst_port: 8080,
        object: "igb0",
      },
      fields: { action: "block", dst_port: 8080 },
    },
    {
      name: "IPv6, passed",
      in: "<134>Jul  4 06:00:01 pf1 filterlog[301]: 90,,,1000010001,igb1,match,pass,out,6,0x00,0x00000,64,udp,17,60,2001:db8::7,2001:db8::53,41000,53,60",
      out: { activity_id: 6, status_id: 1, src_ip: "2001:db8::7", dst_ip: "2001:db8::53", dst_port: 53 },
    },
  ],
});

/** Where the addresses stand; ports follow them. */
const IPV4 = { protocol: 16, src: 18 } as const;
const IPV6 = { protocol: 12, src: 15 } as const;
const NETWORK = classify("network_activity", "traffic");
const REFUSE = classify("network_activity", "refuse");
