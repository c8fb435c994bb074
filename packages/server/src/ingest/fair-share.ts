/** fair-share: keeps one source from filling the queue in front of all others. The spool is first in, first out, so a record waits
 *  for everything that was taken before it: while several sources send, each may have about a second's work waiting, and whoever
 *  has more is held back by its own protocol (a slow answer, a socket that is not read, 429). Alone, a source may use all there is. */
import { setTimeout as sleep } from "node:timers/promises";
import type { AppError } from "../platform/errors/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Backlog } from "./backlog.ts";
import { ingestFail } from "./errors.ts";
import type { Rate } from "./health.ts";

export interface FairShare {
  /** Why a source should not even send its next body: too many of its own wait already. */
  refusal(source: string): AppError | undefined;
  /** Resolves when the records may be taken, with a function to call once they are counted as waiting; throws after a while. */
  admit(source: string, records: number): Promise<() => void>;
}

export interface FairShareOptions {
  readonly backlog: Pick<Backlog, "ofSource">;
  readonly rate: Pick<Rate, "perSecond">;
  readonly clock: Clock;
  /** Records that were turned away. */
  readonly onRefused: (source: string, records: number) => void;
}

interface Sending {
  seen: number;
  /** Records let through and not yet in the backlog. */
  passing: number;
  held: number;
}

const WORK_MS = 1_000;
const LEAST_RECORDS = 2_000;
/** A source that sent within this time is one whose records must not wait. */
const ACTIVE_MS = 60_000;
const MOST_HELD = 4;
const PATIENCE_MS = 5_000;
const LOOK_MS = 20;

export function createFairShare({ backlog, rate, clock, onRefused }: FairShareOptions): FairShare {
  const sending = new Map<string, Sending>();

  function of(source: string): Sending {
    let known = sending.get(source);
    if (known === undefined) sending.set(source, (known = { seen: 0, passing: 0, held: 0 }));
    return known;
  }

  function isAlone(source: string): boolean {
    const since = clock.monotonic() - ACTIVE_MS;
    for (const [other, { seen }] of sending) if (other !== source && seen > since) return false;
    return true;
  }

  function isOver(source: string, mine: Sending): boolean {
    const most = Math.max(LEAST_RECORDS, (rate.perSecond() * WORK_MS) / 1_000);
    return backlog.ofSource(source).records + mine.passing >= most && !isAlone(source);
  }

  return {
    refusal: (source) => (of(source).held >= MOST_HELD ? tooMuch(source) : undefined),
    admit: async (source, records) => {
      const mine = of(source);
      const since = clock.monotonic();
      mine.seen = since;
      if (isOver(source, mine)) {
        mine.held += 1;
        try {
          while (isOver(source, mine)) {
            if (clock.monotonic() - since > PATIENCE_MS) {
              onRefused(source, records);
              throw tooMuch(source);
            }
            await sleep(LOOK_MS);
          }
        } finally {
          mine.held -= 1;
        }
      }
      mine.passing += records;
      return () => {
        mine.passing -= records;
      };
    },
  };
}

const tooMuch = (source: string): AppError =>
  ingestFail(
    "INGEST_SOURCE_SHARE",
    `The source "${source}" sends more than can be stored while others send, too; send again in a moment.`,
  );
