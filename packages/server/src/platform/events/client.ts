/** client: the port over the unmodified ClickHouse client: limits as engine settings, aborts as kills inside the engine,
 *  errors as codes. The same code speaks to the embedded engine and to a server. */
import { randomUUID } from "node:crypto";
import type { ClickHouseClient, ClickHouseSettings } from "@clickhouse/client";
import type { EventConnection } from "./connection.ts";
import { openClient } from "./connection.ts";
import { eventsError, eventsFail } from "./errors.ts";
import { insertBatch, qualified } from "./inserter.ts";
import type { EventStore, EventStoreInfo, QueryLimits, QueryOptions } from "./port.ts";

const DEFAULT_TIME_MS = 30_000;
const DEFAULT_MEMORY_BYTES = 1024 ** 3;
const DEFAULT_RESULT_ROWS = 100_000;
/** The engine's own time limit comes first; this is for an engine that does not look at its clock. */
const GRACE_MS = 5_000;

export function createEventStore(connection: EventConnection): EventStore {
  const client = openClient(connection, { sockets: 24 });
  const table = (name: string): string => qualified(connection.database, name);
  const store: EventStore = {
    table,
    async query<Row>(sql: string, options: QueryOptions = {}): Promise<Row[]> {
      const call = begin(client, options);
      try {
        const result = await client.query({
          ...call.request,
          query: sql,
          format: "JSONEachRow",
          // The whole answer is made first: an error is then never in the middle of it.
          clickhouse_settings: { ...readSettings(connection, options.limits), ...call.settings, wait_end_of_query: 1 },
        });
        return await result.json<Row>();
      } catch (error) {
        throw call.explain(error, "searching");
      } finally {
        call.end();
      }
    },
    async *stream<Row>(sql: string, options: QueryOptions = {}): AsyncIterable<Row[]> {
      const call = begin(client, options);
      try {
        const result = await client.query({
          ...call.request,
          query: sql,
          format: "JSONEachRow",
          clickhouse_settings: { ...readSettings(connection, options.limits), ...call.settings },
        });
        for await (const rows of result.stream<Row>()) yield rows.map((row) => row.json<Row>());
      } catch (error) {
        throw call.explain(error, "reading a stream of rows");
      } finally {
        call.end();
      }
    },
    insert: (batch) => insertBatch(client, connection.database, batch),
    async command(sql, options = {}) {
      const call = begin(client, options);
      try {
        await client.command({
          ...call.request,
          query: sql,
          clickhouse_settings: { ...limitSettings(options.limits), ...call.settings, wait_end_of_query: 1 },
        });
      } catch (error) {
        throw call.explain(error, "running a statement");
      } finally {
        call.end();
      }
    },
    async info(): Promise<EventStoreInfo> {
      const [version] = await store.query<{ version: string }>("SELECT version() AS version");
      const [parts] = await store.query<{ rows: string; bytes: string }>(
        "SELECT sumIf(rows, table = 'events') AS rows, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = {database:String}",
        { params: { database: connection.database } },
      );
      return {
        engine: connection.engine,
        version: version?.version ?? "",
        rows: Number(parts?.rows ?? 0),
        bytesOnDisk: Number(parts?.bytes ?? 0),
      };
    },
    async ping() {
      const answer = await client.ping();
      return answer.success;
    },
    close: () => client.close(),
  };
  return store;
}

interface Call {
  readonly request: { query_id: string; abort_signal: AbortSignal; query_params?: Record<string, unknown> };
  readonly settings: ClickHouseSettings;
  explain(error: unknown, doing: string): Error;
  end(): void;
}

/** Joins the caller's signal and the time limit; when either fires, the query is ended inside the engine too. */
function begin(client: ClickHouseClient, options: QueryOptions): Call {
  if (options.signal?.aborted === true)
    throw eventsFail("EVENTS_CANCELLED", "The query was cancelled before it began.");
  const id = options.id ?? randomUUID();
  const stop = new AbortController();
  const timeMs = options.limits?.timeMs ?? DEFAULT_TIME_MS;
  let late = false;
  const abort = (): void => {
    stop.abort();
    // The facade kills on disconnect by itself; a server goes on until it is told.
    client
      .command({
        query: "KILL QUERY WHERE query_id = {id:String} OR Settings['log_comment'] = {id:String} ASYNC",
        query_params: { id },
      })
      .catch(() => undefined);
  };
  const watchdog = setTimeout(() => {
    late = true;
    abort();
  }, timeMs + GRACE_MS);
  options.signal?.addEventListener("abort", abort, { once: true });
  return {
    request: {
      query_id: id,
      abort_signal: stop.signal,
      ...(options.params === undefined ? {} : { query_params: { ...options.params } }),
    },
    settings: { log_comment: id },
    explain(error, doing) {
      if (late)
        return eventsFail(
          "EVENTS_TIMEOUT",
          `The query ran ${timeMs} ms and was ended; narrow the time range or the conditions.`,
          { cause: error },
        );
      if (options.signal?.aborted === true)
        return eventsFail("EVENTS_CANCELLED", "The query was cancelled.", { cause: error });
      return eventsError(error, { doing });
    },
    end() {
      clearTimeout(watchdog);
      options.signal?.removeEventListener("abort", abort);
    },
  };
}

function readSettings(connection: EventConnection, limits: QueryLimits = {}): ClickHouseSettings {
  return {
    ...limitSettings(limits),
    output_format_json_quote_64bit_integers: 1,
    max_result_rows: String(limits.resultRows ?? DEFAULT_RESULT_ROWS),
    result_overflow_mode: "throw",
    // A server applies settings in the order of the address, so there the stricter level would refuse the others.
    readonly: connection.engine === "embedded" ? "1" : "2",
    cancel_http_readonly_queries_on_client_close: 1,
  };
}

function limitSettings(limits: QueryLimits = {}): ClickHouseSettings {
  return {
    max_execution_time: (limits.timeMs ?? DEFAULT_TIME_MS) / 1000,
    timeout_overflow_mode: "throw",
    max_memory_usage: String(limits.memoryBytes ?? DEFAULT_MEMORY_BYTES),
    ...(limits.readRows === undefined
      ? {}
      : { max_rows_to_read: String(limits.readRows), read_overflow_mode: "throw" as const }),
  };
}
