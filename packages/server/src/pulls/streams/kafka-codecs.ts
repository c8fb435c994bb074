/** kafka-codecs: what producers compress with beside gzip: Snappy, plain or in the frames of Java's clients, LZ4 and Zstandard. An answer that
 *  would unpack to more than a batch may hold is refused before it is unpacked. */
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import kafkajs from "kafkajs";
import { unpackSnappy as unpackSnappyBlock } from "../../ingest/index.ts";
import { unpackLz4 } from "./lz4.ts";

const MOST_BYTES = 64 * 2 ** 20;
const FRAMED = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const unpackZstd = promisify(zstdDecompress);
const packZstd = promisify(zstdCompress);

/** The library keeps its codecs in a table for the whole process; the same ones may be entered again. */
export function addCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: () => Promise.reject(new Error("Nothing is produced with Snappy.")),
    decompress: async (bytes: Buffer) => unpackSnappy(bytes),
  });
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: () => Promise.reject(new Error("Nothing is produced with LZ4.")),
    decompress: async (bytes: Buffer) => unpackLz4(bytes, MOST_BYTES),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => packZstd(buffer),
    decompress: (bytes: Buffer) => unpackZstd(bytes, { maxOutputLength: MOST_BYTES }),
  });
}

function unpackSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, FRAMED.length).equals(FRAMED)) return unpacked(bytes);
  const parts: Buffer[] = [];
  let total = 0;
  for (let at = 16; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const part = unpacked(bytes.subarray(at + 4, at + 4 + length));
    total += part.length;
    if (total > MOST_BYTES) throw tooLarge();
    parts.push(part);
    at += 4 + length;
  }
  return Buffer.concat(parts);
}

function unpacked(block: Buffer): Buffer {
  const bytes = unpackSnappyBlock(block, MOST_BYTES);
  if (bytes === undefined) throw new Error("A batch is no Snappy, or unpacks to more than 64 MiB.");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const tooLarge = (): Error => new Error("A batch unpacks to more than 64 MiB.");
