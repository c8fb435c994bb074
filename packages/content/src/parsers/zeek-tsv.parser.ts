/** zeek-tsv: rows of Zeek's own separated format. A row does not carry its header, so only rows of logs whose number and kinds of
 *  columns tell them apart are read: conn, dns, http, ssl, files and notice in their default layout. */
import { type DecodedRecord, defineParser } from "@holdfast/sdk";
import { zeekEvent } from "./zeek/log.ts";

export default defineParser({
  id: "zeek-tsv",
  title: "Zeek logs, tab-separated",
  docs: "https://docs.zeek.org/en/master/log-formats.html",
  order: 210,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && ROW.test(record.text.slice(0, 120)),
  parse: (record: DecodedRecord) => {
    const values = record.text.split("\t", 64);
    const layout = layoutOf(values);
    if (layout === undefined)
      return { ok: false, reason: `no default layout of Zeek has ${values.length} columns like these` };
    const row: Record<string, unknown> = {};
    for (const [index, name] of layout.names.entries()) {
      const value = values[index];
      if (value !== undefined && value !== "-" && value !== "(empty)") row[name] = value;
    }
    return zeekEvent(row, layout.path);
  },
  samples: [
    {
      name: "conn",
      in: "1783148404.500000\tCkT4\t192.0.2.7\t51024\t198.51.100.9\t443\ttcp\tssl\t1.25\t811\t5120\tSF\tT\tF\t0\tShADadFf\t12\t1300\t10\t5600\t-",
      out: {
        time_ms: 1783148404500,
        class_uid: 4001,
        src_ip: "192.0.2.7",
        src_port: 51024,
        dst_port: 443,
        event_code: "SF",
        channel: "conn",
      },
      fields: { conn_state: "SF", orig_bytes: "811" },
    },
    {
      name: "dns",
      in: "1783148405.0\tCkT5\t192.0.2.7\t51025\t192.0.2.53\t53\tudp\t4711\t0.01\twww.example.com\t1\tC_INTERNET\t1\tA\t3\tNXDOMAIN\tF\tF\tT\tF\t0\t-\t-\tF",
      out: { class_uid: 4003, domain: "www.example.com", event_code: "A", status_id: 2, channel: "dns" },
      fields: { query: "www.example.com" },
    },
  ],
});

const ROW = /^\d{9,10}\.\d{1,9}\t[A-Za-z0-9]{3,24}\t(?:[0-9a-fA-F.:]{2,45}|-)\t/;
const ENDS = ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"];
const PROTOCOL = /^(?:tcp|udp|icmp)$/;

interface Layout {
  readonly path: string;
  readonly names: readonly string[];
}

const CONN: Layout = {
  path: "conn",
  names: [
    ...ENDS,
    "proto",
    "service",
    "duration",
    "orig_bytes",
    "resp_bytes",
    "conn_state",
    "local_orig",
    "local_resp",
    "missed_bytes",
    "history",
    "orig_pkts",
    "orig_ip_bytes",
    "resp_pkts",
    "resp_ip_bytes",
    "tunnel_parents",
  ],
};
const DNS: Layout = {
  path: "dns",
  names: [
    ...ENDS,
    "proto",
    "trans_id",
    "rtt",
    "query",
    "qclass",
    "qclass_name",
    "qtype",
    "qtype_name",
    "rcode",
    "rcode_name",
    "AA",
    "TC",
    "RD",
    "RA",
    "Z",
    "answers",
    "TTLs",
    "rejected",
  ],
};
const HTTP: Layout = {
  path: "http",
  names: [
    ...ENDS,
    "trans_depth",
    "method",
    "host",
    "uri",
    "referrer",
    "version",
    "user_agent",
    "origin",
    "request_body_len",
    "response_body_len",
    "status_code",
    "status_msg",
  ],
};
const SSL: Layout = {
  path: "ssl",
  names: [
    ...ENDS,
    "version",
    "cipher",
    "curve",
    "server_name",
    "resumed",
    "last_alert",
    "next_protocol",
    "established",
  ],
};

function layoutOf(values: readonly string[]): Layout | undefined {
  const seventh = values[6] ?? "";
  if (PROTOCOL.test(seventh)) {
    if (/^\d{1,5}$/.test(values[7] ?? "") && values.length >= 22) return DNS;
    return values.length >= 18 ? CONN : undefined;
  }
  if (/^[A-Z]{3,20}$/.test(values[7] ?? "") && /^\d{1,6}$/.test(seventh)) return HTTP;
  return /^(?:TLSv|SSLv)\S{1,6}$/.test(seventh) ? SSL : undefined;
}
