/** prometheus: remote write, 1.0 and 2.0, told apart by the content type. 2xx means on disk; 5xx means later; 400 means that
 *  something was set aside and all else was taken, so the sender goes on. Version 2 is told what was written. */
import type { AppError } from "../../platform/errors/index.ts";
import { type MetricFacts, readWrite, type WriteRead } from "../metrics/remote-write.ts";
import { storePoints } from "../metrics/store-points.ts";
import type { MetricPoint } from "../metrics/point.ts";
import type { RawAnswer } from "../raw-answer.ts";
import { answer, inWords, type ProtocolCall, type ProtocolDoor, type ProtocolEndpoint } from "./protocol.ts";

export function createPrometheus(door: ProtocolDoor): ProtocolEndpoint[] {
  /** What senders said of their metrics, which 1.0 sends apart from the points; the oldest go first. */
  const facts = new Map<string, MetricFacts>();
  const remember = (source: string, said: ReadonlyMap<string, MetricFacts>): void => {
    for (const [name, about] of said) {
      const key = `${source}\n${name}`;
      facts.delete(key);
      facts.set(key, about);
      const [oldest] = facts.keys();
      if (facts.size > MOST_FACTS && oldest !== undefined) facts.delete(oldest);
    }
  };

  async function write(call: ProtocolCall): Promise<RawAnswer> {
    const source = door.sourceOf(call);
    const version = versionOf(call);
    if (version === undefined) {
      return plain(
        415,
        `This content type is not taken; send application/x-protobuf with proto=${MESSAGES[0]} or proto=${MESSAGES[1]}, packed by snappy.`,
      );
    }
    return door.withBody(source, call, async (body) => {
      const read = readWrite(body, { version, known: (name) => facts.get(`${source.id}\n${name}`) });
      if (!read.ok) return plain(400, read.reason, version === 2 ? written(NOTHING) : {});
      remember(source.id, read.facts);
      const stored = await storePoints(door, { source, ip: call.ip }, read.points);
      door.reject(source, read.refused, "unreadable");
      const headers = version === 2 ? written(countOf(stored.taken)) : {};
      const refused = read.refused + stored.refused;
      if (refused === 0) return { status: 204, headers, body: "" };
      return plain(400, `${refused} points were not taken, all others were: ${whyOf(read, stored.why)}`, headers);
    });
  }

  const handle = (call: ProtocolCall): Promise<RawAnswer> =>
    inWords(
      () => write(call),
      (refusal) => plain(statusOf(refusal), refusal.message, versionOf(call) === 2 ? written(NOTHING) : {}),
    );
  return [{ methods: ["POST"], paths: ["/api/v1/write", "/prometheus/api/v1/write"], handle }];
}

const MOST_FACTS = 20_000;
const MESSAGES = ["prometheus.WriteRequest", "io.prometheus.write.v2.Request"] as const;

interface Written {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

const NOTHING: Written = { samples: 0, histograms: 0, exemplars: 0 };

function versionOf({ request }: ProtocolCall): 1 | 2 | undefined {
  const [type = "", ...parameters] = String(request.headers["content-type"] ?? "")
    .split(";")
    .map((part) => part.trim());
  if (type.toLowerCase() !== "application/x-protobuf") return undefined;
  const message = parameters
    .find((parameter) => /^proto\s*=/i.test(parameter))
    ?.replace(/^proto\s*=\s*/i, "")
    .replaceAll('"', "");
  if (message === undefined || message === MESSAGES[0]) return 1;
  return message === MESSAGES[1] ? 2 : undefined;
}

/** An encoding that is not known is a matter of what is spoken, as a content type is. What may come again is never told so by 429:
 *  Prometheus sends such points again only where `retry_on_http_429` is set, and drops them otherwise. */
function statusOf({ code, status, retryable }: AppError): number {
  if (code === "INGEST_ENCODING_UNKNOWN") return 415;
  return retryable ? 503 : status;
}

function countOf(points: readonly MetricPoint[]): Written {
  const histograms = points.filter(({ kind, bounds }) => kind === "histogram" && bounds !== undefined).length;
  const exemplars = points.reduce((sum, point) => sum + (point.exemplars?.length ?? 0), 0);
  return { samples: points.length - histograms, histograms, exemplars };
}

const written = ({ samples, histograms, exemplars }: Written): Record<string, string> => ({
  "X-Prometheus-Remote-Write-Samples-Written": String(samples),
  "X-Prometheus-Remote-Write-Histograms-Written": String(histograms),
  "X-Prometheus-Remote-Write-Exemplars-Written": String(exemplars),
});

const whyOf = (read: WriteRead, stored: string): string => [read.why, stored].filter((why) => why !== "").join("; ");

const plain = (status: number, text: string, headers: Readonly<Record<string, string>> = {}): RawAnswer =>
  answer(status, `${text}\n`, { ...headers, "content-type": "text/plain; charset=utf-8" });
