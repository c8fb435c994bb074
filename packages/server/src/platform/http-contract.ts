/** http-contract: what an area hands to the HTTP layer: one function per route of its contract.
 *  Input is already validated; the answer is checked against the route's response type by the compiler. */
import type { Answer, Parsed, Route } from "@holdfast/contracts";
import type { Permission, Role } from "@holdfast/contracts/access";
import type { Team } from "@holdfast/contracts/model";

export interface Actor {
  readonly kind: "user" | "token" | "system";
  readonly id: string;
  readonly name: string;
}

export interface CallContext {
  readonly actor: Actor;
  readonly role: Role;
  /** The caller's side of the floor; tokens have their creator's. */
  readonly team: Team;
  readonly permissions: ReadonlySet<Permission>;
  /** The cookie session, when the call came with one. */
  readonly sessionId: string | null;
  readonly session: { readonly id: string; readonly csrf: string; readonly expiresAt: number } | null;
  /** Address of the caller; for throttling and the audit log. */
  readonly ip: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** Sets (token) or clears (null) the session cookie of the answer. */
  setSessionCookie(token: string | null, maxAgeSeconds: number): void;
}

export type Handler<T extends Route> = (input: Parsed<T>, context: CallContext) => Promise<Answer<T>>;
export type Handlers<A extends Record<string, Route>> = { readonly [K in keyof A]: Handler<A[K]> };
