/** throttle: how long a login from one address on one account must wait. Pure: numbers in, numbers out.
 *  The key is account AND address, so a stranger can slow himself down but cannot lock the account for its owner. */
import type { LoginFailures } from "./store.ts";

const FREE_TRIES = 5;
const FIRST_LOCK_MS = 30_000;
const LONGEST_LOCK_MS = 15 * 60_000;
/** A pause this long forgives earlier failures. */
const FORGET_MS = 60 * 60_000;
/** Failures on any account from one address before it must slow down as a whole. */
export const ADDRESS_TRIES = 50;

/** Milliseconds to wait before another try is looked at; 0 = go on. */
export const waitOf = (state: LoginFailures, now: number): number => Math.max(0, (state.lockedUntil ?? 0) - now);

/** The state after one more failure. */
export function afterFailure(state: LoginFailures, now: number, freeTries = FREE_TRIES): LoginFailures {
  const failures = now - state.lastAt > FORGET_MS ? 1 : state.failures + 1;
  const over = failures - freeTries;
  const lock = over < 0 ? 0 : Math.min(FIRST_LOCK_MS * 2 ** Math.min(over, 10), LONGEST_LOCK_MS);
  return { failures, lastAt: now, lockedUntil: lock === 0 ? null : now + lock };
}
