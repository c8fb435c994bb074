/** zeek-json: Zeek's logs written as JSON, with the log's name in `_path` or known by the fields. */
import { type DecodedRecord, defineParser, flatten } from "@holdfast/sdk";
import { zeekEvent, zeekPath } from "./zeek/log.ts";

export default defineParser({
  id: "zeek-json",
  title: "Zeek logs, JSON",
  docs: "https://docs.zeek.org/en/master/log-formats.html",
  order: 210,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined &&
    json["ts"] !== undefined &&
    (json["_path"] !== undefined ||
      json["id.orig_h"] !== undefined ||
      (json["fuid"] !== undefined && json["source"] !== undefined)),
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const row = flatten(json);
    const path = row["_path"];
    return zeekEvent(row, typeof path === "string" ? path : zeekPath(row));
  },
  samples: [
    {
      name: "dns",
      in: '{"_path":"dns","ts":1783148400.25,"uid":"CkT1","id.orig_h":"192.0.2.7","id.orig_p":51022,"id.resp_h":"192.0.2.53","id.resp_p":53,"proto":"udp","query":"files.example.net","qtype_name":"TXT","rcode_name":"NOERROR","answers":["aGk="]}',
      out: {
        time_ms: 1783148400250,
        class_uid: 4003,
        src_ip: "192.0.2.7",
        dst_port: 53,
        domain: "files.example.net",
        event_code: "TXT",
        channel: "dns",
      },
      fields: { qtype_name: "TXT", record_type: "TXT" },
    },
    {
      name: "http without a path",
      in: '{"ts":"2026-07-04T07:00:01.5Z","uid":"CkT2","id.orig_h":"192.0.2.7","id.orig_p":51023,"id.resp_h":"198.51.100.9","id.resp_p":80,"method":"POST","host":"drop.example.net","uri":"/a.php","user_agent":"curl/8","status_code":200,"resp_mime_types":["text/plain"]}',
      out: {
        class_uid: 4002,
        http_method: "POST",
        domain: "drop.example.net",
        url: "/a.php",
        http_status: 200,
        channel: "http",
      },
      fields: { "c-uri": "/a.php" },
    },
    {
      name: "files",
      in: '{"_path":"files","ts":1783148402,"fuid":"F1","source":"HTTP","filename":"a.exe","mime_type":"application/x-dosexec","md5":"9E107D9D372BB6826BD81D3542A419D6"}',
      out: { class_uid: 1001, file_path: "a.exe", md5: "9e107d9d372bb6826bd81d3542a419d6" },
    },
    {
      name: "notice",
      in: '{"_path":"notice","ts":1783148403,"note":"Scan::Port_Scan","msg":"203.0.113.9 scanned 40 ports","src":"203.0.113.9","dst":"192.0.2.10"}',
      out: {
        class_uid: 2004,
        severity_id: 3,
        event_code: "Scan::Port_Scan",
        src_ip: "203.0.113.9",
        dst_ip: "192.0.2.10",
      },
    },
  ],
});
