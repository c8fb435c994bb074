/** watchdog: says which record a worker is stuck on. What counts is the CPU time of the worker's own thread while its cell shows
 *  the same record: a busy or paused machine costs nobody a record. Wall time is only a far limit for a thread that sleeps. */
import { CELL, CELL_BYTES, PHASE } from "./block.ts";

export interface Stuck {
  readonly ordinal: number;
  /** True when the record was being tried alone. */
  readonly careful: boolean;
}

export interface WatchLimits {
  /** CPU time that one record may take. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

export class Watchdog {
  readonly shared = new SharedArrayBuffer(CELL_BYTES);
  readonly #cell = new Int32Array(this.shared);
  readonly #limits: WatchLimits;
  #sequence = -1;
  #sinceMs = 0;
  #cpuMs: number | undefined;

  constructor(limits: WatchLimits) {
    this.#limits = limits;
  }

  /** What the worker is doing, if it is at a record at all; also after it died. */
  current(): Stuck | undefined {
    const phase = Atomics.load(this.#cell, CELL.phase);
    if (phase === PHASE.idle) return undefined;
    return { ordinal: Atomics.load(this.#cell, CELL.ordinal) >>> 0, careful: phase === PHASE.careful };
  }

  /** @param now monotonic milliseconds
   *  @param cpuMs CPU time of the worker's thread so far, when it is known at this look */
  look(now: number, cpuMs: number | undefined): Stuck | undefined {
    const sequence = Atomics.load(this.#cell, CELL.sequence);
    const current = this.current();
    if (current === undefined || sequence !== this.#sequence) {
      this.#sequence = current === undefined ? -1 : sequence;
      this.#sinceMs = now;
      this.#cpuMs = cpuMs;
      return undefined;
    }
    this.#cpuMs ??= cpuMs;
    if (now - this.#sinceMs > this.#limits.wallMs) return current;
    if (cpuMs === undefined || this.#cpuMs === undefined) return undefined;
    return cpuMs - this.#cpuMs > this.#limits.cpuMs ? current : undefined;
  }
}
