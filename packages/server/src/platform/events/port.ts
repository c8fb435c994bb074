/** port: what areas may ask of the event store, whichever engine runs behind it.
 *  SQL is written by stores and by the search compiler only; values travel as parameters ({name:Type}), never inside the text.
 *  Statements name `db.table` through `table()`: the database differs per test and per installation. */

/** Parameter values by name; arrays for Array(T) and IN lists. */
export type EventParams = Readonly<
  Record<string, string | number | bigint | boolean | readonly (string | number | bigint)[]>
>;

export interface QueryLimits {
  /** Wall time in milliseconds before the engine stops the query (default 30,000). */
  readonly timeMs?: number;
  /** Bytes of memory for the query (default 1 GiB). */
  readonly memoryBytes?: number;
  /** Rows the answer may have (default 100,000). */
  readonly resultRows?: number;
  /** Rows the engine may read. */
  readonly readRows?: number;
}

export interface QueryOptions {
  readonly params?: EventParams;
  readonly limits?: QueryLimits;
  /** Aborting kills the query inside the engine as well. */
  readonly signal?: AbortSignal;
  readonly id?: string;
}

export type InsertBatch = {
  /** Table name without database: "events", "signals" … */
  readonly table: string;
  readonly rows: number;
  /** Deduplication token: the same token is stored once within the window. Required: retries are exactly-once. */
  readonly token: string;
} & (
  | {
      /** Rows as NDJSON bytes; names equal to the table's columns (checked against the schema at start, unknown names are refused). */
      readonly ndjson: Uint8Array;
    }
  | {
      /** Rows of the events table as `createEventRows` makes them, or of the metrics table as `createMetricRows` does. */
      readonly encoded: Uint8Array;
    }
);

export interface EventStoreInfo {
  readonly engine: "embedded" | "server";
  readonly version: string;
  readonly rows: number;
  readonly bytesOnDisk: number;
}

export interface EventStore {
  /** `db.table`, quoted, for use in SQL text. */
  table(name: string): string;
  /** Rows as objects; 64-bit integers arrive as strings. */
  query<Row>(sql: string, options?: QueryOptions): Promise<Row[]>;
  /** The same, streamed in chunks of rows with back-pressure. */
  stream<Row>(sql: string, options?: QueryOptions): AsyncIterable<Row[]>;
  insert(batch: InsertBatch): Promise<void>;
  /** DDL and other statements without a result; migrations and retention only. */
  command(sql: string, options?: QueryOptions): Promise<void>;
  info(): Promise<EventStoreInfo>;
  ping(): Promise<boolean>;
  close(): Promise<void>;
}
