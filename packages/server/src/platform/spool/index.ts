/** spool: durable acknowledgement. Records are on disk before anyone is told so, and stay until the event store has them. */
export { openDisk, type SpoolDisk, type SpoolFile } from "./disk.ts";
export type { Envelope } from "./frame.ts";
export type { SpoolBlock, SpoolPosition } from "./planner.ts";
export { type BlockRecord, readBlock } from "./block-reader.ts";
export type { Damage, FramePlace } from "./segment.ts";
export { segmentsIn, snapshotSpool, type SpoolSnapshot } from "./snapshot.ts";
export { type Appended, openSpool, type Spool } from "./spool.ts";
