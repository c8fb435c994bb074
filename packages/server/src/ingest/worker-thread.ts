/** worker-thread: the loop inside a worker: takes blocks one at a time, keeps the watchdog's cell up to date, and hands what
 *  the rule engine is to load on to it. The entry file of the worker puts the parts together and calls `serveBlocks`. */
import { parentPort, workerData } from "node:worker_threads";
import type { Normaliser } from "@holdfast/sdk";
import type { EventInserter } from "../platform/events/index.ts";
import { CELL, type FromWorker, PHASE, type SpoolPlace, type ToWorker } from "./block.ts";
import { type BlockMatcher, createBlockProcessor } from "./processor.ts";

export interface WorkerParts<Signal> {
  readonly normalise: Normaliser;
  readonly matcher: BlockMatcher<Signal>;
  readonly inserter: EventInserter;
  /** Takes what `load` of the pool sent (rules); what it answers goes back to the pool's `onLoaded`. */
  readonly load: (payload: unknown) => unknown;
}

/** What the pool adds to the `workerData` of its threads. */
export interface IngestWorkerData {
  readonly spool: SpoolPlace;
  readonly cell: SharedArrayBuffer;
  readonly recordBytes: number;
}

/** `makeParts` runs once, with the `workerData` that main.ts gave to createIngest. */
export async function serveBlocks<Signal>(
  makeParts: (data: unknown) => WorkerParts<Signal> | Promise<WorkerParts<Signal>>,
): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error("serveBlocks runs in a worker thread only.");
  const { ingest, own } = workerData as { ingest: IngestWorkerData; own: unknown };
  const cell = new Int32Array(ingest.cell);
  const post = (message: FromWorker<Signal>): void => port.postMessage(message);
  const parts = await makeParts(own);
  const processor = createBlockProcessor<Signal>({
    spool: ingest.spool,
    normalise: parts.normalise,
    matcher: parts.matcher,
    inserter: parts.inserter,
    recordBytes: ingest.recordBytes,
    atRecord: (ordinal, careful) => {
      if (ordinal !== undefined) Atomics.store(cell, CELL.ordinal, ordinal | 0);
      Atomics.store(cell, CELL.phase, ordinal === undefined ? PHASE.idle : careful ? PHASE.careful : PHASE.record);
      Atomics.add(cell, CELL.sequence, 1);
    },
    log: (fields, sentence) => post({ type: "log", fields, sentence }),
  });
  port.on("message", (message: ToWorker) => {
    if (message.type === "load") {
      post({ type: "loaded", answer: parts.load(message.payload) });
      return;
    }
    const { job, plan, careful } = message;
    processor.process({ plan, careful, onRead: () => post({ type: "read", job }) }).then(
      (result) => post({ type: "done", job, result }),
      (error: unknown) => post({ type: "failed", job, reason: reasonOf(error) }),
    );
  });
  post({ type: "ready" });
}

const reasonOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
