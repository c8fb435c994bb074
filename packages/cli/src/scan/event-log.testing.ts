/** event-log.testing: Windows event logs written byte by byte: plain elements without templates, a chunk for every few records, all
 *  sizes and checksums right. */
import { crc32 } from "node:zlib";

export interface LoggedEvent {
  readonly id: number;
  readonly channel: string;
  readonly provider: string;
  readonly computer: string;
  /** ISO time. */
  readonly time: string;
  readonly data: Readonly<Record<string, string>>;
}

const CHUNK = 65_536;
const HEADER = 4_096;

/** Record ids count from 1. */
export function eventLog(events: readonly LoggedEvent[], perChunk = 5): Buffer {
  const header = Buffer.alloc(HEADER);
  header.write("ElfFile\0", "latin1");
  header.writeBigUInt64LE(BigInt(events.length + 1), 24);
  header.writeUInt32LE(128, 32);
  header.writeUInt16LE(1, 36);
  header.writeUInt16LE(3, 38);
  header.writeUInt16LE(HEADER, 40);
  header.writeUInt16LE(Math.ceil(events.length / perChunk), 42);
  header.writeUInt32LE(crc32(header.subarray(0, 120)), 124);
  const chunks: Buffer[] = [];
  for (let from = 0; from < events.length; from += perChunk) {
    const writer = new ChunkWriter();
    for (const [index, event] of events.slice(from, from + perChunk).entries()) writer.record(from + index + 1, event);
    chunks.push(writer.bytes());
  }
  return Buffer.concat([header, ...chunks]);
}

class ChunkWriter {
  private readonly chunk = Buffer.alloc(CHUNK);
  private at = 512;

  record(id: number, event: LoggedEvent): void {
    const start = this.at;
    this.u32(0x2a2a);
    this.u32(0);
    this.u64(BigInt(id));
    this.u64(133_000_000_012_345_678n);
    this.put(Buffer.from([0x0f, 1, 1, 0]));
    this.element("Event", {}, () => {
      this.element("System", {}, () => {
        this.element("Provider", { Name: event.provider }, () => {});
        this.element("EventID", {}, () => this.text(String(event.id)));
        this.element("TimeCreated", { SystemTime: event.time }, () => {});
        this.element("Channel", {}, () => this.text(event.channel));
        this.element("Computer", {}, () => this.text(event.computer));
      });
      this.element("EventData", {}, () => {
        for (const [name, value] of Object.entries(event.data))
          this.element("Data", { Name: name }, () => this.text(value));
      });
    });
    this.put(Buffer.from([0]));
    const size = (this.at + 4 - start + 7) & ~7;
    this.at = start + size - 4;
    this.u32(size);
    this.chunk.writeUInt32LE(size, start + 4);
  }

  bytes(): Buffer {
    this.chunk.write("ElfChnk\0", "latin1");
    this.chunk.writeUInt32LE(128, 40);
    this.chunk.writeUInt32LE(this.at, 48);
    this.chunk.writeUInt32LE(crc32(this.chunk.subarray(512, this.at)), 52);
    this.chunk.writeUInt32LE(crc32(this.chunk.subarray(128, 512), crc32(this.chunk.subarray(0, 120))), 124);
    return this.chunk;
  }

  private element(name: string, attributes: Readonly<Record<string, string>>, inside: () => void): void {
    const given = Object.entries(attributes);
    this.put(Buffer.from([given.length > 0 ? 0x41 : 0x01, 0xff, 0xff]));
    const size = this.sizeHere();
    this.name(name);
    if (given.length > 0) {
      const attributesSize = this.sizeHere();
      for (const [index, [key, value]] of given.entries()) {
        this.put(Buffer.from([index < given.length - 1 ? 0x46 : 0x06]));
        this.name(key);
        this.text(value);
      }
      attributesSize();
    }
    this.put(Buffer.from([0x02]));
    inside();
    this.put(Buffer.from([0x04]));
    size();
  }

  /** Room for the size of what follows, filled in when it is known. */
  private sizeHere(): () => void {
    const place = this.at;
    this.u32(0);
    return () => this.chunk.writeUInt32LE(this.at - place - 4, place);
  }

  private name(text: string): void {
    this.u32(this.at + 4);
    this.u32(0);
    this.u16(hashOf(text));
    this.u16(text.length);
    this.put(Buffer.from(text, "utf16le"));
    this.u16(0);
  }

  private text(text: string): void {
    this.put(Buffer.from([0x05, 0x01]));
    this.u16(text.length);
    this.put(Buffer.from(text, "utf16le"));
  }

  private put(bytes: Buffer): void {
    this.at += bytes.copy(this.chunk, this.at);
  }

  private u16(value: number): void {
    this.at = this.chunk.writeUInt16LE(value, this.at);
  }

  private u32(value: number): void {
    this.at = this.chunk.writeUInt32LE(value, this.at);
  }

  private u64(value: bigint): void {
    this.at = this.chunk.writeBigUInt64LE(value, this.at);
  }
}

/** The checksum that goes with a name. */
function hashOf(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i += 1) hash = (Math.imul(hash, 65_599) + name.charCodeAt(i)) | 0;
  return hash & 0xffff;
}
