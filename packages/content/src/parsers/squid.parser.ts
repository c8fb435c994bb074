/** squid: the native access log of the Squid proxy. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf, parseEpoch } from "@holdfast/sdk";

export default defineParser({
  id: "squid",
  title: "Squid access log (native)",
  docs: "https://wiki.squid-cache.org/Features/LogFormat",
  order: 210,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && LINE.test(lineOf(record).slice(0, 4000)),
  parse: (record: DecodedRecord) => {
    const match = LINE.exec(lineOf(record).slice(0, 4000));
    if (match === null) return { ok: false, reason: "not a line of Squid's native format" };
    const [
      ,
      stamp = "",
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
    const code = integerOf(status);
    const refused = result.includes("DENIED") || code >= 400;
    const host = hostOf(url);
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      product: "squid",
      channel: "access",
      event_code: result,
      src_ip: client,
      user: user === "-" ? "" : user,
      http_method: method,
      http_status: code,
      url,
      domain: host,
      peer_host: peer === "-" ? "" : peer,
      class_uid: HTTP.class_uid,
      activity_id: HTTP.activity_id,
      status_id: refused ? STATUS.failure : STATUS.success,
      severity_id: SEVERITY.informational,
      message: `${method} ${url} ${result}/${status} from ${client}`,
    };
    const fields = {
      "c-ip": client,
      "cs-username": columns.user,
      "cs-method": method,
      "c-uri": url,
      "cs-uri": url,
      "cs-host": host,
      "c-uri-extension": extensionOf(url),
      "c-uri-query": url.includes("?") ? url.slice(url.indexOf("?") + 1) : "",
      "sc-status": code,
      "sc-bytes": integerOf(bytes),
      "s-action": result,
      "rs-content-type": type,
      dst_ip: columns.peer_host,
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
  ],
});

const lineOf = (record: DecodedRecord): string => record.syslog?.message ?? record.text;
const LINE =
  /^ ?(\d{9,10}\.\d{1,6}) +\d{1,12} ([0-9a-fA-F.:]{2,45}) ([A-Z_]{3,40})\/(\d{3}) (\d{1,19}) ([A-Z_]{1,20}|NONE|-) (\S{1,2000}) (\S{1,200}) [A-Z_]{3,40}\/(\S{1,100}) (\S{1,100})/;
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
