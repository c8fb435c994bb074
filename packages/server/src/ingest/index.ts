/** ingest: from acknowledged record to stored event: inputs, pump, sources, imports and quarantine. */
export { createPump } from "./pump.ts";
export { createPumpJournal } from "./pump-journal.ts";
export { createWorkerPool } from "./worker-pool.ts";
export { serveBlocks } from "./worker-thread.ts";
