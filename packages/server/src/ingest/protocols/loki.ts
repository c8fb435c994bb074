/** loki: the push interface of Loki, as JSON and as snappy-packed protobuf, which some clients send without saying that it is packed.
 *  Each line becomes one JSON record with its labels, its time in nanoseconds and its structured metadata. */
import protobuf from "protobufjs/minimal.js";
import type { AppError } from "../../platform/errors/index.ts";
import type { RawAnswer } from "../raw-answer.ts";
import { BODY_LIMITS } from "../request-body.ts";
import { unpackSnappy } from "../snappy.ts";
import { parseLabels } from "./loki-labels.ts";
import { answer, inWords, type ProtocolCall, type ProtocolDoor, type ProtocolEndpoint } from "./protocol.ts";

export interface LokiEntry {
  readonly stream: Readonly<Record<string, string>>;
  /** Nanoseconds since the epoch, digits. */
  readonly ts: string;
  readonly line: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

type Read = { readonly ok: true; readonly entries: LokiEntry[] } | { readonly ok: false; readonly reason: string };

export function createLoki(door: ProtocolDoor): ProtocolEndpoint[] {
  async function push(call: ProtocolCall): Promise<RawAnswer> {
    const source = door.sourceOf(call);
    return door.withBody(source, call, async (body) => {
      const type = String(call.request.headers["content-type"] ?? "");
      const read = type.includes("json") ? readJson(body) : readProtobuf(body);
      if (!read.ok) return plain(400, read.reason);
      const texts = read.entries.map((entry) => Buffer.from(JSON.stringify(entry)));
      const records = texts.filter((text) => text.length <= door.recordBytes);
      await door.append(source, call, records);
      const over = texts.length - records.length;
      door.reject(source, over, "too-large");
      return over === 0
        ? { status: 204, headers: {}, body: "" }
        : plain(
            400,
            `${over} entries were too long (over ${door.recordBytes} bytes) and were not taken; the others were`,
          );
    });
  }

  const handle = (call: ProtocolCall): Promise<RawAnswer> => inWords(() => push(call), refuse);
  return [
    { methods: ["POST"], paths: ["/loki/api/v1/push"], handle },
    { methods: ["GET"], paths: ["/loki/ready"], handle: async () => plain(200, "ready") },
  ];
}

const refuse = (refusal: AppError): RawAnswer => plain(refusal.status, refusal.message);

const plain = (status: number, text: string): RawAnswer =>
  answer(status, `${text}\n`, { "content-type": "text/plain; charset=utf-8" });

function readJson(body: Buffer): Read {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    return { ok: false, reason: "the body is not JSON" };
  }
  const streams = isRecord(value) ? value["streams"] : undefined;
  if (!Array.isArray(streams)) return { ok: false, reason: 'the body has no "streams"' };
  const entries: LokiEntry[] = [];
  for (const stream of streams.filter(isRecord)) {
    const labels = texts(stream["stream"]);
    const values = stream["values"];
    for (const entry of Array.isArray(values) ? values : []) {
      if (!Array.isArray(entry) || typeof entry[1] !== "string")
        return { ok: false, reason: "an entry is not [time, line]" };
      const metadata = texts(entry[2]);
      const more = Object.keys(metadata).length === 0 ? {} : { metadata };
      entries.push({ stream: labels, ts: String(entry[0]), line: entry[1], ...more });
    }
  }
  return { ok: true, entries };
}

function readProtobuf(body: Buffer): Read {
  const bytes = unpacked(body);
  if (bytes === undefined) return { ok: false, reason: "the body is neither a push request nor one packed by snappy" };
  try {
    return { ok: true, entries: readPush(bytes) };
  } catch {
    return { ok: false, reason: "the body is not a push request" };
  }
}

/** A push request begins with field 1, so its first byte is 10; a snappy block begins with its unpacked length. */
function unpacked(body: Buffer): Uint8Array | undefined {
  const bytes = unpackSnappy(body, BODY_LIMITS.bytes);
  if (bytes !== undefined && (bytes.length === 0 || bytes[0] === 10)) return bytes;
  return body[0] === 10 ? body : undefined;
}

/** PushRequest{1: StreamAdapter{1: labels, 2: EntryAdapter{1: Timestamp{1: s, 2: ns}, 2: line, 3: LabelPairAdapter{1, 2}}}}. */
function readPush(bytes: Uint8Array): LokiEntry[] {
  const reader = protobuf.Reader.create(bytes);
  const entries: LokiEntry[] = [];
  message(reader, reader.len, {
    1: (end) => {
      let stream: Record<string, string> = {};
      const lines: Omit<LokiEntry, "stream">[] = [];
      message(reader, end, {
        1: (to) => {
          stream = parseLabels(textTo(to));
        },
        2: (to) => void lines.push(entry(to)),
      });
      for (const line of lines) entries.push({ stream, ...line });
    },
  });
  return entries;

  function entry(end: number): Omit<LokiEntry, "stream"> {
    let [seconds, nanos, line] = [0n, 0, ""];
    const metadata: Record<string, string> = {};
    message(reader, end, {
      1: (to) =>
        message(reader, to, {
          1: () => {
            seconds = BigInt(String(reader.int64()));
          },
          2: () => {
            nanos = reader.int32();
          },
        }),
      2: (to) => {
        line = textTo(to);
      },
      3: (to) => {
        let [name, value] = ["", ""];
        message(reader, to, {
          1: (nameEnd) => {
            name = textTo(nameEnd);
          },
          2: (valueEnd) => {
            value = textTo(valueEnd);
          },
        });
        Object.defineProperty(metadata, name, { value, enumerable: true, configurable: true, writable: true });
      },
    });
    const ts = String(seconds * 1_000_000_000n + BigInt(nanos));
    return Object.keys(metadata).length === 0 ? { ts, line } : { ts, line, metadata };
  }

  function textTo(end: number): string {
    return Buffer.from(reader.buf.subarray(reader.pos, end)).toString("utf8");
  }
}

function message(reader: protobuf.Reader, end: number, taking: Readonly<Record<number, (end: number) => void>>): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    const take = taking[tag >>> 3];
    if (take === undefined) reader.skipType(tag & 7);
    else if ((tag & 7) === 2) {
      const to = reader.uint32() + reader.pos;
      if (to > end) throw new RangeError("a field reaches over the end of its message");
      take(to);
      reader.pos = to;
    } else take(end);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const texts = (value: unknown): Record<string, string> =>
  isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)])) : {};
