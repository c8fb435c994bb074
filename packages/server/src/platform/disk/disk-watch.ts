/** disk-watch: how much room the disk under a directory has. `low`: ingest must be refused, everything else goes on.
 *  `full`: the ballast was given up so that login, search and audit can still write. Each state is left only with some
 *  room to spare, so that it does not flicker. */
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../log/index.ts";
import { openBallast } from "./ballast.ts";

export type DiskState = "ok" | "low" | "full";

export interface DiskFacts {
  readonly state: DiskState;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Below this much free space ingest is refused. */
  readonly reserveBytes: number;
  /** Space that can still be given up; 0 after it was. */
  readonly ballastBytes: number;
}

export interface DiskWatch {
  /** As of the last look, at most `everyMs` ago. */
  readonly state: DiskState;
  facts(): DiskFacts;
  /** Looks now; for whoever just met a full disk. */
  check(): Promise<DiskState>;
  close(): void;
}

export interface DiskWatchOptions {
  readonly directory: string;
  readonly reserveBytes: number;
  readonly reservePercent: number;
  /** 64 MiB unless given; never more than a tenth of the disk. */
  readonly ballastBytes?: number;
  readonly everyMs?: number;
  readonly log: Log;
  readonly onChange?: (state: DiskState) => void;
}

/** Looks once before it resolves, so that a full disk gets its room before anything else starts. */
export async function createDiskWatch(options: DiskWatchOptions): Promise<DiskWatch> {
  const first = await measure(options.directory);
  const ballast = openBallast(
    join(options.directory, "ballast"),
    Math.floor(Math.min(options.ballastBytes ?? BALLAST_BYTES, first.totalBytes / 10)),
  );
  let state: DiskState = "ok";
  let last = first;
  let looking: Promise<DiskState> | undefined;

  const enter = (next: DiskState): DiskState => {
    if (next === state) return state;
    const facts = { from: state, to: next, freeBytes: last.freeBytes, reserveBytes: reserveOf(options, last) };
    if (next === "ok") options.log.info(facts, "the disk has room again");
    else
      options.log.warn(
        facts,
        next === "low" ? "the disk is nearly full; ingest is refused" : "the disk is full; gave up the ballast",
      );
    state = next;
    options.onChange?.(next);
    return state;
  };

  const look = async (): Promise<DiskState> => {
    last = await measure(options.directory);
    const reserve = reserveOf(options, last);
    // Full while the ballast is away: it comes back only with the whole reserve left over.
    if (ballast.isPresent() && last.freeBytes < ballast.bytes / 4) {
      ballast.release();
      last = await measure(options.directory);
      return enter("full");
    }
    if (!ballast.isPresent()) {
      if (last.freeBytes < reserve + ballast.bytes || !(await ballast.put())) {
        return enter(last.freeBytes < ballast.bytes || state === "full" ? "full" : lowOrOk(reserve));
      }
      last = await measure(options.directory);
      if (state === "full") enter("low");
    }
    return enter(lowOrOk(reserve));
  };

  const lowOrOk = (reserve: number): DiskState => {
    const needed = state === "ok" ? reserve : reserve + reserve / 16;
    return last.freeBytes < needed ? "low" : "ok";
  };

  const check = (): Promise<DiskState> => {
    looking ??= look()
      .catch((error: unknown) => {
        options.log.error({ directory: options.directory, error: String(error) }, "could not look at the disk");
        return state;
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };

  await check();
  const timer = setInterval(check, options.everyMs ?? 1_000).unref();
  return {
    get state() {
      return state;
    },
    facts: () => ({
      state,
      freeBytes: last.freeBytes,
      totalBytes: last.totalBytes,
      reserveBytes: reserveOf(options, last),
      ballastBytes: ballast.isPresent() ? ballast.bytes : 0,
    }),
    check,
    close: () => clearInterval(timer),
  };
}

const BALLAST_BYTES = 64 * 2 ** 20;

interface Room {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

async function measure(directory: string): Promise<Room> {
  const found = await statfs(directory);
  return { freeBytes: found.bavail * found.bsize, totalBytes: found.blocks * found.bsize };
}

/** The larger of the two settings, but at most a fifth of the disk: a small one must be usable at all. */
function reserveOf(options: DiskWatchOptions, room: Room): number {
  const wanted = Math.max(options.reserveBytes, (room.totalBytes * options.reservePercent) / 100);
  const most = Math.max(room.totalBytes / 5, (room.totalBytes * options.reservePercent) / 100);
  return Math.floor(Math.min(wanted, most));
}
