/** create: the one HTTP server: API from route tables, live streams, streaming ingest, the web interface, health and metrics.
 *  It refuses to start when any route lacks a permission. */
import cookie from "@fastify/cookie";
import type { Route } from "@holdfast/contracts";
import type { Permission } from "@holdfast/contracts/access";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Access } from "../access/index.ts";
import type { CallContext } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/port.ts";
import { type Caller, createCaller } from "./caller.ts";
import { fail } from "./errors.ts";
import { mountLive } from "./live.ts";
import { mountRoutes } from "./mount.ts";
import { openApi } from "./openapi.ts";
import { type Confined, type HttpPort, nothingOf, openPort, type OpenPort } from "./ports.ts";
import { sendProblem } from "./problem.ts";
import { addSecurityHeaders } from "./security-headers.ts";
import { mountWebFiles } from "./web-files.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    permission?: Permission | "public" | "self" | "source-key";
  }
}

/** An answer of a streaming endpoint that reads the request itself. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A streaming endpoint outside the route tables. "source-key": the handler checks the key itself. */
export interface RawEndpoint {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly permission: Permission | "source-key";
  /** The context is null for "source-key". Undefined as answer: the handler has written to the reply itself. */
  handle(request: FastifyRequest, reply: FastifyReply, context: CallContext | null): Promise<RawAnswer | undefined>;
}

export interface HttpOptions {
  readonly tables: Tables;
  readonly access: Access;
  readonly log: Log;
  readonly version: string;
  readonly webDirectory: string;
  readonly checkAnswers: boolean;
  readonly areas: readonly { routes: Readonly<Record<string, Route>>; handlers: Readonly<Record<string, unknown>> }[];
  readonly raw: readonly RawEndpoint[];
  /** Beside the one that `listen` is given. */
  readonly ports: readonly HttpPort[];
  /** True when both stores answer. */
  healthy(): Promise<{ ok: boolean; details: Readonly<Record<string, string>> }>;
  metrics(): Promise<string>;
}

export interface Http {
  listen(address: { host: string; port: number }): Promise<{ url: string; port: number }>;
  /** The further ports that are open. */
  ports(): { readonly name: string; readonly address: string }[];
  close(): Promise<void>;
}

export async function createHttp(options: HttpOptions): Promise<Http> {
  const app = Fastify({
    logger: false,
    trustProxy: false,
    routerOptions: { maxParamLength: 500 },
    forceCloseConnections: true,
  });
  const caller = createCaller(options.access);
  const confined: Confined = new WeakMap();
  demandPermissions(app);
  confine(app, confined);
  await app.register(cookie);
  addSecurityHeaders(app);
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, error, options.log));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      fail(
        "HTTP_NOT_FOUND",
        `There is nothing at ${request.method} ${request.url.slice(0, 200)}. The API is described at /api/openapi.json.`,
      ),
      options.log,
    ),
  );

  for (const area of options.areas) mountRoutes(app, area, { caller, checkAnswers: options.checkAnswers });
  mountLive(app, { tables: options.tables, caller });
  await app.register(async (plain) => mountRaw(plain, { endpoints: options.raw, caller }));
  mountDescription(app, options);
  app.get("/metrics", { config: { permission: "system.read" } }, async (request, reply) => {
    await caller.admit(request, reply, { permission: "system.read", mutates: false });
    return reply.type("text/plain; version=0.0.4").send(await options.metrics());
  });
  await mountWebFiles(app, options.webDirectory);

  const open: OpenPort[] = [];
  return {
    async listen({ host, port }) {
      await app.listen({ host, port });
      const address = app.server.address();
      const actual = typeof address === "object" && address !== null ? address.port : port;
      for (const one of options.ports) open.push(await openPort(app, one, { confined, log: options.log }));
      return { url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}`, port: actual };
    },
    ports: () => open.map(({ name, address }) => ({ name, address })),
    close: async () => {
      await Promise.all(open.splice(0).map((one) => one.close()));
      await app.close();
    },
  };
}

function demandPermissions(app: FastifyInstance): void {
  app.addHook("onRoute", (route) => {
    if (route.config?.permission === undefined)
      throw new Error(
        `The route ${String(route.method)} ${route.url} declares no permission; the server does not start with it.`,
      );
  });
}

/** By the port of a protocol nobody reaches the web interface or the API, whatever the path. */
function confine(app: FastifyInstance, confined: Confined): void {
  app.addHook("onRequest", async (request, reply) => {
    const protocol = confined.get(request.raw);
    if (protocol === undefined) return;
    const { url, config } = request.routeOptions;
    if (config.permission === "source-key" || url === "/healthz") return;
    await reply.code(404).type("text/plain; charset=utf-8").send(nothingOf(protocol, request.url));
  });
}

/** Inside an own scope: no body parser, so that the handler reads the bytes as they come. */
function mountRaw(
  app: FastifyInstance,
  { endpoints, caller }: { endpoints: readonly RawEndpoint[]; caller: Caller },
): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  for (const endpoint of endpoints) {
    app.route({
      method: endpoint.method,
      url: endpoint.path,
      config: { permission: endpoint.permission },
      handler: async (request, reply) => {
        const context =
          endpoint.permission === "source-key"
            ? null
            : await caller.admit(request, reply, {
                permission: endpoint.permission,
                mutates: endpoint.method !== "GET",
              });
        const answer = await endpoint.handle(request, reply, context);
        if (answer === undefined) return reply;
        return reply
          .code(answer.status)
          .headers(answer.headers)
          .send(typeof answer.body === "string" ? answer.body : Buffer.from(answer.body));
      },
    });
  }
}

function mountDescription(app: FastifyInstance, options: HttpOptions): void {
  const description = JSON.stringify(
    openApi(
      options.areas.map((area) => area.routes),
      options.version,
    ),
  );
  app.get("/api/openapi.json", { config: { permission: "public" } }, async (_request, reply) =>
    reply.type("application/json").send(description),
  );
  app.get("/healthz", { config: { permission: "public" } }, async (_request, reply) => {
    const { ok, details } = await options.healthy();
    return reply.code(ok ? 200 : 503).send({ ok, ...details });
  });
  app.all("/api/*", { config: { permission: "public" } }, async (request) => {
    throw fail(
      "HTTP_NOT_FOUND",
      `There is nothing at ${request.method} ${request.url.slice(0, 200)}. The API is described at /api/openapi.json.`,
    );
  });
}
