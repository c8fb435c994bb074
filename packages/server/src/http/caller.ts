/** caller: finds out who is calling and refuses before any handler runs: deny by default, permission by route, CSRF for cookies. */
import type { Permission } from "@holdfast/contracts/access";
import { ROLE_PERMISSIONS } from "@holdfast/contracts/access";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Access, Principal } from "../access/index.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { fail } from "./errors.ts";

export const SESSION_COOKIE = "holdfast_session";
const SAFE_METHODS = new Set(["GET", "HEAD"]);

export interface Needs {
  readonly permission: Permission | "public" | "self";
  /** The call changes something: with a cookie it must carry the session's CSRF token. */
  readonly mutates: boolean;
}

export interface Caller {
  /** Throws HTTP_NOT_LOGGED_IN, HTTP_DENIED or HTTP_CSRF. */
  admit(request: FastifyRequest, reply: FastifyReply, needs: Needs): Promise<CallContext>;
}

export function createCaller(access: Access): Caller {
  return {
    async admit(request, reply, { permission, mutates }) {
      sameOrigin(request);
      const bearer = bearerOf(request);
      const cookie = request.cookies[SESSION_COOKIE];
      const principal = permission === "public" ? null : await access.authenticate({ bearer, cookie });
      if (permission !== "public") {
        if (principal === null)
          throw fail("HTTP_NOT_LOGGED_IN", "Log in first, or send a valid token as `Authorization: Bearer <token>`.");
        if (principal.session !== null && mutates && request.headers["x-holdfast-csrf"] !== principal.session.csrf) {
          throw fail(
            "HTTP_CSRF",
            "The call changes something but lacks this session's `x-holdfast-csrf` header. Reload the page.",
          );
        }
        if (permission !== "self" && !principal.permissions.has(permission)) throw denied(permission, principal);
        if (principal.rotatedCookie !== null)
          setCookie(
            reply,
            principal.rotatedCookie,
            Math.floor(((principal.session?.expiresAt ?? 0) - Date.now()) / 1000),
          );
      }
      return contextOf(request, reply, principal);
    },
  };
}

function contextOf(request: FastifyRequest, reply: FastifyReply, principal: Principal | null): CallContext {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return {
    actor: principal?.actor ?? { kind: "system", id: "anonymous", name: "anonymous" },
    role: principal?.role ?? "viewer",
    team: principal?.team ?? "security",
    permissions: principal?.permissions ?? new Set(),
    sessionId: principal?.session?.id ?? null,
    session: principal?.session ?? null,
    ip: request.ip,
    signal: gone.signal,
    setSessionCookie: (token, maxAgeSeconds) => setCookie(reply, token, maxAgeSeconds),
  };
}

function setCookie(reply: FastifyReply, token: string | null, maxAge: number): void {
  const fixed = { path: "/", httpOnly: true, sameSite: "strict", secure: reply.request.protocol === "https" } as const;
  if (token === null) reply.clearCookie(SESSION_COOKIE, fixed);
  else reply.setCookie(SESSION_COOKIE, token, { ...fixed, maxAge });
}

/** A browser says where a request comes from; another site's pages have no business here. Programs send no Origin. */
function sameOrigin(request: FastifyRequest): void {
  if (SAFE_METHODS.has(request.method)) return;
  const site = request.headers["sec-fetch-site"];
  const origin = request.headers.origin;
  const foreign =
    (typeof site === "string" && site !== "same-origin" && site !== "none") ||
    (origin !== undefined && hostOf(origin) !== request.headers.host);
  if (foreign) throw fail("HTTP_CSRF", "The call comes from another site's page and is refused.");
}

const hostOf = (origin: string): string => (URL.canParse(origin) ? new URL(origin).host : "");

export function bearerOf(request: FastifyRequest): string | undefined {
  const match = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "");
  return match?.[1];
}

function denied(permission: Permission, principal: Principal) {
  const holders = Object.entries(ROLE_PERMISSIONS).flatMap(([role, held]) => (held.includes(permission) ? [role] : []));
  return fail(
    "HTTP_DENIED",
    `This needs the permission "${permission}"; your role "${principal.role}" does not hold it. An administrator can give you one of: ${holders.join(", ")}.`,
    {
      details: { permission, role: principal.role, rolesWithPermission: holders },
    },
  );
}
