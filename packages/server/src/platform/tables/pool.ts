/** pool: connections to the state store, any of which may be lost at any moment without ending this process. The store's last words can
 *  come in the same packet as the answer before them: the connection is then handed out, and nobody listens to it yet. */
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
  });
  // For as long as it lives. Whoever holds it learns of the loss by its next statement.
  pool.on("connect", (client) => client.on("error", () => {}));
  // The pool replaces what is lost by itself.
  pool.on("error", (error) =>
    log.warn({ reason: error.message, pool: name }, "lost an idle connection of the state store"),
  );
  return pool;
}
