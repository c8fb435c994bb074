/** squid: access logs of the Squid proxy, native and combined. Only the combined one says what the client calls itself, which is what most
 *  rules for proxies read. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  type EventColumns,
  type EventTime,
  integerOf,
  parseClfTime,
  parseEpoch,
} from "@holdfast/sdk";

export default defineParser({
  id: "squid",
  title: "Squid access log (native, combined)",
  docs: "https://wiki.squid-cache.org/Features/LogFormat",
  // Before the logs of web servers, whose combined format this one goes on from.
  order: 129,
  form: "text",
  accepts: (record: DecodedRecord) => {
    if (record.json !== undefined) return false;
    const line = lineOf(record).slice(0, MOST);
    return COMBINED_END.test(line.slice(-120)) || NATIVE.test(line);
  },
  parse: (record: DecodedRecord) => {
    const line = lineOf(record).slice(0, MOST);
    const access = readNative(line) ?? readCombined(line);
    if (access === undefined) return { ok: false, reason: "not a line of Squid's native or combined format" };
    const { client, user, method, url, result, peer } = access;
    const status = integerOf(access.status);
    const refused = result.includes("DENIED") || status >= 400;
    const host = hostOf(url);
    const columns: Partial<EventColumns> = {
      time_ms: access.time?.time_ms ?? 0,
      product: "squid",
      channel: "access",
      event_code: result,
      src_ip: client,
      user,
      http_method: method,
      http_status: status,
      url,
      domain: host,
      peer_host: peer,
      class_uid: HTTP.class_uid,
      activity_id: HTTP.activity_id,
      status_id: refused ? STATUS.failure : STATUS.success,
      severity_id: SEVERITY.informational,
      message: `${method} ${url} ${result}/${access.status} from ${client}`,
    };
    const fields = {
      "c-ip": client,
      "cs-username": user,
      "cs-method": method,
      "c-uri": url,
      "cs-uri": url,
      "cs-host": host,
      "c-uri-extension": extensionOf(url),
      "c-uri-query": url.includes("?") ? url.slice(url.indexOf("?") + 1) : "",
      "c-useragent": access.agent,
      "cs-referer": access.referer,
      "sc-status": status,
      "sc-bytes": integerOf(access.bytes),
      "s-action": result,
      "rs-content-type": access.type,
      dst_ip: peer,
    };
    return { ok: true, event: { columns, fields, logsource: { category: "proxy" } } };
  },
  samples: [
    {
      name: "A page by a named user",
      in: "1783141200.250    131 192.0.2.7 TCP_MISS/200 4512 GET http://files.example.net/tools/a.exe?v=2 ida HIER_DIRECT/198.51.100.9 application/octet-stream",
      out: {
        time_ms: 1783141200250,
        src_ip: "192.0.2.7",
        user: "ida",
        http_method: "GET",
        http_status: 200,
        domain: "files.example.net",
        peer_host: "198.51.100.9",
        status_id: 1,
      },
      fields: {
        "c-uri": "http://files.example.net/tools/a.exe?v=2",
        "c-uri-extension": "exe",
        "cs-host": "files.example.net",
      },
    },
    {
      name: "A tunnel refused",
      in: "1783141201.002      0 192.0.2.8 TCP_DENIED/403 3900 CONNECT bad.example.org:443 - HIER_NONE/- text/html",
      out: { src_ip: "192.0.2.8", domain: "bad.example.org", status_id: 2, http_status: 403, user: "" },
    },
    {
      name: "Combined: what the client calls itself",
      in: '192.0.2.7 - ida [04/Jul/2026:12:00:00 +0200] "GET http://files.example.net/a.ps1 HTTP/1.1" 200 812 "-" "Mozilla/5.0 (Windows NT 10.0) WindowsPowerShell/5.1" TCP_MISS:HIER_DIRECT',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 10, 0, 0),
        product: "squid",
        src_ip: "192.0.2.7",
        user: "ida",
        http_status: 200,
        domain: "files.example.net",
      },
      fields: { "c-useragent": "Mozilla/5.0 (Windows NT 10.0) WindowsPowerShell/5.1", "c-uri-extension": "ps1" },
    },
  ],
});

const lineOf = (record: DecodedRecord): string => record.syslog?.message ?? record.text;
const MOST = 8_000;
const NATIVE =
  /^ ?(\d{9,10}\.\d{1,6}) +\d{1,12} ([0-9a-fA-F.:]{2,45}) ([A-Z_]{3,40})\/(\d{3}) (\d{1,19}) ([A-Z_]{1,20}|NONE|-) (\S{1,2000}) (\S{1,200}) [A-Z_]{3,40}\/(\S{1,100}) (\S{1,100})/;
const COMBINED_END = /" (?:TCP|UDP|NONE)[A-Z_]{0,40}:[A-Z_]{3,40}$/;
const COMBINED =
  /^([0-9a-fA-F.:]{2,45}) \S{1,100} (\S{1,200}) \[([^\]]{20,30})\] "([A-Z_]{1,20}|NONE|-) (\S{1,2000}) HTTP\/[\d.]{1,5}" (\d{3}) (\d{1,19}) "([^"]{0,2000})" "([^"]{0,2000})" ([A-Z_]{3,45}):[A-Z_]{3,40}$/;

interface Access {
  readonly time: EventTime | undefined;
  readonly client: string;
  readonly user: string;
  readonly method: string;
  readonly url: string;
  readonly status: string;
  readonly bytes: string;
  readonly result: string;
  readonly peer: string;
  readonly type: string;
  readonly referer: string;
  readonly agent: string;
}

function readNative(line: string): Access | undefined {
  const match = NATIVE.exec(line);
  if (match === null) return undefined;
  const [
    ,
    stamp,
    client = "",
    result = "",
    status = "",
    bytes = "",
    method = "",
    url = "",
    user = "",
    peer = "",
    type = "",
  ] = match;
  const time = parseEpoch(Number(stamp));
  const said = { user: dash(user), peer: dash(peer), referer: "", agent: "" };
  return { time, client, result, status, bytes, method, url, type, ...said };
}

function readCombined(line: string): Access | undefined {
  const match = COMBINED.exec(line);
  if (match === null) return undefined;
  const [
    ,
    client = "",
    user = "",
    stamp = "",
    method = "",
    url = "",
    status = "",
    bytes = "",
    referer = "",
    agent = "",
    result = "",
  ] = match;
  const said = { user: dash(user), peer: "", referer: dash(referer), agent: dash(agent) };
  return { time: parseClfTime(stamp), client, result, status, bytes, method, url, type: "", ...said };
}

const dash = (text: string): string => (text === "-" ? "" : text);
const HTTP = classify("http_activity", "other");

function hostOf(url: string): string {
  const start = url.indexOf("://");
  const rest = start < 0 ? url : url.slice(start + 3);
  const host = rest.slice(0, rest.search(/[/?#]|$/));
  return host.slice(host.lastIndexOf("@") + 1).replace(/:\d{1,5}$/, "");
}

function extensionOf(url: string): string {
  const path = url.slice(0, url.search(/[?#]|$/));
  return /\.([A-Za-z0-9]{1,10})$/.exec(path.slice(path.lastIndexOf("/") + 1))?.[1] ?? "";
}
