/** sessions: who is calling. A cookie session rotates its secret every hour (the old one stays valid for 30 s, for requests
 *  already under way); an API token is looked up by its hash. Roles are read from the user each time, so a change counts at once. */
import { type Permission, type Role, ROLE_PERMISSIONS } from "@holdfast/contracts/access";
import type { Team } from "@holdfast/contracts/model";
import type { Clock } from "../platform/clock/index.ts";
import type { Actor } from "../platform/http-contract.ts";
import type { Tables } from "../platform/tables/port.ts";
import { hashSecret, newSecret } from "./secrets.ts";
import {
  deleteSession,
  insertSession,
  rotateSession,
  type StoredUser,
  sessionByHash,
  tokenByHash,
  touchToken,
} from "./store.ts";

const ROTATE_MS = 60 * 60_000;
const GRACE_MS = 30_000;
const TOUCH_MS = 60_000;
export const TOKEN_PREFIX = "hft_";

export interface Principal {
  readonly actor: Actor;
  readonly role: Role;
  readonly team: Team;
  readonly permissions: ReadonlySet<Permission>;
  readonly session: { readonly id: string; readonly csrf: string; readonly expiresAt: number } | null;
  /** A new cookie to set, when the secret was rotated by this call. */
  readonly rotatedCookie: string | null;
}

export interface Credentials {
  readonly cookie: string | undefined;
  readonly bearer: string | undefined;
}

export interface Sessions {
  open(user: StoredUser): Promise<{ cookie: string; id: string; csrf: string; expiresAt: number }>;
  authenticate(credentials: Credentials): Promise<Principal | null>;
}

export function createSessions({
  tables,
  clock,
  lifetimeMs,
}: {
  tables: Tables;
  clock: Clock;
  lifetimeMs: number;
}): Sessions {
  return {
    async open(user) {
      const cookie = newSecret("");
      const csrf = newSecret("");
      const now = clock.now();
      const expiresAt = now + lifetimeMs;
      const id = await insertSession(tables.db, {
        userId: user.id,
        tokenHash: hashSecret(cookie),
        csrf,
        now,
        expiresAt,
      });
      return { cookie, id, csrf, expiresAt };
    },
    async authenticate({ cookie, bearer }) {
      if (bearer !== undefined) return fromToken(bearer);
      if (cookie !== undefined) return fromCookie(cookie);
      return null;
    },
  };

  async function fromCookie(cookie: string): Promise<Principal | null> {
    const hash = hashSecret(cookie);
    const session = await sessionByHash(tables.db, hash);
    const now = clock.now();
    if (session === undefined || session.user.disabled) return null;
    if (session.viaPrevious && now - session.rotatedAt > GRACE_MS) return null;
    if (session.expiresAt <= now) {
      await deleteSession(tables.db, session.id);
      return null;
    }
    let rotatedCookie: string | null = null;
    if (!session.viaPrevious && now - session.rotatedAt > ROTATE_MS) {
      const next = newSecret("");
      if (await rotateSession(tables.db, { id: session.id, from: hash, to: hashSecret(next), now }))
        rotatedCookie = next;
    }
    return {
      ...principalOf(session.user, session.user.role),
      actor: { kind: "user", id: session.user.id, name: session.user.name },
      session: { id: session.id, csrf: session.csrf, expiresAt: session.expiresAt },
      rotatedCookie,
    };
  }

  async function fromToken(bearer: string): Promise<Principal | null> {
    if (!bearer.startsWith(TOKEN_PREFIX)) return null;
    const token = await tokenByHash(tables.db, hashSecret(bearer));
    const now = clock.now();
    if (token === undefined || token.revoked || token.owner.disabled) return null;
    if (token.expiresAt !== null && token.expiresAt <= now) return null;
    if (token.lastUsedAt === null || now - token.lastUsedAt > TOUCH_MS) await touchToken(tables.db, token.id, now);
    // A token never holds more than its owner does today, even if the owner was demoted after it was made.
    const permissions = ROLE_PERMISSIONS[token.role].filter((p) => ROLE_PERMISSIONS[token.owner.role].includes(p));
    return {
      actor: { kind: "token", id: token.id, name: `${token.owner.name}/${token.name}` },
      role: token.role,
      team: token.owner.team,
      permissions: new Set(permissions),
      session: null,
      rotatedCookie: null,
    };
  }
}

const principalOf = (user: StoredUser, role: Role) => ({
  role,
  team: user.team,
  permissions: new Set(ROLE_PERMISSIONS[role]),
});
