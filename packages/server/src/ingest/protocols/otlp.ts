/** otlp: OpenTelemetry logs and metrics over HTTP, as protobuf and as JSON. Each log record becomes one JSON record with its resource and
 *  scope beside it, each number of a metric one point; what cannot be read is a partial success that says how many and why. */
import type { AppError } from "../../platform/errors/index.ts";
import type { RawAnswer } from "../raw-answer.ts";
import type { StoredSource } from "../source-store.ts";
import { storePoints } from "../metrics/store-points.ts";
import { readJsonLogs } from "./otlp-json.ts";
import { readMetrics } from "./otlp-metrics.ts";
import { encodePartialSuccess, encodeStatus, readProtobufLogs } from "./otlp-protobuf.ts";
import { answer, inWords, type ProtocolCall, type ProtocolDoor, type ProtocolEndpoint } from "./protocol.ts";

/** One log record, as it is stored: names as in OpenTelemetry's JSON, attributes flat. */
export interface OtlpRecord {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: { readonly name: string; readonly version: string };
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
}

export type OtlpRead =
  | { readonly ok: true; readonly records: OtlpRecord[] }
  | { readonly ok: false; readonly reason: string };

export function createOtlp(door: ProtocolDoor): ProtocolEndpoint[] {
  async function logs(call: ProtocolCall): Promise<RawAnswer> {
    const source = door.sourceOf(call);
    return door.withBody(source, call, async (body) => {
      const read = isJson(call) ? readJsonLogs(body) : readProtobufLogs(body);
      if (!read.ok) return status(call, 400, { code: INVALID_ARGUMENT, message: read.reason });
      const { rejected, why } = await storeLogs(door, { source, ip: call.ip }, read.records);
      if (isJson(call))
        return answer(
          200,
          rejected === 0 ? {} : { partialSuccess: { rejectedLogRecords: String(rejected), errorMessage: why } },
        );
      return answer(200, encodePartialSuccess(rejected, why), PROTOBUF);
    });
  }

  async function metrics(call: ProtocolCall): Promise<RawAnswer> {
    const source = door.sourceOf(call);
    return door.withBody(source, call, async (body) => {
      const read = readMetrics(body, isJson(call) ? "json" : "protobuf");
      if (!read.ok) return status(call, 400, { code: INVALID_ARGUMENT, message: read.reason });
      const { refused, why } = await storePoints(door, { source, ip: call.ip }, read.points);
      if (isJson(call))
        return answer(
          200,
          refused === 0 ? {} : { partialSuccess: { rejectedDataPoints: String(refused), errorMessage: why } },
        );
      return answer(200, encodePartialSuccess(refused, why), PROTOBUF);
    });
  }

  const worded = (work: (call: ProtocolCall) => Promise<RawAnswer>) => (call: ProtocolCall) =>
    inWords(
      () => work(call),
      (refusal) => status(call, httpStatus(refusal), { code: codeOf(refusal), message: refusal.message }),
    );
  return [
    { methods: ["POST"], paths: ["/v1/logs", "/otlp/v1/logs"], handle: worded(logs) },
    { methods: ["POST"], paths: ["/v1/metrics", "/otlp/v1/metrics"], handle: worded(metrics) },
  ];
}

/** Stores what was read, over whichever transport it came; answers how many records were not taken, and why. */
export async function storeLogs(
  door: ProtocolDoor,
  from: { readonly source: StoredSource; readonly ip: string },
  read: readonly OtlpRecord[],
): Promise<{ readonly rejected: number; readonly why: string }> {
  const texts = read.map((record) => Buffer.from(JSON.stringify(compact(record))));
  const records = texts.filter((text) => text.length <= door.recordBytes);
  const rejected = texts.length - records.length;
  await door.append(from.source, from, records);
  door.reject(from.source, rejected);
  return { rejected, why: rejected === 0 ? "" : `${rejected} log records are over ${door.recordBytes} bytes` };
}

const PROTOBUF = { "content-type": "application/x-protobuf" };
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

const isJson = ({ request }: ProtocolCall): boolean =>
  /^application\/json\b/i.test(String(request.headers["content-type"] ?? "").trim());

/** Errors are a google.rpc.Status in the request's own encoding. */
function status(call: ProtocolCall, http: number, of: { readonly code: number; readonly message: string }): RawAnswer {
  return isJson(call) ? answer(http, of) : answer(http, encodeStatus(of), PROTOBUF);
}

/** Exporters try again on 429, 502, 503 and 504 only. */
const httpStatus = (refusal: AppError): number => (refusal.retryable && refusal.status !== 429 ? 503 : refusal.status);

const codeOf = (refusal: AppError): number =>
  refusal.retryable
    ? refusal.status === 429
      ? RESOURCE_EXHAUSTED
      : UNAVAILABLE
    : refusal.status === 401 || refusal.status === 403
      ? UNAUTHENTICATED
      : INVALID_ARGUMENT;

/** Without what says nothing. */
function compact(record: OtlpRecord): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).filter(
      ([, value]) =>
        value !== "" &&
        value !== 0 &&
        value !== undefined &&
        value !== null &&
        !(typeof value === "object" && Object.values(value).every((inner) => inner === "")),
    ),
  );
}
