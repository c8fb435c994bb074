/** bind: the query log and the refusals of BIND's named. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf } from "@holdfast/sdk";

export default defineParser({
  id: "bind",
  title: "BIND named, queries and refusals",
  docs: "https://bind9.readthedocs.io/en/stable/reference.html#query-log",
  order: 210,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && LINE.test(lineOf(record).slice(0, 700)),
  parse: (record: DecodedRecord) => {
    const match = LINE.exec(lineOf(record).slice(0, 700));
    if (match === null) return { ok: false, reason: "neither a query nor a refusal of BIND" };
    const [, client = "", port = "", shown = "", rest = ""] = match;
    const query = QUERY.exec(rest);
    const refused = REFUSED.exec(rest);
    const name = query?.[1] ?? refused?.[1] ?? shown;
    const type = query?.[3] ?? refused?.[2] ?? "";
    const columns: Partial<EventColumns> = {
      product: "bind",
      channel: "queries",
      event_code: type,
      src_ip: client,
      src_port: integerOf(port),
      domain: name,
      dst_ip: query?.[4] ?? "",
      class_uid: ASKED.class_uid,
      activity_id: ASKED.activity_id,
      status_id: refused === null ? STATUS.success : STATUS.failure,
      severity_id: refused === null ? SEVERITY.informational : SEVERITY.low,
      message: `${client} ${refused === null ? "asked for" : "was refused"} ${name} ${type}`.trim(),
    };
    const fields = { query: name, record_type: type, qtype_name: type, client, client_port: port };
    return { ok: true, event: { columns, fields, logsource: { category: "dns" } } };
  },
  samples: [
    {
      name: "A query",
      in: "<30>Jul  4 05:20:00 ns1 named[310]: client @0x7f8c 192.0.2.7#51022 (files.example.net): query: files.example.net IN TXT +E(0)K (192.0.2.53)",
      out: {
        host: "ns1",
        class_uid: 4003,
        activity_id: 1,
        src_ip: "192.0.2.7",
        src_port: 51022,
        domain: "files.example.net",
        event_code: "TXT",
        dst_ip: "192.0.2.53",
      },
      fields: { query: "files.example.net", record_type: "TXT" },
    },
    {
      name: "A transfer refused",
      in: "<30>Jul  4 05:20:01 ns1 named[310]: client @0x7f8d 203.0.113.8#40000 (example.com): query (cache) 'example.com/AXFR/IN' denied",
      out: { src_ip: "203.0.113.8", domain: "example.com", event_code: "AXFR", status_id: 2 },
    },
  ],
});

const lineOf = (record: DecodedRecord): string => record.syslog?.message ?? record.text;
const LINE =
  /(?:^|: )client (?:@0x[0-9a-f]{1,16} )?([0-9a-fA-F.:]{2,45})#(\d{1,5})(?: \(([^)\s]{1,255})\))?: (?:view \S{1,64}: )?(.*)$/s;
const QUERY = /^query: (\S{1,255}) (\S{1,10}) (\S{1,12}) \S{1,30}(?: \(([0-9a-fA-F.:]{2,45})\))?/;
const REFUSED = /^(?:query|update|zone transfer)[^']{0,40}'([^'/]{1,255})\/(?:([A-Z0-9]{1,12})\/)?[A-Z]{1,3}' denied/;
const ASKED = classify("dns_activity", "query");
