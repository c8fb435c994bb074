/** fair-share: keeps one sender from filling the queue in front of all others. The spool is first in, first out, so a record waits
 *  for everything that was taken before it: while several send, those with much to send share an allowance of waiting
 *  records that follows the wait itself (fewer while it is long, more while it is short), and whoever has its part of it is
 *  held back by its own protocol (a slow answer, a socket that is not read, 429). Alone, it may use all there is. */
import { setTimeout as sleep } from "node:timers/promises";
import type { AppError } from "../platform/errors/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Backlog } from "./backlog.ts";
import { ingestFail } from "./errors.ts";

export interface FairShare {
  /** Why a sender should not even send its next body: too many of its own wait already. */
  refusal(sender: string): AppError | undefined;
  /** Resolves when the records may be taken, with a function to call once they are counted as waiting; throws after a while. */
  admit(sender: string, records: number): Promise<() => void>;
}

export interface FairShareOptions {
  readonly backlog: Pick<Backlog, "ofSender" | "perSender" | "total">;
  readonly clock: Clock;
  /** Records that were turned away. */
  readonly onRefused: (sender: string, records: number) => void;
}

interface Sending {
  seen: number;
  /** Records let through and not yet in the backlog. */
  passing: number;
  held: number;
}

/** What the oldest record should wait at most: with the block that it then becomes part of, twice what an idle pipeline takes. */
const WAIT_MS = 250;
/** Fewer than these make small blocks, which cost more than they spare. */
const LEAST_RECORDS = 2_000;
const MOST_RECORDS = 1_000_000;
/** The allowance moves by this part at each look, a few times in the time that a change takes to show. */
const STEP = 0.04;
const STEP_MS = 50;
/** Who sent within this time is one whose records must not wait. */
const ACTIVE_MS = 60_000;
const MOST_HELD = 4;
/** From here on those who have been silent are forgotten: there may be any number of peers in a year. */
const MOST_KNOWN = 10_000;
const PATIENCE_MS = 5_000;
const LOOK_MS = 20;

export function createFairShare({ backlog, clock, onRefused }: FairShareOptions): FairShare {
  const sending = new Map<string, Sending>();
  let allowance = 2 * LEAST_RECORDS;
  let moved = Number.NEGATIVE_INFINITY;
  let holding = 0;

  /** Asked only while somebody is held, so nothing is concluded from a queue that nobody fills. */
  function move(): void {
    const at = clock.monotonic();
    if (at - moved < STEP_MS) return;
    moved = at;
    const { oldestMs } = backlog.total();
    const waits = oldestMs === undefined ? 0 : clock.now() - oldestMs;
    const next = waits > WAIT_MS ? allowance * (1 - STEP) : allowance * (1 + STEP);
    allowance = Math.min(MOST_RECORDS, Math.max(LEAST_RECORDS, next));
  }

  function of(sender: string): Sending {
    let known = sending.get(sender);
    if (known === undefined) {
      if (sending.size >= MOST_KNOWN) forgetSilent();
      sending.set(sender, (known = { seen: 0, passing: 0, held: 0 }));
    }
    return known;
  }

  function forgetSilent(): void {
    const since = clock.monotonic() - ACTIVE_MS;
    for (const [sender, { seen, passing, held }] of sending)
      if (seen < since && passing === 0 && held === 0) sending.delete(sender);
  }

  function isAlone(sender: string): boolean {
    const since = clock.monotonic() - ACTIVE_MS;
    for (const [other, { seen }] of sending) if (other !== sender && seen > since) return false;
    return true;
  }

  function isOver(sender: string, mine: Sending): boolean {
    const own = backlog.ofSender(sender) + mine.passing;
    // Who has less than the others is never the cause of a long wait, only hit by it.
    const most = Math.max(LEAST_RECORDS, allowance / Math.max(1, holding), backlog.perSender());
    return own >= most && !isAlone(sender);
  }

  return {
    refusal: (sender) => (of(sender).held >= MOST_HELD ? tooMuch(sender) : undefined),
    admit: async (sender, records) => {
      const mine = of(sender);
      const since = clock.monotonic();
      mine.seen = since;
      if (isOver(sender, mine)) {
        mine.held += 1;
        if (mine.held === 1) holding += 1;
        try {
          while (isOver(sender, mine)) {
            move();
            if (clock.monotonic() - since > PATIENCE_MS) {
              onRefused(sender, records);
              throw tooMuch(sender);
            }
            await sleep(LOOK_MS);
          }
        } finally {
          mine.held -= 1;
          if (mine.held === 0) holding -= 1;
        }
      }
      mine.passing += records;
      return () => {
        mine.passing -= records;
      };
    },
  };
}

const tooMuch = (sender: string): AppError =>
  ingestFail(
    "INGEST_SOURCE_SHARE",
    `"${sender}" sends more than can be stored while others send, too; send again in a moment.`,
  );
