/**
 * records: where the records of a chunk are, by their frames alone: a mark, a size, the same size again at the end. Finds
 * the next one behind damage, and those left over in slack.
 */

export const CHUNK_HEADER_SIZE = 512;
export const RECORD_HEADER_SIZE = 24;
const SMALLEST_RECORD = RECORD_HEADER_SIZE + 4;
const RECORD_MARK = 0x2a2a;
const MARK_BYTE = 0x2a;

export interface Frame {
  readonly at: number;
  readonly size: number;
}

/** A record header stands here, and its size fits; the size at its end may be another. */
export function frameAt(chunk: DataView, at: number): Frame | undefined {
  if (at + RECORD_HEADER_SIZE > chunk.byteLength || chunk.getUint32(at, true) !== RECORD_MARK) return undefined;
  const size = chunk.getUint32(at + 4, true);
  return size < SMALLEST_RECORD || at + size > chunk.byteLength ? undefined : { at, size };
}

/** Both sizes of the frame agree. */
export function isWhole(chunk: DataView, { at, size }: Frame): boolean {
  return chunk.getUint32(at + size - 4, true) === size;
}

/** The first whole frame that begins in the range. Damage may have shifted what follows, so every byte is a place. */
export function nextFrame(chunk: DataView, from: number, end: number): Frame | undefined {
  const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  for (let at = bytes.indexOf(MARK_BYTE, from); at >= 0 && at < end; at = bytes.indexOf(MARK_BYTE, at + 1)) {
    const frame = frameAt(chunk, at);
    if (frame !== undefined && isWhole(chunk, frame)) return frame;
  }
  return undefined;
}
