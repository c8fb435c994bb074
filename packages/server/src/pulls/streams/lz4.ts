/** lz4: unpacks LZ4 frames, as Kafka's producers pack batches. Written out since the runtime has none. Checksums are not looked at: Kafka has one
 *  of its own over the batch, and its oldest clients wrote that of the frame's header wrongly. Pure; what is damaged or too large throws. */

const MAGIC = 0x18_4d_22_04;
const STORED = 0x80_00_00_00;

/** @param most bytes that it may unpack to */
export function unpackLz4(bytes: Buffer, most: number): Buffer {
  const output = new Output(most);
  let at = 0;
  while (at < bytes.length) {
    if (at + 7 > bytes.length || bytes.readUInt32LE(at) !== MAGIC) throw damaged("it does not begin as a frame");
    const flags = bytes[at + 4] ?? 0;
    if (flags >> 6 !== 1) throw damaged("its version is not known");
    if ((flags & 0x01) !== 0) throw damaged("it needs a dictionary");
    const blockChecksum = (flags & 0x10) === 0 ? 0 : 4;
    at += 6 + ((flags & 0x08) === 0 ? 0 : 8) + 1;
    // Blocks may refer to those before them in the frame, and to nothing before it.
    output.begin();
    for (;;) {
      if (at + 4 > bytes.length) throw damaged("it ends in the middle");
      const size = bytes.readUInt32LE(at);
      at += 4;
      if (size === 0) break;
      const length = size % STORED;
      if (at + length > bytes.length) throw damaged("a block ends in the middle");
      const block = bytes.subarray(at, at + length);
      if (size >= STORED) output.copy(block, 0, length);
      else unpackBlock(block, output);
      at += length + blockChecksum;
    }
    at += (flags & 0x04) === 0 ? 0 : 4;
  }
  return output.bytes();
}

function unpackBlock(block: Buffer, output: Output): void {
  let at = 0;
  const longer = (length: number): number => {
    if (length < 15) return length;
    let total = length;
    for (;;) {
      const more = block[at];
      if (more === undefined) throw damaged("a length ends in the middle");
      at += 1;
      total += more;
      if (more !== 255) return total;
    }
  };
  while (at < block.length) {
    const token = block[at] ?? 0;
    at += 1;
    const literals = longer(token >> 4);
    if (at + literals > block.length) throw damaged("bytes are missing");
    output.copy(block, at, literals);
    at += literals;
    // The last sequence has no match.
    if (at === block.length) return;
    if (at + 2 > block.length) throw damaged("an offset ends in the middle");
    const offset = block.readUInt16LE(at);
    at += 2;
    output.repeat(offset, longer(token & 15) + 4);
  }
}

class Output {
  readonly #most: number;
  #held = Buffer.allocUnsafe(64 * 1024);
  #length = 0;
  #start = 0;

  constructor(most: number) {
    this.#most = most;
  }

  begin(): void {
    this.#start = this.#length;
  }

  copy(from: Buffer, at: number, length: number): void {
    this.#grow(length);
    from.copy(this.#held, this.#length, at, at + length);
    this.#length += length;
  }

  repeat(offset: number, length: number): void {
    if (offset === 0 || offset > this.#length - this.#start) throw damaged("an offset leads out of it");
    this.#grow(length);
    // What is repeated may overlap what is written: byte by byte.
    for (let n = 0; n < length; n += 1, this.#length += 1)
      this.#held[this.#length] = this.#held[this.#length - offset] ?? 0;
  }

  bytes(): Buffer {
    return this.#held.subarray(0, this.#length);
  }

  #grow(by: number): void {
    const wanted = this.#length + by;
    if (wanted > this.#most) throw new Error(`A batch unpacks to more than ${this.#most} bytes.`);
    if (wanted <= this.#held.length) return;
    const larger = Buffer.allocUnsafe(Math.min(this.#most, Math.max(wanted, 2 * this.#held.length)));
    this.#held.copy(larger, 0, 0, this.#length);
    this.#held = larger;
  }
}

const damaged = (what: string): Error => new Error(`A batch is no LZ4: ${what}.`);
