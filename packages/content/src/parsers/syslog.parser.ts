/** syslog: what no parser of a program took, but whose header is known: kernel and firewall lines, network devices and
 *  every other daemon. The class is the base event, with host, program, severity and time as typed columns. */
import { type Classification, classify, severityOfSyslog } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf } from "@holdfast/sdk";
import { fillPam } from "./linux/pam.ts";
import { closeLine, openLine } from "./linux/program.ts";

export default defineParser({
  id: "syslog",
  title: "Syslog, any program",
  docs: "https://www.rfc-editor.org/rfc/rfc5424",
  order: 850,
  accepts: (record: DecodedRecord) => {
    const { syslog } = record;
    return syslog !== undefined && (syslog.time_ms !== undefined || syslog.facility >= 0 || syslog.app !== "");
  },
  parse: (record: DecodedRecord) => {
    const { syslog } = record;
    if (syslog === undefined) return { ok: false, reason: "no syslog header" };
    const line = openLine(record, syslog);
    const { columns, message } = line;
    columns.class_uid = OTHER.class_uid;
    columns.activity_id = OTHER.activity_id;
    if (syslog.msgid !== "") columns.event_code = syslog.msgid;
    if (line.program.startsWith("%")) fillCisco(columns, syslog.app);
    else if (!fillPam(columns, message) && message.includes(" SRC=")) fillPacket(columns, message);
    for (const id of Object.keys(syslog.structured)) {
      const params = syslog.structured[id];
      for (const name in params) line.fields[`${id}.${name}`] = params[name];
    }
    return { ok: true, event: closeLine(line, "syslog") };
  },
  samples: [
    {
      name: "RFC 5424 with structured data and escapes",
      in: '<134>1 2026-05-02T08:00:00.003Z app1 shop 8710 ORDER [order@32473 id="17" note="say \\"hi\\" \\]"] stored',
      out: {
        time_ms: Date.UTC(2026, 4, 2, 8, 0, 0, 3),
        class_uid: 0,
        activity_id: 99,
        severity_id: 1,
        product: "shop",
        channel: "local0",
        event_code: "ORDER",
        host: "app1",
        process_pid: 8710,
        message: "stored",
      },
      fields: { "order@32473.id": "17", "order@32473.note": 'say "hi" ]' },
    },
    {
      name: "RFC 3164",
      in: "<13>Nov 21 22:57:53 vm root: udp 3164 msg",
      out: { host: "vm", product: "root", message: "udp 3164 msg", severity_id: 2, channel: "user" },
    },
    {
      name: "Packet dropped by the kernel's firewall",
      in: "May  2 08:01:00 gw kernel: [88123.5] [UFW BLOCK] IN=eth0 OUT= MAC=aa:bb SRC=203.0.113.5 DST=192.0.2.10 LEN=40 PROTO=TCP SPT=51000 DPT=3389 WINDOW=1024 SYN",
      out: {
        class_uid: 4001,
        activity_id: 5,
        status_id: 2,
        src_ip: "203.0.113.5",
        src_port: 51000,
        dst_ip: "192.0.2.10",
        dst_port: 3389,
      },
    },
    {
      name: "Cisco ASA, no host name",
      in: "<166>May 02 2026 08:02:00: %ASA-6-302013: Built inbound TCP connection 17 for outside:203.0.113.5/51000",
      out: {
        time_ms: Date.UTC(2026, 4, 2, 8, 2, 0),
        host: "",
        product: "cisco",
        event_code: "ASA-6-302013",
        severity_id: 1,
      },
    },
  ],
});

const OTHER = classify("base_event", "other");
const REFUSED = classify("network_activity", "refuse");
const TRAFFIC = classify("network_activity", "traffic");
const CISCO = /^%([A-Z0-9_]{1,32}(?:-[A-Z0-9_]{1,32}){0,3}-([0-7])-[A-Z0-9_]{1,64})$/;

/** "%FACILITY-SEVERITY-MNEMONIC" of Cisco devices. */
function fillCisco(columns: EventColumns, tag: string): void {
  const match = CISCO.exec(tag);
  columns.product = "cisco";
  columns.event_code = match?.[1] ?? tag.slice(1, 65);
  if (match !== null) columns.severity_id = severityOfSyslog(integerOf(match[2]));
}

/** Netfilter's LOG target and everything that is built on it. */
function fillPacket(columns: EventColumns, message: string): void {
  const refused = /BLOCK|DROP|REJECT|DENY/i.test(message.slice(0, 200));
  const is: Classification = refused ? REFUSED : TRAFFIC;
  columns.class_uid = is.class_uid;
  columns.activity_id = is.activity_id;
  if (refused) columns.status_id = 2;
  columns.src_ip = word(message, " SRC=");
  columns.dst_ip = word(message, " DST=");
  columns.src_port = integerOf(word(message, " SPT="));
  columns.dst_port = integerOf(word(message, " DPT="));
}

function word(text: string, name: string): string {
  const found = text.indexOf(name);
  if (found < 0) return "";
  const start = found + name.length;
  const end = text.indexOf(" ", start);
  return end < 0 ? text.slice(start) : text.slice(start, end);
}
