/** mysql: MySQL's and MariaDB's error log, and the connections and queries of the general log. */
import { type Classification, classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf, parseTime } from "@holdfast/sdk";

export default defineParser({
  id: "mysql",
  title: "MySQL and MariaDB",
  docs: "https://dev.mysql.com/doc/refman/8.4/en/error-log-format.html",
  order: 216,
  form: "text",
  accepts: (record: DecodedRecord) =>
    record.json === undefined &&
    (ERROR.test(lineOf(record).slice(0, 200)) || GENERAL.test(lineOf(record).slice(0, 200))),
  parse: (record: DecodedRecord) => {
    const line = lineOf(record);
    const error = ERROR.exec(line);
    const general = error === null ? GENERAL.exec(line) : null;
    const [, stamp = "", thread = "", level = "", code = "", text = ""] = error ?? general ?? [];
    if (error === null && general === null) return { ok: false, reason: "not a line of MySQL's logs" };
    const time = parseTime(stamp);
    const denied = DENIED.exec(text);
    const query = general !== null && level === "Query";
    const connect = general !== null && level === "Connect";
    const is: Classification = denied !== null || connect ? LOGON : query ? QUERY : OTHER;
    const who = denied?.[1] ?? (connect ? /^([^@\s]{1,80})@/.exec(text)?.[1] : undefined) ?? "";
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      time_ns: time?.time_ns ?? 0,
      product: "mysql",
      channel: error === null ? "general" : "error",
      event_code: error === null ? level : code,
      severity_id: LEVELS.get(level.toLowerCase()) ?? SEVERITY.informational,
      session: thread,
      user: who,
      peer_host: denied?.[2] ?? "",
      process_cmd: query ? text : "",
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      status_id: denied !== null || level === "ERROR" ? STATUS.failure : STATUS.success,
      message: text,
    };
    if (/^[0-9.]{7,15}$/.test(columns.peer_host ?? "")) columns.src_ip = columns.peer_host ?? "";
    const fields = { level, thread: integerOf(thread), code, user: who, message: text };
    return { ok: true, event: { columns, fields, logsource: { category: "database", product: "mysql" } } };
  },
  samples: [
    {
      name: "Access denied",
      in: "2026-07-04T09:10:00.123456Z 31 [Note] [MY-010926] [Server] Access denied for user 'ida'@'203.0.113.9' (using password: YES)",
      out: {
        time_ms: Date.UTC(2026, 6, 4, 9, 10, 0, 123),
        class_uid: 3002,
        status_id: 2,
        user: "ida",
        src_ip: "203.0.113.9",
        event_code: "MY-010926",
        session: "31",
      },
    },
    {
      name: "General log",
      in: "2026-07-04T09:10:01.000001Z\t   32 Query\tSELECT user, authentication_string FROM mysql.user",
      out: {
        class_uid: 6005,
        activity_id: 4,
        channel: "general",
        process_cmd: "SELECT user, authentication_string FROM mysql.user",
      },
    },
    {
      name: "MariaDB",
      in: "2026-07-04  9:10:02 0 [Warning] InnoDB: Retrying to read undo space",
      out: {
        time_ms: Date.UTC(2026, 6, 4, 9, 10, 2),
        severity_id: 3,
        channel: "error",
        message: "InnoDB: Retrying to read undo space",
      },
    },
  ],
});

const lineOf = (record: DecodedRecord): string => pad(record.syslog?.message ?? record.text);
const ERROR =
  /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?) (\d{1,12}) \[(System|Note|Warning|ERROR|Error)\] (?:\[(MY-\d{6})\] \[\w{1,20}\] )?(.*)$/s;
const GENERAL =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d))\t {0,10}(\d{1,12}) (Query|Connect|Quit|Init DB|Prepare|Execute)()\t?(.*)$/s;
const DENIED = /Access denied for user '([^']{0,80})'@'([^']{1,255})'/;
const LEVELS: ReadonlyMap<string, number> = new Map([
  ["note", SEVERITY.low],
  ["warning", SEVERITY.medium],
  ["error", SEVERITY.high],
]);
const LOGON = classify("authentication", "logon");
const QUERY = classify("datastore_activity", "query");
const OTHER = classify("base_event", "other");

/** MariaDB writes hours below ten with a space in front. */
function pad(line: string): string {
  return line.charCodeAt(10) === 32 && line.charCodeAt(11) === 32 ? `${line.slice(0, 10)} 0${line.slice(12)}` : line;
}
