/** pool: connections to the state store, any of which may be lost at any moment without ending this process. The store's last words can
 *  come in the same packet as the answer before them: the connection is then handed out, and nobody listens to it yet. */
import { Socket } from "node:net";
import pg from "pg";
import type { Log } from "../log/index.ts";

interface PoolOptions {
  readonly url: string;
  readonly log: Log;
  readonly connections: number;
  /** As the store's own list of connections shows it. */
  readonly name: string;
  /** The longest that a statement may take; no limit when it is not given. */
  readonly statementMs?: number;
}

const IDLE_IN_TRANSACTION_MS = 60_000;

export function openPool({ url, log, connections, name, statementMs }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    application_name: name,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    ...(statementMs === undefined ? {} : { statement_timeout: statementMs }),
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    stream: openSocket,
  });
  // For as long as it lives. Whoever holds it learns of the loss by its next statement.
  pool.on("connect", (client) => client.on("error", () => {}));
  // The pool replaces what is lost by itself.
  pool.on("error", (error) =>
    log.warn({ reason: error.message, pool: name }, "lost an idle connection of the state store"),
  );
  return pool;
}

/** A socket file that is not there yet, and a store that is gone while one writes, as a socket of the network says the same. The engine of
 *  the workflows waits for a store that refuses or resets; what it did not know ended the workflow that was just at it. */
function openSocket(): Socket {
  const socket = new Socket();
  socket.on("error", (error: NodeJS.ErrnoException) => {
    error.code = SAME[error.code ?? ""] ?? error.code;
  });
  return socket;
}

const SAME: Readonly<Record<string, string>> = { ENOENT: "ECONNREFUSED", EPIPE: "ECONNRESET" };
