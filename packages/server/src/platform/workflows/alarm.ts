/** alarm: everybody in this process who waits for a time, on one timer. It looks at the wall clock at least once per `tickMs`, so
 *  that a clock set forward, or a machine that slept, wakes its sleepers late by a tick and not by the jump. */
import type { Clock } from "../clock/index.ts";

export interface Alarm {
  /** Calls once when the time has come, on a later turn even if it is past. The returned function takes it back. */
  at(epochMs: number, wake: () => void): () => void;
  close(): void;
}

export function createAlarm({ clock, tickMs }: { clock: Clock; tickMs: number }): Alarm {
  const waiting = new Set<Waiting>();
  let timer: NodeJS.Timeout | undefined;
  let next = Number.POSITIVE_INFINITY;

  const ring = (): void => {
    timer = undefined;
    const now = clock.now();
    for (const one of waiting) {
      if (one.at > now) continue;
      waiting.delete(one);
      one.wake();
    }
    next = Number.POSITIVE_INFINITY;
    for (const { at } of waiting) next = Math.min(next, at);
    schedule();
  };
  const schedule = (): void => {
    if (waiting.size === 0) return;
    clearTimeout(timer);
    timer = setTimeout(ring, Math.max(0, Math.min(next - clock.now(), tickMs)));
  };

  return {
    at(epochMs, wake) {
      const one = { at: epochMs, wake };
      waiting.add(one);
      if (epochMs < next || timer === undefined) {
        next = Math.min(next, epochMs);
        schedule();
      }
      return () => void waiting.delete(one);
    },
    close() {
      clearTimeout(timer);
      timer = undefined;
      waiting.clear();
    },
  };
}

interface Waiting {
  readonly at: number;
  readonly wake: () => void;
}
