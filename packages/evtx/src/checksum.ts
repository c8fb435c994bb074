/** checksum: CRC-32 (IEEE, as zlib counts it), sixteen bytes a step, since whole files go through it. */

const SLICES = 16;
const POLYNOMIAL = 0xedb88320;
const TABLE = table();

/** @param start the checksum of what came before */
export function crc32(bytes: Uint8Array, start = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { length } = bytes;
  let crc = ~start;
  let at = 0;
  for (const whole = length & ~15; at < whole; at += 16) {
    crc =
      four(view.getInt32(at, true) ^ crc, 3072) ^
      four(view.getInt32(at + 4, true), 2048) ^
      four(view.getInt32(at + 8, true), 1024) ^
      four(view.getInt32(at + 12, true), 0);
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ (TABLE[((bytes[at] ?? 0) ^ crc) & 255] ?? 0);
  return ~crc >>> 0;
}

/** Four bytes, whose distance from the end of the step decides the part of the table. */
function four(word: number, part: number): number {
  return (
    (TABLE[part + 768 + (word & 255)] ?? 0) ^
    (TABLE[part + 512 + ((word >>> 8) & 255)] ?? 0) ^
    (TABLE[part + 256 + ((word >>> 16) & 255)] ?? 0) ^
    (TABLE[part + (word >>> 24)] ?? 0)
  );
}

function table(): Int32Array {
  const made = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
    made[byte] = crc;
  }
  for (let at = 256; at < made.length; at++) {
    const before = made[at - 256] ?? 0;
    made[at] = (before >>> 8) ^ (made[before & 255] ?? 0);
  }
  return made;
}
