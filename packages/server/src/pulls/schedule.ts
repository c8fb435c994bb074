/** schedule: one task for each source that is fetched: it waits for its time, tries, and writes down how it went. A failure is tried again
 *  later and later, never given up; what the other side asks for (Retry-After, its limits) is kept to. */
import type { PullState } from "@holdfast/contracts/pulls";
import type { Feed } from "../ingest/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import { isAppError } from "../platform/errors/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import type { Keeper } from "./keeper.ts";
import type { Consumer } from "./kind.ts";
import type { createRunner, End } from "./runner.ts";
import * as store from "./store.ts";

export interface Schedule {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Looks at the source at once: it is new, changed, or somebody asked. */
  wake(id: string): void;
  /** What it does at this moment; undefined while it waits. */
  doing(id: string): Extract<PullState, "running" | "listening"> | undefined;
}

export interface ScheduleOptions {
  readonly tables: Tables;
  readonly feed: Feed;
  readonly clock: Clock;
  readonly log: Log;
  readonly keeper: Keeper;
  readonly run: ReturnType<typeof createRunner>;
  /** Told when how a source stands has changed. */
  readonly onChange: (id: string) => Promise<void>;
}

interface Task {
  doing: "running" | "listening" | undefined;
  /** Ends the running try; it goes on where it stopped. */
  abort: AbortController;
  wake: () => void;
  ended: Promise<void>;
}

const LONGEST_MS = 3_600_000;
const HELD_MS = 5_000;
const FIRST_BACK_OFF_MS = 5_000;
/** However long it has to wait, a source that was switched on or off elsewhere is noticed within this time. */
const LOOK_MS = 30_000;

export function createSchedule(options: ScheduleOptions): Schedule {
  const { tables, feed, clock, log, keeper, run } = options;
  const tasks = new Map<string, Task>();
  let stopped = false;

  function begin(id: string): void {
    if (stopped || tasks.has(id)) return;
    const task: Task = { doing: undefined, abort: new AbortController(), wake: () => {}, ended: Promise.resolve() };
    tasks.set(id, task);
    task.ended = work(id, task);
  }

  async function work(id: string, task: Task): Promise<void> {
    while (!stopped) {
      let waitMs = LOOK_MS;
      task.abort = new AbortController();
      try {
        const pull = await store.byId(tables.db, id);
        if (pull === undefined) break;
        waitMs = Math.min(LOOK_MS, pull.nextTryMs - clock.now());
        const enabled = feed.source(id)?.enabled === true;
        if (enabled && waitMs <= 0 && !stopped) {
          await store.tried(tables.db, id, clock.now());
          const end = await attempt(pull, task);
          await note(pull, end);
          waitMs = 0;
        } else if (!enabled) waitMs = LOOK_MS;
      } catch (error) {
        // The state store is away, or something is wrong with us: the cursor stands, and the next look comes.
        log.warn({ source: id, reason: reasonOf(error) }, "a fetched source is looked at again later");
        waitMs = HELD_MS;
      }
      task.doing = undefined;
      if (waitMs > 0 && !stopped) await pause(task, waitMs);
    }
    tasks.delete(id);
  }

  async function attempt(pull: store.StoredPull, task: Task): Promise<End> {
    try {
      const work = await keeper.open(pull);
      if (work.how === "pages") {
        task.doing = "running";
        return await run(pull, { streams: work.streams, signal: task.abort.signal });
      }
      return await listen(pull, task, work.consumer);
    } catch (error) {
      if (isAppError(error) && error.code === "INGEST_STOPPING") return { kind: "held", reason: error.message };
      return { kind: "failed", reason: reasonOf(error) };
    }
  }

  async function listen(pull: store.StoredPull, task: Task, consumer: Consumer): Promise<End> {
    let held: string | undefined;
    await consumer
      .consume({
        sinceMs: pull.sinceMs,
        signal: task.abort.signal,
        onListening: async () => {
          task.doing = "listening";
          await note(pull, { kind: "done" });
        },
        onTrouble: (reason) => note(pull, { kind: "failed", reason, waitMs: 0 }),
        take: async ({ records, peer, cursors, kind }) => {
          if (feed.source(pull.id)?.enabled !== true) {
            held = "The source is disabled.";
            throw new Error(held);
          }
          // Nothing is acknowledged while we cannot take it: the broker keeps it.
          const taken = await feed.append(pull.id, { peer, records, kind }).catch((error: unknown) => {
            held = reasonOf(error);
            throw error;
          });
          await tables.transaction(async (tx) => {
            await store.addTaken(tx, pull.id, { taken, repeated: 0 });
            for (const { stream, cursor } of cursors) await store.saveState(tx, pull.id, { stream, state: { cursor } });
          });
        },
      })
      .catch((error: unknown) => {
        if (held === undefined) throw error;
      });
    return held === undefined ? { kind: "pause", waitMs: 0 } : { kind: "held", reason: held };
  }

  async function note(pull: store.StoredPull, end: End): Promise<void> {
    const now = clock.now();
    const every = (keeper.kindOf(pull.kind).everySeconds ?? 60) * 1000;
    const failures = (await store.byId(tables.db, pull.id))?.failures ?? 0;
    const noted = noteOf(end, { now, every, failures });
    await store.noteTry(tables.db, pull.id, { ...noted, now });
    if (noted.error !== null)
      log.warn({ source: pull.id, reason: noted.error, next: noted.next }, "a source could not be fetched");
    await options.onChange(pull.id);
  }

  return {
    async start() {
      for (const { id } of await store.list(tables.db)) begin(id);
    },
    async stop() {
      stopped = true;
      const running = [...tasks.values()];
      for (const task of running) {
        task.abort.abort();
        task.wake();
      }
      await Promise.all(running.map(({ ended }) => ended));
    },
    wake(id) {
      const task = tasks.get(id);
      if (task === undefined) return begin(id);
      // What listens is opened anew, with what was changed.
      if (task.doing === "listening") task.abort.abort();
      task.wake();
    },
    doing: (id) => tasks.get(id)?.doing,
  };
}

function noteOf(
  end: End,
  { now, every, failures }: { readonly now: number; readonly every: number; readonly failures: number },
): Pick<Parameters<typeof store.noteTry>[2], "wait" | "error" | "failed" | "next"> {
  switch (end.kind) {
    case "done":
      return { wait: "waiting", error: null, failed: false, next: now + every };
    case "pause":
      return { wait: end.waitMs > 0 ? "throttled" : "waiting", error: null, failed: false, next: now + end.waitMs };
    case "throttled":
      return {
        wait: "throttled",
        error: end.reason,
        failed: false,
        next: now + (end.waitMs ?? Math.min(60_000, every)),
      };
    case "held":
      return { wait: "held", error: end.reason, failed: false, next: now + (end.waitMs ?? HELD_MS) };
    case "failed": {
      const longer = Math.min(FIRST_BACK_OFF_MS * 2 ** Math.min(failures, 20), LONGEST_MS);
      return {
        wait: "backing-off",
        error: end.reason,
        failed: true,
        next: now + Math.max(end.waitMs ?? 0, end.waitMs === undefined ? longer : 0),
      };
    }
  }
}

function pause(task: Task, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    task.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
