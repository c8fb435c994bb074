/** netfilter: packets that iptables' and nftables' log targets write to the kernel's log, UFW's among them. */
import { type Classification, classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf, readPairs } from "@holdfast/sdk";

export default defineParser({
  id: "netfilter",
  title: "Netfilter (iptables, nftables, UFW)",
  docs: "https://ipset.netfilter.org/iptables-extensions.man.html#lbDD",
  order: 220,
  form: "text",
  accepts: (record: DecodedRecord) => {
    if (record.json !== undefined) return false;
    const line = record.syslog?.message ?? record.text;
    return line.includes(" SRC=") && line.includes(" DST=") && line.includes(" PROTO=");
  },
  parse: (record: DecodedRecord) => {
    const line = record.syslog?.message ?? record.text;
    const fields: Record<string, unknown> = readPairs(line);
    const prefix = line.slice(0, Math.max(0, line.indexOf("IN="))).replace(KERNEL_TIME, "");
    const refused = REFUSED.test(prefix);
    const is: Classification = refused ? REFUSE : TRAFFIC;
    const text = (name: string): string => String(fields[name] ?? "");
    const columns: Partial<EventColumns> = {
      product: "netfilter",
      channel: "kernel",
      event_code: text("PROTO"),
      object: text("IN") || text("OUT"),
      src_ip: text("SRC"),
      dst_ip: text("DST"),
      src_port: integerOf(fields["SPT"]),
      dst_port: integerOf(fields["DPT"]),
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      status_id: refused ? STATUS.failure : STATUS.unknown,
      severity_id: SEVERITY.informational,
      message: `${prefix.trim()} ${text("PROTO")} ${text("SRC")} to ${text("DST")} ${text("DPT")}`.trim(),
    };
    fields["src_ip"] = columns.src_ip;
    fields["dst_ip"] = columns.dst_ip;
    fields["src_port"] = columns.src_port;
    fields["dst_port"] = columns.dst_port;
    fields["action"] = refused ? "block" : "log";
    fields["blocked"] = refused ? "true" : "false";
    return { ok: true, event: { columns, fields, logsource: { category: "firewall" } } };
  },
  samples: [
    {
      name: "UFW refused",
      in: "May  2 08:01:00 gw kernel: [88123.5] [UFW BLOCK] IN=eth0 OUT= MAC=aa:bb SRC=203.0.113.5 DST=192.0.2.10 LEN=40 PROTO=TCP SPT=51000 DPT=3389 WINDOW=1024 SYN",
      out: {
        host: "gw",
        class_uid: 4001,
        activity_id: 5,
        status_id: 2,
        src_ip: "203.0.113.5",
        src_port: 51000,
        dst_ip: "192.0.2.10",
        dst_port: 3389,
        object: "eth0",
        message: "[UFW BLOCK] TCP 203.0.113.5 to 192.0.2.10 3389",
      },
      fields: { dst_port: 3389, action: "block" },
    },
    {
      name: "nftables with a prefix; ICMP has no ports",
      in: "<4>Jul  4 05:50:01 gw2 kernel: ping IN=eth0 OUT=eth1 SRC=203.0.113.5 DST=192.0.2.11 LEN=84 PROTO=ICMP TYPE=8 CODE=0",
      out: { activity_id: 6, status_id: 0, src_ip: "203.0.113.5", dst_port: 0, event_code: "ICMP" },
    },
  ],
});

const KERNEL_TIME = /^\[ *\d{1,10}\.\d{1,9}\] /;
const REFUSED = /block|drop|reject|den[iy]/i;
const REFUSE = classify("network_activity", "refuse");
const TRAFFIC = classify("network_activity", "traffic");
