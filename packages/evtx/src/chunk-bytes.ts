/**
 * chunk-bytes: bounded reading inside one 64 KiB chunk. Every offset is relative to the chunk, as in the format itself; a
 * read outside of it throws Damage, which the reader turns into a reported problem.
 */

/** Thrown inside the reader only; never leaves the package. */
export class Damage {
  readonly reason: string;
  readonly offset: number;
  constructor(reason: string, offset: number) {
    this.reason = reason;
    this.offset = offset;
  }
}

export class ChunkBytes {
  readonly size: number;
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  /** The chunk as UTF-16 units starting at even and at odd offsets, since strings may start at either. */
  private readonly even: Uint16Array;
  private odd: Uint16Array | undefined;
  private readonly names = new Map<number, string>();

  constructor(bytes: Uint8Array) {
    // A copy made by hand: `slice` of a Node Buffer would share memory that starts elsewhere.
    this.bytes = new Uint8Array(bytes.length);
    this.bytes.set(bytes);
    this.size = this.bytes.length;
    this.view = new DataView(this.bytes.buffer);
    this.even = new Uint16Array(this.bytes.buffer, 0, this.size >> 1);
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

  i8(offset: number): number {
    this.need(offset, 1);
    return this.view.getInt8(offset);
  }

  i16(offset: number): number {
    this.need(offset, 2);
    return this.view.getInt16(offset, true);
  }

  i32(offset: number): number {
    this.need(offset, 4);
    return this.view.getInt32(offset, true);
  }

  i64(offset: number): bigint {
    this.need(offset, 8);
    return this.view.getBigInt64(offset, true);
  }

  f32(offset: number): number {
    this.need(offset, 4);
    return this.view.getFloat32(offset, true);
  }

  f64(offset: number): number {
    this.need(offset, 8);
    return this.view.getFloat64(offset, true);
  }

  utf16(offset: number, characters: number): string {
    this.need(offset, characters * 2);
    const units = (offset & 1) === 0 ? this.even : this.oddUnits();
    const from = offset >> 1;
    if (characters <= 4096) return fromUnits(units.subarray(from, from + characters));
    let text = "";
    for (let at = 0; at < characters; at += 4096) {
      text += fromUnits(units.subarray(from + at, from + Math.min(at + 4096, characters)));
    }
    return text;
  }

  /** A name record: link, hash, length, characters. Names are shared by all records of the chunk. */
  name(offset: number): string {
    const known = this.names.get(offset);
    if (known !== undefined) return known;
    const name = this.utf16(offset + 8, this.u16(offset + 6));
    this.names.set(offset, name);
    return name;
  }

  nameSize(offset: number): number {
    return 10 + this.u16(offset + 6) * 2;
  }

  need(offset: number, count: number): void {
    if (offset < 0 || offset + count > this.size) throw new Damage("reads past the end of the chunk", offset);
  }

  private oddUnits(): Uint16Array {
    if (this.odd === undefined) {
      const shifted = this.bytes.slice(1);
      this.odd = new Uint16Array(shifted.buffer, 0, shifted.length >> 1);
    }
    return this.odd;
  }
}

const NO_RECEIVER = undefined;

function fromUnits(units: Uint16Array): string {
  return Reflect.apply(String.fromCharCode, NO_RECEIVER, units);
}
