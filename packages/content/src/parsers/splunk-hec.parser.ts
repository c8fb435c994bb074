/** splunk-hec: events in the envelope of Splunk's HTTP event collector. What the event itself is, its own parser says. */
import { classify, severityOfWord } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  firstText,
  flatten,
  type JsonObject,
  parseTime,
  textOf,
} from "@holdfast/sdk";

export default defineParser({
  id: "splunk-hec",
  title: "Splunk HTTP event collector",
  docs: "https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector",
  order: 90,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined && json["event"] !== undefined && Object.keys(json).every((name) => ENVELOPE.has(name)),
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const { event, fields: extra } = json;
    const said = isObject(event) ? flatten(event) : { message: textOf(json, "event") };
    const fields = { ...said, ...(isObject(extra) ? flatten(extra) : {}), ...attributes(json) };
    const time = parseTime(json["time"]);
    const text = typeof event === "string" ? event : isObject(event) ? JSON.stringify(event) : "";
    const message = firstText(said, ["message", "msg", "message.msg", "message.message", "log", "text"]);
    return {
      ok: true,
      event: {
        columns: {
          ...classify("base_event", "other"),
          time_ms: time?.time_ms ?? 0,
          time_ns: time?.time_ns ?? 0,
          host: textOf(json, "host"),
          product: textOf(json, "sourcetype"),
          channel: textOf(json, "source"),
          severity_id: severityOfWord(firstText(said, ["severity", "level", "log.level"])),
          user: firstText(said, ["user.name", "user", "username", "message.meta.user"]),
          message: message === "" ? text : message,
        },
        fields,
        logsource: undefined,
        inner: { text, app: textOf(json, "source") },
      },
    };
  },
  samples: [
    {
      name: "A logger's event; its time is text",
      in: '{"time":"1795301874.345","host":"shop-1","sourcetype":"node","event":{"message":"card refused","severity":"warn"}}',
      out: { time_ms: 1795301874345, host: "shop-1", product: "node", severity_id: 3, message: "card refused" },
      fields: { sourcetype: "node", severity: "warn" },
    },
    {
      name: "A line of text in an index",
      in: '{"index":"main","source":"/var/log/app.log","time":1795301874.5,"event":"worker 3 started"}',
      out: { time_ms: 1795301874500, channel: "/var/log/app.log", message: "worker 3 started" },
      fields: { index: "main" },
    },
  ],
});

const ENVELOPE = new Set(["time", "host", "source", "sourcetype", "index", "event", "fields"]);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function attributes(json: JsonObject): Record<string, unknown> {
  return Object.fromEntries(
    ["host", "source", "sourcetype", "index"].flatMap((name) => (json[name] === undefined ? [] : [[name, json[name]]])),
  );
}
