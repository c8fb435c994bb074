/** index: the surface of the Windows event log reader: bytes in, records out as one line of JSON each. Pure: no I/O. */
export { flattenEvent } from "./flatten.ts";
export { type EvtxOptions, type EvtxProblem, type EvtxRecord, readEvtx } from "./reader.ts";
