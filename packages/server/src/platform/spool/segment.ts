/** segment: one spool file: its name, its header, and the walk over its frames, which steps over damage and says where it was.
 *  The walk reads headers through a small window and leaves the records alone, so planning a block does not read it. */
import { crc32 } from "node:zlib";
import type { SpoolFile } from "./disk.ts";
import {
  decodeHeader,
  type Envelope,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  MAGIC_BYTES,
  payloadIsWhole,
} from "./frame.ts";
import { EnvelopeReader } from "./envelope-reader.ts";

export const SEGMENT_HEADER_BYTES = 64;
const MAGIC = "HFSPOOL\n";
const VERSION = 1;

export interface SegmentHeader {
  readonly segment: number;
  /** 32 hex digits, the same in all segments of a spool. */
  readonly spool: string;
}

/** A run of bytes that holds no readable frame. */
export interface Damage {
  readonly segment: number;
  readonly from: number;
  readonly to: number;
}

export interface FramePlace extends FrameHeader {
  /** Offset of the frame's header in the segment. */
  readonly offset: number;
  /** Offset after its last byte. */
  readonly end: number;
  readonly envelope: Envelope;
}

export type Step = { readonly frame: FramePlace } | { readonly damage: Damage } | undefined;

export const segmentName = (segment: number): string => `${String(segment).padStart(10, "0")}.seg`;

export function segmentOf(name: string): number | undefined {
  const found = /^([0-9]{10})\.seg$/.exec(name)?.[1];
  return found === undefined ? undefined : Number(found);
}

export const seedOf = (spool: string): number => crc32(Buffer.from(spool, "hex"));

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  bytes.write(MAGIC, 0, "latin1");
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeUInt32LE(header.segment, 12);
  bytes.write(header.spool, 16, "hex");
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 32)), 32);
  return bytes;
}

/** The header, "foreign" for a file of another version, or undefined when it is damaged or was never written. */
export async function readSegmentHeader(file: SpoolFile): Promise<SegmentHeader | "foreign" | undefined> {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  const length = await file.read(bytes, 0);
  if (length < 36 || crc32(bytes.subarray(0, 32)) !== bytes.readUInt32LE(32)) return undefined;
  if (bytes.toString("latin1", 0, 8) !== MAGIC || bytes.readUInt32LE(8) !== VERSION) return "foreign";
  return { segment: bytes.readUInt32LE(12), spool: bytes.toString("hex", 16, 32) };
}

export interface Walk {
  readonly file: SpoolFile;
  readonly segment: number;
  readonly seed: number;
  /** Where reading stops: the durable end of a segment that is being written, the size of the others. */
  readonly limit: number;
  /** Bytes read at once: little for headers only, much when the records are looked at too. */
  readonly windowBytes?: number;
}

const WINDOW_BYTES = 64 * 1024;

/** Steps from frame to frame. `next()` answers a frame, a damaged stretch, or undefined at the end. */
export class SegmentWalker {
  readonly #walk: Walk;
  #offset: number;
  readonly #windowBytes: number;
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;
  readonly #envelopes = new EnvelopeReader();

  constructor(walk: Walk, offset: number) {
    this.#walk = walk;
    this.#windowBytes = walk.windowBytes ?? WINDOW_BYTES;
    this.#offset = Math.max(offset, SEGMENT_HEADER_BYTES);
  }

  get offset(): number {
    return this.#offset;
  }

  /** The next frame when its head is already in memory; undefined when the file must be read or looks damaged: then `next`
   *  says which. A spool of small frames has millions of them, and one promise each would be most of a start. */
  nextRead(): { readonly frame: FramePlace } | undefined {
    const { limit, segment, seed } = this.#walk;
    const offset = this.#offset;
    const at = offset - this.#windowAt;
    const held = this.#window.length;
    if (at < 0 || at + FRAME_HEADER_BYTES > held || offset + FRAME_HEADER_BYTES > limit) return undefined;
    const header = decodeHeader(this.#window, at, seed);
    if (header === undefined || header.segment !== segment || header.envelopeLength === 0) return undefined;
    const { envelopeLength, payloadLength } = header;
    const start = at + FRAME_HEADER_BYTES;
    const end = offset + FRAME_HEADER_BYTES + payloadLength;
    if (start + envelopeLength > held || envelopeLength > payloadLength || end > limit) return undefined;
    const envelope = this.#envelopes.read(this.#window.subarray(start, start + envelopeLength));
    if (envelope === undefined) return undefined;
    this.#offset = end;
    return { frame: { ...header, offset, end, envelope } };
  }

  async next(): Promise<Step> {
    const { limit, segment } = this.#walk;
    const from = this.#offset;
    if (from >= limit) return undefined;
    const frame = await this.#frameAt(from);
    if (frame !== undefined) {
      this.#offset = frame.end;
      return { frame };
    }
    const next = await this.#findFrame(from + 1);
    this.#offset = next;
    return { damage: { segment, from, to: next } };
  }

  /** Reads the records as well and answers whether their checksum is right. */
  async isWhole(frame: FramePlace): Promise<boolean> {
    const payload = await this.#bytes(frame.offset + FRAME_HEADER_BYTES, frame.payloadLength);
    return payloadIsWhole(payload, frame, this.#walk.seed);
  }

  /** A frame whose header is right and whose bytes are all there; its records are not checked. */
  async #frameAt(offset: number): Promise<FramePlace | undefined> {
    const { limit, segment, seed } = this.#walk;
    if (offset + FRAME_HEADER_BYTES > limit) return undefined;
    const header = decodeHeader(await this.#bytes(offset, FRAME_HEADER_BYTES), 0, seed);
    if (header === undefined || header.segment !== segment) return undefined;
    const end = offset + FRAME_HEADER_BYTES + header.payloadLength;
    if (end > limit || header.envelopeLength > header.payloadLength) return undefined;
    if (header.envelopeLength === 0)
      return header.count === 0 ? { ...header, offset, end, envelope: NOBODY } : undefined;
    const envelope = this.#envelopes.read(await this.#bytes(offset + FRAME_HEADER_BYTES, header.envelopeLength));
    return envelope === undefined ? undefined : { ...header, offset, end, envelope };
  }

  async #findFrame(from: number): Promise<number> {
    const { limit } = this.#walk;
    for (let at = from; at < limit; ) {
      const bytes = await this.#bytes(at, Math.min(this.#windowBytes, limit - at));
      const found = bytes.indexOf(MAGIC_BYTES);
      if (found < 0) at += Math.max(1, bytes.length - MAGIC_BYTES.length + 1);
      else if ((await this.#frameAt(at + found)) !== undefined) return at + found;
      else at += found + 1;
    }
    return limit;
  }

  async #bytes(offset: number, length: number): Promise<Buffer> {
    const start = offset - this.#windowAt;
    if (start >= 0 && start + length <= this.#window.length) return this.#window.subarray(start, start + length);
    const window = Buffer.allocUnsafe(Math.min(Math.max(this.#windowBytes, length), this.#walk.limit - offset));
    const filled = await this.#walk.file.read(window, offset);
    this.#window = window.subarray(0, filled);
    this.#windowAt = offset;
    return this.#window.subarray(0, length);
  }
}

/** Envelope of a filler: a frame without records that covers a stretch nobody was told about. */
const NOBODY: Envelope = { source: "", kind: "", receivedMs: 0, peer: "" };
