/** second-factor.test: on a real PostgreSQL: enrol and confirm, a code is taken once, also by 20 at the same time, wrong ones slow down,
 *  recovery codes work once, and the key lies sealed. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "drizzle-orm";
import { TOTP } from "otpauth";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { fixedClock } from "../platform/clock/index.ts";
import { isAppError } from "../platform/errors/index.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { createSealer } from "../platform/secrets/index.ts";
import { loadMigrations } from "../platform/tables/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { createAccess } from "./create.ts";
import { createSecondFactors, type SecondFactors } from "./second-factor.ts";

const PASSWORD = "a password for the test";
const clock = fixedClock(Date.UTC(2026, 10, 22, 12));
let opened: TestTables;
let factors: SecondFactors;
let context: CallContext;

before(async () => {
  opened = await openTestTables(loadMigrations().filter(({ id }) => /^(?:0001|0010|0081)/.test(id)));
  const { tables } = opened;
  const audit = createAuditLog({ tables, clock });
  await createAccess({ tables, clock, audit, sessionHours: 1 }).ensureAdmin(PASSWORD);
  const { rows } = await tables.db.execute<{ id: string }>(sql`SELECT id FROM app_user`);
  context = {
    actor: { kind: "user", id: rows[0]?.id ?? "", name: "admin" },
    role: "admin",
    team: "security",
    permissions: new Set(),
    sessionId: "s",
    session: null,
    ip: "",
    signal: new AbortController().signal,
    setSessionCookie: () => {},
  };
  factors = createSecondFactors({ tables, clock, audit, sealer: createSealer({ get: () => "7".repeat(43) }) });
});
after(() => opened.close());

const call = <B, P = Record<string, never>>(body: B, params = {} as P) => ({ params, query: {}, body });
const code = (wanted: string) => (error: unknown) => isAppError(error) && error.code === wanted;
let secret = "";
let recovery: readonly string[] = [];
const tokenAt = (at: number): string => new TOTP({ secret, period: 30, digits: 6 }).generate({ timestamp: at });
const verify = (given: string) => factors.verify(context.actor.id, given);
const nextPeriod = () => clock.advance(30_000);

test("a key counts once a code of it was confirmed, and its making takes the password", async () => {
  await assert.rejects(
    factors.routes.enrolSecondFactor(call({ password: "wrong" }), context),
    code("ACCESS_BAD_CREDENTIALS"),
  );
  const made = await factors.routes.enrolSecondFactor(call({ password: PASSWORD }), context);
  secret = made.secret;
  assert.match(made.uri, /^otpauth:\/\/totp\/Holdfast:admin\?/);
  assert.equal((await verify(tokenAt(clock.now()))).ok, false, "not confirmed yet");
  await assert.rejects(
    factors.routes.confirmSecondFactor(call({ code: "000000" }), context),
    code("ACCESS_FACTOR_REFUSED"),
  );
  recovery = (await factors.routes.confirmSecondFactor(call({ code: tokenAt(clock.now()) }), context)).recoveryCodes;
  assert.equal(new Set(recovery).size, 10);
  assert.equal(await factors.enrolled(context.actor.id), true);
  await assert.rejects(
    factors.routes.enrolSecondFactor(call({ password: PASSWORD }), context),
    code("ACCESS_FACTOR_EXISTS"),
  );
});

test("a code is taken once, whoever is faster; the one of confirming too, and old ones never", async () => {
  const used = await verify(tokenAt(clock.now()));
  assert.match(used.ok ? "" : used.reason, /used already/);
  nextPeriod();
  const given = tokenAt(clock.now());
  const answers = await Promise.all(Array.from({ length: 4 }, () => verify(given)));
  assert.equal(answers.filter(({ ok }) => ok).length, 1);
  nextPeriod();
  assert.equal((await verify(tokenAt(clock.now() - 30_000))).ok, false, "a step before the last one used");
  nextPeriod();
  assert.equal((await verify(tokenAt(clock.now() + 30_000))).ok, true, "a device that is 30 s ahead");
  clock.advance(90_000);
  assert.equal((await verify(tokenAt(clock.now() - 60_000))).ok, false, "too old");
});

test("wrong codes lock for a while, and a right one does not pass meanwhile", async () => {
  nextPeriod();
  for (let wrong = 0; wrong < 6; wrong += 1) await verify("000000");
  const locked = await verify(tokenAt(clock.now()));
  assert.match(locked.ok ? "" : locked.reason, /Too many wrong codes/);
  clock.advance(20 * 60_000);
  assert.equal((await verify(tokenAt(clock.now()))).ok, true);
});

test("a recovery code works once, in any spelling; the key lies sealed and is bound to its user", async () => {
  const [first = ""] = recovery;
  assert.equal((await verify(` ${first.toUpperCase()} `)).ok, true);
  assert.equal((await verify(first)).ok, false);
  assert.equal((await factors.routes.getSecondFactor(call({}), context)).recoveryLeft, 9);
  const { rows } = await opened.tables.db.execute<{ sealed: string }>(sql`SELECT sealed FROM second_factor`);
  assert.ok(!rows[0]?.sealed.includes(secret));
});

test("it is removed with a code, or by an administrator", async () => {
  clock.advance(20 * 60_000);
  await assert.rejects(
    factors.routes.removeSecondFactor(call({ code: "111111" }), context),
    code("ACCESS_FACTOR_REFUSED"),
  );
  await factors.routes.removeSecondFactor(call({ code: recovery[1] ?? "" }), context);
  assert.equal((await factors.routes.getSecondFactor(call({}), context)).state, "none");
  await factors.routes.enrolSecondFactor(call({ password: PASSWORD }), context);
  await factors.routes.resetSecondFactor(call({}, { id: context.actor.id }), context);
  assert.equal((await factors.routes.getSecondFactor(call({}), context)).state, "none");
});
