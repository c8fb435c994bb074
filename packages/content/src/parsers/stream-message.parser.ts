/** stream-message: a message of Kafka or NATS with where it stood: topic, partition, offset, key, or subject and sequence. What its value
 *  is, its own parser says. */
import { classify } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, flatten, type JsonObject, parseTime, textOf } from "@holdfast/sdk";

export default defineParser({
  id: "stream-message",
  title: "Message of Kafka or NATS",
  docs: "https://kafka.apache.org/documentation/#messageformat",
  order: 90,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined &&
    (typeof json["topic"] === "string" || typeof json["subject"] === "string") &&
    typeof json["value"] === "string" &&
    Object.keys(json).every((name) => ENVELOPE.has(name)),
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const { value: _, ...place } = json;
    const value = textOf(json, "value");
    const time = parseTime(json["time"]);
    const key = textOf(json, "key");
    return {
      ok: true,
      event: {
        columns: {
          ...classify("base_event", "other"),
          time_ms: time?.time_ms ?? 0,
          time_ns: time?.time_ns ?? 0,
          channel: textOf(json, "topic") || textOf(json, "subject"),
          object: key,
          message: value,
        },
        fields: flatten(place as JsonObject),
        logsource: undefined,
        inner: { text: value },
      },
    };
  },
  samples: [
    {
      name: "A line from a topic",
      in: '{"topic":"logs","partition":2,"offset":"17","time":"2026-07-04T08:20:00.250Z","key":"web-2","headers":{"env":"prod"},"value":"started in 3 s"}',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 8, 20, 0, 250),
        channel: "logs",
        object: "web-2",
        message: "started in 3 s",
      },
      fields: { partition: 2, offset: "17", "headers.env": "prod" },
    },
    {
      name: "A message of NATS",
      in: '{"stream":"LOGS","subject":"logs.web","sequence":9,"time":"2026-07-04T08:20:00.250Z","value":"copied 7 files"}',
      out: { channel: "logs.web", message: "copied 7 files" },
      fields: { sequence: 9 },
    },
  ],
});

const ENVELOPE = new Set([
  "topic",
  "partition",
  "offset",
  "key",
  "stream",
  "subject",
  "sequence",
  "time",
  "headers",
  "value",
  "encoding",
]);
