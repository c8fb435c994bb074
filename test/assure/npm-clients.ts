/** npm-clients: what Node programs log with, as they use it: Graylog's and Fluentd's clients, and OpenTelemetry's exporters over each of their
 *  transports. Each call resolves when its client says that everything is sent. */
import { spawnSync } from "node:child_process";
import { FluentClient } from "@fluent-org/logger";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-grpc";
import { OTLPTraceExporter as GrpcTraces } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonTraces } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufTraces } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import gelf from "gelf-pro";

/** As short as it can be, and one that needs chunks over UDP. Its adapter is one for the process, so TCP has a process of its own. */
export async function sendGelf(via: "udp" | "tcp", port: number): Promise<number> {
  const texts = [`short by ${via}`, `long by ${via} ${"ünï-".repeat(4_000)}`];
  if (via === "tcp") {
    const script = `const gelf = require("gelf-pro").setConfig({ adapterName: "tcp", adapterOptions: { host: "127.0.0.1", port: ${port} } });
for (const text of ${JSON.stringify(texts)}) gelf.message(text, 4, { user: "amy" }, (error) => { if (error) throw error; });`;
    const ran = spawnSync(process.execPath, ["-e", script], {
      cwd: import.meta.dirname,
      encoding: "utf8",
      timeout: 60_000,
    });
    if (ran.status !== 0) throw new Error(`gelf-pro could not send by TCP: ${ran.stderr}`);
    return texts.length;
  }
  const logger = gelf.setConfig({ adapterName: "udp", adapterOptions: { host: "127.0.0.1", port } });
  for (const text of texts)
    await new Promise<void>((resolve, reject) =>
      logger.message(text, 4, { user: "amy" }, (error) => (error ? reject(error) : resolve())),
    );
  return texts.length;
}

export const FLUENT_MODES = ["Message", "Forward", "PackedForward", "CompressedPackedForward"] as const;

/** In each of its modes, acknowledged; with the shared key where one is asked for. */
export async function sendFluent(port: number, each: number, sharedKey?: string): Promise<number> {
  for (const eventMode of FLUENT_MODES) {
    const client = new FluentClient("npm", {
      eventMode,
      socket: { host: "127.0.0.1", port },
      ack: { ackTimeout: 60_000 },
      ...(sharedKey === undefined ? {} : { security: { clientHostname: "web-1", sharedKey } }),
    });
    await Promise.all(
      Array.from({ length: each }, (_, n) => client.emit(eventMode, { message: `${eventMode} ${n}`, host: "web-1" })),
    );
    await client.shutdown();
  }
  return FLUENT_MODES.length * each;
}

interface OtlpTarget {
  readonly http: string;
  readonly grpc: number;
  readonly key: string;
}

/** @returns the id of the trace of each transport */
export async function sendTraces({ http, grpc, key }: OtlpTarget, each: number): Promise<Record<string, string>> {
  const headers = { authorization: `Bearer ${key}` };
  const exporters: Record<string, () => SpanExporter> = {
    protobuf: () => new ProtobufTraces({ url: `${http}/v1/traces`, headers }),
    json: () => new JsonTraces({ url: `${http}/v1/traces`, headers }),
    grpc: () => withKey(key, () => new GrpcTraces({ url: `http://127.0.0.1:${grpc}` })),
  };
  const ids: Record<string, string> = {};
  for (const [transport, make] of Object.entries(exporters)) {
    const provider = new TracerProvider({
      resource: resourceFromAttributes({ "service.name": "shop", "host.name": "web-1" }),
      spanProcessors: [new BatchSpanProcessor({ exporter: make() })],
    });
    const tracer = provider.getTracer("app", "1.2.3");
    for (let n = 0; n < each; n += 1) {
      const span = tracer.startSpan(`GET /${transport}/${n}`, {
        kind: CLIENT,
        attributes: { "http.request.method": "GET", "server.address": "payments", "peer.service": "payments", n },
      });
      span.addEvent("retried", { after: 2 });
      if (n === 0) span.setStatus({ code: ERROR, message: "refused" });
      span.end();
      ids[transport] = span.spanContext().traceId;
    }
    await provider.forceFlush();
    await provider.shutdown();
  }
  return ids;
}

export async function sendLogsByGrpc({ grpc, key }: OtlpTarget, bodies: readonly string[]): Promise<void> {
  const exporter = withKey(key, () => new OTLPLogExporter({ url: `http://127.0.0.1:${grpc}` }));
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ "service.name": "shop", "host.name": "web-1" }),
    processors: [new BatchLogRecordProcessor({ exporter })],
  });
  const logger = provider.getLogger("app", "1.2.3");
  for (const body of bodies) logger.emit({ severityNumber: 17, body });
  await provider.forceFlush();
  await provider.shutdown();
}

const CLIENT = 2;
const ERROR = 2;

/** Over gRPC the exporters take their metadata from the environment, as the guide says it. */
function withKey<T>(key: string, make: () => T): T {
  process.env["OTEL_EXPORTER_OTLP_HEADERS"] = `authorization=Bearer%20${key}`;
  try {
    return make();
  } finally {
    delete process.env["OTEL_EXPORTER_OTLP_HEADERS"];
  }
}
