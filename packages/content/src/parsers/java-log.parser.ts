/** java-log: log4j's and logback's usual layout: time, level, thread, logger, message. */
import { classify, severityOfWord } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, parseIso } from "@holdfast/sdk";

export default defineParser({
  id: "java-log",
  title: "Java logs (log4j, logback)",
  docs: "https://logging.apache.org/log4j/2.x/manual/pattern-layout.html",
  order: 250,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && LINE.test(lineOf(record).slice(0, 400)),
  parse: (record: DecodedRecord) => {
    const match = LINE.exec(lineOf(record));
    if (match === null) return { ok: false, reason: "not in the usual layout" };
    const [, stamp = "", level = "", thread = "", logger = "", text = ""] = match;
    const time = parseIso(stamp);
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      time_ns: time?.time_ns ?? 0,
      product: "java",
      channel: logger,
      session: thread,
      severity_id: severityOfWord(level),
      class_uid: OTHER.class_uid,
      activity_id: OTHER.activity_id,
      message: text,
    };
    return {
      ok: true,
      event: {
        columns,
        fields: { level, thread, logger, message: text },
        logsource: { product: "jvm", category: "application" },
      },
    };
  },
  samples: [
    {
      name: "log4j",
      in: "2026-07-01 18:01:47,978 ERROR [main] com.example.pay.Payments: card refused",
      out: {
        time_ms: Date.UTC(2026, 6, 1, 18, 1, 47, 978),
        severity_id: 4,
        channel: "com.example.pay.Payments",
        session: "main",
        message: "card refused",
      },
      fields: { logger: "com.example.pay.Payments" },
    },
    {
      name: "logback, level behind the thread",
      in: "2026-07-01T18:01:48.001Z WARN [http-nio-8080-exec-3] o.a.c.Http11Processor - parse error",
      out: { severity_id: 3, channel: "o.a.c.Http11Processor", message: "parse error" },
    },
  ],
});

const lineOf = (record: DecodedRecord): string => record.syslog?.message ?? record.text;
const LINE =
  /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]\d{3}(?:Z|[+-]\d\d:?\d\d)?) +(TRACE|DEBUG|INFO|WARN|ERROR|FATAL) +\[([^\]]{1,200})\] ([\w.$-]{1,200})(?: -|:) ?(.*)$/s;
const OTHER = classify("base_event", "other");
