/** session: drizzle's node-postgres session with two repairs. Every failed query becomes an AppError (drizzle's own error
 *  quotes the parameters, which may be secrets), and a connection lost inside a transaction neither hides the first
 *  error nor goes back to the pool. */
import { sql } from "drizzle-orm";
import { NodePgDatabase } from "drizzle-orm/node-postgres";
import { NodePgSession, NodePgTransaction } from "drizzle-orm/node-postgres/session";
import { PgDialect, type PgTransactionConfig, type PreparedQueryConfig } from "drizzle-orm/pg-core";
import type pg from "pg";
import { tablesError } from "./errors.ts";

export function openDatabase(pool: pg.Pool): NodePgDatabase {
  const dialect = new PgDialect();
  return new NodePgDatabase(dialect, new TablesSession(pool, pool, dialect), undefined);
}

type Schema = Record<string, never>;
type Prepare = NodePgSession<Schema, Schema>["prepareQuery"];

class TablesSession extends NodePgSession<Schema, Schema> {
  readonly #pool: pg.Pool;
  readonly #dialect: PgDialect;

  constructor(client: pg.Pool | pg.PoolClient, pool: pg.Pool, dialect: PgDialect) {
    super(client, dialect, undefined);
    this.#pool = pool;
    this.#dialect = dialect;
  }

  override prepareQuery<T extends PreparedQueryConfig = PreparedQueryConfig>(...parameters: Parameters<Prepare>) {
    const prepared = super.prepareQuery<T>(...parameters);
    const execute = prepared.execute.bind(prepared);
    prepared.execute = (values) => execute(values).catch(rethrow);
    return prepared;
  }

  override async transaction<T>(
    work: (tx: NodePgTransaction<Schema, Schema>) => Promise<T>,
    config?: PgTransactionConfig,
  ): Promise<T> {
    const client = await this.#pool.connect().catch(rethrow);
    let lost: Error | undefined;
    const onLost = (error: Error) => {
      lost = error;
    };
    client.on("error", onLost);
    const session = new TablesSession(client, this.#pool, this.#dialect);
    const tx = new NodePgTransaction<Schema, Schema>(this.#dialect, session, undefined);
    try {
      await tx.execute(sql.raw(beginStatement(config)));
      const result = await work(tx);
      await tx.execute(sql`commit`);
      return result;
    } catch (error) {
      await tx.execute(sql`rollback`).catch((failure: Error) => {
        lost ??= failure;
      });
      throw error;
    } finally {
      client.removeListener("error", onLost);
      client.release(lost);
    }
  }
}

/** The words come from drizzle's closed types, never from data. */
function beginStatement(config: PgTransactionConfig | undefined): string {
  const isolation = config?.isolationLevel === undefined ? "" : ` isolation level ${config.isolationLevel}`;
  const access = config?.accessMode === undefined ? "" : ` ${config.accessMode}`;
  return `begin${isolation}${access}${config?.deferrable === true ? " deferrable" : ""}`;
}

function rethrow(error: unknown): never {
  throw tablesError(error);
}
