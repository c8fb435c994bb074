/** fluent-messages: the four forms in which Fluentd and Fluent Bit forward events (message, forward, packed, compressed), read into
 *  records: one JSON object an event, with its tag and time beside what it says. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { createMsgpackScanner, MsgpackExtension, type MsgpackValue, readMsgpack } from "./msgpack.ts";

export interface FluentLimits {
  /** Unpacked bytes of one message. */
  readonly messageBytes: number;
  readonly recordBytes: number;
}

export type FluentRead =
  | {
      readonly ok: true;
      readonly records: Buffer[];
      /** Entries that are no events, or too large even for quarantine. */
      readonly unreadable: number;
      readonly large: number;
      /** What to acknowledge; undefined when the sender does not ask for it. */
      readonly chunk: string | undefined;
    }
  | { readonly ok: false; readonly reason: string };

export async function readFluentMessage(message: MsgpackValue, limits: FluentLimits): Promise<FluentRead> {
  if (!Array.isArray(message)) return { ok: false, reason: "a message is not a list" };
  const [tag, second, third, fourth] = message as readonly MsgpackValue[];
  if (typeof tag !== "string") return { ok: false, reason: "a message has no tag" };
  const single = isTime(second);
  const option = single ? fourth : third;
  const chunk = textIn(option, "chunk");
  if (single) return { ...written(tag, [[second, third ?? null]], limits), chunk };
  if (Array.isArray(second)) return { ...written(tag, second, limits), chunk };
  const packed = Buffer.isBuffer(second) ? second : typeof second === "string" ? Buffer.from(second, "latin1") : null;
  if (packed === null) return { ok: false, reason: "a message holds neither a time nor entries" };
  const entries = await unpack(packed, textIn(option, "compressed"), limits);
  return entries.ok ? { ...written(tag, entries.entries, limits), chunk } : entries;
}

const unzip = promisify(gunzip);

type Unpacked =
  | { readonly ok: true; readonly entries: MsgpackValue[] }
  | { readonly ok: false; readonly reason: string };

async function unpack(packed: Buffer, compressed: string | undefined, limits: FluentLimits): Promise<Unpacked> {
  let rest = packed;
  if (compressed !== undefined && compressed !== "text") {
    if (compressed !== "gzip")
      return { ok: false, reason: `the compression "${compressed.slice(0, 40)}" is not known` };
    try {
      rest = await unzip(packed, { maxOutputLength: limits.messageBytes });
    } catch (error) {
      return { ok: false, reason: `the entries cannot be unpacked: ${String(error).slice(0, 100)}` };
    }
  }
  const entries: MsgpackValue[] = [];
  const scanner = createMsgpackScanner();
  while (rest.length > 0) {
    const end = scanner.scan(rest);
    if (end === "more" || end === "bad") return { ok: false, reason: "the packed entries are broken off or damaged" };
    entries.push(readMsgpack(rest).value);
    rest = rest.subarray(end);
  }
  return { ok: true, entries };
}

function written(tag: string, entries: readonly MsgpackValue[], limits: FluentLimits) {
  const records: Buffer[] = [];
  let [unreadable, large] = [0, 0];
  const head = `{"tag":${JSON.stringify(tag)},"time":"`;
  for (const entry of entries) {
    const [stamp, record] = Array.isArray(entry) ? (entry as readonly MsgpackValue[]) : [];
    // Fluent Bit 2 puts metadata beside the time.
    const [time, metadata] = Array.isArray(stamp) ? (stamp as readonly MsgpackValue[]) : [stamp];
    if (!isTime(time) || !(record instanceof Map)) {
      unreadable += 1;
      continue;
    }
    const beside = metadata instanceof Map && metadata.size > 0 ? `,"metadata":${jsonOf(metadata)}` : "";
    const text = Buffer.from(`${head}${timeText(time)}"${beside},"record":${jsonOf(record)}}`);
    if (text.length <= limits.recordBytes) records.push(text);
    else large += 1;
  }
  return { ok: true as const, records, unreadable, large };
}

type Time = number | bigint | MsgpackExtension;

const EVENT_TIME = 0;

const isTime = (value: MsgpackValue | undefined): value is Time =>
  typeof value === "number" ||
  typeof value === "bigint" ||
  (value instanceof MsgpackExtension && value.type === EVENT_TIME && value.data.length === 8);

/** Seconds, with nanoseconds when the sender has them. */
function timeText(time: Time): string {
  if (!(time instanceof MsgpackExtension)) return String(time);
  return `${time.data.readUInt32BE(0)}.${String(time.data.readUInt32BE(4)).padStart(9, "0")}`;
}

function textIn(option: MsgpackValue | undefined, name: string): string | undefined {
  const value = option instanceof Map ? (option as ReadonlyMap<string, MsgpackValue>).get(name) : undefined;
  return typeof value === "string" ? value : Buffer.isBuffer(value) ? value.toString("latin1") : undefined;
}

/** Written by hand, since JSON has no word for numbers beyond 2^53 and no field may become a prototype. */
function jsonOf(value: MsgpackValue): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : JSON.stringify(String(value));
  if (typeof value === "bigint" || typeof value === "boolean" || value === null) return String(value);
  if (Buffer.isBuffer(value)) return JSON.stringify(bytesText(value));
  if (value instanceof MsgpackExtension) return extensionText(value);
  if (value instanceof Map)
    return `{${[...(value as ReadonlyMap<string, MsgpackValue>)].map(([name, inner]) => `${JSON.stringify(name)}:${jsonOf(inner)}`).join(",")}}`;
  return `[${(value as readonly MsgpackValue[]).map(jsonOf).join(",")}]`;
}

function extensionText(extension: MsgpackExtension): string {
  const value: MsgpackValue = extension;
  return JSON.stringify(isTime(value) ? timeText(value) : extension.data.toString("base64"));
}

/** Old senders write text as bytes. */
function bytesText(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return text.includes("\ufffd") ? bytes.toString("base64") : text;
}
