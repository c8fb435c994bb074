/**
 * chunk-bytes: bounded reading inside one 64 KiB chunk. Every offset is relative to the chunk, as in the format itself; a
 * read outside of it throws Damage, which the reader turns into a reported problem.
 */
import { Damage } from "./damage.ts";
import type { Name, Names } from "./names.ts";

export class ChunkBytes {
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly names: Names;

  constructor(bytes: Uint8Array, names: Names) {
    this.bytes = bytes;
    this.size = bytes.length;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.names = names;
  }

  u8(offset: number): number {
    this.need(offset, 1);
    return this.bytes[offset] ?? 0;
  }

  u16(offset: number): number {
    this.need(offset, 2);
    return this.view.getUint16(offset, true);
  }

  u32(offset: number): number {
    this.need(offset, 4);
    return this.view.getUint32(offset, true);
  }

  u64(offset: number): bigint {
    this.need(offset, 8);
    return this.view.getBigUint64(offset, true);
  }

  /** Text that templates repeat: names and literals. */
  text(offset: number, units: number): Name {
    this.need(offset, units * 2);
    return this.names.of(this.bytes, offset, units);
  }

  /** A name record is link, hash, length, characters, terminator. One that was overwritten in part has another hash. */
  nameIsWhole(offset: number): boolean {
    if (offset + 8 > this.size) return false;
    const units = this.u16(offset + 6);
    if (offset + 10 + units * 2 > this.size) return false;
    let hash = 0;
    for (let i = 0; i < units; i++) {
      hash = (Math.imul(hash, 65_599) + this.view.getUint16(offset + 8 + i * 2, true)) >>> 0;
    }
    return (hash & 0xffff) === this.u16(offset + 4) && this.u16(offset + 8 + units * 2) === 0;
  }

  need(offset: number, count: number): void {
    if (offset < 0 || offset + count > this.size) throw new Damage("reads past the end of the chunk", offset);
  }
}
