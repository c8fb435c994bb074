/** cisco-asa: firewall messages of Cisco ASA and Firepower ("%ASA-6-302013", "%FTD-…"): connections built and torn down,
 *  packets refused, logins. */
import { type Classification, classify, SEVERITY, severityOfSyslog, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf, ipOf } from "@holdfast/sdk";

export default defineParser({
  id: "cisco-asa",
  title: "Cisco ASA and Firepower",
  docs: "https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/b_syslog.html",
  order: 200,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && TAG.test(record.text.slice(0, LOOKED_AT)),
  parse: (record: DecodedRecord) => {
    const tag = TAG.exec(record.text.slice(0, LOOKED_AT));
    if (tag === null) return { ok: false, reason: "no %ASA or %FTD tag" };
    const [whole, , level = "", code = ""] = tag;
    const text = record.text.slice(tag.index + whole.length).trim();
    const [from, to] = [...text.matchAll(ENDPOINT)].filter((match) => ipOf(match[1] ?? "") !== "");
    const built = code === "302013" || code === "302015" || code === "302020";
    const down = code === "302014" || code === "302016" || code === "302021";
    const login = LOGINS.get(code);
    const refused = REFUSED.test(text.slice(0, 80)) && !built && !down;
    const outbound = built && text.includes(" outbound ");
    const [src, dst] = outbound ? [to, from] : [from, to];
    const is: Classification = login !== undefined ? LOGON : built ? OPEN : down ? CLOSE : refused ? REFUSE : OTHER;
    const columns: Partial<EventColumns> = {
      product: "cisco",
      channel: tag[1] ?? "",
      event_code: `${tag[1]}-${level}-${code}`,
      user: USER.exec(text)?.[1] ?? "",
      src_ip: src?.[1] ?? "",
      src_port: integerOf(src?.[2]),
      dst_ip: dst?.[1] ?? "",
      dst_port: integerOf(dst?.[2]),
      session: /connection (\d{1,12})/.exec(text)?.[1] ?? "",
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      status_id:
        login === false || refused ? STATUS.failure : login === true || built ? STATUS.success : STATUS.unknown,
      severity_id: level === "" ? SEVERITY.unknown : severityOfSyslog(Number(level)),
      message: text,
    };
    if (record.syslog !== undefined && !record.syslog.host.startsWith("%")) columns.host = record.syslog.host;
    const fields = {
      message_id: code,
      action: refused ? "deny" : built ? "built" : down ? "teardown" : "",
      blocked: refused ? "true" : "false",
      src_ip: columns.src_ip,
      dst_ip: columns.dst_ip,
      src_port: columns.src_port,
      dst_port: columns.dst_port,
      message: text,
    };
    const network = is === OPEN || is === CLOSE || is === REFUSE;
    return {
      ok: true,
      event: { columns, fields, logsource: network ? { category: "firewall" } : { product: "cisco", service: "asa" } },
    };
  },
  samples: [
    {
      name: "A connection from outside, no host name in the header",
      in: "<166>May 02 2026 08:02:00: %ASA-6-302013: Built inbound TCP connection 17 for outside:203.0.113.5/51000 (203.0.113.5/51000) to dmz:192.0.2.10/443 (198.51.100.10/443)",
      out: {
        time_ms: Date.UTC(2026, 4, 2, 8, 2, 0),
        event_code: "ASA-6-302013",
        class_uid: 4001,
        activity_id: 1,
        src_ip: "203.0.113.5",
        src_port: 51000,
        dst_ip: "192.0.2.10",
        dst_port: 443,
        session: "17",
        severity_id: 1,
      },
    },
    {
      name: "Refused by an access list",
      in: '<164>Jul  4 06:10:00 asa1 : %ASA-4-106023: Deny tcp src outside:203.0.113.9/40000 dst inside:192.0.2.20/3389 by access-group "outside_in" [0x0, 0x0]',
      out: {
        host: "asa1",
        activity_id: 5,
        status_id: 2,
        src_ip: "203.0.113.9",
        dst_ip: "192.0.2.20",
        dst_port: 3389,
        severity_id: 3,
      },
      fields: { action: "deny" },
    },
    {
      name: "A login refused",
      in: "<166>Jul  4 06:10:01 asa1 %ASA-6-113005: AAA user authentication Rejected : reason = AAA failure : server = 192.0.2.2 : user = ida : user IP = 203.0.113.9",
      out: { class_uid: 3002, status_id: 2, user: "ida" },
    },
  ],
});

const LOOKED_AT = 200;
const TAG = /%(ASA|FTD|PIX)-(?:[a-z]{2,10}-)?([0-7])-(\d{6}): ?/;
const ENDPOINT = /(?:[A-Za-z0-9_-]{1,40}:|(?:from|to|src|dst) )([0-9a-fA-F.:]{2,45})(?:\/(\d{1,5}))?/g;
const USER = /(?:user ?= ?|[Uu]ser '|Uname: )([^\s',:]{1,100})/;
const REFUSED = /\b(?:Deny|Denied|denied|Drop|Dropping|Blocked|No translation)\b/;
/** Message -> did the login succeed. */
const LOGINS: ReadonlyMap<string, boolean> = new Map([
  ["113004", true],
  ["113005", false],
  ["113012", true],
  ["113015", false],
  ["605004", false],
  ["605005", true],
  ["611101", true],
  ["611102", false],
  ["716038", true],
  ["716039", false],
]);
const LOGON = classify("authentication", "logon");
const OPEN = classify("network_activity", "open");
const CLOSE = classify("network_activity", "close");
const REFUSE = classify("network_activity", "refuse");
const OTHER = classify("base_event", "other");
