/** frame: the bytes of one append: a header with two checksums, the envelope, then the records with their lengths.
 *  The header has its own checksum, so lengths can be trusted without reading the records. Both checksums are seeded with a
 *  number that only this spool knows: a record that imitates a frame cannot pass for one when the reader looks for the next. */
import { crc32 } from "node:zlib";

/** What is the same for all records of a frame. Short names: it is written once per append. */
export interface Envelope {
  /** Source id. */
  readonly source: string;
  /** Kind of the source: it decides how a record is read. */
  readonly kind: string;
  /** When the last byte of the append arrived, milliseconds since the epoch. */
  readonly receivedMs: number;
  /** Address of the sender, "" for files. */
  readonly peer: string;
  /** Sent for an exercise: what it says of hosts and users is not what is there. */
  readonly exercise?: true;
  /** Import run and file, and the place of the first record in that file. */
  readonly file?: { readonly run: string; readonly id: string; readonly first: number };
}

export interface FrameHeader {
  readonly segment: number;
  /** Ordinal in the segment of the first record. */
  readonly firstOrdinal: number;
  readonly count: number;
  readonly payloadLength: number;
  readonly payloadCrc: number;
  /** Bytes of this segment that were known to be on disk when the frame was written: damage below is loss, damage above a torn tail. */
  readonly syncedTo: number;
  readonly envelopeLength: number;
}

export const FRAME_HEADER_BYTES = 40;
/** Bytes a record costs beside its own. */
export const RECORD_PREFIX_BYTES = 4;
const MAGIC = 0x31464648; // "HFF1" in the file
export const MAGIC_BYTES: Uint8Array = Uint8Array.of(0x48, 0x46, 0x46, 0x31);

export interface Payload {
  readonly bytes: Buffer;
  readonly crc: number;
  readonly count: number;
  readonly envelopeLength: number;
}

/** The part of a frame that does not depend on its place; copies the records, so the caller may reuse its buffers. */
export function encodePayload(envelope: Envelope, records: readonly Uint8Array[], seed: number): Payload {
  const head = Buffer.from(JSON.stringify(envelope));
  let size = head.length;
  for (const record of records) size += RECORD_PREFIX_BYTES + record.length;
  const bytes = Buffer.allocUnsafe(size);
  bytes.set(head, 0);
  let at = head.length;
  for (const record of records) {
    bytes.writeUInt32LE(record.length, at);
    bytes.set(record, at + RECORD_PREFIX_BYTES);
    at += RECORD_PREFIX_BYTES + record.length;
  }
  return { bytes, crc: crc32(bytes, seed), count: records.length, envelopeLength: head.length };
}

export function encodeHeader(header: FrameHeader, seed: number): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(header.segment, 8);
  bytes.writeUInt32LE(header.firstOrdinal, 12);
  bytes.writeUInt32LE(header.count, 16);
  bytes.writeUInt32LE(header.payloadLength, 20);
  bytes.writeUInt32LE(header.payloadCrc, 24);
  bytes.writeUInt32LE(header.syncedTo, 28);
  bytes.writeUInt32LE(header.envelopeLength, 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(8), seed), 4);
  return bytes;
}

/** The header at an offset, or undefined when the bytes there are not one. */
export function decodeHeader(bytes: Buffer, at: number, seed: number): FrameHeader | undefined {
  if (at + FRAME_HEADER_BYTES > bytes.length || bytes.readUInt32LE(at) !== MAGIC) return undefined;
  if (bytes.readUInt32LE(at + 4) !== crc32(bytes.subarray(at + 8, at + FRAME_HEADER_BYTES), seed)) return undefined;
  return {
    segment: bytes.readUInt32LE(at + 8),
    firstOrdinal: bytes.readUInt32LE(at + 12),
    count: bytes.readUInt32LE(at + 16),
    payloadLength: bytes.readUInt32LE(at + 20),
    payloadCrc: bytes.readUInt32LE(at + 24),
    syncedTo: bytes.readUInt32LE(at + 28),
    envelopeLength: bytes.readUInt32LE(at + 32),
  };
}

export function payloadIsWhole(payload: Buffer, header: FrameHeader, seed: number): boolean {
  return payload.length === header.payloadLength && crc32(payload, seed) === header.payloadCrc;
}

/** Written by us and covered by a checksum, so its shape is not looked at again. */
export function decodeEnvelope(bytes: Buffer): Envelope {
  return JSON.parse(bytes.toString("utf8")) as Envelope;
}

/** The records of a payload whose checksum was right; views, not copies. */
export function* recordsOf(payload: Buffer, header: FrameHeader): Generator<Buffer> {
  let at = header.envelopeLength;
  for (let index = 0; index < header.count; index += 1) {
    const length = payload.readUInt32LE(at);
    at += RECORD_PREFIX_BYTES;
    yield payload.subarray(at, at + length);
    at += length;
  }
}
