/** login: checks a password, slows guessing down, and writes both outcomes to the audit log.
 *  An unknown user and a wrong password are the same to the caller, in words and in time. */
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Tables } from "../platform/tables/port.ts";
import { fail } from "./errors.ts";
import type { Passwords } from "./passwords.ts";
import {
  clearLoginFailures,
  loginFailures,
  recordLogin,
  type StoredUser,
  saveLoginFailures,
  userByName,
} from "./store.ts";
import { ADDRESS_TRIES, afterFailure, waitOf } from "./throttle.ts";

/** The row that counts failures from one address on any account. */
const ANY_ACCOUNT = "*";

export interface Login {
  check(attempt: { account: string; password: string; ip: string }): Promise<StoredUser>;
}

export function createLogin({
  tables,
  clock,
  audit,
  passwords,
}: {
  tables: Tables;
  clock: Clock;
  audit: AuditLog;
  passwords: Passwords;
}): Login {
  return {
    async check({ account, password, ip }) {
      const now = clock.now();
      const own = await loginFailures(tables.db, account, ip);
      const all = await loginFailures(tables.db, ANY_ACCOUNT, ip);
      const wait = Math.max(waitOf(own, now), waitOf(all, now));
      if (wait > 0) {
        const seconds = Math.ceil(wait / 1000);
        throw fail("ACCESS_THROTTLED", `Too many failed logins from this address. Try again in ${seconds} s.`, {
          details: { retryAfterSeconds: seconds },
        });
      }
      const user = await userByName(tables.db, account);
      const right =
        user === undefined
          ? await passwords.verifyNobody(password)
          : await passwords.verify(user.passwordHash, password);
      if (user !== undefined && right && !user.disabled) {
        await tables.transaction(async (tx) => {
          await clearLoginFailures(tx, account, ip);
          await recordLogin(tx, user.id, now);
          await audit.append(tx, {
            actor: { kind: "user", id: user.id, name: user.name },
            action: "session.opened",
            target: user.id,
            details: { ip },
          });
        });
        return { ...user, lastLoginAt: new Date(now).toISOString() };
      }
      await tables.transaction(async (tx) => {
        await saveLoginFailures(tx, { account, ip }, afterFailure(own, now));
        await saveLoginFailures(tx, { account: ANY_ACCOUNT, ip }, afterFailure(all, now, ADDRESS_TRIES));
        await audit.append(tx, {
          actor: { kind: "system", id: "holdfast", name: "holdfast" },
          action: "session.refused",
          target: account,
          details: { ip },
        });
      });
      throw fail("ACCESS_BAD_CREDENTIALS", "User or password is not right.");
    },
  };
}
