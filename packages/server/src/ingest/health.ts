/** health: one honest word for the pipeline and the numbers behind it. */
import type { PipelineHealth } from "@holdfast/contracts/ingest";
import type { Clock } from "../platform/clock/index.ts";
import type { Spool } from "../platform/spool/index.ts";
import type { Backlog } from "./backlog.ts";
import type { Intake } from "./intake.ts";
import type { Pump } from "./pump.ts";
import { lagSeconds } from "./source-view.ts";

const WINDOW_MS = 10_000;
/** Older than this is behind. */
const BEHIND_SECONDS = 30;

/** Records stored over the last ten seconds. */
export class Rate {
  readonly #clock: Clock;
  readonly #samples: { readonly at: number; readonly records: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(records: number): void {
    this.#samples.push({ at: this.#clock.monotonic(), records });
    this.#forget();
  }

  perSecond(): number {
    this.#forget();
    return this.#samples.reduce((sum, sample) => sum + sample.records, 0) / (WINDOW_MS / 1000);
  }

  #forget(): void {
    const oldest = this.#clock.monotonic() - WINDOW_MS;
    while ((this.#samples[0]?.at ?? oldest) < oldest) this.#samples.shift();
  }
}

export function pipelineHealth(of: {
  readonly spool: Spool;
  readonly pump: Pump;
  readonly intake: Intake;
  readonly backlog: Backlog;
  readonly rate: Rate;
  readonly clock: Clock;
  readonly workers: number;
  readonly diskFreeBytes: number;
  readonly running: boolean;
}): PipelineHealth {
  const spool = of.spool.state();
  const waiting = of.backlog.total();
  const lag = lagSeconds(waiting.oldestMs, of.clock.now());
  const refusal = of.intake.refusal();
  const trouble = of.pump.trouble();
  const full = spool.bytes >= spool.maxBytes - FULL_MARGIN;
  let state: PipelineHealth["state"] = "ok";
  let reason = "";
  if (!of.running || spool.fenced !== "") {
    state = "stopped";
    reason = spool.fenced === "" ? "ingest is not running" : spool.fenced;
  } else if (refusal !== undefined || full) {
    state = "refusing";
    reason = refusal?.message ?? "the spool is full: the event store is behind";
  } else if (trouble !== "" || lag > BEHIND_SECONDS) {
    state = "behind";
    reason = trouble === "" ? `the oldest record waits since ${Math.round(lag)} s` : trouble;
  }
  return {
    state,
    reason,
    spoolBytes: spool.bytes,
    spoolMaxBytes: spool.maxBytes,
    diskFreeBytes: of.diskFreeBytes,
    backlog: waiting.records,
    lagSeconds: lag,
    perSecond: of.rate.perSecond(),
    workers: of.workers,
  };
}

/** The spool refuses batches before its last byte is used. */
const FULL_MARGIN = 1024 * 1024;
