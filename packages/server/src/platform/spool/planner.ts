/** planner: cuts the spool into blocks of consecutive whole frames. A block never crosses a segment, and the same bounds always
 *  give the same block, so a block that was planned before a crash is found again exactly. */
import type { SpoolDisk, SpoolFile } from "./disk.ts";
import { type Damage, type FramePlace, SEGMENT_HEADER_BYTES, SegmentWalker, segmentName } from "./segment.ts";

export interface SpoolPosition {
  readonly segment: number;
  /** Offset of a frame's header, or the end of the last one. */
  readonly offset: number;
}

export interface BlockLimits {
  /** A block ends with the first frame that reaches one of these. */
  readonly records: number;
  readonly bytes: number;
  /** Exact end, for a block that was planned before; the other limits do not count then. */
  readonly to?: number;
}

export interface SpoolBlock {
  readonly segment: number;
  readonly from: number;
  readonly to: number;
  readonly firstOrdinal: number;
  /** Ordinal after the last record. */
  readonly endOrdinal: number;
  readonly records: number;
  readonly bytes: number;
  readonly frames: readonly FramePlace[];
  readonly damage: readonly Damage[];
}

export interface PlannerOptions {
  readonly disk: SpoolDisk;
  readonly sizes: ReadonlyMap<number, number>;
  readonly seed: number;
  /** Durable end of the segment that is being written. */
  readonly active: () => SpoolPosition;
}

export class Planner {
  readonly #options: PlannerOptions;
  #open: { readonly segment: number; readonly file: SpoolFile } | undefined;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  async plan(from: SpoolPosition, limits: BlockLimits): Promise<SpoolBlock | undefined> {
    for (let at: SpoolPosition | undefined = from; at !== undefined; at = this.#following(at.segment)) {
      // Taken before reading: the writer may move to the next segment meanwhile, and its last frames must not be stepped over.
      const active = this.#options.active();
      const block = await this.#planIn(at, limits, active);
      if (block !== undefined || at.segment === active.segment) return block;
    }
    return undefined;
  }

  async forget(segment: number): Promise<void> {
    if (this.#open?.segment === segment) await this.close();
  }

  async close(): Promise<void> {
    const file = this.#open?.file;
    this.#open = undefined;
    await file?.close();
  }

  async #planIn(at: SpoolPosition, limits: BlockLimits, active: SpoolPosition): Promise<SpoolBlock | undefined> {
    const { sizes, seed } = this.#options;
    const { segment } = at;
    const size = segment === active.segment ? active.offset : sizes.get(segment);
    const limit = Math.min(size ?? 0, limits.to ?? Number.MAX_SAFE_INTEGER);
    if (at.offset >= limit) return undefined;
    const walker = new SegmentWalker({ file: await this.#file(segment), segment, seed, limit }, at.offset);
    const frames: FramePlace[] = [];
    const damage: Damage[] = [];
    const from = walker.offset;
    let records = 0;
    let bytes = 0;
    while (limits.to !== undefined || (records < limits.records && bytes < limits.bytes)) {
      const step = walker.nextRead() ?? (await walker.next());
      if (step === undefined) break;
      if ("damage" in step) damage.push(step.damage);
      else if (step.frame.count > 0) {
        frames.push(step.frame);
        records += step.frame.count;
        bytes += step.frame.payloadLength;
      }
    }
    if (walker.offset === from) return undefined;
    const last = frames.at(-1);
    return {
      segment,
      from,
      to: walker.offset,
      firstOrdinal: frames[0]?.firstOrdinal ?? 0,
      endOrdinal: last === undefined ? 0 : last.firstOrdinal + last.count,
      records,
      bytes,
      frames,
      damage,
    };
  }

  #following(segment: number): SpoolPosition | undefined {
    let next: number | undefined;
    for (const number of this.#options.sizes.keys()) {
      if (number > segment && (next === undefined || number < next)) next = number;
    }
    return next === undefined ? undefined : { segment: next, offset: SEGMENT_HEADER_BYTES };
  }

  async #file(segment: number): Promise<SpoolFile> {
    if (this.#open?.segment === segment) return this.#open.file;
    await this.close();
    const file = await this.#options.disk.open(segmentName(segment));
    this.#open = { segment, file };
    return file;
  }
}
