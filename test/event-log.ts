/**
 * event-log: Windows event log files that tests build byte by byte, with valid checksums and hashes, so that a test can
 * hold exactly the structure it is about. Names are always written in place.
 */
import { crc32 } from "node:zlib";

export interface LogValue {
  readonly type: number;
  readonly bytes: Uint8Array;
}

export const FILE_HEADER = 4096;
export const CHUNK = 65_536;
export const RECORDS = 512;
export const WRITTEN = 133_000_000_012_345_678n;

export const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");
export const u16 = (value: number): Buffer => Buffer.from([value & 255, (value >> 8) & 255]);
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
export function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

/** Writes Binary XML at the current position of a chunk. */
export class LogWriter {
  readonly bytes = Buffer.alloc(CHUNK);
  at = RECORDS;

  put(...parts: readonly (Uint8Array | number)[]): this {
    for (const part of parts) {
      const bytes = typeof part === "number" ? Buffer.from([part]) : part;
      this.bytes.set(bytes, this.at);
      this.at += bytes.length;
    }
    return this;
  }

  name(text: string): this {
    return this.put(u32(this.at + 4), u32(0), u16(nameHash(text)), u16(text.length), utf16(text), u16(0));
  }

  /** Opens an element; `bare` elements lack the dependency number. */
  open(name: string, given: { attributes?: () => void; bare?: boolean } = {}): this {
    this.put(given.attributes ? 0x41 : 0x01);
    if (given.bare !== true) this.put(u16(0xffff));
    this.put(u32(0)).name(name);
    if (given.attributes) {
      this.put(u32(0));
      given.attributes();
    }
    return this.put(0x02);
  }

  attribute(name: string, value: () => void): void {
    this.put(0x06).name(name);
    value();
  }

  text(text: string): this {
    return this.put(0x05, 0x01, u16(text.length), utf16(text));
  }

  substitution(index: number, type: number, optional = false): this {
    return this.put(optional ? 0x0e : 0x0d, u16(index), type);
  }

  /** An instance of a template that is defined in it. Answers the definition's offset. */
  template(body: () => void, values: readonly LogValue[], id = 0x51a7): number {
    this.put(0x0f, 1, 1, 0, 0x0c, 1, u32(id), u32(this.at + 14));
    const definition = this.at;
    this.put(u32(0), u32(id), Buffer.alloc(12), u32(0), 0x0f, 1, 1, 0);
    body();
    this.put(0x00);
    this.bytes.writeUInt32LE(this.at - definition - 24, definition + 20);
    this.values(values);
    return definition;
  }

  /** An instance of a template that is defined elsewhere. */
  use(definition: number, values: readonly LogValue[], id = 0x51a7): this {
    return this.put(0x0f, 1, 1, 0, 0x0c, 1, u32(id), u32(definition)).values(values);
  }

  values(values: readonly LogValue[]): this {
    this.put(u32(values.length));
    for (const { type, bytes } of values) this.put(u16(bytes.length), type, 0);
    return this.put(...values.map(({ bytes }) => bytes));
  }

  /** Answers the record's offset in the chunk. */
  record(id: bigint, body: () => void): number {
    const start = this.at;
    this.put(u32(0x2a2a), u32(0), u64(id), u64(WRITTEN + id));
    body();
    const size = (this.at + 4 - start + 7) & ~7;
    this.at = start + size - 4;
    this.put(u32(size));
    this.bytes.writeUInt32LE(size, start + 4);
    return start;
  }

  /** @param free end of the live records */
  chunk(free = this.at): Buffer {
    const bytes = Buffer.from(this.bytes);
    bytes.write("ElfChnk\0", "latin1");
    bytes.writeUInt32LE(free, 48);
    return bytes;
  }

  file(free = this.at): Buffer {
    return logFile([this.chunk(free)]);
  }
}

export function logFile(chunks: readonly Buffer[], minorVersion = 1): Buffer {
  const header = Buffer.alloc(FILE_HEADER);
  header.write("ElfFile\0", "latin1");
  header.writeUInt16LE(minorVersion, 36);
  header.writeUInt16LE(3, 38);
  header.writeUInt16LE(chunks.length, 42);
  return sealed(Buffer.concat([header, ...chunks]));
}

/** The file with checksums that are true of it. */
export function sealed(file: Uint8Array): Buffer {
  const bytes = Buffer.from(file);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 120)), 124);
  for (let chunk = FILE_HEADER; chunk + CHUNK <= bytes.length; chunk += CHUNK) {
    if (bytes.toString("latin1", chunk, chunk + 7) !== "ElfChnk") continue;
    const free = bytes.readUInt32LE(chunk + 48);
    const end = free >= RECORDS && free <= CHUNK ? free : CHUNK;
    bytes.writeUInt32LE(crc32(bytes.subarray(chunk + RECORDS, chunk + end)), chunk + 52);
    const header = crc32(bytes.subarray(chunk + 128, chunk + RECORDS), crc32(bytes.subarray(chunk, chunk + 120)));
    bytes.writeUInt32LE(header, chunk + 124);
  }
  return bytes;
}

function nameHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 65_599) + text.charCodeAt(i)) >>> 0;
  return hash & 0xffff;
}
