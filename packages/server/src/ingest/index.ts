/** ingest: from acknowledged record to stored event: inputs, pump, sources, imports and quarantine. */
export { createIngest } from "./create.ts";
export { serveBlocks } from "./worker-thread.ts";
