/**
 * chunk: the records of one chunk, in order, up to its free space; and those behind it, on request. Damage to a record
 * costs that record: the next whole one is looked for.
 */
import { Budget } from "./budget.ts";
import { ChunkBytes } from "./chunk-bytes.ts";
import { crc32 } from "./checksum.ts";
import { Damage } from "./damage.ts";
import { type Definition, FragmentReader } from "./fragment.ts";
import type { JsonOutput } from "./json-output.ts";
import type { Names } from "./names.ts";
import type { Report } from "./problem.ts";
import { CHUNK_HEADER_SIZE, type Frame, frameAt, isWhole, nextFrame, RECORD_HEADER_SIZE } from "./records.ts";
import { Renderer } from "./render.ts";
import { isPlausible, type Leftovers } from "./slack.ts";

export interface EvtxRecord {
  readonly recordId: bigint;
  /** When the record was written: 100 ns steps since 1601-01-01 UTC (a FILETIME). */
  readonly time_100ns: bigint;
  /** One line: {"Event":{"System":{…},"EventData":{…}}}; integers keep all their digits. */
  readonly json: string;
  /** Of the record, in the file. */
  readonly offset: number;
  readonly chunkOffset: number;
  /** Found behind the free space of its chunk: deleted, or of an earlier use of the space. */
  readonly slack: boolean;
}

interface ChunkOptions {
  readonly bytes: Uint8Array;
  /** In the file. */
  readonly offset: number;
  readonly names: Names;
  readonly output: JsonOutput;
  readonly report: Report;
}

type ReadFrame = (frame: Frame, onDamage: (reason: string) => void) => EvtxRecord | undefined;

const NO_CHECKSUMS = 0x04;

export class ChunkReader {
  private readonly chunk: ChunkBytes;
  private readonly offset: number;
  private readonly output: JsonOutput;
  private readonly report: Report;
  private readonly budget = new Budget();
  /** End of the records. */
  private readonly end: number;

  constructor({ bytes, offset, names, output, report }: ChunkOptions) {
    this.chunk = new ChunkBytes(bytes, names);
    this.offset = offset;
    this.output = output;
    this.report = report;
    const free = this.chunk.u32(48);
    this.end = free >= CHUNK_HEADER_SIZE && free <= this.chunk.size ? free : this.chunk.size;
  }

  /** @param templates receives those of the chunk */
  *records(templates?: Map<number, Definition>): Generator<EvtxRecord> {
    this.checkSums();
    const { chunk, end, budget } = this;
    const read = this.reading(new FragmentReader({ chunk, budget, templates }), false);
    let at = CHUNK_HEADER_SIZE;
    while (at + RECORD_HEADER_SIZE <= end) {
      const frame = this.believable(at);
      if (frame === undefined) {
        const next = nextFrame(chunk.view, at + 1, end);
        if (next === undefined && this.isZero(at)) return;
        this.complainOfFrame(at);
        if (next === undefined) return;
        at = next.at;
        continue;
      }
      const record = read(frame, (damage) => this.complain(at, `${damage}: the record was skipped`, frame));
      if (record !== undefined) yield record;
      at += frame.size;
    }
  }

  /** Those behind the live ones that are whole, whose templates are known, and that no live record equals. */
  *slack(leftovers: Leftovers): Generator<EvtxRecord> {
    const { chunk, end, budget } = this;
    const slack = { border: end, templates: leftovers.templates };
    const read = this.reading(new FragmentReader({ chunk, budget, slack }), true);
    for (let frame = nextFrame(chunk.view, end, chunk.size); frame !== undefined; ) {
      const { at, size } = frame;
      const record = read(frame, () => {});
      const taken = record !== undefined && isPlausible(record);
      if (taken && leftovers.isNew(record)) yield record;
      frame = nextFrame(chunk.view, taken ? at + size : at + 1, chunk.size);
    }
  }

  private reading(fragments: FragmentReader, slack: boolean): ReadFrame {
    const { chunk, output, budget, offset } = this;
    const renderer = new Renderer({ chunk, fragments, output, budget });
    return ({ at, size }, onDamage) => {
      try {
        budget.beginRecord();
        return {
          recordId: chunk.u64(at + 8),
          time_100ns: chunk.u64(at + 16),
          json: renderer.record(fragments.record(at + RECORD_HEADER_SIZE, at + size - 4)),
          offset: offset + at,
          chunkOffset: offset,
          slack,
        };
      } catch (error) {
        if (!(error instanceof Damage)) throw error;
        onDamage(`the record's content ${error.reason}`);
        return undefined;
      }
    };
  }

  /** A frame whose two sizes differ is believed only where the records go on behind it. */
  private believable(at: number): Frame | undefined {
    const { view } = this.chunk;
    const frame = frameAt(view, at);
    if (frame === undefined || isWhole(view, frame)) return frame;
    const next = at + frame.size;
    return next === this.end || frameAt(view, next) !== undefined ? frame : undefined;
  }

  private checkSums(): void {
    const { chunk, end, offset, report } = this;
    if ((chunk.u32(120) & NO_CHECKSUMS) !== 0) return;
    const { bytes } = chunk;
    const wrong: string[] = [];
    const header = crc32(bytes.subarray(128, CHUNK_HEADER_SIZE), crc32(bytes.subarray(0, 120)));
    if (header !== chunk.u32(124)) wrong.push("its header");
    if (crc32(bytes.subarray(CHUNK_HEADER_SIZE, end)) !== chunk.u32(52)) wrong.push("its records");
    if (wrong.length === 0) return;
    const message = `the checksum of ${wrong.join(" and of ")} is wrong: the chunk was read all the same`;
    report({ code: "CHUNK_CHECKSUM", offset, lossy: false, message });
  }

  private complainOfFrame(at: number): void {
    const frame = frameAt(this.chunk.view, at);
    const what = frame
      ? "the record has another size at its end than at its beginning"
      : "there is no record where one should begin";
    this.complain(at, `${what}: skipped to the next one`, frame);
  }

  private complain(at: number, message: string, frame?: Frame): void {
    const recordId = frame === undefined ? {} : { recordId: this.chunk.u64(at + 8) };
    this.report({ code: "RECORD_INVALID", offset: this.offset + at, ...recordId, lossy: true, message });
  }

  private isZero(from: number): boolean {
    const { bytes } = this.chunk;
    for (let at = from; at < this.end; at++) if (bytes[at] !== 0) return false;
    return true;
  }
}
