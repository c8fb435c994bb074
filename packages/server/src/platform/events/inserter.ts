/** inserter: hands batches of rows to the event store as bytes, exactly once per token within the engine's window.
 *  Light enough to live in a worker thread: it needs nothing but a connection descriptor. */
import { Readable } from "node:stream";
import type { ClickHouseClient, ClickHouseSettings } from "@clickhouse/client";
import type { EventConnection } from "./connection.ts";
import { openClient } from "./connection.ts";
import { EVENT_ROW_COLUMNS } from "./event-rows.ts";
import { METRIC_ROW_COLUMNS } from "./metric-rows.ts";
import { eventsError, eventsFail } from "./errors.ts";
import type { InsertBatch } from "./port.ts";

export interface EventInserter {
  /** Resolves when the rows are on disk. EVENTS_BAD_DATA: split the batch; EVENTS_UNAVAILABLE: the same batch again, same token. */
  insert(batch: InsertBatch): Promise<void>;
  /** Ids of the rows that stand for events with ids in a range. Undefined where a server keeps its own promises about tokens. */
  present(range: EventRange): Promise<ReadonlySet<string> | undefined>;
  close(): Promise<void>;
}

export interface EventRange {
  readonly table: "events" | "metrics" | "signals";
  /** Ids of the first and the last event, as decimal text. */
  readonly first: string;
  readonly last: string;
}

export function createEventInserter(connection: EventConnection): EventInserter {
  const client = openClient(connection, { sockets: 4 });
  return {
    insert: (batch) => insertBatch(client, connection.database, batch),
    present: async (range) =>
      connection.engine === "embedded" ? await presentIn(client, connection.database, range) : undefined,
    close: () => client.close(),
  };
}

/** After that the batch is given up as unavailable; with the same token it can be sent again safely. */
const INSERT_MS = 300_000;

export async function insertBatch(client: ClickHouseClient, database: string, batch: InsertBatch): Promise<void> {
  const body = "encoded" in batch ? batch.encoded : batch.ndjson;
  if (body.byteLength === 0) return;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  // Parsing text takes the engine several times as long as reading columns of known types.
  const form =
    "encoded" in batch
      ? `(${(batch.table === "metrics" ? METRIC_ROW_COLUMNS : EVENT_ROW_COLUMNS).join(", ")}) FORMAT RowBinary`
      : "FORMAT JSONEachRow";
  const patience = AbortSignal.timeout(INSERT_MS);
  try {
    const { stream } = await client.exec({
      query: `INSERT INTO ${qualified(database, batch.table)} ${form}`,
      values: Readable.from([bytes], { objectMode: false }),
      abort_signal: patience,
      clickhouse_settings: { ...INSERT_SETTINGS, insert_deduplication_token: batch.token },
    });
    for await (const _ of stream) void _;
  } catch (error) {
    if (patience.aborted) {
      throw eventsFail(
        "EVENTS_UNAVAILABLE",
        `Storing ${batch.rows} rows in ${batch.table} took over ${INSERT_MS / 1000} s; send the batch again.`,
        { cause: error },
      );
    }
    throw eventsError(error, { doing: `storing ${batch.rows} rows in ${batch.table}`, inserting: true });
  }
}

/** Reads one column of the table whole: for the few blocks that a start finds open, not for the path of every event. */
async function presentIn(client: ClickHouseClient, database: string, range: EventRange): Promise<ReadonlySet<string>> {
  const event = range.table === "signals" ? "event_id" : "id";
  try {
    const answer = await client.query({
      query: `SELECT toString(id) AS found FROM ${qualified(database, range.table)} WHERE ${event} BETWEEN {first:UInt64} AND {last:UInt64}`,
      query_params: { first: range.first, last: range.last },
      format: "JSONEachRow",
    });
    return new Set((await answer.json<{ found: string }>()).map(({ found }) => found));
  } catch (error) {
    throw eventsError(error, { doing: `looking for the rows of a block in ${range.table}` });
  }
}

/** `db.table` in backquotes; the names are ours or checked by configuration. */
export const qualified = (database: string, table: string): string => `\`${bare(database)}\`.\`${bare(table)}\``;

const bare = (name: string): string => name.replaceAll(/\W/g, "_");

const INSERT_SETTINGS: ClickHouseSettings = {
  // For views that an operator adds: a retried batch then reaches those that the first try did not.
  deduplicate_blocks_in_dependent_materialized_views: 1,
  // Imports bring years of days in one batch.
  max_partitions_per_insert_block: "0",
  throw_on_max_partitions_per_insert_block: 0,
  // A misspelt column is an error, not a silent loss.
  input_format_skip_unknown_fields: 0,
  input_format_defaults_for_omitted_fields: 1,
  input_format_null_as_default: 0,
  date_time_input_format: "basic",
  // Batches are a few megabytes: cutting them up for several threads costs more than it gains.
  input_format_parallel_parsing: 0,
  async_insert: 0,
  wait_end_of_query: 1,
};
