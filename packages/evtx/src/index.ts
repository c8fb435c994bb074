/** index: the surface of the Windows event log reader: bytes in, records out as one line of JSON each. Pure: no I/O. */
export { flattenEvent } from "./flatten.ts";
export type { EvtxRecord } from "./chunk.ts";
export { createEvtxReader, type EvtxOptions, readEvtx } from "./reader.ts";
export type { EvtxProblem, ProblemCode } from "./problem.ts";
