/** protobuf-fields: walks a message of Protocol Buffers field by field, for messages whose definition we know by heart. Unknown fields
 *  are skipped; a message that reaches over its end throws, and the caller says what it was. */
import protobuf from "protobufjs/minimal.js";

export type ProtobufReader = protobuf.Reader;

/** What to do with each field, by its number. A nested message, text or packed list gets its own end. */
export type Taking = Readonly<Record<number, (end: number, wireType: number) => void>>;

export const readerOf = (bytes: Uint8Array): ProtobufReader => protobuf.Reader.create(bytes);

export function eachField(reader: ProtobufReader, end: number, taking: Taking): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    const take = taking[tag >>> 3];
    if (take === undefined) reader.skipType(wireType);
    else if (wireType === 2) {
      const innerEnd = reader.uint32() + reader.pos;
      if (innerEnd > end) throw new RangeError("a field reaches over the end of its message");
      take(innerEnd, wireType);
      reader.pos = innerEnd;
    } else take(end, wireType);
  }
}

export const textUntil = (reader: ProtobufReader, end: number): string =>
  Buffer.from(reader.buf.subarray(reader.pos, end)).toString("utf8");

/** A repeated number, which comes one by one or packed. */
export function eachNumber(
  reader: ProtobufReader,
  field: { readonly end: number; readonly wireType: number },
  read: () => void,
): void {
  if (field.wireType !== 2) read();
  else while (reader.pos < field.end) read();
}

type Long = number | { readonly low: number; readonly high: number };

/** 64 bits, signed, as the nearest number. */
export const signedNumber = (value: Long): number =>
  typeof value === "number" ? value : value.high * 2 ** 32 + (value.low >>> 0);

export const unsignedNumber = (value: Long): number =>
  typeof value === "number" ? value : (value.high >>> 0) * 2 ** 32 + (value.low >>> 0);

/** Times in nanoseconds as milliseconds, without going through a number that cannot hold them. */
export const nanosToMs = (value: Long): number =>
  typeof value === "number"
    ? Math.floor(value / 1e6)
    : Number(((BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0)) / 1_000_000n);
