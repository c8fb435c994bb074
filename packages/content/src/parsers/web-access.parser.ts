/** web-access: access logs of Apache, nginx and everything that writes their common or combined format.
 *  Fields have the W3C names that Sigma's web rules read. Rules written for several servers look for paths in
 *  cs-uri-query too, so that field holds the whole request target; cs-uri-stem holds the path. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  EVENT_DEFAULTS,
  type EventColumns,
  type EventTime,
  integerOf,
  ipOf,
  parseClfTime,
} from "@holdfast/sdk";

export default defineParser({
  id: "web-access",
  title: "Web server access log (common, combined)",
  docs: "https://httpd.apache.org/docs/2.4/logs.html#accesslog",
  order: 130,
  form: "text",
  accepts: (record: DecodedRecord) => {
    if (record.json !== undefined) return false;
    const line = record.syslog?.message ?? record.text;
    const open = line.indexOf(" [");
    return open > 0 && open < 400 && SHAPE.test(line.slice(open, open + 31));
  },
  parse: (record: DecodedRecord) => {
    const access = readAccess(record.syslog?.message ?? record.text);
    if (access === undefined) return { ok: false, reason: "not a common log format line" };
    const columns: EventColumns = { ...EVENT_DEFAULTS };
    columns.time_ms = access.time.time_ms;
    columns.time_ns = access.time.time_ns;
    columns.product = "web";
    columns.channel = "access";
    columns.host = record.syslog?.host ?? "";
    columns.src_ip = access.client;
    columns.user = access.user;
    columns.http_method = access.method;
    columns.http_status = access.status;
    columns.url = access.target;
    columns.domain = access.site;
    if (columns.host === "") columns.host = access.site;
    const is = METHODS.get(access.method) ?? OTHER;
    columns.class_uid = is.class_uid;
    columns.activity_id = is.activity_id;
    columns.event_code = String(access.status);
    columns.status_id = access.status < 400 ? STATUS.success : STATUS.failure;
    columns.severity_id = access.status >= 500 ? SEVERITY.low : SEVERITY.informational;
    columns.message = `${access.method} ${access.target} ${access.status} from ${access.client}`;
    return { ok: true, event: { columns, fields: fieldsOf(access), logsource: { category: "webserver" } } };
  },
  samples: [
    {
      name: "Combined",
      in: '198.51.100.7 - ida [10/Jun/2026:13:55:36 +0200] "GET /shop/?id=1%27%20or%201=1 HTTP/1.1" 200 5316 "https://example.com/" "Mozilla/5.0 (X11) \\"odd\\""',
      out: {
        time_ms: Date.UTC(2026, 5, 10, 11, 55, 36),
        class_uid: 4002,
        activity_id: 3,
        status_id: 1,
        src_ip: "198.51.100.7",
        user: "ida",
        http_method: "GET",
        http_status: 200,
        url: "/shop/?id=1%27%20or%201=1",
      },
      fields: {
        "cs-method": "GET",
        "cs-uri-stem": "/shop/",
        "cs-uri-query": "/shop/?id=1%27%20or%201=1",
        "sc-status": 200,
        "cs-user-agent": 'Mozilla/5.0 (X11) "odd"',
        "cs-referer": "https://example.com/",
      },
    },
    {
      name: "Common, with the virtual host in front",
      in: 'www.example.com:443 2001:db8::9 - - [10/Jun/2026:13:55:37 +0000] "POST /login HTTP/2.0" 403 -',
      out: {
        src_ip: "2001:db8::9",
        host: "www.example.com",
        domain: "www.example.com",
        http_method: "POST",
        activity_id: 6,
        http_status: 403,
        status_id: 2,
      },
    },
    {
      name: "nginx over syslog",
      in: '<190>Jun 10 13:55:38 edge1 nginx: 198.51.100.9 - - [10/Jun/2026:13:55:38 +0000] "HEAD / HTTP/1.1" 301 0 "-" "curl/8.5"',
      out: { host: "edge1", src_ip: "198.51.100.9", http_status: 301, activity_id: 4 },
    },
    {
      name: "A request that is no HTTP",
      in: '203.0.113.77 - - [10/Jun/2026:13:56:00 +0000] "\\x16\\x03\\x01" 400 226 "-" "-"',
      out: { src_ip: "203.0.113.77", http_status: 400, http_method: "", url: "\\x16\\x03\\x01" },
    },
  ],
});

const SHAPE = /^ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]/;
const METHOD = /^([A-Z_]{3,20}) (\S+)(?: HTTP\/\d(?:\.\d)?)?$/;
const OTHER = classify("http_activity", "other");
const METHODS: ReadonlyMap<string, typeof OTHER> = new Map([
  ["CONNECT", classify("http_activity", "connect")],
  ["DELETE", classify("http_activity", "delete")],
  ["GET", classify("http_activity", "get")],
  ["HEAD", classify("http_activity", "head")],
  ["OPTIONS", classify("http_activity", "options")],
  ["POST", classify("http_activity", "post")],
  ["PUT", classify("http_activity", "put")],
  ["TRACE", classify("http_activity", "trace")],
  ["PATCH", classify("http_activity", "patch")],
]);

interface Access {
  readonly site: string;
  readonly client: string;
  readonly user: string;
  readonly time: EventTime;
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly bytes: number;
  readonly referer: string;
  readonly agent: string;
}

function readAccess(line: string): Access | undefined {
  const open = line.indexOf(" [");
  const close = line.indexOf("]", open);
  if (open < 0 || close < 0) return undefined;
  const time = parseClfTime(line.slice(open + 2, close));
  if (time === undefined) return undefined;
  const head = line.slice(0, open).split(" ");
  // A site in front: the first word is a name (with port), the second the client's address.
  const hasSite = head.length >= 4 && ipOf(head[0] ?? "") === "" && ipOf(head[1] ?? "") !== "";
  const [client = "", , ...names] = hasSite ? head.slice(1) : head;
  const request = readQuoted(line, close + 1);
  const numbers = line.slice(request.end).trimStart().split(" ", 2);
  const referer = readQuoted(line, request.end);
  const agent = readQuoted(line, referer.end);
  const parts = METHOD.exec(request.text);
  return {
    site: hasSite ? (head[0] ?? "").replace(/:\d{1,5}$/, "") : "",
    client,
    user: dash(names.join(" ")),
    time,
    method: parts?.[1] ?? "",
    target: parts?.[2] ?? request.text,
    status: integerOf(numbers[0]),
    bytes: integerOf(numbers[1]),
    referer: dash(referer.text),
    agent: dash(agent.text),
  };
}

/** The next quoted text at or behind an offset; a backslash protects a quote. */
function readQuoted(line: string, at: number): { readonly text: string; readonly end: number } {
  const open = line.indexOf('"', at);
  if (open < 0) return { text: "", end: line.length };
  let end = open + 1;
  let escaped = false;
  while (end < line.length && line.charCodeAt(end) !== 34) {
    if (line.charCodeAt(end) === 92) {
      escaped = true;
      end++;
    }
    end++;
  }
  const text = line.slice(open + 1, end);
  return { text: escaped ? text.replaceAll('\\"', '"') : text, end: Math.min(end + 1, line.length) };
}

function dash(text: string): string {
  return text === "-" ? "" : text;
}

function fieldsOf(access: Access): Record<string, unknown> {
  const question = access.target.indexOf("?");
  return {
    "c-ip": access.client,
    "cs-username": access.user,
    "cs-method": access.method,
    "cs-uri": access.target,
    "cs-uri-stem": question < 0 ? access.target : access.target.slice(0, question),
    "cs-uri-query": access.target,
    "sc-status": access.status,
    "sc-bytes": access.bytes,
    "cs-referer": access.referer,
    "cs-user-agent": access.agent,
    "cs-host": access.site,
  };
}
