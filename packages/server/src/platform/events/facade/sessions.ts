/** sessions: one fresh engine session per request, closed at its end whatever happened, within limits by lane.
 *  A session is never used twice: a failed query leaves its rows and settings in it, and the next answer would start with them. */
import { setTimeout as sleep } from "node:timers/promises";
import { Session } from "chdb";
import type { FacadeConfig } from "./protocol.ts";
import { quoted } from "./request.ts";
import type { StatementKind } from "./statement.ts";

export interface Sessions {
  readonly version: string;
  /** Runs the work on a session of its own; undefined when too many are waiting already. */
  run<T>(kind: StatementKind, work: (session: Session) => Promise<T>): Promise<T> | undefined;
  /** Ends a running query inside the engine, again and again until it is over: a kill that comes before the query has
   *  begun finds nothing. Asynchronous kills only, a synchronous one can hang. */
  kill(id: string, over: () => boolean): Promise<void>;
  close(): void;
}

const KILL_ROUNDS = 40;
const KILL_PAUSE_MS = 250;

export function openSessions(config: Pick<FacadeConfig, "directory" | "lanes">): Sessions {
  // Kept open for life: the engine leaves the directory when its last session closes.
  const keeper = new Session(config.directory);
  const version = keeper.query("SELECT version()", "TabSeparated").trim();
  const reads = createLane(config.lanes.reads, config.lanes.waiting);
  const writes = createLane(config.lanes.writes, config.lanes.waiting);
  const unlimited = createLane(Number.POSITIVE_INFINITY, 0);
  const onFresh = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const session = new Session(config.directory);
    try {
      return await work(session);
    } finally {
      session.close();
    }
  };
  return {
    version,
    run(kind, work) {
      const lane = kind === "read" ? reads : kind === "write" ? writes : unlimited;
      return lane(() => onFresh(work));
    },
    async kill(id, over) {
      for (let round = 0; round < KILL_ROUNDS && !over(); round += 1) {
        await onFresh((session) => session.queryAsync(`KILL QUERY WHERE Settings['log_comment']=${quoted(id)} ASYNC`));
        await sleep(KILL_PAUSE_MS);
      }
    },
    close() {
      keeper.close();
    },
  };
}

type Lane = <T>(work: () => Promise<T>) => Promise<T> | undefined;

function createLane(width: number, waiting: number): Lane {
  let running = 0;
  const queue: (() => void)[] = [];
  const release = (): void => {
    running -= 1;
    queue.shift()?.();
  };
  const turn = (): Promise<void> | undefined => {
    if (running < width) {
      running += 1;
      return Promise.resolve();
    }
    if (queue.length >= waiting) return undefined;
    return new Promise((resolve) => {
      queue.push(() => {
        running += 1;
        resolve();
      });
    });
  };
  return (work) => turn()?.then(work).finally(release);
}
