/** loki-entry: a line with the labels of its stream, as clients push it to Loki. What the line itself is, its own parser says. */
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
  id: "loki-entry",
  title: "Loki stream entry",
  docs: "https://grafana.com/docs/loki/latest/reference/loki-http-api/",
  order: 92,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined &&
    isObject(json["stream"]) &&
    typeof json["ts"] === "string" &&
    typeof json["line"] === "string",
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const labels = isObject(json["stream"]) ? flatten(json["stream"]) : {};
    const metadata = isObject(json["metadata"]) ? flatten(json["metadata"]) : {};
    const said = { ...labels, ...metadata };
    const line = textOf(json, "line");
    const time = parseTime(json["ts"]);
    const app = firstText(labels, ["app", "service_name", "job", "unit", "container", "program"]);
    return {
      ok: true,
      event: {
        columns: {
          ...classify("base_event", "other"),
          time_ms: time?.time_ms ?? 0,
          time_ns: time?.time_ns ?? 0,
          host: firstText(said, ["host", "hostname", "node", "node_name", "instance", "pod"]),
          product: app,
          channel: firstText(labels, ["filename", "source", "namespace"]),
          severity_id: severityOfWord(firstText(said, ["level", "detected_level", "severity"])),
          message: line,
        },
        fields: { ...said, line },
        logsource: undefined,
        inner: { text: line, app: app.replace(/\.service$/, "") },
      },
    };
  },
  samples: [
    {
      name: "Line with text and JSON",
      in: '{"stream":{"level":"error","app":"b","host":"web-2"},"ts":"1795301878476000000","line":"card refused {\\"level\\":\\"error\\"}"}',
      out: { time_ms: 1795301878476, host: "web-2", product: "b", severity_id: 4 },
      fields: { app: "b", level: "error" },
    },
    {
      name: "With structured metadata",
      in: '{"stream":{"job":"nightly"},"ts":"1795301878476123456","line":"copied 7 files","metadata":{"level":"warning","node":"n1"}}',
      out: { time_ns: 123_456, host: "n1", product: "nightly", severity_id: 3, message: "copied 7 files" },
    },
  ],
});

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
