/** generic-line: a log line whose format nobody described, but which says when it happened or how bad it is.
 *  Lines that say neither stay unclassified, so that coverage tells the truth. */
import { classify, severityOfWord } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  EVENT_DEFAULTS,
  type EventColumns,
  type EventTime,
  integerOf,
  ipOf,
  parseTime,
} from "@holdfast/sdk";

export default defineParser({
  id: "generic-line",
  title: "Plain line with a time or a level",
  docs: "https://www.rfc-editor.org/rfc/rfc3339",
  order: 900,
  form: "text",
  accepts: (record: DecodedRecord) =>
    record.json === undefined && (timeOf(record.text) !== undefined || levelOf(record.text) !== 0),
  parse: (record: DecodedRecord) => {
    const { text } = record;
    const time = timeOf(text);
    const columns: EventColumns = { ...EVENT_DEFAULTS };
    columns.time_ms = time?.time_ms ?? 0;
    columns.time_ns = time?.time_ns ?? 0;
    columns.class_uid = OTHER.class_uid;
    columns.activity_id = OTHER.activity_id;
    columns.severity_id = levelOf(text);
    columns.message = text;
    const client = CLIENT.exec(text.slice(0, HEAD));
    if (client !== null && ipOf(client[1] ?? "") !== "") {
      columns.src_ip = client[1] ?? "";
      columns.src_port = integerOf(client[2]);
    }
    return { ok: true, event: { columns, fields: { message: text }, logsource: undefined } };
  },
  samples: [
    {
      name: "Comma before the milliseconds",
      in: "2026-07-01 18:01:47,978 ERROR payments: card refused",
      out: { time_ms: Date.UTC(2026, 6, 1, 18, 1, 47, 978), severity_id: 4, class_uid: 0, activity_id: 99 },
    },
    {
      name: "File name in front of the time",
      in: "api.log.1 2026-07-02 00:00:00.008 WARNING app.wsgi [req-1] slow",
      out: { time_ms: Date.UTC(2026, 6, 2, 0, 0, 0, 8), severity_id: 3 },
    },
  ],
});

const OTHER = classify("base_event", "other");
/** Times and levels are looked for in the head of the line only: further on they are somebody's data. */
const HEAD = 160;
const STAMP =
  /\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d))?|(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})? \d{4}|\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}/;
const EPOCH = /^\[?(\d{10}(?:\.\d{1,9})?|\d{13})\]?[ :,]/;
const LEVEL = /(?:^|[\s[(<|:,])(?:level=|severity=|lvl=)?"?([A-Za-z]{3,11})"?(?=[\s\])>|:,]|$)/g;
const CLIENT = /\[client ([0-9a-fA-F.:]{3,45}?)(?::(\d{1,5}))?\]/;

function timeOf(text: string): EventTime | undefined {
  const head = text.slice(0, HEAD);
  const stamp = STAMP.exec(head);
  if (stamp !== null) return parseTime(stamp[0]);
  const epoch = EPOCH.exec(head);
  return epoch === null ? undefined : parseTime(epoch[1]);
}

/** A level word counts when it is written as one: in capitals, or inside brackets, or behind "level=". */
function levelOf(text: string): number {
  for (const match of text.slice(0, HEAD).matchAll(LEVEL)) {
    const word = match[1] ?? "";
    const severity = severityOfWord(word);
    if (severity === 0) continue;
    const whole = match[0];
    const isMarked = whole.includes("=") || whole.startsWith("[") || whole.startsWith("<") || whole.startsWith(":");
    const after = text.charAt((match.index ?? 0) + whole.length);
    const isTitled = /^[A-Z][a-z]/.test(word) && (match.index ?? 0) < 40;
    if (isMarked || after === "]" || word === word.toUpperCase() || isTitled) return severity;
  }
  return 0;
}
