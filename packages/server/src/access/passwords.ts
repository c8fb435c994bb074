/** passwords: argon2id with a stated cost, and a bound on how many run at once: a flood of logins must not eat both cores.
 *  Cost: 19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet, argon2id minimum). */
import { hash, verify } from "@node-rs/argon2";
import { fail } from "./errors.ts";

const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const AT_ONCE = 2;
const WAITING = 32;

export interface Passwords {
  hash(password: string): Promise<string>;
  verify(stored: string, password: string): Promise<boolean>;
  /** Takes as long as a real check, so that an unknown user cannot be told from a wrong password by the clock. */
  verifyNobody(password: string): Promise<false>;
}

export function createPasswords(): Passwords {
  let running = 0;
  const queue: (() => void)[] = [];
  let nobody: Promise<string> | undefined;

  async function bounded<T>(work: () => Promise<T>): Promise<T> {
    if (running >= AT_ONCE) {
      if (queue.length >= WAITING)
        throw fail("ACCESS_THROTTLED", "Too many logins at this moment. Try again in a few seconds.");
      await new Promise<void>((resume) => queue.push(resume));
    }
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      queue.shift()?.();
    }
  }

  const passwords: Passwords = {
    hash: (password) => bounded(() => hash(password, COST)),
    verify: (stored, password) => bounded(() => verify(stored, password)),
    verifyNobody: async (password) => {
      nobody ??= hash("nobody has this password", COST);
      const stored = await nobody;
      await bounded(() => verify(stored, password));
      return false;
    },
  };
  return passwords;
}
