/** cut-blocks: a content to blocks of a few MiB, in order, on the reading thread. It only finds where records end; reading and
 *  matching them is left to the matching threads. */
import type { Content } from "../import/content.ts";
import { type Cut, detectCut } from "../import/format.ts";
import { HEAD_BYTES, type Leaf } from "../import/members.ts";
import { jsonSplitter } from "../import/split-json.ts";
import { type Complaint, LONGEST_RECORD } from "../import/splitter.ts";
import { decoded, decodedHead } from "../import/text-encoding.ts";
import type { Block } from "./block.ts";
import { csvReader, looksLikeCsv } from "./csv-rows.ts";

export const INPUT_FORMATS = ["auto", "evtx", "ndjson", "json", "lines", "csv"] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];
export type ScanCut = Cut | "csv";

/** How a content is cut, or why it cannot be, as a sentence that begins with its path. */
export function scanCutOf({ content, head }: Leaf, format: InputFormat): ScanCut | { readonly problem: string } {
  if (format !== "auto") return format === "ndjson" ? "lines" : format;
  const { path } = content;
  const found = detectCut({ head, whole: head.length < HEAD_BYTES, path });
  if (found === "evtx") return found;
  if (/\.evtx$/i.test(path) && head.length > 0) {
    return { problem: "it is named like an event log but is none: neither its header nor its first chunk is there." };
  }
  if (found === "binary") {
    return {
      problem: "it is neither text nor a format that is known; if it is text all the same, use --input-format lines.",
    };
  }
  const named = /\.[ct]sv(\.gz)?$/i.test(path);
  return found === "lines" && (named || looksLikeCsv(decodedHead(head).toString("utf8"))) ? "csv" : found;
}

export interface Cutting {
  readonly cut: ScanCut;
  /** Stands in for the time of records that have none. */
  readonly receivedMs: number;
  /** Event logs stay whole: what is left over in one chunk is compared with the records of all others. */
  readonly slack: boolean;
  readonly complain: Complaint;
}

export async function* blocksOf(
  { content, head }: Leaf,
  { cut, receivedMs, slack, complain }: Cutting,
): AsyncGenerator<Block> {
  if (cut === "evtx") yield* eventLogBlocks(content, receivedMs, slack ? Infinity : CHUNKS_A_BLOCK);
  else {
    const pieces = decoded(content.read(), head);
    if (cut === "lines") yield* lineBlocks(pieces, receivedMs, complain);
    else if (cut === "json") yield* jsonBlocks(pieces, receivedMs, complain);
    else yield* csvBlocks(pieces, receivedMs, complain);
  }
}

const BLOCK_BYTES = 1024 * 1024;
const LF = 10;
const LOG_HEADER = 4_096;
const LOG_CHUNK = 65_536;
const CHUNKS_A_BLOCK = 32;

/** The header goes with every block, as the reader wants one; chunks do not refer to each other. */
async function* eventLogBlocks(content: Content, receivedMs: number, most: number): AsyncGenerator<Block> {
  let header: Buffer | undefined;
  let pending: Buffer[] = [];
  let size = 0;
  let offset = 0;
  const make = (bytes: Buffer): Block => {
    const whole = joined(header === undefined ? [bytes] : [header, bytes]);
    const block: Block = { kind: "evtx", bytes: whole, offset, receivedMs };
    offset += bytes.length;
    return block;
  };
  for await (const piece of content.read()) {
    pending.push(piece);
    size += piece.length;
    if (header === undefined) {
      if (size < LOG_HEADER) continue;
      const all = Buffer.concat(pending);
      header = all.subarray(0, LOG_HEADER);
      pending = [all.subarray(LOG_HEADER)];
      size -= LOG_HEADER;
    }
    const full = Math.floor(size / LOG_CHUNK) * LOG_CHUNK;
    if (full < most * LOG_CHUNK) continue;
    const all = Buffer.concat(pending);
    pending = [all.subarray(full)];
    size -= full;
    yield make(all.subarray(0, full));
  }
  // A file without a chunk is a block too: whether its header is right is for the reader to say.
  if (size > 0 || offset === 0) yield make(Buffer.concat(pending));
}

async function* lineBlocks(
  pieces: AsyncIterable<Buffer>,
  receivedMs: number,
  complain: Complaint,
): AsyncGenerator<Block> {
  let pending: Buffer[] = [];
  let size = 0;
  let offset = 0;
  let dropping = false;
  const flush = (): Block => {
    const block: Block = { kind: "lines", bytes: joined(pending), offset, receivedMs };
    offset += size;
    pending = [];
    size = 0;
    return block;
  };
  for await (let piece of pieces) {
    if (dropping) {
      const end = piece.indexOf(LF);
      if (end < 0) continue;
      dropping = false;
      piece = piece.subarray(end + 1);
    }
    const last = size + piece.length < BLOCK_BYTES ? -1 : piece.lastIndexOf(LF);
    if (last < 0) {
      pending.push(piece);
      size += piece.length;
      if (size < LONGEST_RECORD + BLOCK_BYTES) continue;
      complain(`a line near byte ${offset} is longer than ${LONGEST_RECORD} bytes; what is behind them was left out.`);
      dropping = true;
      yield flush();
      continue;
    }
    const whole = piece.subarray(0, last + 1);
    pending.push(whole);
    size += whole.length;
    yield flush();
    const rest = piece.subarray(last + 1);
    if (rest.length > 0) pending.push(rest);
    size = rest.length;
  }
  if (size > 0) yield flush();
}

async function* jsonBlocks(
  pieces: AsyncIterable<Buffer>,
  receivedMs: number,
  complain: Complaint,
): AsyncGenerator<Block> {
  const splitter = jsonSplitter(complain);
  const batch = new Batch(receivedMs);
  for await (const piece of pieces) {
    for (const record of splitter.push(piece)) if (batch.add(record)) yield batch.take();
  }
  for (const record of splitter.end()) batch.add(record);
  if (!batch.empty) yield batch.take();
}

async function* csvBlocks(
  pieces: AsyncIterable<Buffer>,
  receivedMs: number,
  complain: Complaint,
): AsyncGenerator<Block> {
  const reader = csvReader(complain);
  const batch = new Batch(receivedMs);
  const decoder = new TextDecoder();
  for await (const piece of pieces) {
    for (const { json, line } of reader.push(decoder.decode(piece, { stream: true }))) {
      if (batch.add(Buffer.from(json), line)) yield batch.take();
    }
  }
  for (const { json, line } of [...reader.push(decoder.decode()), ...reader.end()]) batch.add(Buffer.from(json), line);
  if (!batch.empty) yield batch.take();
}

class Batch {
  private records: Buffer[] = [];
  private numbers: number[] = [];
  private size = 0;
  private readonly receivedMs: number;

  constructor(receivedMs: number) {
    this.receivedMs = receivedMs;
  }

  get empty(): boolean {
    return this.records.length === 0;
  }

  /** True when it is full. */
  add(record: Buffer, number?: number): boolean {
    this.records.push(record);
    if (number !== undefined) this.numbers.push(number);
    this.size += record.length;
    return this.size >= BLOCK_BYTES;
  }

  take(): Block {
    let end = 0;
    const ends = Uint32Array.from(this.records, (record) => (end += record.length));
    const bytes = joined(this.records);
    const numbers = this.numbers.length === 0 ? {} : { numbers: Float64Array.from(this.numbers) };
    this.records = [];
    this.numbers = [];
    this.size = 0;
    return { kind: "records", bytes, ends, ...numbers, offset: 0, receivedMs: this.receivedMs };
  }
}

/** In memory of its own, which can be given to another thread. */
function joined(parts: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(new ArrayBuffer(size));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
