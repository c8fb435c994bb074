/** history: what finished workflows leave behind is removed after a time: their steps, and the messages that they took or that came too
 *  late. What runs, sleeps or waits to be started keeps everything: it could not be taken up without it. In small batches, so that it
 *  holds no lock for long and stops at once. */
import type { Clock } from "../clock/index.ts";
import type { Log } from "../log/index.ts";
import type { Tables } from "../tables/index.ts";
import type { Engine } from "./engine.ts";
import { removeMessages, startWaits, writtenTo } from "./store.ts";

export interface History {
  /** Removes now what is old enough; gives how many workflows that were. */
  prune(): Promise<number>;
  /** From now on, every hour. */
  start(): void;
  stop(): Promise<void>;
}

export function createHistory(given: {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly log: Log;
  readonly keepDays: number;
  readonly engine: Pick<Engine, "forget" | "view">;
}): History {
  const { tables, clock, log, engine } = given;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<unknown> = Promise.resolve();

  const prune = async (): Promise<number> => {
    const before = clock.now() - given.keepDays * DAY_MS;
    let forgotten = 0;
    while (!stopped) {
      const ids = await engine.forget(before, BATCH);
      if (ids.length > 0) await removeMessages(tables, ids);
      forgotten += ids.length;
      if (ids.length < BATCH) break;
    }
    await dropUndeliverable(before);
    return forgotten;
  };

  /** A message to what has ended and was forgotten, or was never started, reaches nobody any more. */
  const dropUndeliverable = async (before: number): Promise<void> => {
    let after = "";
    while (!stopped) {
      const ids = await writtenTo(tables, { before, after, limit: BATCH });
      const gone: string[] = [];
      for (const id of ids) if ((await engine.view(id)) === undefined && !(await startWaits(tables, id))) gone.push(id);
      if (gone.length > 0) await removeMessages(tables, gone);
      after = ids.at(-1) ?? "";
      if (ids.length < BATCH) return;
    }
  };

  const again = (): void => {
    running = running.then(prune).catch((error: unknown) => {
      if (!stopped)
        log.warn(
          { error: String(error) },
          "The history of finished workflows could not be removed; this is tried again.",
        );
    });
  };
  return {
    prune,
    start() {
      again();
      timer = setInterval(again, EVERY_MS);
      timer.unref();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
const BATCH = 500;
