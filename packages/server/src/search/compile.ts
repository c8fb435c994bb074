/** compile: a parsed query to one SQL statement. Pipes become nested selects whose columns have our own names (c0, c1 …);
 *  what users called them never enters the text. */
import type { SearchColumn } from "@holdfast/contracts/search";
import { keepApart, type Rehearsing } from "./apart.ts";
import type { Filter, Pipe, Query } from "./ast.ts";
import { compileFilter, eventColumns, type FilterScope, type Resolved } from "./compile-filter.ts";
import { eventClause } from "./event-clause.ts";
import { aggregateExpression, eventExpression, type Expression } from "./expressions.ts";
import { queryError } from "./errors.ts";
import { LIST_COLUMNS } from "./fields.ts";
import { createParams, type Params } from "./params.ts";
import { roundSpan, type TimeRange } from "./time.ts";

export interface CompileRequest {
  readonly query: Query;
  readonly source: string;
  readonly range: TimeRange;
  readonly now: number;
  readonly limit: number;
  /** The events table, quoted. */
  readonly table: string;
  /** Sources of exercises, whose events are apart. */
  readonly rehearsing: Rehearsing;
  /** Position after which the next page begins: time (text with nanoseconds) and id. */
  readonly after?: { readonly time: string; readonly id: string } | undefined;
}

export interface TableColumn extends SearchColumn {
  /** Our name in the statement. */
  readonly sql: string;
}

export interface Compiled {
  readonly sql: string;
  readonly params: Params;
  readonly columns: readonly TableColumn[];
  readonly shape: "events" | "table" | "series";
  /** Rows asked for; the statement asks for one more to know whether there are more. */
  readonly limit: number;
  /** timechart: bucket width and whether there is a group column to turn into series. */
  readonly series?: {
    readonly spanSeconds: number;
    readonly grouped: boolean;
    readonly zero: boolean;
    /** Groups that are shown, the largest first; all when not given. */
    readonly most?: number;
  };
  readonly pageable: boolean;
}

/** Where the pipes stand: still on events, or on the rows of an earlier pipe. */
export interface Stage {
  readonly sql: string;
  readonly columns: readonly TableColumn[];
  readonly shape: "events" | "table" | "series";
  readonly series?: Compiled["series"];
}

export const MAX_BUCKETS = 2_000;
const DEFAULT_BUCKETS = 100;

/** @throws QueryError when a name or value cannot be meant. */
export function compile(request: CompileRequest): Compiled {
  const params = createParams();
  const conditions = [rangeCondition(params, request.range)];
  const scope: FilterScope = {
    params,
    now: request.now,
    source: request.source,
    resolve: eventColumns,
    rawFields: true,
  };
  const filters = request.query.filter === null ? [] : [request.query.filter];
  const pipes = [...request.query.pipes];
  while (pipes[0]?.kind === "where") filters.push((pipes.shift() as { filter: Filter }).filter);
  const pageable = pipes.every((pipe) => pipe.kind === "fields");
  if (request.after !== undefined) {
    const time = `toDateTime64(${params.add(request.after.time, "String")}, 9, 'UTC')`;
    conditions.push(`(time < ${time} OR (time = ${time} AND id < ${params.add(request.after.id, "UInt64")}))`);
  }
  const apart = keepApart(filters, request.rehearsing, params);
  const where = eventClause([...conditions, ...apart.conditions], apart.filters, scope);
  const leading: Pipe[] = [];
  while (pipes[0] !== undefined && ["fields", "sort", "limit"].includes(pipes[0].kind))
    leading.push(pipes.shift() as Pipe);
  let stage: Stage | undefined;
  if (pipes.length > 0 && leading.every((pipe) => pipe.kind === "fields")) {
    stage = aggregateStage(pipes.shift() as Pipe, {
      from: `${request.table}\n${where}`,
      resolve: (name) => eventExpression(name, params),
      params,
      range: request.range,
    });
  }
  stage ??= eventStage(leading, { request, params, where });
  for (const pipe of pipes) stage = nextStage(pipe, { stage, request, params });
  return {
    sql: `${stage.sql === "" ? "" : finish(stage, request.limit)}`,
    params,
    columns: stage.columns,
    shape: stage.shape,
    limit: request.limit,
    pageable,
    ...(stage.series === undefined ? {} : { series: stage.series }),
  };
}

export const finish = (stage: Stage, limit: number): string =>
  stage.shape === "series" ? stage.sql : `SELECT * FROM (\n${stage.sql}\n) LIMIT ${limit + 1}`;

export function rangeCondition(params: Params, range: TimeRange): string {
  return `time >= fromUnixTimestamp64Milli(${params.add(range.fromMs, "Int64")}, 'UTC') AND time <= fromUnixTimestamp64Milli(${params.add(range.toMs, "Int64")}, 'UTC')`;
}

function eventStage(
  pipes: readonly Pipe[],
  { request, params, where }: { request: CompileRequest; params: Params; where: string },
): Stage {
  let names: string[] = [...LIST_COLUMNS];
  let order = "time DESC, id DESC";
  let limit = request.limit + 1;
  for (const pipe of pipes) {
    if (pipe.kind === "fields" && pipe.exclude)
      names = names.filter((name) => !pipe.fields.some((field) => field.name === name));
    else if (pipe.kind === "fields")
      names = [
        "id",
        "time",
        ...pipe.fields.map((field) => field.name).filter((name) => name !== "id" && name !== "time"),
      ];
    else if (pipe.kind === "limit") limit = Math.min(limit, pipe.rows);
    else if (pipe.kind === "sort")
      order = pipe.keys
        .map((key) => `${eventExpression(key.field.name, params).sort} ${key.descending ? "DESC" : "ASC"}`)
        .join(", ");
  }
  const columns = names.map((name, index) => ({ ...eventExpression(name, params), name, sql: `c${index}` }));
  const sql = `SELECT ${columns.map((column) => `${column.shown} AS ${column.sql}`).join(", ")}\nFROM ${request.table}\n${where}\nORDER BY ${order}\nLIMIT ${limit}`;
  return { sql, columns: columns.map(({ name, type, sql: own }) => ({ name, type, sql: own })), shape: "events" };
}

interface From {
  readonly from: string;
  readonly params: Params;
  readonly range: TimeRange;
  resolve(name: string, at: { at: number; length: number }): Expression;
}

function aggregateStage(pipe: Pipe, source: From): Stage {
  switch (pipe.kind) {
    case "stats": {
      const groups = pipe.by.map((field, index) => ({
        ...source.resolve(field.name, field),
        name: field.name,
        sql: `c${index}`,
      }));
      const values = pipe.aggregates.map((aggregate, index) => ({
        ...aggregateExpression(aggregate, source),
        name: aggregate.as,
        sql: `c${groups.length + index}`,
      }));
      const select = [
        ...groups.map((group) => `${group.shown} AS ${group.sql}`),
        ...values.map((value) => `${value.sqlText} AS ${value.sql}`),
      ];
      const order =
        values[0] === undefined
          ? ""
          : `\nORDER BY ${values[0].sql} DESC${groups.map((group) => `, ${group.sql}`).join("")}`;
      const by = groups.length === 0 ? "" : `\nGROUP BY ${groups.map((group) => group.sql).join(", ")}`;
      return {
        sql: `SELECT ${select.join(", ")}\nFROM ${source.from}${by}${order}`,
        columns: shownColumns([...groups, ...values]),
        shape: "table",
      };
    }
    case "top":
    case "rare": {
      const groups = pipe.fields.map((field, index) => ({
        ...source.resolve(field.name, field),
        name: field.name,
        sql: `c${index}`,
      }));
      const n = groups.length;
      const names = groups.map((group) => group.sql).join(", ");
      const sql = `SELECT ${names}, c${n}, round(100 * c${n} / sum(c${n}) OVER (), 2) AS c${n + 1} FROM (
SELECT ${groups.map((group) => `${group.shown} AS ${group.sql}`).join(", ")}, count() AS c${n}\nFROM ${source.from}\nGROUP BY ${names}
) ORDER BY c${n} ${pipe.kind === "top" ? "DESC" : "ASC"}, ${names} LIMIT ${pipe.limit}`;
      return {
        sql,
        columns: [
          ...shownColumns(groups),
          { name: "count", type: "number", sql: `c${n}` },
          { name: "percent", type: "number", sql: `c${n + 1}` },
        ],
        shape: "table",
      };
    }
    case "timechart": {
      const rangeMs = source.range.toMs - source.range.fromMs;
      const spanSeconds = pipe.spanSeconds ?? roundSpan(rangeMs, DEFAULT_BUCKETS);
      if (rangeMs / 1000 / spanSeconds > MAX_BUCKETS) {
        throw queryError(
          pipe,
          `span=${spanSeconds}s over this range makes more than ${MAX_BUCKETS} points. Take a wider span or a shorter range.`,
        );
      }
      const value = aggregateExpression(pipe.aggregate, source);
      const bucket = `toStartOfInterval(${source.resolve("time", pipe).sort}, INTERVAL ${spanSeconds} SECOND, 'UTC')`;
      const time: TableColumn = { name: "time", type: "time", sql: "c0" };
      const zero = pipe.aggregate.call === "count" || pipe.aggregate.call === "dc" || pipe.aggregate.call === "sum";
      if (pipe.by === null) {
        const sql = `SELECT toUnixTimestamp(${bucket}) AS c0, ${value.sqlText} AS c1\nFROM ${source.from}\nGROUP BY c0 ORDER BY c0`;
        return {
          sql,
          columns: [time, { name: pipe.aggregate.as, type: "number", sql: "c1" }],
          shape: "series",
          series: { spanSeconds, grouped: false, zero },
        };
      }
      const group = source.resolve(pipe.by.name, pipe.by);
      const biggest = `SELECT g FROM (SELECT toString(${group.shown}) AS g, count() AS n FROM ${source.from} GROUP BY g ORDER BY n DESC, g LIMIT ${pipe.limit})`;
      const sql = `SELECT toUnixTimestamp(${bucket}) AS c0, if(toString(${group.shown}) IN (${biggest}), toString(${group.shown}), 'other') AS c1, ${value.sqlText} AS c2\nFROM ${source.from}\nGROUP BY c0, c1 ORDER BY c0, c1`;
      return {
        sql,
        columns: [
          time,
          { name: pipe.by.name, type: "text", sql: "c1" },
          { name: pipe.aggregate.as, type: "number", sql: "c2" },
        ],
        shape: "series",
        series: { spanSeconds, grouped: true, zero },
      };
    }
    default:
      throw queryError(pipe, `"${pipe.kind}" cannot stand here.`);
  }
}

/** A pipe on the rows of the stage before it. */
export function nextStage(
  pipe: Pipe,
  {
    stage,
    request,
    params,
  }: { stage: Stage; request: Pick<CompileRequest, "now" | "source" | "range">; params: Params },
): Stage {
  if (stage.shape === "series") throw queryError(pipe, "timechart is the last pipe; put this one before it.");
  const from = `(\n${stage.sql}\n)`;
  const column = (name: string, at: { at: number; length: number }): TableColumn => {
    const found =
      stage.columns.find((candidate) => candidate.name === name) ??
      stage.columns.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    throw queryError(
      at,
      `There is no column "${name}" here. Columns: ${stage.columns.map((candidate) => candidate.name).join(", ")}.`,
    );
  };
  switch (pipe.kind) {
    case "where": {
      const resolve = (name: string): Resolved | null => {
        const found = stage.columns.find((candidate) => candidate.name === name);
        // Addresses and times are text by now.
        return found === undefined
          ? null
          : { type: found.type === "ip" || found.type === "time" ? "text" : found.type, expressions: [found.sql] };
      };
      const condition = compileFilter(pipe.filter, {
        params,
        now: request.now,
        source: request.source,
        resolve,
        rawFields: false,
      });
      return { ...stage, sql: `SELECT * FROM ${from} WHERE ${condition}` };
    }
    case "sort":
      return {
        ...stage,
        sql: `SELECT * FROM ${from} ORDER BY ${pipe.keys.map((key) => `${column(key.field.name, key.field).sql} ${key.descending ? "DESC" : "ASC"}`).join(", ")}`,
      };
    case "limit":
      return { ...stage, sql: `SELECT * FROM ${from} LIMIT ${pipe.rows}` };
    case "fields": {
      const named = pipe.fields.map((field) => column(field.name, field));
      const kept = pipe.exclude ? stage.columns.filter((candidate) => !named.includes(candidate)) : named;
      return { ...stage, columns: kept };
    }
    default: {
      const resolve: From["resolve"] = (name, at) => {
        const found = column(name, at);
        return { type: found.type, shown: `i${found.sql}`, sort: `i${found.sql}` };
      };
      // Under names of their own: the columns of the next stage are called c0, c1 … again, and an alias would stand for the column.
      const renamed = stage.columns.map(({ sql }) => `${sql} AS i${sql}`).join(", ");
      return aggregateStage(pipe, { from: `(SELECT ${renamed} FROM ${from})`, resolve, params, range: request.range });
    }
  }
}

const shownColumns = (columns: readonly { name: string; type: SearchColumn["type"]; sql: string }[]): TableColumn[] =>
  columns.map(({ name, type, sql }) => ({ name, type, sql }));
