/**
 * reader: a Windows event log file to its records. Chunks are read one by one up to their free space; a damaged chunk or
 * record is reported with its offset and skipped, and everything else is read. Works on dirty and truncated files.
 */
import { ChunkBytes, Damage } from "./chunk-bytes.ts";
import { FragmentReader } from "./fragment.ts";
import { Renderer } from "./render.ts";

export interface EvtxRecord {
  readonly recordId: bigint;
  /** When the record was written: 100 ns steps since 1601-01-01 UTC (a FILETIME). */
  readonly time_100ns: bigint;
  /** One line: {"Event":{"System":{…},"EventData":{…}}}; integers keep all their digits. */
  readonly json: string;
  readonly chunkOffset: number;
}

export interface EvtxProblem {
  readonly code: "FILE_INVALID" | "CHUNK_INVALID" | "CHUNK_TRUNCATED" | "RECORD_INVALID";
  /** Offset in the file. */
  readonly offset: number;
  readonly message: string;
}

export interface EvtxOptions {
  readonly onProblem?: ((problem: EvtxProblem) => void) | undefined;
}

const FILE_HEADER_SIZE = 4096;
const CHUNK_SIZE = 65_536;
const CHUNK_HEADER_SIZE = 512;
const RECORD_HEADER_SIZE = 24;
const RECORD_MAGIC = 0x2a2a;

export function* readEvtx(bytes: Uint8Array, options: EvtxOptions = {}): Generator<EvtxRecord> {
  const report = options.onProblem ?? (() => {});
  if (!startsWith(bytes, 0, "ElfFile\0")) {
    const found = startsWith(bytes, FILE_HEADER_SIZE, "ElfChnk\0");
    const then = found ? "its chunks are read all the same" : "nothing was read: is it an .evtx file?";
    report({ code: "FILE_INVALID", offset: 0, message: `the file header is not that of an event log; ${then}` });
    if (!found) return;
  }
  for (let offset = FILE_HEADER_SIZE; offset < bytes.length; offset += CHUNK_SIZE) {
    const chunk = bytes.subarray(offset, offset + CHUNK_SIZE);
    if (isEmpty(chunk)) continue;
    if (!startsWith(chunk, 0, "ElfChnk\0")) {
      report({ code: "CHUNK_INVALID", offset, message: "the block is no event chunk: its records were skipped" });
      continue;
    }
    if (chunk.length < CHUNK_SIZE) {
      report({ code: "CHUNK_TRUNCATED", offset, message: "the file ends inside this chunk: what is there was read" });
    }
    if (chunk.length > CHUNK_HEADER_SIZE) yield* readChunk(chunk, offset, report);
  }
}

function* readChunk(bytes: Uint8Array, offset: number, report: (problem: EvtxProblem) => void): Generator<EvtxRecord> {
  const chunk = new ChunkBytes(bytes);
  const fragments = new FragmentReader(chunk);
  const renderer = new Renderer(chunk, fragments);
  const free = chunk.u32(48);
  const end = free >= CHUNK_HEADER_SIZE && free <= chunk.size ? free : chunk.size;
  let at = CHUNK_HEADER_SIZE;
  while (at + RECORD_HEADER_SIZE <= end) {
    const size = chunk.u32(at + 4);
    if (chunk.u32(at) !== RECORD_MAGIC || size < RECORD_HEADER_SIZE + 4 || at + size > chunk.size) {
      const next = nextRecord(chunk, at + 8, end);
      if (!(next === undefined && restIsEmpty(chunk, at, end))) {
        report({
          code: "RECORD_INVALID",
          offset: offset + at,
          message: "no record header where one should be: skipped to the next",
        });
      }
      if (next === undefined) return;
      at = next;
      continue;
    }
    try {
      const content = fragments.read(at + RECORD_HEADER_SIZE, at + size - 4);
      const json = renderer.record(content, at);
      yield { recordId: chunk.u64(at + 8), time_100ns: chunk.u64(at + 16), json, chunkOffset: offset };
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      fragments.reset();
      const message = `the record's content ${error.reason}: the record was skipped`;
      report({ code: "RECORD_INVALID", offset: offset + at, message });
    }
    at += size;
  }
}

/** The next place that looks like a record with equal sizes at both ends; records start at multiples of 8. */
function nextRecord(chunk: ChunkBytes, from: number, end: number): number | undefined {
  for (let at = (from + 7) & ~7; at + RECORD_HEADER_SIZE + 4 <= end; at += 8) {
    if (chunk.u32(at) !== RECORD_MAGIC) continue;
    const size = chunk.u32(at + 4);
    if (size >= RECORD_HEADER_SIZE + 4 && at + size <= chunk.size && chunk.u32(at + size - 4) === size) return at;
  }
  return undefined;
}

function restIsEmpty(chunk: ChunkBytes, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (chunk.bytes[at] !== 0) return false;
  return true;
}

function isEmpty(bytes: Uint8Array): boolean {
  for (let i = 0; i < Math.min(bytes.length, CHUNK_HEADER_SIZE); i++) if (bytes[i] !== 0) return false;
  return true;
}

function startsWith(bytes: Uint8Array, offset: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[offset + i] !== text.charCodeAt(i)) return false;
  return true;
}
