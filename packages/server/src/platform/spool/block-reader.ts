/** block-reader: reads the records of a planned block straight from its segment file; for worker threads, which have their
 *  own CPU to wait on. A frame whose checksum is wrong is handed back as damage with its record count, never as records. */
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { decodeEnvelope, decodeHeader, type Envelope, FRAME_HEADER_BYTES, payloadIsWhole, recordsOf } from "./frame.ts";
import { seedOf, segmentName } from "./segment.ts";

export interface BlockPlace {
  readonly segment: number;
  readonly from: number;
  readonly to: number;
}

export interface BlockRecord {
  readonly ordinal: number;
  /** Place of the record among those of its frame. */
  readonly index: number;
  readonly envelope: Envelope;
  readonly bytes: Buffer;
}

export interface ReadBlock {
  readonly records: readonly BlockRecord[];
  /** Frames that are named by a good header but whose records are not what was written. */
  readonly damaged: readonly { readonly offset: number; readonly firstOrdinal: number; readonly count: number }[];
}

export function readBlock(spool: { readonly directory: string; readonly id: string }, place: BlockPlace): ReadBlock {
  const seed = seedOf(spool.id);
  const bytes = readRange(join(spool.directory, segmentName(place.segment)), place);
  const records: BlockRecord[] = [];
  const damaged: { offset: number; firstOrdinal: number; count: number }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = decodeHeader(bytes, at, seed);
    // Damage between frames was reported when the block was planned: step to the next header.
    if (header === undefined || header.segment !== place.segment) {
      at += 1;
      continue;
    }
    const start = at + FRAME_HEADER_BYTES;
    const payload = bytes.subarray(start, start + header.payloadLength);
    if (header.count > 0 && payloadIsWhole(payload, header, seed)) {
      const envelope = decodeEnvelope(payload.subarray(0, header.envelopeLength));
      let index = 0;
      for (const record of recordsOf(payload, header)) {
        records.push({ ordinal: header.firstOrdinal + index, index, envelope, bytes: record });
        index += 1;
      }
    } else if (header.count > 0)
      damaged.push({ offset: place.from + at, firstOrdinal: header.firstOrdinal, count: header.count });
    at = start + header.payloadLength;
  }
  return { records, damaged };
}

function readRange(path: string, place: BlockPlace): Buffer {
  const bytes = Buffer.allocUnsafe(place.to - place.from);
  const file = openSync(path, "r");
  try {
    let filled = 0;
    while (filled < bytes.length) {
      const read = readSync(file, bytes, filled, bytes.length - filled, place.from + filled);
      if (read === 0) break;
      filled += read;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}
