/** limits: what of an hour is used up: hosts, users, and how often one action may go out. Asked when something is proposed, when it is
 *  approved and when it is sent, always by the policy and the hour as they are then. */
import type { Impact } from "@holdfast/contracts/respond";
import type { ResponsePolicy } from "@holdfast/contracts/respond-policy";
import type { Clock } from "../platform/clock/index.ts";
import type { Executor } from "../platform/tables/index.ts";
import type { Effect } from "./effect.ts";
import { actionsSince, touchedSince } from "./effect-store.ts";
import { limitsOf, overLimit } from "./guards.ts";
import { newestPolicy } from "./policy-store.ts";
import type { Connectors } from "./port.ts";

export const HOUR_MS = 3_600_000;

export type Asked = Pick<Effect, "action" | "targets" | "exerciseId" | "class">;

export interface Limits {
  standing(db: Executor, asked: Asked): Promise<Impact["limits"]>;
  /** Reads the hour once for many; says in words which limit one is over, or null. */
  reading(db: Executor): (asked: Asked) => Promise<string | null>;
}

export function createLimits(given: {
  readonly clock: Clock;
  readonly connectors: Pick<Connectors, "perHour">;
}): Limits {
  return {
    standing: (db, asked) => standing(openHour(db), asked),
    reading(db) {
      const hour = openHour(db);
      return async (asked) => overLimit(await standing(hour, asked));
    },
  };

  /** What is read of the hour, each once. */
  function openHour(db: Executor) {
    const since = given.clock.now() - HOUR_MS;
    return {
      policy: once(async () => (await newestPolicy(db)).policy.limits),
      touched: once((_key: string, rehearsed: boolean) => touchedSince(db, since, rehearsed)),
      sent: once((action: string, rehearsed: boolean) => actionsSince(db, { action, since, rehearsed })),
    };
  }

  async function standing(hour: ReturnType<typeof openHour>, asked: Asked): Promise<Impact["limits"]> {
    const rehearsed = asked.exerciseId !== null;
    const max = given.connectors.perHour?.(asked.action) ?? null;
    const policy: ResponsePolicy["limits"] = await hour.policy("", false);
    // What only reads touches nothing; only how often it goes out is counted.
    const targets = asked.class === "read" ? [] : asked.targets;
    const touched = await hour.touched("", rehearsed);
    const action = max === null ? null : { used: await hour.sent(asked.action, rehearsed), max };
    return limitsOf(policy, { targets, action }, touched);
  }
}

function once<T>(
  read: (key: string, rehearsed: boolean) => Promise<T>,
): (key: string, rehearsed: boolean) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key, rehearsed) => {
    const name = `${rehearsed} ${key}`;
    const found = known.get(name) ?? read(key, rehearsed);
    known.set(name, found);
    return found;
  };
}
