/** watchdog: says which record a worker is stuck on. It needs no clock inside the worker: a cell whose sequence has not moved
 *  between two looks that lie far enough apart is stuck, however long this thread itself was held up in between. */
import { CELL, CELL_BYTES, PHASE } from "./block.ts";

export interface Stuck {
  readonly ordinal: number;
  /** True when the record was being tried alone. */
  readonly careful: boolean;
}

export interface WatchLimits {
  readonly recordMs: number;
  /** Wall time for a record that is tried alone; longer, since only its own CPU time should count against it. */
  readonly carefulMs: number;
}

export class Watchdog {
  readonly shared = new SharedArrayBuffer(CELL_BYTES);
  readonly #cell = new Int32Array(this.shared);
  readonly #limits: WatchLimits;
  #sequence = -1;
  #since = 0;

  constructor(limits: WatchLimits) {
    this.#limits = limits;
  }

  /** What the worker is doing, if it is at a record at all; also after it died. */
  current(): Stuck | undefined {
    const phase = Atomics.load(this.#cell, CELL.phase);
    if (phase === PHASE.idle) return undefined;
    return { ordinal: Atomics.load(this.#cell, CELL.ordinal) >>> 0, careful: phase === PHASE.careful };
  }

  /** @param now monotonic milliseconds of this thread */
  look(now: number): Stuck | undefined {
    const sequence = Atomics.load(this.#cell, CELL.sequence);
    const current = this.current();
    if (current === undefined || sequence !== this.#sequence) {
      this.#sequence = current === undefined ? -1 : sequence;
      this.#since = now;
      return undefined;
    }
    return now - this.#since > (current.careful ? this.#limits.carefulMs : this.#limits.recordMs) ? current : undefined;
  }
}
