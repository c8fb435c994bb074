/** syslog: what no parser of a program took, but whose header is known: kernel and firewall lines, network devices and
 *  every other daemon. The class is the base event, with host, program, severity and time as typed columns. */
import { classify } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser } from "@holdfast/sdk";
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
    fillPam(columns, message);
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
  ],
});

const OTHER = classify("base_event", "other");
