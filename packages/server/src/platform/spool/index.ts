/** spool: durable acknowledgement. Records are on disk before anyone is told so, and stay until the event store has them. */
export { openDisk, type SpoolDisk, type SpoolFile } from "./disk.ts";
export type { Envelope } from "./frame.ts";
export type { BlockLimits, SpoolBlock, SpoolPosition } from "./planner.ts";
export { type BlockRecord, readBlock, type ReadBlock } from "./block-reader.ts";
export type { Damage, FramePlace } from "./segment.ts";
export { type Appended, openSpool, type Spool, type SpoolState } from "./spool.ts";
