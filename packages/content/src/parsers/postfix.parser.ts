/** postfix: who sent what to whom, who connected and what was refused, from Postfix's daemons. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf, readPairs } from "@holdfast/sdk";

export default defineParser({
  id: "postfix",
  title: "Postfix",
  docs: "https://www.postfix.org/postlogd.8.html",
  order: 210,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && record.syslog?.app.startsWith("postfix") === true,
  parse: (record: DecodedRecord) => {
    const { syslog } = record;
    if (syslog === undefined) return { ok: false, reason: "no syslog header" };
    const queued = QUEUED.exec(syslog.message);
    const text = queued === null ? syslog.message : (queued[2] ?? "");
    const pairs = readPairs(text, ",");
    const client = clientIn(text);
    const status = pairs["status"]?.split(" ", 1)[0] ?? "";
    const refused = text.startsWith("NOQUEUE: reject") || text.startsWith("reject:") || status === "bounced";
    const failedLogin = text.includes("authentication failed");
    const login = pairs["sasl_username"] ?? "";
    const is = login !== "" || failedLogin ? LOGON : OTHER;
    const columns: Partial<EventColumns> = {
      product: "postfix",
      channel: syslog.app,
      event_code: refused ? "reject" : status,
      session: queued?.[1] ?? "",
      process_pid: integerOf(syslog.procid),
      src_ip: client?.ip ?? "",
      peer_host: client?.name === "unknown" ? "" : (client?.name ?? ""),
      user: login === "" ? address(pairs["from"]) : login,
      target_user: address(pairs["to"]),
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      status_id: refused || failedLogin ? STATUS.failure : status === "sent" ? STATUS.success : STATUS.unknown,
      severity_id: text.startsWith("warning:") || refused ? SEVERITY.low : SEVERITY.informational,
      message: text,
    };
    const fields = { ...pairs, queue_id: queued?.[1] ?? "", message: text };
    return { ok: true, event: { columns, fields, logsource: { product: "linux", service: "postfix" } } };
  },
  samples: [
    {
      name: "Delivered",
      in: "<22>Jul  4 05:10:00 mx1 postfix/smtp[2211]: 4ZbCdE1x9Tz: to=<bo@example.org>, relay=mail.example.org[198.51.100.20]:25, delay=0.8, delays=0.1/0/0.3/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued)",
      out: {
        host: "mx1",
        session: "4ZbCdE1x9Tz",
        target_user: "bo@example.org",
        event_code: "sent",
        status_id: 1,
        process_pid: 2211,
      },
      fields: { dsn: "2.0.0" },
    },
    {
      name: "Login failed",
      in: "<20>Jul  4 05:10:01 mx1 postfix/smtpd[2212]: warning: unknown[203.0.113.66]: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
      out: { class_uid: 3002, activity_id: 1, status_id: 2, src_ip: "203.0.113.66", severity_id: 2 },
    },
    {
      name: "Refused at the door",
      in: "<22>Jul  4 05:10:02 mx1 postfix/smtpd[2212]: NOQUEUE: reject: RCPT from host9.example.net[203.0.113.67]: 554 5.7.1 <a@example.com>: Relay access denied; from=<x@example.net>, to=<a@example.com>, proto=ESMTP, helo=<h>",
      out: {
        event_code: "reject",
        status_id: 2,
        src_ip: "203.0.113.67",
        peer_host: "host9.example.net",
        target_user: "a@example.com",
      },
    },
  ],
});

const QUEUED = /^(?=[0-9A-Za-z]{0,19}[0-9])([0-9A-Za-z]{6,20}): (.*)$/s;
const ADDRESS = /\[([0-9a-fA-F.:]{2,45})\]/g;
const NAME = /[A-Za-z0-9._-]/;
const LONGEST_NAME = 255;
const LOGON = classify("authentication", "logon");
const OTHER = classify("base_event", "other");

/** "host9.example.net[203.0.113.67]". From the bracket backwards: a name is long in a damaged line, and a bracket is rare. */
function clientIn(text: string): { readonly name: string; readonly ip: string } | undefined {
  for (const found of text.matchAll(ADDRESS)) {
    let start = found.index;
    while (start > 0 && found.index - start < LONGEST_NAME && NAME.test(text.charAt(start - 1))) start -= 1;
    if (start < found.index) return { name: text.slice(start, found.index), ip: found[1] ?? "" };
  }
  return undefined;
}

const address = (value: string | undefined): string => (value ?? "").replace(/^<|>$/g, "");
