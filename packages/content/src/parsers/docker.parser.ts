/** docker: what containers print, as Docker's json-file driver wraps it, with the line inside read by level and time where it says. */
import { classify, SEVERITY, severityOfWord } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, objectOf, parseIso, textOf } from "@holdfast/sdk";

export default defineParser({
  id: "docker",
  title: "Docker container log (json-file) and events",
  docs: "https://docs.docker.com/engine/logging/drivers/json-file/",
  order: 300,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined &&
    ((typeof json["log"] === "string" && typeof json["stream"] === "string" && typeof json["time"] === "string") ||
      (json["Type"] !== undefined && json["Action"] !== undefined && objectOf(json["Actor"]) !== undefined)),
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    return json["Actor"] === undefined ? line(json) : happening(json);
  },
  samples: [
    {
      name: "A line on the error stream",
      in: '{"log":"2026-07-04 08:50:00 WARN queue is long\\n","stream":"stderr","time":"2026-07-04T08:50:00.123456789Z","attrs":{"tag":"shop"}}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 8, 50, 0, 123),
        time_ns: 456_789,
        severity_id: 3,
        channel: "stderr",
        object: "shop",
        message: "2026-07-04 08:50:00 WARN queue is long",
      },
    },
    {
      name: "A command run inside a container",
      in: '{"status":"exec_create: sh","id":"c0ffee","from":"alpine:3","Type":"container","Action":"exec_create: sh","Actor":{"ID":"c0ffee","Attributes":{"image":"alpine:3","name":"shop-1"}},"scope":"local","time":1783155000,"timeNano":1783155000000000000}',
      out: {
        time_ms: 1783155000000,
        event_code: "exec_create",
        process_cmd: "sh",
        object: "shop-1",
        session: "c0ffee",
      },
    },
  ],
});

type Document = NonNullable<DecodedRecord["json"]>;
const OTHER = classify("base_event", "other");
const LIFE = classify("application_lifecycle", "other");
const WORD = /\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)\b/;

function line(json: Document) {
  const text = textOf(json, "log").trimEnd();
  const time = parseIso(textOf(json, "time"));
  const columns: Partial<EventColumns> = {
    time_ms: time?.time_ms ?? 0,
    time_ns: time?.time_ns ?? 0,
    product: "docker",
    channel: textOf(json, "stream"),
    object: textOf(objectOf(json["attrs"]) ?? {}, "tag"),
    severity_id: severityOfWord(WORD.exec(text.slice(0, 160))?.[1] ?? "") || SEVERITY.informational,
    class_uid: OTHER.class_uid,
    activity_id: OTHER.activity_id,
    message: text,
  };
  return { ok: true as const, event: { columns, fields: json, logsource: undefined } };
}

function happening(json: Document) {
  const [action = "", command = ""] = textOf(json, "Action").split(": ", 2);
  const attributes = objectOf(objectOf(json["Actor"])?.["Attributes"]) ?? {};
  const seconds = json["time"];
  const columns: Partial<EventColumns> = {
    time_ms: typeof seconds === "number" && seconds > 0 && seconds < 1e11 ? Math.floor(seconds) * 1000 : 0,
    product: "docker",
    channel: textOf(json, "Type"),
    event_code: action,
    process_cmd: command,
    object: textOf(attributes, "name") || textOf(attributes, "image"),
    session: textOf(objectOf(json["Actor"]) ?? {}, "ID"),
    severity_id: SEVERITY.informational,
    class_uid: LIFE.class_uid,
    activity_id: LIFE.activity_id,
    message: `${textOf(json, "Type")} ${textOf(json, "Action")} ${textOf(attributes, "name")} ${textOf(attributes, "image")}`,
  };
  return { ok: true as const, event: { columns, fields: json, logsource: { product: "docker" } } };
}
