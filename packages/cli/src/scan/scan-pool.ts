/** scan-pool: matching threads, one a core. A thread that dies of what it reads costs its block, which is reported with the
 *  place; a fresh one takes over and the scan goes on. */
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Rule, RuleProblem } from "@holdfast/sigma";
import type { Block, BlockResult, FromScanWorker, MatchOptions, ToScanWorker } from "./block.ts";

export interface ScanPool {
  readonly size: number;
  /** Answers when the block is matched; never rejects. */
  run(block: Block): Promise<BlockResult>;
  /** Rules that cannot be matched although they could be read. */
  problems(): Promise<readonly RuleProblem[]>;
  stop(): Promise<void>;
}

/** Threads start at once and load their code while the rules are still read.
 *  @param loading what `run` waits for. */
export function createScanPool(size: number, loading: Promise<RuleLoad>): ScanPool {
  const seats: Seat[] = [];
  let stopped = false;
  let told: (problems: readonly RuleProblem[]) => void = () => {};
  const problems = new Promise<readonly RuleProblem[]>((resolve) => (told = resolve));
  let next = 0;

  function seat(): Seat {
    const worker = new Worker(WORKER, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB } });
    const jobs = new Map<number, (result: BlockResult) => void>();
    const made: Seat = { worker, jobs };
    worker.on("message", (message: FromScanWorker) => {
      if (message.kind === "ready") {
        told(message.problems);
        return;
      }
      jobs.get(message.id)?.(message.result);
      jobs.delete(message.id);
    });
    let reason = "it ended by itself";
    worker.on("error", (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on("exit", () => {
      if (stopped) return;
      const at = seats.indexOf(made);
      if (at >= 0) seats[at] = seat();
      for (const done of jobs.values()) done(lost(reason));
      told([]);
    });
    void loading.then(
      ({ rules, options }) => post(worker, { kind: "rules", rules, options }),
      () => {},
    );
    return made;
  }
  for (let i = 0; i < size; i += 1) seats.push(seat());

  return {
    size,
    run: async (block) => {
      await loading;
      const free = seats.reduce((best, candidate) => (candidate.jobs.size < best.jobs.size ? candidate : best));
      const id = (next += 1);
      return new Promise((resolve) => {
        free.jobs.set(id, resolve);
        const message: ToScanWorker = { kind: "block", id, block };
        free.worker.postMessage(message, [block.bytes.buffer]);
      });
    },
    problems: () => problems,
    stop: async () => {
      stopped = true;
      await Promise.all(seats.map(({ worker }) => worker.terminate()));
    },
  };
}

export interface RuleLoad {
  readonly rules: readonly Rule[];
  readonly options: MatchOptions;
}

interface Seat {
  readonly worker: Worker;
  readonly jobs: Map<number, (result: BlockResult) => void>;
}

/** With the ending that this file itself has: .ts in a clone, .js when built. */
const WORKER = new URL(`./scan-worker${extname(import.meta.url)}`, import.meta.url);
/** Nearly all that a record leaves behind is garbage at once: a large nursery spares copying the rest. */
const YOUNG_MIB = 32;

const post = (worker: Worker, message: ToScanWorker): void => worker.postMessage(message);

const lost = (reason: string): BlockResult => ({
  records: 0,
  counted: 0,
  matches: [],
  problems: [{ message: `a part of it could not be matched: the thread that read it ended (${reason})` }],
});
