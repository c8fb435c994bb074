/** spool: append-only segments with group commit. An append resolves only after fdatasync, so "acknowledged" means on disk.
 *  After a failed sync nothing is ever acknowledged again by this process: the kernel may have dropped the pages and a second
 *  sync would lie. Ordinals are never used twice: each start appends to a new segment. */
import type { Clock } from "../clock/index.ts";
import type { Log } from "../log/index.ts";
import { Appender } from "./appender.ts";
import type { SpoolDisk } from "./disk.ts";
import type { Envelope } from "./frame.ts";
import { type BlockLimits, Planner, type SpoolBlock, type SpoolPosition } from "./planner.ts";
import { recover } from "./recovery.ts";
import { type Damage, SEGMENT_HEADER_BYTES, segmentName, seedOf } from "./segment.ts";

export interface AppendBatch {
  readonly envelope: Envelope;
  readonly records: readonly Uint8Array[];
}

/** Where the first record of a batch went; the event's id is segment * 2^32 + ordinal. */
export interface Appended {
  readonly segment: number;
  readonly firstOrdinal: number;
}

export interface SpoolState {
  readonly bytes: number;
  readonly maxBytes: number;
  readonly segments: number;
  /** Why nothing is acknowledged any more, "" while all is well. */
  readonly fenced: string;
  /** Unacknowledged bytes cut off at start. */
  readonly cut: Damage | undefined;
  readonly damage: readonly Damage[];
}

export interface Spool {
  /** Random name of this spool, part of the deduplication tokens. */
  readonly id: string;
  /** Resolves when all records are on disk. Large batches become several frames. */
  append(batch: AppendBatch): Promise<Appended>;
  /** Whole frames that follow a position, up to the limits; undefined when there are none yet. */
  plan(from: SpoolPosition, limits: BlockLimits): Promise<SpoolBlock | undefined>;
  /** The oldest position that is still held. */
  start(): SpoolPosition;
  /** After the last durable frame. */
  end(): SpoolPosition;
  /** Deletes the segments that lie wholly before the position, but for the newest. */
  release(position: SpoolPosition): Promise<void>;
  /** Calls back after each group commit; returns the function that stops it. */
  onDurable(listener: () => void): () => void;
  state(): SpoolState;
  /** Waits for running appends, then refuses new ones. */
  close(): Promise<void>;
}

export interface SpoolOptions {
  readonly disk: SpoolDisk;
  readonly clock: Clock;
  readonly log: Log;
  /** Sum of the segments' sizes at which appends are refused. */
  readonly maxBytes: number;
  readonly segmentBytes?: number;
  readonly frameBytes?: number;
  readonly frameRecords?: number;
}

const SEGMENT_BYTES = 64 * 1024 * 1024;
/** Room comes back a whole segment at a time, and never from the one being written: a spool that is allowed to be no larger
 *  than one segment would fill it once and refuse for ever after. */
const SEGMENTS_AT_LEAST = 8;

export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { disk, log } = options;
  const found = await recover(disk, options.clock.now());
  if (found.cut !== undefined) log.warn({ ...found.cut }, "cut an unacknowledged end off the spool");
  for (const stretch of found.damage) log.error({ ...stretch }, "the spool is damaged; the records there are lost");
  const sizes = new Map(found.segments);
  const seed = seedOf(found.spool);
  const appender = new Appender({
    disk,
    sizes,
    spool: found.spool,
    first: found.next,
    maxBytes: options.maxBytes,
    segmentBytes: options.segmentBytes ?? Math.min(SEGMENT_BYTES, Math.ceil(options.maxBytes / SEGMENTS_AT_LEAST)),
    frameBytes: options.frameBytes ?? 2 * 1024 * 1024,
    frameRecords: options.frameRecords ?? 2_000,
    onFenced: (reason) => log.error({ reason }, "the spool is fenced: nothing is acknowledged until a restart"),
  });
  const planner = new Planner({ disk, sizes, seed, active: () => appender.end() });
  return {
    id: found.spool,
    append: (batch) => appender.append(batch),
    plan: (from, limits) => planner.plan(from, limits),
    start: () => ({ segment: Math.min(appender.end().segment, ...sizes.keys()), offset: SEGMENT_HEADER_BYTES }),
    end: () => appender.end(),
    release: async (position) => {
      // The newest file stays: it carries the spool's name and number over a restart.
      const newest = Math.max(...sizes.keys());
      for (const segment of [...sizes.keys()]) {
        if (segment >= position.segment || segment === newest) continue;
        await planner.forget(segment);
        await disk.remove(segmentName(segment));
        sizes.delete(segment);
      }
    },
    onDurable: (listener) => appender.onDurable(listener),
    state: () => ({
      bytes: sum(sizes.values()),
      maxBytes: options.maxBytes,
      segments: sizes.size,
      fenced: appender.fenced,
      cut: found.cut,
      damage: found.damage,
    }),
    close: async () => {
      await appender.close();
      await planner.close();
    },
  };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
