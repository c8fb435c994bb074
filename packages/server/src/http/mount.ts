/** mount: turns a table of routes and its handlers into Fastify routes: permission, validation, answer. The table is the only
 *  source: a handler that is missing does not compile, a route without a permission cannot be written. */
import type { Route } from "@holdfast/contracts";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { CallContext } from "../platform/http-contract.ts";
import type { Caller } from "./caller.ts";
import { fail } from "./errors.ts";

type AnyHandler = (input: { params: never; query: never; body: never }, context: CallContext) => Promise<unknown>;

export interface MountOptions {
  readonly caller: Caller;
  /** Checks answers against the response schema: on in tests, off in production (the compiler checked the types). */
  readonly checkAnswers: boolean;
}

const BODY_LIMIT = 2 << 20;
const LARGE_BODY_LIMIT = 24 << 20;
const LARGE = new Set(["/api/estate/import"]);

export function mountRoutes(
  app: FastifyInstance,
  table: { routes: Readonly<Record<string, Route>>; handlers: Readonly<Record<string, unknown>> },
  options: MountOptions,
): void {
  for (const [name, route] of Object.entries(table.routes)) {
    const handler = table.handlers[name] as AnyHandler | undefined;
    if (handler === undefined) throw new Error(`The route ${route.method} ${route.path} has no handler "${name}".`);
    app.route({
      method: route.method,
      url: route.path,
      bodyLimit: LARGE.has(route.path) ? LARGE_BODY_LIMIT : BODY_LIMIT,
      config: { permission: route.permission },
      handler: async (request, reply) => {
        const context = await options.caller.admit(request, reply, {
          permission: route.permission,
          mutates: route.mutates === true,
        });
        const input = {
          params: check("path", route.params, request.params),
          query: check("query", route.query, request.query),
          body: check("body", route.body, request.body ?? {}),
        };
        const answer = await handler(input as { params: never; query: never; body: never }, context);
        reply.header("cache-control", "no-store");
        return options.checkAnswers ? route.response.parse(answer) : answer;
      },
    });
  }
}

function check(place: string, schema: { parse(x: unknown): unknown }, value: unknown): unknown {
  const unstorable = findUnstorable(value, "");
  if (unstorable !== undefined) {
    const message = "a NUL character or half of a surrogate pair, which no store can hold: remove it";
    throw fail("HTTP_INVALID", `The ${place} is not right at "${unstorable}": ${message}.`, {
      details: { at: unstorable, place, issues: [{ at: unstorable, message }] },
    });
  }
  try {
    return schema.parse(value);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const issues = error.issues.map((issue) => ({
      at: `/${issue.path.map(String).join("/")}`,
      message: issue.message,
    }));
    const first = issues[0];
    throw fail("HTTP_INVALID", `The ${place} is not right at "${first?.at ?? "/"}": ${first?.message ?? "unknown"}.`, {
      details: { at: first?.at ?? "/", place, issues: issues.slice(0, 20) },
    });
  }
}

/** Where text stands that neither PostgreSQL nor ClickHouse takes: a refusal here is a 400, there it would be a fault. */
function findUnstorable(value: unknown, at: string): string | undefined {
  if (typeof value === "string") return value.includes("\u0000") || !value.isWellFormed() ? at || "/" : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = findUnstorable(key, `${at}/?`) ?? findUnstorable(inner, `${at}/${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
