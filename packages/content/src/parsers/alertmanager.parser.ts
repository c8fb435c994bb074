/** alertmanager: alerts of Prometheus, fired or resolved, one record each. */
import { classify } from "@holdfast/ocsf";
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
  id: "alertmanager",
  title: "Prometheus alert",
  docs: "https://prometheus.io/docs/alerting/latest/configuration/#webhook_config",
  order: 94,
  form: "json",
  accepts: ({ json }: DecodedRecord) =>
    json !== undefined && isObject(json["alertmanager"]) && isObject(json["labels"]),
  parse: ({ json, received }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const labels = flatOf(json["labels"]);
    const annotations = flatOf(json["annotations"]);
    const group = isObject(json["alertmanager"]) ? json["alertmanager"] : {};
    const ended = parseTime(json["endsAt"]);
    const over =
      json["status"] === "resolved" || (ended !== undefined && ended.time_ms > 0 && ended.time_ms <= received);
    const time = (over ? ended : undefined) ?? parseTime(json["startsAt"]);
    const name = textOf(labels, "alertname");
    const about = firstText(annotations, ["summary", "description", "message"]);
    // A webhook tells when it is over. Whoever takes us for an Alertmanager sends again and again until it is, each time with the
    // time until which it holds, or leaves that to the receiver.
    const until = over || group["groupKey"] !== undefined ? 0 : (ended?.time_ms ?? 0) || received + RESOLVE_MS;
    return {
      ok: true,
      event: {
        columns: {
          ...classify("detection_finding", over ? "close" : "create"),
          time_ms: time?.time_ms ?? 0,
          time_ns: time?.time_ns ?? 0,
          severity_id: SEVERITIES[textOf(labels, "severity").toLowerCase()] ?? 0,
          product: "prometheus",
          channel: "alertmanager",
          event_code: name,
          object: firstText(labels, ["service", "job"]),
          host: firstText(labels, ["host", "hostname", "node", "nodename", "instance"]).replace(/:\d+$/, ""),
          url: textOf(json, "generatorURL"),
          session: textOf(json, "fingerprint") || fingerprintOf(labels),
          message: `${name}${over ? " resolved" : ""}${about === "" ? "" : `: ${about}`}`,
        },
        fields: {
          ...labels,
          ...annotations,
          status: over ? "resolved" : "firing",
          "alertmanager.annotations": Object.keys(annotations),
          "alertmanager.services": SERVICE_LABELS.map((label) => textOf(labels, label)).filter((name) => name !== ""),
          "alertmanager.generatorURL": textOf(json, "generatorURL"),
          "alertmanager.until": until,
        },
        logsource: { product: "prometheus", service: "alertmanager" },
      },
    };
  },
  samples: [
    {
      name: "Firing, from the webhook",
      in: '{"alertmanager":{"receiver":"holdfast","groupKey":"{}:{}","externalURL":"http://am:9093"},"status":"firing","labels":{"alertname":"DiskFull","instance":"db-1:9100","severity":"critical","job":"node"},"annotations":{"summary":"/ is at 97 %"},"startsAt":"2026-11-21T22:57:53.686Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prom:9090/graph","fingerprint":"a1b2"}',
      out: {
        time_ms: Date.UTC(2026, 10, 21, 22, 57, 53, 686),
        class_uid: 2004,
        activity_id: 1,
        severity_id: 5,
        host: "db-1",
        event_code: "DiskFull",
        object: "node",
        message: "DiskFull: / is at 97 %",
      },
      fields: { alertname: "DiskFull", status: "firing" },
    },
    {
      name: "Resolved",
      in: '{"alertmanager":{},"status":"resolved","labels":{"alertname":"DiskFull","instance":"db-1:9100","severity":"warning"},"annotations":{},"startsAt":"2026-11-21T22:57:53Z","endsAt":"2026-11-21T23:10:00Z"}',
      out: { time_ms: Date.UTC(2026, 10, 21, 23, 10), activity_id: 3, severity_id: 3, message: "DiskFull resolved" },
    },
  ],
});

const SEVERITIES: Readonly<Record<string, number>> = {
  critical: 5,
  page: 5,
  error: 4,
  high: 4,
  major: 4,
  warning: 3,
  medium: 3,
  minor: 2,
  low: 2,
  info: 1,
  none: 1,
};

/** Labels that name what is hit, by their usual names. */
const SERVICE_LABELS = ["service", "service_name", "app", "app_kubernetes_io_name", "application", "job"];

/** What Alertmanager waits for an alert without an end of its own. */
const RESOLVE_MS = 5 * 60_000;

/** As Prometheus reckons it: FNV-1a over the labels in the order of their names, so that it is the same with and without Alertmanager. */
function fingerprintOf(labels: Readonly<Record<string, unknown>>): string {
  let [high, low] = [0xcbf29ce4, 0x84222325];
  const take = (byte: number): void => {
    low = (low ^ byte) >>> 0;
    const product = low * 0x1b3;
    high = (high * 0x1b3 + Math.floor(product / 0x1_0000_0000) + ((low << 8) >>> 0)) % 0x1_0000_0000;
    low = product >>> 0;
  };
  for (const name of Object.keys(labels).sort()) {
    for (const text of [name, textOf(labels, name)]) {
      for (const byte of utf8(text)) take(byte);
      take(0xff);
    }
  }
  return [high, low].map((half) => half.toString(16).padStart(8, "0")).join("");
}

function* utf8(text: string): Generator<number> {
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    if (code < 0x80) yield code;
    else {
      if (code < 0x800) yield 0xc0 | (code >> 6);
      else {
        if (code < 0x1_0000) yield 0xe0 | (code >> 12);
        else {
          yield 0xf0 | (code >> 18);
          yield 0x80 | ((code >> 12) & 0x3f);
        }
        yield 0x80 | ((code >> 6) & 0x3f);
      }
      yield 0x80 | (code & 0x3f);
    }
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const flatOf = (value: unknown): Record<string, unknown> => (isObject(value) ? flatten(value) : {});
