/** second-factor: time-based codes (RFC 6238, six digits, 30 s). A code is taken once, wrong ones slow the next try down, and a
 *  recovery code stands in for a lost device once. The key lies sealed for its user and leaves only when it is made. */
import { randomBytes } from "node:crypto";
import type { secondFactorRoutes } from "@holdfast/contracts/second-factor";
import { Secret, TOTP } from "otpauth";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { CallContext, Handlers } from "../platform/http-contract.ts";
import type { Sealer } from "../platform/secrets/index.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import { fail } from "./errors.ts";
import { createPasswords } from "./passwords.ts";
import { hashSecret } from "./secrets.ts";
import * as factors from "./second-factor-store.ts";
import { userById } from "./store.ts";
import { afterFailure, waitOf } from "./throttle.ts";

export interface SecondFactors {
  readonly routes: Handlers<typeof secondFactorRoutes>;
  /** Checks a code and uses it up. */
  verify(userId: string, code: string): Promise<{ ok: true } | { ok: false; reason: string }>;
  enrolled(userId: string): Promise<boolean>;
}

export interface SecondFactorOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly sealer: Sealer;
}

const PERIOD_S = 30;
const RECOVERY_CODES = 10;
/** Clocks of devices go wrong by about so many periods. */
const DRIFT = 1;

type Checked = { readonly ok: true; readonly step: number | null } | { readonly ok: false; readonly reason: string };

export function createSecondFactors({ tables, clock, audit, sealer }: SecondFactorOptions): SecondFactors {
  const passwords = createPasswords();
  const { db } = tables;
  const note = (tx: Transaction, context: CallContext, entry: { action: string; target: string }): Promise<unknown> =>
    audit.append(tx, { actor: context.actor, ...entry });
  return {
    enrolled: async (userId) => ((await factors.readFactor(db, userId))?.confirmedAt ?? null) !== null,
    verify: (userId, code) => tables.transaction((tx) => check(tx, { userId, code, confirmed: true })),
    routes: {
      async getSecondFactor(_input, context) {
        const found = await factors.readFactor(db, personOf(context));
        if (found === undefined) return { state: "none", since: null, recoveryLeft: 0 };
        if (found.confirmedAt === null) return { state: "pending", since: null, recoveryLeft: 0 };
        const since = new Date(found.confirmedAt).toISOString();
        return { state: "on", since, recoveryLeft: await factors.recoveryLeft(db, personOf(context)) };
      },
      async enrolSecondFactor({ body }, context) {
        const user = await userById(db, personOf(context));
        if (user === undefined || !(await passwords.verify(user.passwordHash, body.password)))
          throw fail("ACCESS_BAD_CREDENTIALS", "The password is not right.");
        const secret = new Secret({ size: 20 });
        await tables.transaction(async (tx) => {
          if (!(await factors.insertPending(tx, user.id, sealer.seal(secret.base32, sealedFor(user.id)))))
            throw fail(
              "ACCESS_FACTOR_EXISTS",
              "You have a second factor. Remove it with a code of it, then set up another.",
            );
          await note(tx, context, { action: "second-factor.made", target: user.id });
        });
        return { secret: secret.base32, uri: totpOf(secret.base32, user.name).toString() };
      },
      async confirmSecondFactor({ body }, context) {
        const userId = personOf(context);
        const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
        const checked = await tables.transaction(async (tx): Promise<Checked> => {
          const right = await check(tx, { userId, code: body.code, confirmed: false });
          if (!right.ok) return right;
          const hashes = codes.map((code) => hashSecret(plain(code)));
          await factors.confirmFactor(tx, { userId, at: clock.now(), step: right.step ?? 0, codes: hashes });
          await note(tx, context, { action: "second-factor.confirmed", target: userId });
          return right;
        });
        if (!checked.ok) throw fail("ACCESS_FACTOR_REFUSED", checked.reason);
        return { recoveryCodes: codes };
      },
      async removeSecondFactor({ body }, context) {
        const userId = personOf(context);
        const checked = await tables.transaction(async (tx): Promise<Checked> => {
          const right = await check(tx, { userId, code: body.code, confirmed: true });
          if (!right.ok) return right;
          await factors.deleteFactor(tx, userId);
          await note(tx, context, { action: "second-factor.removed", target: userId });
          return right;
        });
        if (!checked.ok) throw fail("ACCESS_FACTOR_REFUSED", checked.reason);
        return {};
      },
      async resetSecondFactor({ params }, context) {
        await tables.transaction(async (tx) => {
          if (!(await factors.deleteFactor(tx, params.id)))
            throw fail("ACCESS_USER_UNKNOWN", `There is no user with the id ${params.id} who has a second factor.`);
          await note(tx, context, { action: "second-factor.reset", target: params.id });
        });
        return {};
      },
    },
  };

  /** A refusal commits as well: it counts against the next try. */
  async function check(
    tx: Transaction,
    { userId, code, confirmed }: { userId: string; code: string; confirmed: boolean },
  ): Promise<Checked> {
    const stored = await factors.lockFactor(tx, userId);
    if (stored === undefined || (stored.confirmedAt !== null) !== confirmed)
      return no(
        confirmed
          ? "You have no second factor yet. Set one up under Settings, Your account."
          : "There is no key that waits to be confirmed. Begin again.",
      );
    const now = clock.now();
    const wait = waitOf(stored.failures, now);
    if (wait > 0) return no(`Too many wrong codes. Try again in ${Math.ceil(wait / 1000)} s.`);
    const step = stepOf(sealer.open(stored.sealed, sealedFor(userId)), plain(code), now);
    if (step !== undefined && step > stored.lastStep) {
      await factors.noteUse(tx, userId, step);
      return { ok: true, step };
    }
    if (
      step === undefined &&
      confirmed &&
      (await factors.useRecovery(tx, { userId, hash: hashSecret(plain(code)), at: now }))
    )
      return { ok: true, step: null };
    await factors.noteFailure(tx, userId, afterFailure(stored.failures, now));
    return no(step === undefined ? "The code is not right." : "This code was used already. Wait for the next one.");
  }
}

/** Only people have one: a token acts for a person who is not there. */
function personOf({ actor }: CallContext): string {
  if (actor.kind === "user") return actor.id;
  throw fail("ACCESS_SESSION_ONLY", "A second factor belongs to a person who is logged in, not to a token.");
}

function totpOf(secret: string, label: string): TOTP {
  return new TOTP({ issuer: "Holdfast", label, algorithm: "SHA1", digits: 6, period: PERIOD_S, secret });
}

/** The step that the code belongs to; undefined when it belongs to none near now. */
function stepOf(secret: string, code: string, now: number): number | undefined {
  if (code.length !== 6) return undefined;
  const delta = totpOf(secret, "").validate({ token: code, timestamp: now, window: DRIFT });
  return delta === null ? undefined : Math.floor(now / 1000 / PERIOD_S) + delta;
}

const sealedFor = (userId: string): string => `second-factor/${userId}`;
const plain = (code: string): string => code.replaceAll(/[\s-]/g, "").toLowerCase();
const newRecoveryCode = (): string =>
  randomBytes(10)
    .toString("hex")
    .replace(/(.{5})(?=.)/g, "$1-");
const no = (reason: string): Checked => ({ ok: false, reason });
