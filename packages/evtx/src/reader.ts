/**
 * reader: a Windows event log file to its records. Chunks are read one by one up to their free space, whatever the file
 * header says; a damaged chunk or record is reported with its offset and skipped, and everything else is read.
 */
import { ChunkReader, type EvtxRecord } from "./chunk.ts";
import { crc32 } from "./checksum.ts";
import { JsonOutput } from "./json-output.ts";
import { Names } from "./names.ts";
import type { EvtxProblem, Report } from "./problem.ts";
import { CHUNK_HEADER_SIZE } from "./records.ts";
import { Leftovers } from "./slack.ts";

export interface EvtxOptions {
  readonly onProblem?: ((problem: EvtxProblem) => void) | undefined;
  /** Also gives, at the end, the records that are left over behind the free space of chunks, each marked as slack. */
  readonly slack?: boolean | undefined;
}

const FILE_HEADER_SIZE = 4096;
const CHUNK_SIZE = 65_536;
const FILE_MARK = mark("ElfFile\0");
const CHUNK_MARK = mark("ElfChnk\0");

/** Reads a file. For many files, `createEvtxReader` keeps what they have in common. */
export function readEvtx(bytes: Uint8Array, options: EvtxOptions = {}): Generator<EvtxRecord> {
  return createEvtxReader()(bytes, options);
}

/** A reader of many files, also side by side: it knows names again and reuses its buffer. */
export function createEvtxReader(): typeof readEvtx {
  const common = { names: new Names(), output: new JsonOutput(16_384) };
  return (bytes, options = {}) => read(bytes, options, common);
}

interface Common {
  readonly names: Names;
  readonly output: JsonOutput;
}

function* read(bytes: Uint8Array, options: EvtxOptions, common: Common): Generator<EvtxRecord> {
  const report = options.onProblem ?? (() => {});
  if (!checkHeader(bytes, report)) return;
  const leftovers = options.slack === true ? new Leftovers() : undefined;
  for (const { offset, chunk } of chunksOf(bytes, report)) {
    const reader = new ChunkReader({ bytes: chunk, offset, ...common, report });
    for (const record of reader.records(leftovers?.templates)) {
      leftovers?.addLive(record);
      yield record;
    }
  }
  if (leftovers === undefined) return;
  for (const { offset, chunk } of chunksOf(bytes)) {
    yield* new ChunkReader({ bytes: chunk, offset, ...common, report }).slack(leftovers);
  }
}

interface FoundChunk {
  readonly offset: number;
  readonly chunk: Uint8Array;
}

function* chunksOf(bytes: Uint8Array, report?: Report): Generator<FoundChunk> {
  for (let offset = FILE_HEADER_SIZE; offset < bytes.length; offset += CHUNK_SIZE) {
    const chunk = bytes.subarray(offset, offset + CHUNK_SIZE);
    if (!begins(chunk, CHUNK_MARK)) {
      if (isEmpty(chunk)) continue;
      const message = "the block does not begin as a chunk of events does: its records were skipped";
      report?.({ code: "CHUNK_INVALID", offset, lossy: true, message });
      continue;
    }
    if (chunk.length < CHUNK_SIZE) {
      const message = "the file ends inside of this chunk: what is there was read";
      report?.({ code: "CHUNK_TRUNCATED", offset, lossy: true, message });
    }
    if (chunk.length > CHUNK_HEADER_SIZE) yield { offset, chunk };
  }
}

/** False: there is nothing to read. */
function checkHeader(bytes: Uint8Array, report: Report): boolean {
  if (!begins(bytes, FILE_MARK)) {
    const found = begins(bytes.subarray(FILE_HEADER_SIZE), CHUNK_MARK);
    const then = found ? "its chunks are read all the same" : "nothing was read; is it an .evtx file?";
    const message = `the file header is not that of an event log: ${then}`;
    report({ code: "FILE_INVALID", offset: 0, lossy: !found, message });
    return found;
  }
  if (bytes.length < FILE_HEADER_SIZE) {
    report({ code: "FILE_TRUNCATED", offset: 0, lossy: true, message: "the file ends inside of its header" });
    return false;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, FILE_HEADER_SIZE);
  const major = view.getUint16(38, true);
  const minor = view.getUint16(36, true);
  if (major !== 3 || minor < 1 || minor > 2) {
    const message = `the file says version ${major}.${minor}, known are 3.1 and 3.2: it was read as those are`;
    report({ code: "FILE_VERSION", offset: 36, lossy: false, message });
  }
  if (crc32(bytes.subarray(0, 120)) !== view.getUint32(124, true)) {
    const message = "the checksum of the file header is wrong: its numbers are not needed, everything was read";
    report({ code: "FILE_CHECKSUM", offset: 124, lossy: false, message });
  }
  return true;
}

/** Files are grown in steps: the blocks that were never used are zeros, at least where a header would stand. */
function isEmpty(bytes: Uint8Array): boolean {
  for (let i = 0; i < Math.min(bytes.length, CHUNK_HEADER_SIZE); i++) if (bytes[i] !== 0) return false;
  return true;
}

function begins(bytes: Uint8Array, with_: Uint8Array): boolean {
  return with_.every((byte, index) => bytes[index] === byte);
}

function mark(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
