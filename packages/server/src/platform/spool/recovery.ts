/** recovery: reads a spool directory at start. Promises that everything acknowledged is found again, that a torn end (which
 *  nobody was told about) is cut off, and that damage anywhere else is reported with its place instead of passed over.
 *  The last segment is synced before anyone reads it: bytes that only live in the page cache must not be processed. */
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import type { SpoolDisk, SpoolFile } from "./disk.ts";
import { spoolFail } from "./errors.ts";
import { encodeHeader, FRAME_HEADER_BYTES } from "./frame.ts";
import {
  type Damage,
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
  SegmentWalker,
  segmentName,
  segmentOf,
  seedOf,
  type Walk,
} from "./segment.ts";

export interface Recovered {
  readonly spool: string;
  /** Sizes in bytes of the segments, ascending by number. */
  readonly segments: ReadonlyMap<number, number>;
  /** Number for the next segment; never one that was used before. */
  readonly next: number;
  /** Unacknowledged bytes that were cut off. */
  readonly cut: Damage | undefined;
  /** Damage between good frames of the last segment; the other segments are checked when they are read. */
  readonly damage: readonly Damage[];
}

export async function recover(disk: SpoolDisk, nowMs: number): Promise<Recovered> {
  const numbers = (await disk.list()).map(segmentOf).filter((number) => number !== undefined);
  numbers.sort((a, b) => a - b);
  const segments = new Map<number, number>();
  const ids = new Set<string>();
  let last: Tail | undefined;
  for (const [index, segment] of numbers.entries()) {
    const isLast = index === numbers.length - 1;
    const file = await disk.open(segmentName(segment));
    try {
      const header = await readSegmentHeader(file);
      if (header === "foreign") throw foreign(segmentName(segment), "was written by another version of Holdfast");
      if (header !== undefined) ids.add(header.spool);
      segments.set(segment, await file.size());
      const id = [...ids][0];
      if (isLast && id !== undefined) last = await recoverTail(file, { segment, seed: seedOf(id) });
    } finally {
      await file.close();
    }
  }
  if (ids.size > 1) throw foreign("the directory", "holds segments of two spools");
  if (last !== undefined) segments.set(last.segment, last.size);
  if (ids.size === 0) await removeUnborn(disk, segments);
  await disk.syncDirectory();
  const newest = numbers.at(-1);
  return {
    spool: [...ids][0] ?? randomBytes(16).toString("hex"),
    segments,
    next: newest === undefined ? Math.floor(nowMs / 1000) : newest + 1,
    cut: last?.cut,
    damage: last?.damage ?? [],
  };
}

/** Files whose header never became durable: nothing was written to them before it was. */
async function removeUnborn(disk: SpoolDisk, segments: Map<number, number>): Promise<void> {
  for (const [segment, size] of segments) {
    if (size > SEGMENT_HEADER_BYTES) throw foreign(segmentName(segment), "has records but no readable header");
    await disk.remove(segmentName(segment));
    segments.delete(segment);
  }
}

interface Tail {
  readonly segment: number;
  readonly size: number;
  readonly cut: Damage | undefined;
  readonly damage: readonly Damage[];
}

const CHECKED_AT_ONCE = 1024 * 1024;

/** Checks every frame of the last segment and cuts what follows the last whole one. */
async function recoverTail(file: SpoolFile, of: { segment: number; seed: number }): Promise<Tail> {
  const size = await file.size();
  const walk = { file, segment: of.segment, seed: of.seed, limit: size, windowBytes: CHECKED_AT_ONCE };
  const walker = new SegmentWalker(walk, SEGMENT_HEADER_BYTES);
  const holes: Damage[] = [];
  let good = Math.min(size, SEGMENT_HEADER_BYTES);
  let synced = 0;
  for (let step = await walker.next(); step !== undefined; step = await walker.next()) {
    if ("damage" in step) holes.push(step.damage);
    else if (await walker.isWhole(step.frame)) {
      good = step.frame.end;
      synced = Math.max(synced, step.frame.syncedTo);
    } else holes.push({ segment: of.segment, from: step.frame.offset, to: step.frame.end });
  }
  const inside = holes.filter((hole) => hole.from < good);
  for (const hole of inside) if (hole.from >= synced) await fill(walk, hole);
  if (good < size) await file.truncate(good);
  await file.sync();
  return {
    segment: of.segment,
    size: good,
    cut: good < size ? { segment: of.segment, from: good, to: size } : undefined,
    damage: inside.filter((hole) => hole.from < synced),
  };
}

/** The frames of one commit reach the disk in any order: a power cut can lose one and keep the next. No later frame says that
 *  the lost one was synced, so nobody was told about it; an empty frame in its place keeps it from being reported as loss. */
async function fill(walk: Walk, hole: Damage): Promise<void> {
  const payload = Buffer.alloc(hole.to - hole.from - FRAME_HEADER_BYTES);
  const header = encodeHeader(
    {
      segment: walk.segment,
      firstOrdinal: 0,
      count: 0,
      payloadLength: payload.length,
      payloadCrc: crc32(payload, walk.seed),
      syncedTo: 0,
      envelopeLength: 0,
    },
    walk.seed,
  );
  await walk.file.write([header, payload], hole.from);
}

const foreign = (what: string, why: string): Error =>
  spoolFail(
    "SPOOL_FOREIGN",
    `The spool cannot be opened: ${what} ${why}. Move the directory away, or start the version that wrote it.`,
  );
