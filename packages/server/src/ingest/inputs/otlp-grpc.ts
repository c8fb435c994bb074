/** otlp-grpc: OpenTelemetry over gRPC: the same records, keys and partial successes as over HTTP. The key of a source stands in the
 *  metadata `authorization: Bearer …`. */
import type { Log } from "../../platform/log/index.ts";
import { ingestFail } from "../errors.ts";
import { type OtlpSignal, SIGNALS } from "../protocols/otlp.ts";
import { encodePartialSuccess } from "../protocols/otlp-protobuf.ts";
import type { ProtocolDoor } from "../protocols/protocol.ts";
import { BODY_LIMITS, type BodyBudget } from "../request-body.ts";
import { type GrpcCall, type GrpcMethod, listenGrpc } from "./grpc.ts";
import type { Certificates } from "./certificates.ts";
import type { Input } from "./listener.ts";

export interface OtlpGrpcOptions {
  readonly host: string;
  readonly port: number;
  readonly door: ProtocolDoor;
  readonly budget: BodyBudget;
  readonly log: Log;
  readonly tls?: Certificates;
}

export function listenOtlpGrpc(options: OtlpGrpcOptions): Promise<Input> {
  return listenGrpc({
    ...options,
    setting: options.tls === undefined ? "inputs.otlp.port" : "inputs.otlp.tls.port",
    messageBytes: BODY_LIMITS.bytes,
    methods: new Map(SIGNALS.map((signal) => [`/${signal.service}/Export`, methodOf(options.door, signal)])),
  });
}

function methodOf(door: ProtocolDoor, signal: OtlpSignal): GrpcMethod {
  const sourceOf = ({ headers }: GrpcCall) => door.sourceOf({ request: { headers }, query: NO_QUERY });
  return {
    admit: (call) => door.admit(sourceOf(call)),
    take: async (call, bytes) => {
      const taken = await signal.take(door, { source: sourceOf(call), ip: call.ip }, { bytes, encoding: "protobuf" });
      if (!taken.ok) throw ingestFail("INGEST_BODY_BROKEN", taken.reason);
      return encodePartialSuccess(taken.rejected, taken.why);
    },
  };
}

const NO_QUERY = new URLSearchParams();
