/** isc-dhcp: the leases of ISC's dhcpd. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf } from "@holdfast/sdk";

export default defineParser({
  id: "isc-dhcp",
  title: "ISC dhcpd",
  docs: "https://kb.isc.org/docs/isc-dhcp-44-manual-pages-dhcpd",
  order: 210,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && record.syslog?.app === "dhcpd",
  parse: (record: DecodedRecord) => {
    const { syslog } = record;
    if (syslog === undefined) return { ok: false, reason: "no syslog header" };
    const match = LINE.exec(syslog.message);
    const [, kind = "", ip = "", mac = "", name = ""] = match ?? [];
    const columns: Partial<EventColumns> = {
      product: "dhcpd",
      channel: "dhcp",
      event_code: kind,
      process_pid: integerOf(syslog.procid),
      src_ip: ip,
      peer_host: name,
      object: mac,
      severity_id: SEVERITY.informational,
      status_id: kind === "DHCPNAK" ? STATUS.failure : STATUS.success,
      class_uid: OTHER.class_uid,
      activity_id: OTHER.activity_id,
      message: syslog.message,
    };
    return { ok: true, event: { columns, fields: { type: kind, ip, mac, hostname: name }, logsource: undefined } };
  },
  samples: [
    {
      name: "A lease given",
      in: "<30>Jul  4 05:40:00 dhcp1 dhcpd[77]: DHCPACK on 192.0.2.80 to 02:00:5e:10:00:02 (kiosk-2) via eth0",
      out: {
        event_code: "DHCPACK",
        src_ip: "192.0.2.80",
        object: "02:00:5e:10:00:02",
        peer_host: "kiosk-2",
        status_id: 1,
      },
      fields: { mac: "02:00:5e:10:00:02" },
    },
    {
      name: "Asked, from a device without a name",
      in: "<30>Jul  4 05:40:01 dhcp1 dhcpd[77]: DHCPREQUEST for 192.0.2.81 from 02:00:5e:10:00:03 via eth0",
      out: { event_code: "DHCPREQUEST", src_ip: "192.0.2.81", peer_host: "", host: "dhcp1" },
    },
  ],
});

const LINE =
  /^(DHCP[A-Z]{2,12}) (?:(?:on|for|of) ([0-9.]{7,15}) (?:\([0-9.]{7,15}\) )?)?(?:to|from) ([0-9a-f:]{11,20})(?: \(([^)]{1,255})\))?/;
const OTHER = classify("base_event", "other");
