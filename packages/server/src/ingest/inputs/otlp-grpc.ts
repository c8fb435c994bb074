/** otlp-grpc: OpenTelemetry over gRPC: the same records, keys and partial successes as over HTTP. The key of a source stands in the
 *  metadata `authorization: Bearer …`. */
import type { Log } from "../../platform/log/index.ts";
import { ingestFail } from "../errors.ts";
import { storePoints } from "../metrics/store-points.ts";
import { storeLogs } from "../protocols/otlp.ts";
import { readMetrics } from "../protocols/otlp-metrics.ts";
import { encodePartialSuccess, readProtobufLogs } from "../protocols/otlp-protobuf.ts";
import type { ProtocolDoor } from "../protocols/protocol.ts";
import { BODY_LIMITS, type BodyBudget } from "../request-body.ts";
import type { StoredSource } from "../source-store.ts";
import { type GrpcCall, type GrpcMethod, listenGrpc } from "./grpc.ts";
import type { Input } from "./listener.ts";

export interface OtlpGrpcOptions {
  readonly host: string;
  readonly port: number;
  readonly door: ProtocolDoor;
  readonly budget: BodyBudget;
  readonly log: Log;
}

export function listenOtlpGrpc(options: OtlpGrpcOptions): Promise<Input> {
  return listenGrpc({
    ...options,
    setting: "inputs.otlp.port",
    messageBytes: BODY_LIMITS.bytes,
    methods: new Map([
      ["/opentelemetry.proto.collector.logs.v1.LogsService/Export", logsMethod(options.door)],
      ["/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", metricsMethod(options.door)],
    ]),
  });
}

function metricsMethod(door: ProtocolDoor): GrpcMethod {
  return {
    admit: (call) => door.admit(sourceOf(door, call)),
    take: async (call, message) => {
      const source = sourceOf(door, call);
      const read = readMetrics(message, "protobuf");
      if (!read.ok) throw ingestFail("INGEST_BODY_BROKEN", read.reason);
      const { refused, why } = await storePoints(door, { source, ip: call.ip }, read.points);
      return encodePartialSuccess(refused, why);
    },
  };
}

function logsMethod(door: ProtocolDoor): GrpcMethod {
  return {
    admit: (call) => door.admit(sourceOf(door, call)),
    take: async (call, message) => {
      const source = sourceOf(door, call);
      const read = readProtobufLogs(message);
      if (!read.ok) throw ingestFail("INGEST_BODY_BROKEN", read.reason);
      const { rejected, why } = await storeLogs(door, { source, ip: call.ip }, read.records);
      return encodePartialSuccess(rejected, why);
    },
  };
}

const sourceOf = (door: ProtocolDoor, { headers }: GrpcCall): StoredSource =>
  door.sourceOf({ request: { headers }, query: NO_QUERY });

const NO_QUERY = new URLSearchParams();
