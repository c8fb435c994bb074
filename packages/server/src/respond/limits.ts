/** limits: what of an hour is used up: hosts, users, and how often one action may go out. Asked when something is proposed, when it is
 *  approved and when it is sent, always by the policy and the hour as they are then. */
import type { Impact } from "@holdfast/contracts/respond";
import type { Clock } from "../platform/clock/index.ts";
import type { Executor } from "../platform/tables/index.ts";
import type { Effect } from "./effect.ts";
import { actionsSince, touchedSince } from "./effect-store.ts";
import { countedIn, LIMITED, limitOf, overLimit } from "./guards.ts";
import { newestPolicy } from "./policy-store.ts";
import type { Connectors } from "./port.ts";

export const HOUR_MS = 3_600_000;

type Asked = Pick<Effect, "action" | "targets" | "exerciseId" | "class">;

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

  /** What is the same for all that are asked about at one time, read once. */
  function openHour(db: Executor) {
    const since = given.clock.now() - HOUR_MS;
    return {
      db,
      since,
      policy: once(async () => (await newestPolicy(db)).policy.limits),
      sent: once((action: string, rehearsed: boolean) => actionsSince(db, { action, since, rehearsed })),
    };
  }

  async function standing(hour: ReturnType<typeof openHour>, asked: Asked): Promise<Impact["limits"]> {
    const { db, since } = hour;
    const rehearsed = asked.exerciseId !== null;
    const policy = await hour.policy("", false);
    // What only reads touches nothing; only how often it goes out is counted.
    const targets = asked.class === "read" ? [] : asked.targets;
    const limit = async (of: keyof typeof LIMITED, max: number) => {
      const values = countedIn(of, targets);
      return limitOf(of, targets, {
        ...(await touchedSince(db, { since, rehearsed, kinds: LIMITED[of], values })),
        max,
      });
    };
    const counted = [await limit("hosts", policy.hostsPerHour), await limit("users", policy.usersPerHour)];
    const max = given.connectors.perHour?.(asked.action) ?? null;
    if (max === null) return counted;
    return [...counted, { of: "actions", used: await hour.sent(asked.action, rehearsed), adds: 1, max }];
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
