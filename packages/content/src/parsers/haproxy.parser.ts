/** haproxy: the HTTP and TCP logs of HAProxy. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf, parseClfTime } from "@holdfast/sdk";

export default defineParser({
  id: "haproxy",
  title: "HAProxy traffic log",
  docs: "https://docs.haproxy.org/2.8/configuration.html#8.2",
  order: 210,
  form: "text",
  accepts: (record: DecodedRecord) =>
    record.syslog?.app === "haproxy" && HEAD.test(record.syslog.message.slice(0, 120)),
  parse: (record: DecodedRecord) => {
    const message = record.syslog?.message ?? "";
    const head = HEAD.exec(message);
    if (head === null) return { ok: false, reason: "not a traffic line of HAProxy" };
    const [whole, client = "", port = "", stamp = "", frontend = "", backend = "", server = ""] = head;
    const rest = message.slice(whole.length);
    const http = HTTP.exec(rest);
    const time = localTime(stamp);
    const status = integerOf(http?.[1]);
    const is = http === null ? TRAFFIC : REQUEST;
    const columns: Partial<EventColumns> = {
      time_ms: time,
      product: "haproxy",
      channel: http === null ? "tcp" : "http",
      src_ip: client,
      src_port: integerOf(port),
      object: backend,
      peer_host: server === "<NOSRV>" ? "" : server,
      http_status: status,
      http_method: http?.[2] ?? "",
      url: http?.[3] ?? "",
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      status_id: status >= 400 ? STATUS.failure : STATUS.success,
      severity_id: status >= 500 ? SEVERITY.low : SEVERITY.informational,
      message:
        http === null
          ? `${client} to ${backend}/${server}`
          : `${http[2]} ${http[3]} ${status} from ${client} by ${server}`,
    };
    const fields = {
      "c-ip": client,
      frontend,
      backend,
      server,
      "sc-status": status,
      "cs-method": columns.http_method,
      "cs-uri-query": columns.url,
    };
    return { ok: true, event: { columns, fields, logsource: http === null ? undefined : { category: "webserver" } } };
  },
  samples: [
    {
      name: "HTTP",
      in: '<134>Jul  4 05:00:00 lb1 haproxy[991]: 203.0.113.4:51022 [04/Jul/2026:05:00:00.123] https~ shop/web3 0/0/1/12/13 503 212 - - ---- 5/5/0/0/0 0/0 "GET /cart?id=1 HTTP/1.1"',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 5, 0, 0, 123),
        host: "lb1",
        src_ip: "203.0.113.4",
        src_port: 51022,
        object: "shop",
        peer_host: "web3",
        http_status: 503,
        http_method: "GET",
        url: "/cart?id=1",
        status_id: 2,
      },
      fields: { "sc-status": 503, backend: "shop" },
    },
    {
      name: "TCP",
      in: "<134>Jul  4 05:00:01 lb1 haproxy[991]: 203.0.113.4:51023 [04/Jul/2026:05:00:01.500] pg pgsql/db1 1/0/5007 212 -- 0/0/0/0/3 0/0",
      out: { time_ms: Date.UTC(2026, 6, 4, 5, 0, 1, 500), class_uid: 4001, channel: "tcp", peer_host: "db1" },
    },
  ],
});

const HEAD =
  /^([0-9a-fA-F.:]{2,45}):(\d{1,5}) \[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d(?:\.\d{3})?)\] (\S{1,100}) ([^/ ]{1,100})\/(\S{1,100}) /;
const HTTP = /^[-\d/+]+ (-?\d{1,3}) .*"([A-Z]{1,20}|<BADREQ>) ?([^ "]*)/;
const TRAFFIC = classify("network_activity", "traffic");
const REQUEST = classify("http_activity", "other");

/** HAProxy writes its time without a zone; it is taken as UTC, as for every time that names none. */
function localTime(stamp: string): number {
  const [whole = "", fraction = "0"] = stamp.split(".");
  const time = parseClfTime(`${whole} +0000`);
  return time === undefined ? 0 : time.time_ms + integerOf(fraction);
}
