/** pump: moves blocks from the spool through the workers into the stores, several at a time, finished strictly in order.
 *  A block is written down before it starts and its results are one transaction with the checkpoint, so after any crash the
 *  same records run again under the same token, and everything that hangs on the block happens exactly once. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../platform/clock/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Spool, SpoolBlock, SpoolPosition } from "../platform/spool/index.ts";
import type { BlockPlan, BlockResult, Exclusion } from "./block.ts";
import { emptyResult } from "./block.ts";

/** What the pump writes down; PostgreSQL in the product, a simulator in the crash test. */
export interface PumpJournal<Signal> {
  load(): Promise<{ readonly checkpoint: SpoolPosition | undefined; readonly open: readonly BlockPlan[] }>;
  /** Durable before a block starts. */
  plan(plans: readonly BlockPlan[]): Promise<void>;
  exclude(plan: BlockPlan, exclusion: Exclusion): Promise<void>;
  /** One transaction: all effects of the block, the checkpoint, and the next plans. Does nothing twice. */
  finish(done: FinishedBlock<Signal>, next: readonly BlockPlan[]): Promise<void>;
}

export interface FinishedBlock<Signal> {
  readonly plan: BlockPlan;
  readonly block: SpoolBlock;
  readonly result: BlockResult<Signal>;
}

export interface PumpOptions<Signal> {
  readonly spool: Spool;
  readonly journal: PumpJournal<Signal>;
  readonly run: (plan: BlockPlan, exclude: (exclusion: Exclusion) => Promise<void>) => Promise<BlockResult<Signal>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Threads that read blocks; a few more blocks are stored or planned meanwhile. */
  readonly workers: number;
  readonly block: { readonly records: number; readonly bytes: number };
  /** How long a small block waits for more; bounds the number of inserts a second. */
  readonly lingerMs?: number;
  /** After the transaction: counters in memory. */
  readonly onFinished?: (done: FinishedBlock<Signal>) => void;
}

export interface Pump {
  start(): Promise<void>;
  /** Waits for running blocks at most this long; what is not through is run again at the next start. */
  stop(patienceMs: number): Promise<void>;
  /** Lets the running blocks end and starts no other; resolves when none runs, with the function that lets it go on.
   *  What arrives meanwhile waits in the spool. Rejects, and goes on, when they have not ended in time. */
  hold(patienceMs: number): Promise<() => void>;
  /** Why nothing moves, "" while it does. */
  trouble(): string;
}

interface Lane<Signal> {
  readonly plan: BlockPlan;
  readonly block: SpoolBlock;
  /** Undefined inside: the pump was stopped before the block was through. */
  result: Promise<BlockResult<Signal> | undefined> | undefined;
}

const WHOLE = { records: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
const QUIET_MS = 1_000;
/** So many records cost more than the block around them: they do not wait for company. */
const WORTH_RECORDS = 1_000;
/** While a small block waits, this often it is seen whether it has grown. */
const LOOK_MS = 20;
/** An insert waits for a dozen syncs of the disk: some at once hide that time, and the threads never wait for one. */
const AHEAD = 3;

export function createPump<Signal>(options: PumpOptions<Signal>): Pump {
  const { spool, journal, clock, log } = options;
  const lingerMs = options.lingerMs ?? 200;
  const most = options.workers + AHEAD;
  const lanes: Lane<Signal>[] = [];
  let cursor: SpoolPosition = spool.start();
  let wake = (): void => {};
  let fresh = false;
  let stopping = false;
  let aborted = false;
  let held = false;
  let onStill = (): void => {};
  let loop: Promise<void> | undefined;
  let lastPlanned = Number.NEGATIVE_INFINITY;
  let trouble = "";

  async function recover(): Promise<void> {
    const state = await insist("reading the checkpoint", () => journal.load());
    if (state.checkpoint !== undefined) cursor = later(state.checkpoint, spool.start());
    for (const plan of state.open) {
      const block = await spool.plan({ segment: plan.segment, offset: plan.from }, { ...WHOLE, to: plan.to });
      if (block === undefined || block.segment !== plan.segment) {
        log.error({ ...plan }, "a planned block is no longer in the spool");
        continue;
      }
      lanes.push({ plan: { ...plan, again: true }, block, result: undefined });
      cursor = { segment: block.segment, offset: block.to };
    }
    await release();
  }

  async function work(): Promise<void> {
    const unsubscribe = spool.onDurable(() => {
      fresh = true;
      wake();
    });
    try {
      while (!aborted && !(stopping && lanes.length === 0)) {
        if (held && lanes.length === 0) onStill();
        if (lanes.length === 0) await plan();
        for (const lane of lanes) lane.result ??= run(lane);
        if (lanes.length > 0) await finishHead();
        else if (!stopping) await idle();
      }
    } finally {
      unsubscribe();
    }
  }

  async function plan(): Promise<void> {
    const planned = await planNext(most, true);
    if (planned.length === 0) return;
    await insist("writing down a block", () => journal.plan(planned.map((lane) => lane.plan)));
    lanes.push(...planned);
  }

  /** Full blocks start at once, a large one when nothing else is at work; what is less waits a little for company. */
  async function planNext(count: number, alone: boolean): Promise<Lane<Signal>[]> {
    const planned: Lane<Signal>[] = [];
    fresh = false;
    while (planned.length < count && !stopping && !held) {
      const block = await spool.plan(cursor, options.block);
      if (block === undefined) break;
      const full = block.records >= options.block.records || block.bytes >= options.block.bytes;
      if (!full && block.damage.length === 0 && block.segment === spool.end().segment) {
        if (!alone || planned.length > 0) break;
        if (block.records < WORTH_RECORDS && clock.monotonic() - lastPlanned < lingerMs) break;
      }
      lastPlanned = clock.monotonic();
      cursor = { segment: block.segment, offset: block.to };
      const next = { segment: block.segment, from: block.from, to: block.to, excluded: [] };
      planned.push({ plan: next, block, result: undefined });
    }
    return planned;
  }

  async function finishHead(): Promise<void> {
    const [head] = lanes;
    const result = await head?.result;
    if (head === undefined || result === undefined) return;
    const done = { plan: head.plan, block: head.block, result };
    const next = await planNext(most - lanes.length + 1, lanes.length === 1);
    const plans = next.map((lane) => lane.plan);
    const started = clock.monotonic();
    await insist("writing down the results of a block", () => journal.finish(done, plans));
    const { readMs, storeMs, stored, signals } = result;
    const finishMs = clock.monotonic() - started;
    log.debug({ ...head.plan, stored, signals: signals.length, readMs, storeMs, finishMs }, "a block is through");
    lanes.shift();
    lanes.push(...next);
    options.onFinished?.(done);
    await release();
  }

  async function run(lane: Lane<Signal>): Promise<BlockResult<Signal> | undefined> {
    if (lane.block.records === 0) return emptyResult<Signal>();
    const exclude = (exclusion: Exclusion): Promise<void> =>
      insist("writing down a quarantined record", () => journal.exclude(lane.plan, exclusion));
    return insist("running a block", () => options.run(lane.plan, exclude)).catch(() => undefined);
  }

  async function release(): Promise<void> {
    const [head] = lanes;
    await spool.release(head === undefined ? cursor : { segment: head.plan.segment, offset: head.plan.from });
  }

  /** Nothing may be skipped: whatever fails here is tried until it works or the pump is given up. */
  async function insist<T>(doing: string, attempt: () => Promise<T>): Promise<T> {
    for (let wait = 50; ; wait = Math.min(wait * 2, 5_000)) {
      try {
        const value = await attempt();
        trouble = "";
        return value;
      } catch (error) {
        if (aborted) throw error;
        trouble = `${doing} failed: ${error instanceof Error ? error.message : String(error)}`;
        log.error({ doing, reason: trouble }, "the pump cannot go on and tries again");
        await sleep(wait);
      }
    }
  }

  async function idle(): Promise<void> {
    const lingering = lingerMs - (clock.monotonic() - lastPlanned);
    if (lingering > 0) return void (await sleep(Math.min(lingering, LOOK_MS)));
    if (fresh && !held) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, QUIET_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    wake = () => {};
  }

  return {
    start: async () => {
      await recover();
      loop = work().catch((error: unknown) => {
        if (aborted) return;
        trouble = error instanceof Error ? error.message : String(error);
        log.error({ reason: trouble }, "the pump stopped by a fault");
      });
    },
    stop: async (patienceMs) => {
      stopping = true;
      wake();
      const waiting = new AbortController();
      await Promise.race([loop, sleep(patienceMs, undefined, { signal: waiting.signal }).catch(() => {})]);
      waiting.abort();
      aborted = true;
    },
    hold: (patienceMs) => hold(patienceMs),
    trouble: () => trouble,
  };

  async function hold(patienceMs: number): Promise<() => void> {
    if (held) throw new Error("The pump is held already.");
    const letGo = (): void => {
      held = false;
      onStill = () => {};
      wake();
    };
    const late = new AbortController();
    const still = new Promise<"still">((resolve) => {
      onStill = () => resolve("still");
    });
    held = true;
    wake();
    const first = await Promise.race([still, sleep(patienceMs, "late" as const, { signal: late.signal })]);
    late.abort();
    if (first === "still") return letGo;
    letGo();
    throw new Error(`Blocks still ran after ${patienceMs / 1000} s${trouble === "" ? "" : `: ${trouble}`}.`);
  }
}

function later(a: SpoolPosition, b: SpoolPosition): SpoolPosition {
  return a.segment > b.segment || (a.segment === b.segment && a.offset >= b.offset) ? a : b;
}
