/** create: the access area: login, users, tokens and the audit log's routes.
 *  Every change is written to the audit log in the same transaction as the change itself. */
import { type accessRoutes, ROLE_PERMISSIONS, type Role, type Session } from "@holdfast/contracts/access";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Actor, CallContext, Handlers } from "../platform/http-contract.ts";
import type { Tables, Transaction } from "../platform/tables/port.ts";
import { fail } from "./errors.ts";
import { createLogin } from "./login.ts";
import { createPasswords } from "./passwords.ts";
import { hashSecret, newSecret } from "./secrets.ts";
import { type Credentials, createSessions, type Principal, TOKEN_PREFIX } from "./sessions.ts";
import * as store from "./store.ts";

export interface Access {
  readonly routes: Handlers<typeof accessRoutes>;
  authenticate(credentials: Credentials): Promise<Principal | null>;
  /** Makes the first administrator; returns the password when it made one, else null. */
  ensureAdmin(password: string | undefined): Promise<{ user: string; password: string } | null>;
  /** A token for programs on this machine (the CLI); the one before it of the same name is revoked. */
  issueLocalToken(name: string): Promise<string>;
  /** Whether the caller is the command line on this machine, with the token of this start. */
  isLocal(actor: Actor): boolean;
  /** Removes what has expired; called from time to time. */
  sweep(): Promise<void>;
  /** The person behind a caller: for a token, its owner. */
  /** Enabled accounts whose role may decide on approvals; `name` is the login name. */
  approvers(): Promise<{ id: string; name: string; team: "security" | "operations" }[]>;
  personOf(actor: Actor): Promise<{ id: string; name: string }>;
  people(): Promise<{ id: string; name: string; fullName: string; team: "security" | "operations" }[]>;
}

export interface AccessOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly sessionHours: number;
}

const DAY_MS = 86_400_000;

export function createAccess({ tables, clock, audit, sessionHours }: AccessOptions): Access {
  const passwords = createPasswords();
  const sessions = createSessions({ tables, clock, lifetimeMs: sessionHours * 3_600_000 });
  const login = createLogin({ tables, clock, audit, passwords });
  const { db } = tables;
  let localToken: string | undefined;

  const audited = <T>(
    context: { actor: Actor },
    work: (
      tx: Transaction,
      note: (action: string, target: string, details?: Record<string, unknown>) => Promise<void>,
    ) => Promise<T>,
  ) =>
    tables.transaction((tx) =>
      work(tx, async (action, target, details = {}) => {
        await audit.append(tx, { actor: context.actor, action, target, details });
      }),
    );

  const routes: Handlers<typeof accessRoutes> = {
    async login({ body }, context) {
      const user = await login.check({ account: body.user, password: body.password, ip: context.ip });
      const opened = await sessions.open(user);
      context.setSessionCookie(opened.cookie, sessionHours * 3600);
      return sessionAnswer(user, opened);
    },
    async me(_input, context) {
      const { userId, csrf, expiresAt } = await currentSession(context);
      const user = await store.userById(db, userId);
      if (user === undefined) throw fail("ACCESS_NOT_LOGGED_IN", "This user no longer exists. Log in again.");
      return { ...sessionAnswer(user, { csrf, expiresAt }), permissions: [...context.permissions] };
    },
    async logout(_input, context) {
      await audited(context, async (tx, note) => {
        if (context.sessionId !== null) await store.deleteSession(tx, context.sessionId);
        await note("session.ended", context.actor.id);
      });
      context.setSessionCookie(null, 0);
      return {};
    },
    async changePassword({ body }, context) {
      if (context.sessionId === null)
        throw fail("ACCESS_SESSION_ONLY", "A password can only be changed from a login session, not with a token.");
      const user = await store.userById(db, context.actor.id);
      if (user === undefined || !(await passwords.verify(user.passwordHash, body.current))) {
        throw fail("ACCESS_BAD_CREDENTIALS", "The current password is not right.");
      }
      const passwordHash = await passwords.hash(body.next);
      await audited(context, async (tx, note) => {
        await store.updateUser(tx, user.id, { passwordHash });
        await store.deleteSessionsOf(tx, user.id, context.sessionId);
        await note("user.password.changed", user.id, { name: user.name });
      });
      return {};
    },
    async listUsers({ query }) {
      const rows = await store.listUsers(db, query.cursor ?? "", query.limit + 1);
      return pageOf(rows.map(store.publicUser), query.limit, (user) => user.name);
    },
    async listPeople() {
      return { items: await people() };
    },
    async createUser({ body }, context) {
      const passwordHash = await passwords.hash(body.password);
      return audited(context, async (tx, note) => {
        const user = await store.insertUser(tx, { ...body, passwordHash, now: clock.now() });
        if (user === undefined)
          throw fail("ACCESS_USER_EXISTS", `There is already a user "${body.name}". Choose another name.`);
        await note("user.created", user.id, { name: user.name, role: user.role, team: user.team });
        return store.publicUser(user);
      });
    },
    async updateUser({ params, body }, context) {
      const passwordHash = body.password === undefined ? undefined : await passwords.hash(body.password);
      return audited(context, async (tx, note) => {
        const before = await store.userById(tx, params.id);
        if (before === undefined) throw fail("ACCESS_USER_UNKNOWN", `There is no user with the id ${params.id}.`);
        const losesAdmin =
          before.role === "admin" && (body.disabled === true || (body.role !== undefined && body.role !== "admin"));
        if (losesAdmin && (await store.countOtherAdmins(tx, before.id)) === 0) {
          throw fail("ACCESS_LAST_ADMIN", "This is the last administrator. Make another one first.");
        }
        const user = await store.updateUser(tx, params.id, { ...body, passwordHash });
        if (user === undefined) throw fail("ACCESS_USER_UNKNOWN", `There is no user with the id ${params.id}.`);
        await store.deleteSessionsOf(tx, user.id, user.id === context.actor.id ? context.sessionId : null);
        const { password, ...shown } = body;
        await note("user.changed", user.id, {
          name: user.name,
          ...shown,
          ...(password === undefined ? {} : { password: "changed" }),
        });
        return store.publicUser(user);
      });
    },
    async listTokens({ query }, context) {
      const owner = context.permissions.has("users.read") ? null : await ownerOf(context);
      const rows = await store.listTokens(db, { owner, after: query.cursor ?? "", limit: query.limit + 1 });
      return pageOf(rows, query.limit, (token) => token.id);
    },
    async createToken({ body }, context) {
      if (!within(body.role, context.role)) {
        throw fail(
          "ACCESS_ROLE_TOO_HIGH",
          `A token may not hold more than its maker: your role is ${context.role}, the token's would be ${body.role}.`,
        );
      }
      const secret = newSecret(TOKEN_PREFIX);
      const owner = await ownerOf(context);
      const now = clock.now();
      const expiresAt = body.expiresInDays === null ? null : now + body.expiresInDays * DAY_MS;
      return audited(context, async (tx, note) => {
        const id = await store.insertToken(tx, {
          name: body.name,
          role: body.role,
          secretHash: hashSecret(secret),
          prefix: secret.slice(0, 10),
          createdBy: owner,
          now,
          expiresAt,
        });
        const token = await store.tokenById(tx, id);
        if (token === undefined) throw fail("ACCESS_TOKEN_UNKNOWN", "The token was not stored. Try again.");
        await note("token.created", id, { name: body.name, role: body.role });
        const { ownerId: _hidden, ...shown } = token;
        return { token: shown, secret };
      });
    },
    async revokeToken({ params }, context) {
      return audited(context, async (tx, note) => {
        const token = await store.tokenById(tx, params.id);
        const mine =
          token !== undefined && (context.permissions.has("users.write") || token.ownerId === (await ownerOf(context)));
        if (token === undefined || !mine)
          throw fail("ACCESS_TOKEN_UNKNOWN", `There is no token of yours with the id ${params.id}.`);
        await store.revokeToken(tx, params.id, clock.now());
        await note("token.revoked", params.id, { name: token.name });
        return {};
      });
    },
    async listAudit({ query }) {
      const before = query.cursor === undefined ? undefined : Number(query.cursor);
      const rows = await audit.list({ before, limit: query.limit + 1, actor: query.actor, action: query.action });
      const entries = rows.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() }));
      return pageOf(entries, query.limit, (entry) => String(entry.seq));
    },
    async verifyAudit() {
      return audit.verify();
    },
  };

  return {
    routes,
    authenticate: (credentials) => sessions.authenticate(credentials),
    async ensureAdmin(wanted) {
      if ((await store.countUsers(db)) > 0) return null;
      const password = wanted ?? newSecret("").slice(0, 20);
      const passwordHash = await passwords.hash(password);
      const made = await audited({ actor: SYSTEM }, async (tx, note) => {
        const user = await store.insertUser(tx, {
          name: "admin",
          fullName: "Administrator",
          role: "admin",
          team: "security",
          passwordHash,
          now: clock.now(),
        });
        if (user !== undefined) await note("user.created", user.id, { name: "admin", role: "admin", first: true });
        return user;
      });
      return made === undefined ? null : { user: "admin", password };
    },
    async issueLocalToken(name) {
      const admin = await store.userByName(db, "admin");
      if (admin === undefined)
        throw fail("ACCESS_USER_UNKNOWN", 'There is no user "admin" to issue a local token for.');
      const secret = newSecret(TOKEN_PREFIX);
      await audited({ actor: SYSTEM }, async (tx, note) => {
        for (const old of await store.listTokens(tx, { owner: admin.id, after: "", limit: 1000 })) {
          if (old.name === name && old.revokedAt === null) await store.revokeToken(tx, old.id, clock.now());
        }
        const id = await store.insertToken(tx, {
          name,
          role: "admin",
          secretHash: hashSecret(secret),
          prefix: secret.slice(0, 10),
          createdBy: admin.id,
          now: clock.now(),
          expiresAt: null,
        });
        await note("token.created", id, { name, role: "admin", local: true });
        localToken = id;
      });
      return secret;
    },
    isLocal: ({ kind, id }) => kind === "token" && id === localToken,
    sweep: () => store.deleteExpiredSessions(db, clock.now()),
    people,
    async approvers() {
      const users = await store.listUsers(db, "", 10_000);
      return users
        .filter(({ disabled, role }) => !disabled && ROLE_PERMISSIONS[role].includes("approvals.decide"))
        .map(({ id, name, team }) => ({ id, name, team }));
    },
    async personOf(actor) {
      if (actor.kind !== "token") return { id: actor.id, name: actor.name };
      const token = await store.tokenById(db, actor.id);
      const owner = token === undefined ? undefined : await store.userById(db, token.ownerId);
      return owner === undefined ? { id: actor.id, name: actor.name } : { id: owner.id, name: owner.name };
    },
  };

  async function people() {
    const users = await store.listUsers(db, "", 10_000);
    return users.filter((user) => !user.disabled).map(({ id, name, fullName, team }) => ({ id, name, fullName, team }));
  }

  async function currentSession(context: CallContext): Promise<{ userId: string; csrf: string; expiresAt: number }> {
    const userId = await ownerOf(context);
    const { csrf, expiresAt } = context.session ?? { csrf: "", expiresAt: clock.now() + DAY_MS };
    return { userId, csrf, expiresAt };
  }

  async function ownerOf(context: CallContext): Promise<string> {
    if (context.actor.kind === "user") return context.actor.id;
    const token = await store.tokenById(db, context.actor.id);
    return token?.ownerId ?? "";
  }
}

const SYSTEM: Actor = { kind: "system", id: "holdfast", name: "holdfast" };

const within = (inner: Role, outer: Role): boolean =>
  ROLE_PERMISSIONS[inner].every((p) => ROLE_PERMISSIONS[outer].includes(p));

function sessionAnswer(user: store.StoredUser, session: { csrf: string; expiresAt: number }): Session {
  return {
    user: store.publicUser(user),
    permissions: [...ROLE_PERMISSIONS[user.role]],
    expiresAt: new Date(session.expiresAt).toISOString(),
    csrf: session.csrf,
  };
}

/** One more row than asked for tells whether there is a next page. */
function pageOf<T>(rows: T[], limit: number, cursor: (row: T) => string): { items: T[]; next: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursor(last) : null };
}
