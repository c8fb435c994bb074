/** route: one HTTP operation as data. The server implements it, web and CLI call it, OpenAPI is rendered from it.
 *  Indexed access instead of conditional types keeps type checking five times cheaper. */
import type { Permission } from "./access.ts";

interface Schema {
  readonly _zod: { readonly input: unknown; readonly output: unknown };
}

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `:name` marks a parameter. */
  readonly path: `/${string}`;
  /** "public" needs no login; "self" needs any login; else the permission that the caller's role must hold. */
  readonly permission: Permission | "public" | "self";
  /** One sentence for OpenAPI and the CLI's help. */
  readonly summary: string;
  /** True when a call changes something: it is then audited and needs the CSRF header with a cookie session. */
  readonly mutates?: boolean;
  readonly params: Schema & { parse(x: unknown): unknown };
  readonly query: Schema & { parse(x: unknown): unknown };
  readonly body: Schema & { parse(x: unknown): unknown };
  readonly response: Schema & { parse(x: unknown): unknown };
}

export const route = <const R extends Route>(r: R): R => r;

export interface Input<T extends Route> {
  readonly params: T["params"]["_zod"]["input"];
  readonly query: T["query"]["_zod"]["input"];
  readonly body: T["body"]["_zod"]["input"];
}

export interface Parsed<T extends Route> {
  readonly params: T["params"]["_zod"]["output"];
  readonly query: T["query"]["_zod"]["output"];
  readonly body: T["body"]["_zod"]["output"];
}

export type Output<T extends Route> = T["response"]["_zod"]["output"];
/** What a handler returns: the input side of the response schema. */
export type Answer<T extends Route> = T["response"]["_zod"]["input"];
