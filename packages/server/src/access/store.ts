/** store: all SQL of the access area. Rows are mapped to domain shapes here and never leave. */
import type { Role, Token, User } from "@holdfast/contracts/access";
import type { Team } from "@holdfast/contracts/model";
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/port.ts";

interface UserRow {
  id: string;
  name: string;
  full_name: string;
  role: Role;
  team: Team;
  disabled: boolean;
  created_at: Date | string;
  last_login_at: Date | string | null;
  password_hash: string;
}

export interface StoredUser extends User {
  readonly passwordHash: string;
}

export interface StoredSession {
  readonly id: string;
  readonly user: StoredUser;
  readonly csrf: string;
  readonly rotatedAt: number;
  readonly expiresAt: number;
  /** True when the caller's cookie is the one before the last rotation. */
  readonly viaPrevious: boolean;
}

export interface StoredToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly owner: StoredUser;
  readonly expiresAt: number | null;
  readonly revoked: boolean;
  readonly lastUsedAt: number | null;
}

export interface LoginFailures {
  readonly failures: number;
  readonly lastAt: number;
  readonly lockedUntil: number | null;
}

const USER = sql.raw(
  "u.id, u.name, u.full_name, u.role, u.team, u.disabled, u.created_at, u.last_login_at, u.password_hash",
);

export async function userByName(db: Executor, name: string): Promise<StoredUser | undefined> {
  const { rows } = await db.execute<UserRow & Record<string, unknown>>(
    sql`SELECT ${USER} FROM app_user u WHERE name = ${name}`,
  );
  return rows[0] && toUser(rows[0]);
}

export async function userById(db: Executor, id: string): Promise<StoredUser | undefined> {
  const { rows } = await db.execute<UserRow & Record<string, unknown>>(
    sql`SELECT ${USER} FROM app_user u WHERE id::text = ${id}`,
  );
  return rows[0] && toUser(rows[0]);
}

export async function listUsers(db: Executor, after: string, limit: number): Promise<StoredUser[]> {
  const { rows } = await db.execute<UserRow & Record<string, unknown>>(
    sql`SELECT ${USER} FROM app_user u WHERE name > ${after} ORDER BY name LIMIT ${limit}`,
  );
  return rows.map(toUser);
}

export async function countUsers(db: Executor): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`SELECT count(*)::int AS n FROM app_user`);
  return rows[0]?.n ?? 0;
}

export async function countOtherAdmins(db: Executor, id: string): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(
    sql`SELECT count(*)::int AS n FROM app_user WHERE role = 'admin' AND NOT disabled AND id::text <> ${id}`,
  );
  return rows[0]?.n ?? 0;
}

export async function insertUser(
  db: Executor,
  user: { name: string; fullName: string; role: Role; team: Team; passwordHash: string; now: number },
): Promise<StoredUser | undefined> {
  const { rows } = await db.execute<UserRow & Record<string, unknown>>(sql`
    INSERT INTO app_user AS u (name, full_name, role, team, password_hash, created_at)
    VALUES (${user.name}, ${user.fullName}, ${user.role}, ${user.team}, ${user.passwordHash}, ${iso(user.now)})
    ON CONFLICT (name) DO NOTHING RETURNING ${USER}`);
  return rows[0] && toUser(rows[0]);
}

export async function updateUser(
  db: Executor,
  id: string,
  change: {
    fullName?: string | undefined;
    role?: Role | undefined;
    team?: Team | undefined;
    disabled?: boolean | undefined;
    passwordHash?: string | undefined;
  },
): Promise<StoredUser | undefined> {
  const { rows } = await db.execute<UserRow & Record<string, unknown>>(sql`
    UPDATE app_user u SET
      full_name = coalesce(${change.fullName ?? null}, full_name),
      role = coalesce(${change.role ?? null}, role),
      team = coalesce(${change.team ?? null}, team),
      disabled = coalesce(${change.disabled ?? null}, disabled),
      password_hash = coalesce(${change.passwordHash ?? null}, password_hash)
    WHERE id::text = ${id} RETURNING ${USER}`);
  return rows[0] && toUser(rows[0]);
}

export async function recordLogin(db: Executor, userId: string, now: number): Promise<void> {
  await db.execute(sql`UPDATE app_user SET last_login_at = ${iso(now)} WHERE id::text = ${userId}`);
}

export async function insertSession(
  db: Executor,
  session: { userId: string; tokenHash: Buffer; csrf: string; now: number; expiresAt: number },
): Promise<string> {
  const { rows } = await db.execute<{ id: string }>(sql`
    INSERT INTO session (user_id, token_hash, rotated_at, created_at, expires_at, csrf)
    VALUES (${session.userId}, ${session.tokenHash}, ${iso(session.now)}, ${iso(session.now)}, ${iso(session.expiresAt)}, ${session.csrf}) RETURNING id`);
  return rows[0]?.id ?? "";
}

export async function sessionByHash(db: Executor, hash: Buffer): Promise<StoredSession | undefined> {
  const { rows } = await db.execute<
    UserRow & { session_id: string; csrf: string; rotated_at: Date; expires_at: Date; via_previous: boolean } & Record<
        string,
        unknown
      >
  >(sql`
    SELECT ${USER}, s.id AS session_id, s.csrf, s.rotated_at, s.expires_at, s.token_hash <> ${hash} AS via_previous
    FROM session s JOIN app_user u ON u.id = s.user_id WHERE s.token_hash = ${hash} OR s.previous_hash = ${hash}`);
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    id: row.session_id,
    user: toUser(row),
    csrf: row.csrf,
    rotatedAt: millis(row.rotated_at),
    expiresAt: millis(row.expires_at),
    viaPrevious: row.via_previous,
  };
}

/** Swaps the cookie of a session; false when another request did so first. */
export async function rotateSession(
  db: Executor,
  change: { id: string; from: Buffer; to: Buffer; now: number },
): Promise<boolean> {
  const result = await db.execute(sql`
    UPDATE session SET token_hash = ${change.to}, previous_hash = ${change.from}, rotated_at = ${iso(change.now)}
    WHERE id::text = ${change.id} AND token_hash = ${change.from}`);
  return result.rowCount === 1;
}

export async function deleteSession(db: Executor, id: string): Promise<void> {
  await db.execute(sql`DELETE FROM session WHERE id::text = ${id}`);
}

/** Ends a user's sessions, except one when `keep` is given. */
export async function deleteSessionsOf(db: Executor, userId: string, keep: string | null): Promise<void> {
  await db.execute(sql`DELETE FROM session WHERE user_id::text = ${userId} AND id::text <> ${keep ?? ""}`);
}

export async function deleteExpiredSessions(db: Executor, now: number): Promise<void> {
  await db.execute(sql`DELETE FROM session WHERE expires_at < ${iso(now)}`);
  await db.execute(sql`DELETE FROM login_failure WHERE last_at < ${iso(now - 86_400_000)}`);
}

interface TokenRow {
  token_id: string;
  token_name: string;
  token_role: Role;
  prefix: string;
  token_created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

const TOKEN = sql.raw(
  "t.id AS token_id, t.name AS token_name, t.role AS token_role, t.prefix, t.created_at AS token_created_at, t.expires_at, t.last_used_at, t.revoked_at",
);

export async function insertToken(
  db: Executor,
  token: {
    name: string;
    role: Role;
    secretHash: Buffer;
    prefix: string;
    createdBy: string;
    now: number;
    expiresAt: number | null;
  },
): Promise<string> {
  const { rows } = await db.execute<{ id: string }>(sql`
    INSERT INTO api_token (name, role, secret_hash, prefix, created_by, created_at, expires_at)
    VALUES (${token.name}, ${token.role}, ${token.secretHash}, ${token.prefix}, ${token.createdBy}, ${iso(token.now)},
            ${token.expiresAt === null ? null : iso(token.expiresAt)}) RETURNING id`);
  return rows[0]?.id ?? "";
}

export async function tokenByHash(db: Executor, hash: Buffer): Promise<StoredToken | undefined> {
  const { rows } = await db.execute<UserRow & TokenRow & Record<string, unknown>>(sql`
    SELECT ${USER}, ${TOKEN} FROM api_token t JOIN app_user u ON u.id = t.created_by WHERE t.secret_hash = ${hash}`);
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    id: row.token_id,
    name: row.token_name,
    role: row.token_role,
    owner: toUser(row),
    expiresAt: row.expires_at === null ? null : millis(row.expires_at),
    revoked: row.revoked_at !== null,
    lastUsedAt: row.last_used_at === null ? null : millis(row.last_used_at),
  };
}

export async function touchToken(db: Executor, id: string, now: number): Promise<void> {
  await db.execute(sql`UPDATE api_token SET last_used_at = ${iso(now)} WHERE id::text = ${id}`);
}

export async function listTokens(
  db: Executor,
  query: { owner: string | null; after: string; limit: number },
): Promise<Token[]> {
  const { rows } = await db.execute<TokenRow & { owner_name: string } & Record<string, unknown>>(sql`
    SELECT ${TOKEN}, u.name AS owner_name FROM api_token t JOIN app_user u ON u.id = t.created_by
    WHERE (${query.owner}::text IS NULL OR u.id::text = ${query.owner}) AND t.id::text > ${query.after} ORDER BY t.id::text LIMIT ${query.limit}`);
  return rows.map(toToken);
}

export async function tokenById(db: Executor, id: string): Promise<(Token & { ownerId: string }) | undefined> {
  const { rows } = await db.execute<TokenRow & { owner_name: string; owner_id: string } & Record<string, unknown>>(sql`
    SELECT ${TOKEN}, u.name AS owner_name, u.id::text AS owner_id FROM api_token t JOIN app_user u ON u.id = t.created_by WHERE t.id::text = ${id}`);
  return rows[0] && { ...toToken(rows[0]), ownerId: rows[0].owner_id };
}

export async function revokeToken(db: Executor, id: string, now: number): Promise<void> {
  await db.execute(
    sql`UPDATE api_token SET revoked_at = coalesce(revoked_at, ${iso(now)}::timestamptz) WHERE id::text = ${id}`,
  );
}

export async function loginFailures(db: Executor, account: string, ip: string): Promise<LoginFailures> {
  const { rows } = await db.execute<{ failures: number; last_at: Date; locked_until: Date | null }>(
    sql`SELECT failures, last_at, locked_until FROM login_failure WHERE account = ${account} AND ip = ${ip}`,
  );
  const row = rows[0];
  if (row === undefined) return { failures: 0, lastAt: 0, lockedUntil: null };
  return {
    failures: row.failures,
    lastAt: millis(row.last_at),
    lockedUntil: row.locked_until === null ? null : millis(row.locked_until),
  };
}

export async function saveLoginFailures(
  db: Executor,
  key: { account: string; ip: string },
  state: LoginFailures,
): Promise<void> {
  const until = state.lockedUntil === null ? null : iso(state.lockedUntil);
  await db.execute(sql`
    INSERT INTO login_failure (account, ip, failures, last_at, locked_until) VALUES (${key.account}, ${key.ip}, ${state.failures}, ${iso(state.lastAt)}, ${until})
    ON CONFLICT (account, ip) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, locked_until = excluded.locked_until`);
}

export async function clearLoginFailures(db: Executor, account: string, ip: string): Promise<void> {
  await db.execute(sql`DELETE FROM login_failure WHERE account = ${account} AND ip = ${ip}`);
}

/** A user as the API shows them: without the hash. */
export function publicUser(user: StoredUser): User {
  const { passwordHash: _hidden, ...shown } = user;
  return shown;
}

function toUser(row: UserRow): StoredUser {
  return {
    id: row.id,
    name: row.name,
    fullName: row.full_name,
    role: row.role,
    team: row.team,
    disabled: row.disabled,
    createdAt: iso(millis(row.created_at)),
    lastLoginAt: row.last_login_at === null ? null : iso(millis(row.last_login_at)),
    passwordHash: row.password_hash,
  };
}

function toToken(row: TokenRow & { owner_name: string }): Token {
  const when = (value: Date | null): string | null => (value === null ? null : iso(millis(value)));
  return {
    id: row.token_id,
    name: row.token_name,
    role: row.token_role,
    prefix: row.prefix,
    createdBy: row.owner_name,
    createdAt: iso(millis(row.token_created_at)),
    expiresAt: when(row.expires_at),
    lastUsedAt: when(row.last_used_at),
    revokedAt: when(row.revoked_at),
  };
}

// drizzle hands timestamps over as Date or as text, depending on the type parsers of the pool.
const millis = (value: Date | string): number => (typeof value === "string" ? Date.parse(value) : value.getTime());
const iso = (ms: number): string => new Date(ms).toISOString();
