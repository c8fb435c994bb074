/** dnsmasq: DNS queries, answers and DHCP leases of dnsmasq. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf, ipOf } from "@holdfast/sdk";

export default defineParser({
  id: "dnsmasq",
  title: "dnsmasq, DNS and DHCP",
  docs: "https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html",
  order: 210,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && record.syslog?.app.startsWith("dnsmasq") === true,
  parse: (record: DecodedRecord) => {
    const { syslog } = record;
    if (syslog === undefined) return { ok: false, reason: "no syslog header" };
    const columns: Partial<EventColumns> = {
      product: "dnsmasq",
      channel: syslog.app === "dnsmasq-dhcp" ? "dhcp" : "dns",
      process_pid: integerOf(syslog.procid),
      severity_id: SEVERITY.informational,
      status_id: STATUS.success,
      class_uid: OTHER.class_uid,
      activity_id: OTHER.activity_id,
      message: syslog.message,
    };
    const fields: Record<string, unknown> = { message: syslog.message };
    const query = QUERY.exec(syslog.message);
    const answer = query === null ? ANSWER.exec(syslog.message) : null;
    const lease = query === null && answer === null ? LEASE.exec(syslog.message) : null;
    if (query !== null) {
      const [, type = "", name = "", client = ""] = query;
      Object.assign(columns, ASKED, { event_code: type, domain: name, src_ip: ipOf(client) });
      Object.assign(fields, { query: name, record_type: type, client });
    } else if (answer !== null) {
      const [, , name = "", value = ""] = answer;
      Object.assign(columns, ANSWERED, { event_code: answer[1] ?? "", domain: name, dst_ip: ipOf(value) });
      Object.assign(fields, { query: name, answer: value });
      if (value === "NXDOMAIN") columns.status_id = STATUS.failure;
    } else if (lease !== null) {
      const [, kind = "", ip = "", mac = "", name = ""] = lease;
      Object.assign(columns, { event_code: kind, src_ip: ip, peer_host: name, object: mac });
      Object.assign(fields, { type: kind, ip, mac, hostname: name });
    }
    const logsource = query !== null || answer !== null ? { category: "dns" } : undefined;
    return { ok: true, event: { columns, fields, logsource } };
  },
  samples: [
    {
      name: "A query",
      in: "<30>Jul  4 05:30:00 gw dnsmasq[511]: query[A] cdn.example.net from 192.0.2.7",
      out: {
        class_uid: 4003,
        activity_id: 1,
        domain: "cdn.example.net",
        src_ip: "192.0.2.7",
        event_code: "A",
        channel: "dns",
      },
      fields: { query: "cdn.example.net", record_type: "A" },
    },
    {
      name: "An answer",
      in: "<30>Jul  4 05:30:00 gw dnsmasq[511]: reply cdn.example.net is 198.51.100.44",
      out: { class_uid: 4003, activity_id: 2, domain: "cdn.example.net", dst_ip: "198.51.100.44" },
      fields: { answer: "198.51.100.44" },
    },
    {
      name: "A lease",
      in: "<30>Jul  4 05:30:01 gw dnsmasq-dhcp[511]: DHCPACK(eth1) 192.0.2.77 02:00:5e:10:00:01 tablet-7",
      out: {
        channel: "dhcp",
        event_code: "DHCPACK",
        src_ip: "192.0.2.77",
        peer_host: "tablet-7",
        object: "02:00:5e:10:00:01",
      },
    },
  ],
});

const QUERY = /^query\[([A-Za-z0-9=]{1,20})\] (\S{1,255}) from (\S{1,60})/;
const ANSWER = /^(reply|cached|config|forwarded|\/etc\/hosts) (\S{1,255}) (?:is|to) (\S{1,255})/;
const LEASE = /^(DHCP[A-Z]{2,12})\([^)]{1,32}\) ([0-9a-fA-F.:]{2,45}) ([0-9a-f:]{11,20})(?: (\S{1,255}))?/;
const ASKED = classify("dns_activity", "query");
const ANSWERED = classify("dns_activity", "response");
const OTHER = classify("base_event", "other");
