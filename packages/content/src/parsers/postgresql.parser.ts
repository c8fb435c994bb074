/** postgresql: PostgreSQL's server log: stderr with the usual prefixes, and jsonlog. */
import { type Classification, classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf, parseTime, textOf } from "@holdfast/sdk";

export default defineParser({
  id: "postgresql",
  title: "PostgreSQL server log",
  docs: "https://www.postgresql.org/docs/current/runtime-config-logging.html",
  order: 215,
  accepts: (record: DecodedRecord) =>
    record.json === undefined
      ? LINE.test(lineOf(record).slice(0, 400))
      : record.json["error_severity"] !== undefined && record.json["backend_type"] !== undefined,
  parse: (record: DecodedRecord) => {
    const read = record.json === undefined ? fromLine(lineOf(record)) : fromJson(record.json);
    if (read === undefined) return { ok: false, reason: "not a line of PostgreSQL's log" };
    const { level, text } = read;
    const failedLogin = FAILED_LOGIN.exec(text);
    const login = /^connection authorized: user=(\S{1,100})/.exec(text);
    const statement = /^(?:statement|execute [^:]{1,100}): (.*)$/s.exec(text);
    const is: Classification = failedLogin !== null || login !== null ? LOGON : statement !== null ? QUERY : OTHER;
    const columns: Partial<EventColumns> = {
      time_ms: read.time?.time_ms ?? 0,
      time_ns: read.time?.time_ns ?? 0,
      product: "postgresql",
      channel: level,
      severity_id: LEVELS.get(level) ?? SEVERITY.informational,
      user: failedLogin?.[1] ?? login?.[1] ?? read.user,
      object: read.database,
      src_ip: read.peer,
      process_pid: read.process,
      process_cmd: statement?.[1] ?? "",
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      status_id: failedLogin !== null || level === "ERROR" || level === "FATAL" ? STATUS.failure : STATUS.success,
      message: text,
    };
    const fields = {
      level,
      user: columns.user,
      database: read.database,
      client: read.peer,
      statement: columns.process_cmd,
      message: text,
    };
    return { ok: true, event: { columns, fields, logsource: { category: "database", product: "postgresql" } } };
  },
  samples: [
    {
      name: "A login refused, Debian's prefix",
      in: '2026-07-04 09:00:00.250 UTC [811] ida@pay FATAL:  password authentication failed for user "ida"',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 9, 0, 0, 250),
        class_uid: 3002,
        status_id: 2,
        user: "ida",
        object: "pay",
        process_pid: 811,
        severity_id: 4,
      },
    },
    {
      name: "A statement, with the client's address in the prefix",
      in: "2026-07-04 09:00:01 UTC [812] 192.0.2.7 ida@pay LOG:  statement: SELECT * FROM salaries",
      out: { class_uid: 6005, activity_id: 4, src_ip: "192.0.2.7", process_cmd: "SELECT * FROM salaries", user: "ida" },
    },
    {
      name: "jsonlog",
      in: '{"timestamp":"2026-07-04 09:00:02.001 UTC","user":"bo","dbname":"pay","pid":813,"remote_host":"192.0.2.8","error_severity":"ERROR","message":"permission denied for table salaries","backend_type":"client backend"}',
      out: { time_ms: Date.UTC(2026, 6, 4, 9, 0, 2, 1), user: "bo", src_ip: "192.0.2.8", status_id: 2, object: "pay" },
    },
  ],
});

const lineOf = (record: DecodedRecord): string => record.syslog?.message ?? record.text;
const LINE =
  /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? (?:UTC|GMT|[A-Z]{3,5}|[+-]\d\d)) \[(\d{1,10})\] (?:([0-9a-fA-F.:]{2,45}|\[local\]) )?(?:([^@\s]{0,63})@([^\s]{0,63}) )?(DEBUG\d?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|STATEMENT|DETAIL|HINT|CONTEXT): {1,2}(.*)$/s;
const FAILED_LOGIN = /^(?:password|\w{2,20}) authentication failed for user "([^"]{1,100})"/;
const LEVELS: ReadonlyMap<string, number> = new Map([
  ["WARNING", SEVERITY.medium],
  ["NOTICE", SEVERITY.low],
  ["ERROR", SEVERITY.medium],
  ["FATAL", SEVERITY.high],
  ["PANIC", SEVERITY.critical],
]);
const LOGON = classify("authentication", "logon");
const QUERY = classify("datastore_activity", "query");
const OTHER = classify("base_event", "other");

interface Read {
  readonly time: ReturnType<typeof parseTime>;
  readonly process: number;
  readonly peer: string;
  readonly user: string;
  readonly database: string;
  readonly level: string;
  readonly text: string;
}

function fromLine(line: string): Read | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const [, stamp = "", process = "", peer = "", user = "", database = "", level = "", text = ""] = match;
  // Zone names other than UTC cannot be told for sure; the name is dropped and UTC is assumed, as for all times without a zone.
  const time = parseTime(stamp.replace(/ [A-Z]{3,5}$/, "Z"));
  return { time, process: integerOf(process), peer: peer === "[local]" ? "" : peer, user, database, level, text };
}

function fromJson(json: NonNullable<DecodedRecord["json"]>): Read {
  return {
    time: parseTime(textOf(json, "timestamp").replace(/ [A-Z]{3,5}$/, "Z")),
    process: integerOf(json["pid"]),
    peer: textOf(json, "remote_host"),
    user: textOf(json, "user"),
    database: textOf(json, "dbname"),
    level: textOf(json, "error_severity"),
    text: textOf(json, "message"),
  };
}
