/** ingest: from acknowledged record to stored event: inputs, pump, sources, imports and quarantine. */
export type { BlockResult, Observations, SeenAddress, SeenHost, SeenUser, SourceCounts } from "./block.ts";
export { createIngest, type Ingest, type IngestConfig, type IngestOptions, type SyslogConfig } from "./create.ts";
export type { IngestCaller } from "./http-ingest.ts";
export type { ImportRecordsCall } from "./imports.ts";
export type { Admission } from "./intake.ts";
export type { BlockMatcher, MatchInput } from "./processor.ts";
export type { BlockHook } from "./pump-journal.ts";
export type { RawAnswer } from "./raw-answer.ts";
export { serveBlocks, type WorkerParts } from "./worker-thread.ts";
