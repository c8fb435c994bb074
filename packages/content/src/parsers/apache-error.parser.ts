/** apache-error: the error log of Apache httpd 2.2 and 2.4. */
import { classify, severityOfWord } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf, parseTime } from "@holdfast/sdk";

export default defineParser({
  id: "apache-error",
  title: "Apache httpd error log",
  docs: "https://httpd.apache.org/docs/2.4/logs.html#errorlog",
  order: 240,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && SHAPE.test(lineOf(record).slice(0, 120)),
  parse: (record: DecodedRecord) => {
    const match = LINE.exec(lineOf(record));
    if (match === null) return { ok: false, reason: "not a line of Apache's error log" };
    const [, stamp = "", level = "", process = "", client = "", port = "", text = ""] = match;
    const time = parseTime(stamp);
    const [module = "", word = ""] = level.includes(":") ? level.split(":", 2) : ["", level];
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      time_ns: time?.time_ns ?? 0,
      product: "apache",
      channel: "error",
      event_code: CODE.exec(text)?.[1] ?? "",
      object: module,
      severity_id: severityOfWord(word),
      process_pid: integerOf(process),
      src_ip: client,
      src_port: integerOf(port),
      class_uid: FAULT.class_uid,
      activity_id: FAULT.activity_id,
      message: text,
    };
    const fields = { module, level: word, pid: process, client, message: text };
    return { ok: true, event: { columns, fields, logsource: { service: "apache", category: "webserver" } } };
  },
  samples: [
    {
      name: "2.4 with module, process and client",
      in: "[Sat Jul 04 04:47:44.123456 2026] [authz_core:error] [pid 411:tid 139] [client 203.0.113.4:51022] AH01630: client denied by server configuration: /srv/private",
      out: {
        time_ms: Date.UTC(2026, 6, 4, 4, 47, 44, 123),
        time_ns: 456_000,
        severity_id: 4,
        event_code: "AH01630",
        object: "authz_core",
        process_pid: 411,
        src_ip: "203.0.113.4",
        src_port: 51022,
      },
      fields: { module: "authz_core" },
    },
    {
      name: "2.2",
      in: "[Sat Jul 04 04:47:45 2026] [notice] workerEnv.init() ok /etc/httpd/conf/workers2.properties",
      out: {
        time_ms: Date.UTC(2026, 6, 4, 4, 47, 45),
        severity_id: 2,
        message: "workerEnv.init() ok /etc/httpd/conf/workers2.properties",
      },
    },
  ],
});

const lineOf = (record: DecodedRecord): string => record.syslog?.message ?? record.text;
const SHAPE = /^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})? \d{4}\] \[[a-z0-9_]*:?[a-z]+\d?\]/;
const LINE =
  /^\[([^\]]{20,40})\] \[([^\]]{1,60})\](?: \[pid (\d{1,10})(?::tid \d+)?\])?(?: \[client ([0-9a-fA-F.:]{2,45}?)(?::(\d{1,5}))?\])? ?(.*)$/s;
const CODE = /^\(?[^A]{0,80}(AH\d{5}):/;
const FAULT = classify("application_error", "general_error");
