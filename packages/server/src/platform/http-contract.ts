/** http-contract: what an area hands to the HTTP layer: one function per route of its contract.
 *  Input is already validated; the answer is checked against the route's response type by the compiler. */
import type { Permission } from "@holdfast/contracts/access";
import type { Answer, Parsed, Route } from "@holdfast/contracts";

export interface Actor {
  readonly kind: "user" | "token" | "system";
  readonly id: string;
  readonly name: string;
}

export interface CallContext {
  readonly actor: Actor;
  readonly permissions: ReadonlySet<Permission>;
  /** Address of the caller; for throttling and the audit log. */
  readonly ip: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

export type Handler<T extends Route> = (input: Parsed<T>, context: CallContext) => Promise<Answer<T>>;
export type Handlers<A extends Record<string, Route>> = { readonly [K in keyof A]: Handler<A[K]> };
