/** nginx-error: the error log of nginx. */
import { classify, severityOfWord } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf, parseTime } from "@holdfast/sdk";

export default defineParser({
  id: "nginx-error",
  title: "nginx error log",
  docs: "https://nginx.org/en/docs/ngx_core_module.html#error_log",
  order: 240,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && SHAPE.test(lineOf(record).slice(0, 80)),
  parse: (record: DecodedRecord) => {
    const match = LINE.exec(lineOf(record));
    if (match === null) return { ok: false, reason: "not a line of nginx's error log" };
    const [, stamp = "", level = "", process = "", text = ""] = match;
    const time = parseTime(stamp.replaceAll("/", "-"));
    const request = REQUEST.exec(text);
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      time_ns: time?.time_ns ?? 0,
      product: "nginx",
      channel: "error",
      severity_id: severityOfWord(level),
      process_pid: integerOf(process),
      src_ip: part(text, ", client: "),
      domain: unquote(part(text, ", host: ")),
      peer_host: unquote(part(text, ", upstream: ")),
      http_method: request?.[1] ?? "",
      url: request?.[2] ?? "",
      class_uid: FAULT.class_uid,
      activity_id: FAULT.activity_id,
      message: text,
    };
    const fields = { level, pid: process, client: columns.src_ip, message: text };
    return { ok: true, event: { columns, fields, logsource: { service: "nginx", category: "webserver" } } };
  },
  samples: [
    {
      name: "Upstream refused",
      in: '2026/07/04 04:50:11 [error] 812#812: *31 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.4, server: shop.example.com, request: "GET /cart HTTP/1.1", upstream: "http://10.0.0.4:8080/cart", host: "shop.example.com"',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 4, 50, 11),
        severity_id: 4,
        process_pid: 812,
        src_ip: "203.0.113.4",
        http_method: "GET",
        url: "/cart",
        domain: "shop.example.com",
        peer_host: "http://10.0.0.4:8080/cart",
      },
    },
    {
      name: "Of the master process",
      in: "2026/07/04 04:50:12 [notice] 1#1: signal process started",
      out: { time_ms: Date.UTC(2026, 6, 4, 4, 50, 12), severity_id: 2, src_ip: "", message: "signal process started" },
    },
  ],
});

const lineOf = (record: DecodedRecord): string => record.syslog?.message ?? record.text;
const SHAPE = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[[a-z]{4,6}\] \d{1,10}#\d{1,10}: /;
const LINE = /^(\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d) \[([a-z]{4,6})\] (\d{1,10})#\d{1,10}: (?:\*\d{1,20} )?(.*)$/s;
const REQUEST = /, request: "([A-Z]{1,20}) ([^ "]{1,2000})/;
const FAULT = classify("application_error", "general_error");

function part(text: string, name: string): string {
  const found = text.lastIndexOf(name);
  if (found < 0) return "";
  const start = found + name.length;
  const end = text.indexOf(", ", start);
  return end < 0 ? text.slice(start) : text.slice(start, end);
}

const unquote = (text: string): string => (text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text);
