/** day: where in a run the ordinary work lies. Weights per hour of the office clock, which is fixed by what it shows at the end of the run,
 *  so that a demo started at any hour ends in the late afternoon of its own working day. */
import type { Random } from "./random.ts";

export type Curve = "office" | "shop" | "even" | "night";

export interface Day {
  readonly start_ms: number;
  readonly end_ms: number;
  /** A moment of the run, likelier where the curve is high. */
  moment(random: Random, curve: Curve): number;
  /** The first moment of the run at which the office clock shows this many minutes after midnight. */
  at(minutes: number): number;
}

export function dayOf(start_ms: number, duration_ms: number, ends_at_minutes: number): Day {
  const end_ms = start_ms + duration_ms;
  const clockAt = (time_ms: number): number => {
    const minutes = ends_at_minutes - (end_ms - time_ms) / 60_000;
    return ((minutes % 1440) + 1440) % 1440;
  };
  const slots = Math.max(1, Math.ceil(duration_ms / SLOT_MS));
  const tables = new Map<Curve, number[]>();
  const tableOf = (curve: Curve): number[] => {
    const known = tables.get(curve);
    if (known !== undefined) return known;
    let sum = 0;
    const table = Array.from({ length: slots }, (_, slot) => {
      sum += WEIGHTS[curve][Math.floor(clockAt(start_ms + slot * SLOT_MS) / 60)] ?? 1;
      return sum;
    });
    tables.set(curve, table);
    return table;
  };
  return {
    start_ms,
    end_ms,
    moment(random, curve) {
      const table = tableOf(curve);
      const wanted = random.next() * (table[table.length - 1] ?? 1);
      let low = 0;
      let high = table.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((table[middle] ?? 0) > wanted) high = middle;
        else low = middle + 1;
      }
      return Math.min(end_ms - 1, Math.floor(start_ms + low * SLOT_MS + random.next() * SLOT_MS));
    },
    at: (minutes) => start_ms + Math.round((((minutes - clockAt(start_ms)) % 1440) + 1440) % 1440) * 60_000,
  };
}

const SLOT_MS = 900_000;

const WEIGHTS: Readonly<Record<Curve, readonly number[]>> = {
  office: [1, 1, 1, 1, 1, 2, 6, 18, 40, 46, 46, 44, 30, 38, 46, 44, 38, 26, 10, 5, 3, 2, 1, 1],
  shop: [8, 5, 4, 3, 3, 4, 8, 14, 20, 24, 26, 28, 32, 28, 25, 25, 27, 32, 38, 44, 46, 38, 24, 14],
  even: new Array<number>(24).fill(1),
  night: [10, 14, 14, 10, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 5, 8],
};
