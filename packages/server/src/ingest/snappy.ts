/** snappy: a block packed by snappy, unpacked within a limit that is known before anything is unpacked. */
import { snappyUncompress } from "hysnappy";

/** Undefined when the bytes are no such block, or one that unpacks to more than `most` bytes. */
export function unpackSnappy(packed: Buffer, most: number): Uint8Array | undefined {
  const length = snappyLength(packed);
  if (length === undefined || length > most) return undefined;
  try {
    const bytes = snappyUncompress(packed, length);
    return bytes.length === length ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** What a block says of its unpacked length, which stands in front of it. */
export function snappyLength(packed: Buffer): number | undefined {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = packed[at];
    if (byte === undefined) return undefined;
    length += (byte & 127) * 2 ** (7 * at);
    if (byte < 128) return length;
  }
  return undefined;
}
