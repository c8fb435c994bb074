/** connection: where the event store is, as plain data that can be posted to a worker thread, and how a client is made of it. */
import http from "node:http";
import https from "node:https";
import { createClient } from "@clickhouse/client";
import type { ClickHouseClient } from "@clickhouse/client";

export interface EventConnection {
  /** The embedded engine's unix socket; absent for a server or a loopback port. */
  readonly socketPath?: string;
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly engine: "embedded" | "server";
}

/** Socket traffic may pause this long; the time limit of a query is the engine's own affair and shorter. */
const SILENCE_MS = 15 * 60_000;

/** Every client has an agent of its own: a shared one lets each client close the other's sockets as idle. */
export function openClient(connection: EventConnection, options: { readonly sockets: number }): ClickHouseClient {
  const pool = { keepAlive: true, maxSockets: options.sockets };
  const agent = connection.url.startsWith("https:")
    ? new https.Agent(pool)
    : new http.Agent(connection.socketPath === undefined ? pool : onSocket(pool, connection.socketPath));
  return createClient({
    url: connection.url,
    username: connection.user,
    password: connection.password,
    application: "holdfast",
    http_agent: agent,
    request_timeout: SILENCE_MS,
    compression: { request: connection.engine === "server", response: connection.engine === "server" },
    log: { level: 127 },
  });
}

/** An agent hands its options on to net.connect, which knows socketPath; the types of http.Agent do not. */
const onSocket = (pool: http.AgentOptions, socketPath: string): http.AgentOptions & { socketPath: string } => ({
  ...pool,
  socketPath,
});
