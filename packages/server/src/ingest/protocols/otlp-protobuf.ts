/** otlp-protobuf: an export request of OpenTelemetry logs in its binary form, read field by field as the protocol numbers them
 *  (opentelemetry/proto/logs/v1). Unknown fields are skipped; a broken message is a reason, never an exception. */
import protobuf from "protobufjs/minimal.js";
import type { Around, OtlpRead, OtlpRecord } from "./otlp.ts";
import { exact } from "./otlp-json.ts";

const { Reader, Writer } = protobuf;
export type Reader = protobuf.Reader;

export function readProtobufLogs(body: Buffer): OtlpRead {
  return readProtobufExport(body, "ExportLogsServiceRequest", readRecord);
}

/** Every item of an export request, whatever it carries: all of them number their levels alike. */
export function readProtobufExport<T extends Around>(
  body: Buffer,
  message: string,
  of: (reader: Reader, end: number) => T,
): { readonly ok: true; readonly records: T[] } | { readonly ok: false; readonly reason: string } {
  const records: T[] = [];
  try {
    fields(Reader.create(body), body.length, {
      1: (reader, end) => readResource(reader, end, { into: records, of }),
    });
  } catch (error) {
    return { ok: false, reason: `the body is not an ${message}: ${String(error).slice(0, 200)}` };
  }
  return { ok: true, records };
}

/** Any of the Export…ServiceResponses; empty when all was taken. */
export function encodePartialSuccess(rejected: number, message: string): Uint8Array {
  const writer = Writer.create();
  if (rejected === 0) return writer.finish();
  return writer.uint32(10).fork().uint32(8).int64(rejected).uint32(18).string(message).ldelim().finish();
}

/** google.rpc.Status. */
export function encodeStatus({ code, message }: { readonly code: number; readonly message: string }): Uint8Array {
  return Writer.create().uint32(8).int32(code).uint32(18).string(message).finish();
}

type Taking = Readonly<Record<number, (reader: Reader, end: number, wireType: number) => void>>;

/** Reads a message up to `end`. A handler of a nested message gets its own end; of anything else it reads the value. */
export function fields(reader: Reader, end: number, taking: Taking): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    const take = taking[tag >>> 3];
    if (take === undefined) reader.skipType(wireType);
    else if (wireType === 2) {
      const length = reader.uint32();
      const innerEnd = reader.pos + length;
      if (innerEnd > end) throw new RangeError("a field reaches over the end of its message");
      take(reader, innerEnd, wireType);
      reader.pos = innerEnd;
    } else take(reader, end, wireType);
  }
}

export const textTo = (reader: Reader, end: number): string =>
  Buffer.from(reader.buf.subarray(reader.pos, end)).toString("utf8");
export const hexTo = (reader: Reader, end: number): string =>
  Buffer.from(reader.buf.subarray(reader.pos, end)).toString("hex");

interface Items<T> {
  readonly into: T[];
  readonly of: (reader: Reader, end: number) => T;
}

function readResource<T extends Around>(reader: Reader, end: number, items: Items<T>): void {
  const { into } = items;
  const resource: Record<string, unknown> = {};
  const first = into.length;
  fields(reader, end, {
    1: (inner, innerEnd) =>
      fields(inner, innerEnd, { 1: (pair, pairEnd) => readPair(pair, pairEnd, { into: resource, depth: 0 }) }),
    2: (inner, innerEnd) => readScope(inner, innerEnd, items),
  });
  // The resource may stand behind its records.
  for (let at = first; at < into.length; at += 1) {
    const record = into[at];
    if (record !== undefined) into[at] = { ...record, resource };
  }
}

function readScope<T extends Around>(reader: Reader, end: number, { into, of }: Items<T>): void {
  const scope = { name: "", version: "" };
  const first = into.length;
  fields(reader, end, {
    1: (inner, innerEnd) =>
      fields(inner, innerEnd, {
        1: (value, valueEnd) => void (scope.name = textTo(value, valueEnd)),
        2: (value, valueEnd) => void (scope.version = textTo(value, valueEnd)),
      }),
    2: (inner, innerEnd) => into.push(of(inner, innerEnd)),
  });
  for (let at = first; at < into.length; at += 1) {
    const record = into[at];
    if (record !== undefined) into[at] = { ...record, scope };
  }
}

function readRecord(reader: Reader, end: number): OtlpRecord {
  const attributes: Record<string, unknown> = {};
  const record = {
    timeUnixNano: "",
    observedTimeUnixNano: "",
    severityNumber: 0,
    severityText: "",
    body: undefined as unknown,
    attributes,
    resource: {},
    scope: { name: "", version: "" },
    traceId: "",
    spanId: "",
    eventName: "",
  };
  fields(reader, end, {
    1: (value) => void (record.timeUnixNano = unsigned(value.fixed64())),
    2: (value) => void (record.severityNumber = value.int32()),
    3: (value, valueEnd) => void (record.severityText = textTo(value, valueEnd)),
    5: (value, valueEnd) => void (record.body = readAny(value, valueEnd, 0)),
    6: (value, valueEnd) => readPair(value, valueEnd, { into: attributes, depth: 0 }),
    9: (value, valueEnd) => void (record.traceId = hexTo(value, valueEnd)),
    10: (value, valueEnd) => void (record.spanId = hexTo(value, valueEnd)),
    11: (value) => void (record.observedTimeUnixNano = unsigned(value.fixed64())),
    12: (value, valueEnd) => void (record.eventName = textTo(value, valueEnd)),
  });
  return record;
}

interface Pairs {
  readonly into: Record<string, unknown>;
  readonly depth: number;
}

/** A KeyValue, into an object of its own names. */
export function readPair(reader: Reader, end: number, { into, depth }: Pairs): void {
  let key = "";
  let value: unknown;
  fields(reader, end, {
    1: (inner, innerEnd) => void (key = textTo(inner, innerEnd)),
    2: (inner, innerEnd) => void (value = readAny(inner, innerEnd, depth + 1)),
  });
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

const DEEPEST = 32;

function readAny(reader: Reader, end: number, depth: number): unknown {
  if (depth > DEEPEST) return undefined;
  let value: unknown;
  fields(reader, end, {
    1: (inner, innerEnd) => void (value = textTo(inner, innerEnd)),
    2: (inner) => void (value = inner.bool()),
    3: (inner) => void (value = exact(signed(inner.int64()))),
    4: (inner) => void (value = inner.double()),
    5: (inner, innerEnd) => {
      const list: unknown[] = [];
      fields(inner, innerEnd, { 1: (item, itemEnd) => void list.push(readAny(item, itemEnd, depth + 1)) });
      value = list;
    },
    6: (inner, innerEnd) => {
      const pairs: Record<string, unknown> = {};
      fields(inner, innerEnd, { 1: (item, itemEnd) => readPair(item, itemEnd, { into: pairs, depth: depth + 1 }) });
      value = pairs;
    },
    7: (inner, innerEnd) => void (value = Buffer.from(inner.buf.subarray(inner.pos, innerEnd)).toString("base64")),
  });
  return value;
}

type Long = number | { readonly low: number; readonly high: number };

export const unsigned = (value: Long): string => {
  const number =
    typeof value === "number" ? BigInt(value) : (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
  return number === 0n ? "" : String(number);
};

const signed = (value: Long): string =>
  typeof value === "number"
    ? String(value)
    : String(BigInt.asIntN(64, (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0)));
