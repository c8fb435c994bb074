/** supervision: keeps a server running for as long as we want one. Whatever ends it (the OOM killer, a crash) is answered
 *  with a new start, again and again with growing pauses; connections find it at the same place. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../log/index.ts";

export interface Supervision {
  readonly pid: number;
  /** Ends the watch, and then the server. */
  stop(): Promise<void>;
}

export interface Supervised {
  readonly pid: number;
  isAlive(pid: number): boolean;
  start(): Promise<number>;
  stop(pid: number): Promise<void>;
  readonly log: Log;
}

/** Looking is one readlink; a server that was taken over is not our child, so there is no event to wait for. */
const LOOK_EVERY_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

export function supervise(server: Supervised): Supervision {
  let pid = server.pid;
  let stopping = false;
  let restarting: Promise<void> | undefined;
  const timer = setInterval(() => {
    if (restarting !== undefined || server.isAlive(pid)) return;
    restarting = restart().finally(() => {
      restarting = undefined;
    });
  }, LOOK_EVERY_MS).unref();

  const restart = async (): Promise<void> => {
    server.log.error({ pid }, "PostgreSQL ended unexpectedly; starting it again");
    for (let pauseMs = 100; !stopping; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        pid = await server.start();
        server.log.info({ pid }, "PostgreSQL runs again");
        return;
      } catch (error) {
        server.log.error(
          { reason: error instanceof Error ? error.message : String(error) },
          "PostgreSQL did not start again",
        );
        await sleep(pauseMs);
      }
    }
  };

  return {
    get pid() {
      return pid;
    },
    stop: async () => {
      stopping = true;
      clearInterval(timer);
      await restarting;
      await server.stop(pid);
    },
  };
}
