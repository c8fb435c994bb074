/** postgres: the state store on any PostgreSQL, embedded or given: pool, transactions that run again after a collision,
 *  notifications on commit. One code path for both engines. */
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import pg from "pg";
import { isAppError } from "../errors/index.ts";
import type { Log } from "../log/index.ts";
import { tablesError, tablesFail } from "./errors.ts";
import { CHANNEL, openSubscriptions } from "./listener.ts";
import type { Executor, Isolation, Tables, Transaction } from "./port.ts";
import { openPool } from "./pool.ts";
import { openDatabase } from "./session.ts";

export interface TablesOptions {
  readonly url: string;
  readonly engine: "embedded" | "server";
  readonly log: Log;
  /** Connections in the pool; one more is used for notifications. */
  readonly connections?: number;
}

export async function createTables(options: TablesOptions): Promise<Tables> {
  parseWholeNumbers();
  const { url, log, connections = 16 } = options;
  const pool = openPool({ url, log, connections, name: "holdfast", statementMs: STATEMENT_LIMIT_MS });
  const db = openDatabase(pool);
  try {
    const subscriptions = await openSubscriptions(options);
    return {
      db,
      transaction: (work, settings) => withRetries(() => db.transaction(work, isolationOf(settings?.isolation))),
      notify,
      subscribe: subscriptions.add,
      info: () => readInfo(db, options.engine),
      ping: () => pool.query("select 1").then(yes, no),
      close: async () => {
        await subscriptions.close();
        await pool.end();
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

const RETRIES = 5;
const LARGEST_MESSAGE_BYTES = 7_900;
const STATEMENT_LIMIT_MS = 60_000;

/** int8 comes back as a number while that is exact, else as its digits. The parser table is the driver's own and process
 *  wide: drizzle consults no other one. Setting it again changes nothing. */
function parseWholeNumbers(): void {
  pg.types.setTypeParser(pg.types.builtins.INT8, (digits: string) => {
    const value = Number(digits);
    return Number.isSafeInteger(value) ? value : digits;
  });
}

function isolationOf(isolation: Isolation | undefined): { isolationLevel?: Isolation } {
  return isolation === undefined ? {} : { isolationLevel: isolation };
}

async function withRetries<T>(attempt: () => Promise<T>): Promise<T> {
  for (let retry = 0; ; retry += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (retry >= RETRIES || !isAppError(error) || error.code !== "TABLES_RETRY") throw error;
      // Jitter, so that those that collided do not collide again in step.
      await sleep(Math.random() * 20 * 2 ** retry);
    }
  }
}

async function notify(executor: Executor | Transaction, topic: string, payload: unknown): Promise<void> {
  const message = JSON.stringify({ topic, payload });
  const bytes = Buffer.byteLength(message);
  if (bytes > LARGEST_MESSAGE_BYTES) {
    throw tablesFail(
      "TABLES_MESSAGE_TOO_LARGE",
      `A notification on ${topic} has ${bytes} bytes, the limit is ${LARGEST_MESSAGE_BYTES}: send an id instead of the content.`,
      { details: { topic, bytes } },
    );
  }
  await executor.execute(sql`select pg_notify(${CHANNEL}, ${message})`);
}

async function readInfo(db: Executor, engine: TablesOptions["engine"]) {
  const found = await db.execute<{ version: string; bytes: number }>(
    sql`select current_setting('server_version') as version, pg_database_size(current_database()) as bytes`,
  );
  const row = found.rows[0];
  if (row === undefined) throw tablesError(new Error("PostgreSQL gave no version"));
  return { engine, version: row.version, bytesOnDisk: Number(row.bytes) };
}

const yes = (): boolean => true;
const no = (): boolean => false;
