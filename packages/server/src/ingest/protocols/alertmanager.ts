/** alertmanager: Prometheus' alerts, from Alertmanager's webhook or from Prometheus itself, which then takes Holdfast for an
 *  Alertmanager. Each alert is one record, with what its group says beside it. */
import type { AppError } from "../../platform/errors/index.ts";
import type { RawAnswer } from "../raw-answer.ts";
import { answer, inWords, type ProtocolCall, type ProtocolDoor, type ProtocolEndpoint } from "./protocol.ts";

const PREFIX = "/alertmanager";

export function createAlertmanager(door: ProtocolDoor): ProtocolEndpoint[] {
  async function take(call: ProtocolCall, read: (body: unknown) => unknown[] | undefined): Promise<RawAnswer> {
    const source = door.sourceOf(call);
    return door.withBody(source, call, async (body) => {
      const alerts = read(jsonOf(body));
      if (alerts === undefined) return problem(400, "bad_data", "the body does not hold alerts");
      const texts = alerts.map((alert) => Buffer.from(JSON.stringify(alert)));
      const records = texts.filter((text) => text.length <= door.recordBytes);
      await door.append(source, call, records);
      door.reject(source, texts.length - records.length, "too-large");
      return records.length === texts.length
        ? answer(200, { status: "success" })
        : problem(413, "bad_data", `an alert is over ${door.recordBytes} bytes; the others were taken`);
    });
  }

  const spoken = (read: (body: unknown) => unknown[] | undefined) => (call: ProtocolCall) =>
    inWords(() => take(call, read), refuse);
  const ready = async (): Promise<RawAnswer> =>
    answer(200, {
      cluster: { status: "disabled", peers: [] },
      versionInfo: { version: door.version },
      config: { original: "" },
    });
  return [
    { methods: ["POST"], paths: [`${PREFIX}/webhook`], handle: spoken(readWebhook) },
    { methods: ["POST"], paths: [`${PREFIX}/api/v2/alerts`], handle: spoken(readAlerts) },
    { methods: ["GET"], paths: [`${PREFIX}/api/v2/status`], handle: ready },
  ];
}

/** Version 4 of the webhook: the group's facts belong to each of its alerts. */
function readWebhook(body: unknown): unknown[] | undefined {
  if (!isRecord(body) || !Array.isArray(body["alerts"])) return undefined;
  const { receiver, groupKey, externalURL } = body;
  return body["alerts"]
    .filter(isRecord)
    .map((alert) => ({ alertmanager: { receiver, groupKey, externalURL }, ...alert }));
}

function readAlerts(body: unknown): unknown[] | undefined {
  return Array.isArray(body) && body.every((alert) => isRecord(alert) && isRecord(alert["labels"]))
    ? body.map((alert: Record<string, unknown>) => ({ alertmanager: {}, ...alert }))
    : undefined;
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const problem = (status: number, errorType: string, error: string): RawAnswer =>
  answer(status, { status: "error", errorType, error });

const refuse = (refusal: AppError): RawAnswer =>
  refusal.retryable
    ? // Alertmanager's webhook tries again on 5xx only.
      problem(503, "unavailable", refusal.message)
    : problem(refusal.status, "bad_data", refusal.message);
