/** otlp: OpenTelemetry logs, traces and metrics over HTTP, as protobuf and as JSON. Each log record and each span becomes one JSON record
 *  with its resource and scope beside it, each number of a metric one point; what cannot be read is a partial success that says why. */
import type { AppError } from "../../platform/errors/index.ts";
import type { RawAnswer } from "../raw-answer.ts";
import type { StoredSource } from "../source-store.ts";
import { storePoints } from "../metrics/store-points.ts";
import { readJsonLogs } from "./otlp-json.ts";
import { readMetrics } from "./otlp-metrics.ts";
import { encodePartialSuccess, encodeStatus, readProtobufLogs } from "./otlp-protobuf.ts";
import { readTraces } from "./otlp-traces.ts";
import { answer, inWords, type ProtocolCall, type ProtocolDoor, type ProtocolEndpoint } from "./protocol.ts";

/** Where an item of an export stands. */
export interface Around {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: { readonly name: string; readonly version: string };
}

/** One log record, as it is stored: names as in OpenTelemetry's JSON, attributes flat. */
export interface OtlpRecord extends Around {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
}

export type OtlpRead =
  | { readonly ok: true; readonly records: OtlpRecord[] }
  | { readonly ok: false; readonly reason: string };

export type Encoding = "json" | "protobuf";

/** One of the three kinds of export, over whichever transport it comes. */
export interface OtlpSignal {
  readonly paths: readonly string[];
  /** Of gRPC. */
  readonly service: string;
  /** The member of a partial success. */
  readonly rejected: string;
  /** Stores what can be read of an export; answers how much was not taken, and why. */
  readonly take: (
    door: ProtocolDoor,
    from: { readonly source: StoredSource; readonly ip: string },
    body: { readonly bytes: Buffer; readonly encoding: Encoding },
  ) => Promise<Taken>;
}

type Taken =
  | { readonly ok: true; readonly rejected: number; readonly why: string }
  | { readonly ok: false; readonly reason: string };

const LOGS: OtlpSignal = {
  paths: ["/v1/logs", "/otlp/v1/logs"],
  service: "opentelemetry.proto.collector.logs.v1.LogsService",
  rejected: "rejectedLogRecords",
  take: async (door, from, { bytes, encoding }) => {
    const read = encoding === "json" ? readJsonLogs(bytes) : readProtobufLogs(bytes);
    return read.ok ? storeRecords(door, { ...from, what: "log records" }, read.records) : read;
  },
};

const TRACES: OtlpSignal = {
  paths: ["/v1/traces", "/otlp/v1/traces"],
  service: "opentelemetry.proto.collector.trace.v1.TraceService",
  rejected: "rejectedSpans",
  take: async (door, from, { bytes, encoding }) => {
    const read = readTraces(bytes, encoding);
    return read.ok ? storeRecords(door, { ...from, what: "spans" }, read.records) : read;
  },
};

const METRICS: OtlpSignal = {
  paths: ["/v1/metrics", "/otlp/v1/metrics"],
  service: "opentelemetry.proto.collector.metrics.v1.MetricsService",
  rejected: "rejectedDataPoints",
  take: async (door, from, { bytes, encoding }) => {
    const read = readMetrics(bytes, encoding);
    if (!read.ok) return read;
    const { refused, why } = await storePoints(door, from, read.points);
    return { ok: true, rejected: refused, why };
  },
};

export const SIGNALS: readonly OtlpSignal[] = [LOGS, TRACES, METRICS];

export function createOtlp(door: ProtocolDoor): ProtocolEndpoint[] {
  return SIGNALS.map((signal) => ({
    methods: ["POST"],
    paths: signal.paths,
    handle: (call) =>
      inWords(
        () => takeBody(door, signal, call),
        (refusal) => status(call, httpStatus(refusal), { code: codeOf(refusal), message: refusal.message }),
      ),
  }));
}

function takeBody(door: ProtocolDoor, signal: OtlpSignal, call: ProtocolCall): Promise<RawAnswer> {
  const source = door.sourceOf(call);
  return door.withBody(source, call, async (bytes) => {
    const encoding = isJson(call) ? "json" : "protobuf";
    const taken = await signal.take(door, { source, ip: call.ip }, { bytes, encoding });
    if (!taken.ok) return status(call, 400, { code: INVALID_ARGUMENT, message: taken.reason });
    const { rejected, why } = taken;
    if (encoding === "json")
      return answer(
        200,
        rejected === 0 ? {} : { partialSuccess: { [signal.rejected]: String(rejected), errorMessage: why } },
      );
    return answer(200, encodePartialSuccess(rejected, why), PROTOBUF);
  });
}

async function storeRecords(
  door: ProtocolDoor,
  from: { readonly source: StoredSource; readonly ip: string; readonly what: string },
  read: readonly object[],
): Promise<Taken> {
  const texts = read.map((record) => Buffer.from(JSON.stringify(compact(record))));
  const records = texts.filter((text) => text.length <= door.recordBytes);
  const rejected = texts.length - records.length;
  await door.append(from.source, from, records);
  door.reject(from.source, rejected, "too-large");
  return {
    ok: true,
    rejected,
    why: rejected === 0 ? "" : `${rejected} ${from.what} are over ${door.recordBytes} bytes`,
  };
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
function compact(record: object): Record<string, unknown> {
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
