/** port: the state store. Always a real PostgreSQL; stores write their SQL with drizzle on `db`.
 *  `transaction` retries serialization failures and deadlocks; a NOTIFY inside it is delivered on commit only. */
import type { NodePgDatabase } from "drizzle-orm/node-postgres";

export type Database = NodePgDatabase;
/** Inside a transaction; has the same query methods as Database. */
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];
/** What a store function takes: it works inside and outside a transaction. */
export type Executor = Database | Transaction;

export type Isolation = "read committed" | "repeatable read" | "serializable";

export interface Tables {
  readonly db: Database;
  /** Runs `work` in one transaction, retried up to 5 times on SQLSTATE 40001 and 40P01. `work` must be free of other effects. */
  transaction<T>(work: (tx: Transaction) => Promise<T>, settings?: { readonly isolation?: Isolation }): Promise<T>;
  /** Sends a message on a topic when the surrounding transaction commits; `payload` must stay under 7,900 bytes of JSON. */
  notify(executor: Executor, topic: string, payload: unknown): Promise<void>;
  /** Calls back for each message on any topic; returns the function that stops it. Reconnects by itself, and
   *  then calls back with the topic RECONNECTED ("tables.reconnected"): messages sent meanwhile are lost, so read the state anew. */
  subscribe(listener: (topic: string, payload: unknown) => void): () => void;
  info(): Promise<{ readonly engine: "embedded" | "server"; readonly version: string; readonly bytesOnDisk: number }>;
  ping(): Promise<boolean>;
  close(): Promise<void>;
}
