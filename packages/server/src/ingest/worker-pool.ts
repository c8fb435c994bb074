/** worker-pool: runs blocks on worker threads and survives what they meet there. A record that holds its thread too long, or
 *  kills it, is tried once more alone on a fresh thread; only if that fails too is it excluded, so that a pause of the
 *  machine never costs a good record. A block is answered only when it is stored. */
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Clock } from "../platform/clock/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { BlockPlan, BlockResult, Exclusion, FromWorker, SpoolPlace, ToWorker } from "./block.ts";
import { ingestFail } from "./errors.ts";
import type { IngestWorkerData } from "./worker-thread.ts";
import { type Stuck, Watchdog, type WatchLimits } from "./watchdog.ts";

export interface WorkerPoolOptions {
  readonly workers: number;
  readonly workerUrl: URL;
  /** Handed to the worker entry as it is. */
  readonly workerData: unknown;
  readonly spool: SpoolPlace;
  readonly recordBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Answers of the workers to `load`. */
  readonly onLoaded?: (answer: unknown) => void;
  readonly limits?: WatchLimits;
  /** Heap of one worker in MiB; beyond it the thread ends and its record is suspect. */
  readonly heapMiB?: number;
}

export interface WorkerPool<Signal> {
  /** `exclude` makes the decision durable before the block is stored without that record. Rejects only after `stop`. */
  run(plan: BlockPlan, exclude: (exclusion: Exclusion) => Promise<void>): Promise<BlockResult<Signal>>;
  /** Sends something to load (rules) to every worker, now and to those started later. */
  load(payload: unknown): void;
  readonly size: number;
  stop(): Promise<void>;
}

const LIMITS: WatchLimits = { cpuMs: 250, wallMs: 5_000 };
const LOOK_MS = 50;
/** Nearly all that a record leaves behind is garbage at once: a large nursery spares copying the rest. */
const YOUNG_MIB = 96;
const RESTART_MS = 1_000;
/** Times a record may be cut short before it is excluded although it passed alone. */
const PATIENCE = 4;

type Outcome<Signal> =
  | { readonly kind: "done"; readonly result: BlockResult<Signal> }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "stuck"; readonly at: Stuck }
  | { readonly kind: "died"; readonly at: Stuck | undefined; readonly reason: string };

interface Seat<Signal> {
  readonly worker: Worker;
  readonly watchdog: Watchdog;
  /** Blocks given to this thread and not answered yet, by job number. */
  readonly jobs: Map<number, (outcome: Outcome<Signal>) => void>;
  /** The one that is being read; the others wait for the event store, so the thread is free for the next. */
  reading: number | undefined;
  alive: boolean;
  /** It got as far as serving; one that does not is not replaced at once. */
  served: boolean;
  /** Its CPU time was asked for and has not come yet. */
  asked: boolean;
}

interface Waiting<Signal> {
  readonly plan: BlockPlan;
  readonly careful: readonly number[];
  readonly settle: (outcome: Outcome<Signal>) => void;
}

/** Blocks of one thread: one is read while those before it are being stored. */
const JOBS_PER_SEAT = 4;

export function createWorkerPool<Signal>(options: WorkerPoolOptions): WorkerPool<Signal> {
  const { clock, log } = options;
  const seats = new Set<Seat<Signal>>();
  const waiting: Waiting<Signal>[] = [];
  let latest: ToWorker | undefined;
  let stopped = false;
  let lastJob = 0;

  for (let n = 0; n < options.workers; n += 1) open();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();

  function open(): void {
    const watchdog = new Watchdog(options.limits ?? LIMITS);
    const worker = new Worker(options.workerUrl, {
      workerData: { own: options.workerData, ingest: dataOf(options, watchdog) },
      resourceLimits: { maxOldGenerationSizeMb: options.heapMiB ?? 1_024, maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    const seat: Seat<Signal> = {
      worker,
      watchdog,
      jobs: new Map(),
      reading: undefined,
      alive: true,
      served: false,
      asked: false,
    };
    seats.add(seat);
    let reason = "the thread ended";
    worker.on("message", (message: FromWorker<Signal>) => hear(seat, message));
    worker.on("error", (error: Error) => {
      reason = error.message;
    });
    worker.on("exit", () => lose(seat, (at) => ({ kind: "died", at, reason })));
    if (latest !== undefined) worker.postMessage(latest);
  }

  function hear(seat: Seat<Signal>, message: FromWorker<Signal>): void {
    if (message.type === "loaded") options.onLoaded?.(message.answer);
    else if (message.type === "log") log.warn(message.fields, message.sentence);
    else if (message.type === "ready") seat.served = true;
    else if (message.type === "read") seat.reading = undefined;
    else if (message.type === "done") answer(seat, message.job, { kind: "done", result: message.result });
    else if (message.type === "failed") answer(seat, message.job, { kind: "failed", reason: message.reason });
    assign();
  }

  function answer(seat: Seat<Signal>, job: number, outcome: Outcome<Signal>): void {
    const settle = seat.jobs.get(job);
    seat.jobs.delete(job);
    if (seat.reading === job) seat.reading = undefined;
    settle?.(outcome);
  }

  /** The thread is gone: the block it was reading hears where it was, the others only that they must run again. */
  function lose(seat: Seat<Signal>, why: (at: Stuck | undefined) => Outcome<Signal>): void {
    if (!seat.alive) return;
    seat.alive = false;
    seats.delete(seat);
    for (const job of [...seat.jobs.keys()]) {
      answer(seat, job, why(job === seat.reading ? seat.watchdog.current() : undefined));
    }
    if (stopped) return;
    if (seat.served) return replace();
    log.error({ reason: reasonOf(why(undefined)) }, "an ingest worker did not start; trying again");
    setTimeout(replace, RESTART_MS).unref();
  }

  function replace(): void {
    if (stopped) return;
    open();
    assign();
  }

  function look(): void {
    for (const seat of seats) {
      if (seat.reading === undefined) continue;
      end(seat, seat.watchdog.look(clock.monotonic(), undefined));
      if (seat.asked || !seat.alive) continue;
      seat.asked = true;
      void seat.worker.cpuUsage().then(
        ({ user, system }) => {
          seat.asked = false;
          if (seat.reading !== undefined) end(seat, seat.watchdog.look(clock.monotonic(), (user + system) / 1_000));
        },
        // Not started yet, or ended by itself: its exit is heard elsewhere.
        () => {
          seat.asked = false;
        },
      );
    }
  }

  function end(seat: Seat<Signal>, at: Stuck | undefined): void {
    if (at === undefined || !seat.alive) return;
    lose(seat, (own) => (own === undefined ? { kind: "died", at: undefined, reason: "" } : { kind: "stuck", at: own }));
    void seat.worker.terminate();
  }

  function assign(): void {
    for (const seat of seats) {
      if (seat.reading !== undefined || seat.jobs.size >= JOBS_PER_SEAT) continue;
      const next = waiting.shift();
      if (next === undefined) return;
      lastJob += 1;
      seat.jobs.set(lastJob, next.settle);
      seat.reading = lastJob;
      const message: ToWorker = { type: "block", job: lastJob, plan: next.plan, careful: next.careful };
      seat.worker.postMessage(message);
    }
  }

  function attempt(plan: BlockPlan, careful: readonly number[]): Promise<Outcome<Signal>> {
    return new Promise((settle) => {
      waiting.push({ plan, careful, settle });
      assign();
    });
  }

  async function run(plan: BlockPlan, exclude: (exclusion: Exclusion) => Promise<void>): Promise<BlockResult<Signal>> {
    const suspects = new Map<number, number>();
    let excluded = plan.excluded;
    for (let wait = 100; ; ) {
      if (stopped)
        throw ingestFail("INGEST_STOPPING", "The workers are stopped; the block runs again at the next start.");
      const outcome = await attempt({ ...plan, excluded }, [...suspects.keys()]);
      if (outcome.kind === "done") return outcome.result;
      const at = outcome.kind === "failed" ? undefined : outcome.at;
      if (at === undefined) {
        if (stopped) continue;
        log.error({ ...plan, reason: outcome.kind === "stuck" ? "" : outcome.reason }, "a block is run again");
        await sleep(wait);
        wait = Math.min(wait * 2, 5_000);
        continue;
      }
      const times = (suspects.get(at.ordinal) ?? 0) + 1;
      suspects.set(at.ordinal, times);
      if (stopped || (!at.careful && times < PATIENCE)) continue;
      const exclusion = exclusionOf(outcome, at.ordinal);
      log.warn({ segment: plan.segment, ...exclusion }, "a record goes to quarantine");
      await exclude(exclusion);
      excluded = [...excluded, exclusion];
    }
  }

  return {
    run,
    size: options.workers,
    load: (payload) => {
      latest = { type: "load", payload };
      for (const seat of seats) seat.worker.postMessage(latest);
    },
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      const threads = [...seats].map((seat) => seat.worker);
      await Promise.all(threads.map((worker) => worker.terminate()));
      for (const left of waiting.splice(0)) left.settle({ kind: "failed", reason: "the workers are stopped" });
    },
  };
}

const reasonOf = (outcome: Outcome<unknown>): string => ("reason" in outcome ? outcome.reason : "");

function dataOf(options: WorkerPoolOptions, watchdog: Watchdog): IngestWorkerData {
  return { spool: options.spool, recordBytes: options.recordBytes, cell: watchdog.shared };
}

function exclusionOf(outcome: { readonly kind: string; readonly reason?: string }, ordinal: number): Exclusion {
  return outcome.kind === "stuck"
    ? { ordinal, code: "RECORD_TOO_SLOW", reason: "Reading or matching it took more than 250 ms of CPU time, twice." }
    : {
        ordinal,
        code: "WORKER_CRASHED",
        reason: `Reading or matching it ended the worker, twice: ${outcome.reason ?? ""}`,
      };
}
