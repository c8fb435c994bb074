/** tail: new matching events as a server-sent stream. It asks the store for what arrived since the last look whenever a block
 *  was stored, at most once a second; a page that cannot follow is told how many rows it missed. */
import type { ServerResponse } from "node:http";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore, QueryLimits } from "../platform/events/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/port.ts";
import { keepApart, type Rehearsing } from "./apart.ts";
import { compileFilter, eventColumns } from "./compile-filter.ts";
import { fail, metricHasNoEvents, QueryError } from "./errors.ts";
import { eventExpression } from "./expressions.ts";
import { LIST_COLUMNS } from "./fields.ts";
import { createParams } from "./params.ts";
import { parseQuery } from "./parse.ts";
import { isoOfStored } from "./run.ts";

const PAUSE_MS = 1_000;
const HEARTBEAT_MS = 15_000;
const ROWS_AT_ONCE = 200;
const MAX_BUFFERED = 1 << 20;
const MAX_TAILS = 50;

export interface Tail {
  /** Answers until the client goes away. The response's headers are not sent yet. */
  follow(query: string, out: ServerResponse): void;
}

export function createTail({
  events,
  tables,
  clock,
  limits,
  log,
  rehearsing,
}: {
  events: EventStore;
  tables: Tables;
  clock: Clock;
  limits: QueryLimits;
  log: Log;
  rehearsing: () => Rehearsing;
}): Tail {
  let open = 0;
  return {
    follow(query, out) {
      if (open >= MAX_TAILS)
        throw fail("SEARCH_TOO_MANY", `${MAX_TAILS} live tails are open already. Close one and try again.`);
      const ask = compileTail(query, { events, limits, now: clock.now(), rehearsing: rehearsing() });
      open += 1;
      let last = "0";
      let due = true;
      let busy = false;
      const send = (event: string, data: unknown): void => {
        if (out.writableLength > MAX_BUFFERED) out.destroy();
        else out.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      };
      out.writeHead(200, {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      out.write("retry: 2000\n\n");
      const look = async (): Promise<void> => {
        if (busy || !due) return;
        busy = true;
        due = false;
        try {
          // The first look finds where the present is; nothing older is shown.
          if (last === "0") last = await ask.newestId();
          else {
            const { rows, newest, missed } = await ask.since(last);
            if (missed > 0) send("gap", { dropped: missed });
            if (rows.length > 0) send("rows", { columns: ask.columns, rows });
            last = newest;
          }
        } catch (error) {
          log.warn({ error: String(error) }, "A live tail could not read new events; it tries again.");
          due = true;
        } finally {
          busy = false;
        }
      };
      const stop = tables.subscribe((topic) => {
        if (topic === "ingest.block.stored") due = true;
      });
      const timer = setInterval(() => void look(), PAUSE_MS);
      const heartbeat = setInterval(() => out.write(": still here\n\n"), HEARTBEAT_MS);
      void look();
      out.once("close", () => {
        open -= 1;
        clearInterval(timer);
        clearInterval(heartbeat);
        stop();
      });
    },
  };
}

function compileTail(
  source: string,
  { events, limits, now, rehearsing }: { events: EventStore; limits: QueryLimits; now: number; rehearsing: Rehearsing },
) {
  const parsed = parseQuery(source);
  if (!parsed.ok) throw fail("SEARCH_QUERY_INVALID", parsed.problem.message, { details: { ...parsed.problem } });
  if (parsed.query.metric !== null) throw metricHasNoEvents(parsed.query.metric);
  if (parsed.query.pipes.length > 0) {
    throw fail("SEARCH_QUERY_INVALID", "A live tail shows events as they come; take the pipes away.", {
      details: { at: parsed.query.pipes[0]?.at ?? 0 },
    });
  }
  const params = createParams();
  let condition = "1";
  try {
    const { filter } = parsed.query;
    const { filters, conditions } = keepApart(filter === null ? [] : [filter], rehearsing, params);
    const scope = { params, now, source, resolve: eventColumns, rawFields: true };
    condition = ["1", ...conditions, ...filters.map((one) => compileFilter(one, scope))].join(" AND ");
  } catch (error) {
    if (error instanceof QueryError)
      throw fail("SEARCH_QUERY_INVALID", error.problem.message, { details: { ...error.problem } });
    throw error;
  }
  const columns = LIST_COLUMNS.map((name, index) => ({ name, sql: `c${index}`, ...eventExpression(name, params) }));
  const table = events.table("events");
  // Ids grow in the order of arrival; receive time keeps the engine from reading old parts.
  const recent = "received > now64(3) - INTERVAL 1 DAY";
  return {
    columns: columns.map(({ name, type }) => ({ name, type })),
    async newestId(): Promise<string> {
      const [row] = await events.query<{ newest: string }>(`SELECT max(id) AS newest FROM ${table} WHERE ${recent}`, {
        limits,
      });
      return row === undefined || row.newest === "0" ? "1" : row.newest;
    },
    async since(last: string) {
      const after = { ...params.values, last };
      const [summary] = await events.query<{ n: string; newest: string }>(
        `SELECT countIf(${condition}) AS n, max(id) AS newest FROM ${table} WHERE ${recent} AND id > {last:UInt64}`,
        { params: after, limits },
      );
      const total = Number(summary?.n ?? 0);
      const newest = summary === undefined || BigInt(summary.newest) < BigInt(last) ? last : summary.newest;
      if (total === 0) return { rows: [], newest, missed: 0 };
      const found = await events.query<Record<string, string | number>>(
        `SELECT ${columns.map((column) => `${column.shown} AS ${column.sql}`).join(", ")} FROM ${table}
WHERE ${recent} AND id > {last:UInt64} AND id <= {newest:UInt64} AND ${condition} ORDER BY id DESC LIMIT ${ROWS_AT_ONCE}`,
        { params: { ...after, newest }, limits },
      );
      const rows = found.map((row) =>
        columns.map((column) =>
          column.type === "time" ? isoOfStored(String(row[column.sql])) : (row[column.sql] ?? null),
        ),
      );
      return { rows, newest, missed: Math.max(0, total - rows.length) };
    },
  };
}
