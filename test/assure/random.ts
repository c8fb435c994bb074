/** random: seeded numbers, so that a round that failed can be run again by its seed. */

export interface Random {
  /** 0 inclusive to 1 exclusive. */
  next(): number;
  between(low: number, high: number): number;
}

/** The seed that HOLDFAST_TEST_SEED gives, else one of the moment; print it. */
export function seedOfRun(): number {
  const given = Number(process.env["HOLDFAST_TEST_SEED"]);
  return Number.isInteger(given) && given > 0 ? given : Math.floor(Math.random() * 2 ** 31);
}

/** Mulberry32: 32 bits of state are enough to choose moments. */
export function seeded(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, between: (low, high) => low + next() * (high - low) };
}
