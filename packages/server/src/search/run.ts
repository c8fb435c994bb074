/** run: carries out a search: compile, ask the store with limits, shape the rows. Running searches can be cancelled by id. */
import type { SearchAnswer, SearchCell, searchRoutes } from "@holdfast/contracts/search";
import type { Parsed } from "@holdfast/contracts";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore, QueryLimits } from "../platform/events/index.ts";
import type { Rehearsing } from "./apart.ts";
import { type Compiled, compile, type CompileRequest, type TableColumn } from "./compile.ts";
import { compileMetric } from "./compile-metric.ts";
import { fail, QueryError, type QueryProblem } from "./errors.ts";
import { readMetricFacts } from "./metric-facts.ts";
import { parseQuery } from "./parse.ts";
import { parseRangeOfTime } from "./time.ts";

export interface Runner {
  search(request: Parsed<typeof searchRoutes.search>["body"], signal: AbortSignal): Promise<SearchAnswer>;
  cancel(id: string): boolean;
}

type Row = Readonly<Record<string, string | number | null | readonly string[]>>;

export function createRunner({
  events,
  clock,
  limits,
  rehearsing,
}: {
  events: EventStore;
  clock: Clock;
  limits: QueryLimits;
  rehearsing: () => Rehearsing;
}): Runner {
  const running = new Map<string, AbortController>();
  return {
    async search(request, signal) {
      const now = clock.now();
      const started = clock.monotonic();
      const range = parseRangeOfTime(request.from, request.to, now);
      const stop = new AbortController();
      const abort = (): void => stop.abort();
      signal.addEventListener("abort", abort, { once: true });
      if (request.id !== undefined) running.set(request.id, stop);
      try {
        const compiled = await compileFor(events, request.query, {
          range,
          now,
          limit: request.limit,
          table: events.table("events"),
          after: decodeCursor(request.cursor),
          rehearsing: rehearsing(),
          limits,
          signal: stop.signal,
        });
        const rows = await events.query<Row>(compiled.sql, {
          params: compiled.params.values,
          limits,
          signal: stop.signal,
        });
        return {
          ...shape(rows, compiled, range),
          stats: {
            ...statsOf(rows, compiled),
            tookMs: Math.round(clock.monotonic() - started),
            from: iso(range.fromMs),
            to: iso(range.toMs),
            shape: compiled.shape,
          },
        };
      } finally {
        signal.removeEventListener("abort", abort);
        if (request.id !== undefined) running.delete(request.id);
      }
    },
    cancel(id) {
      const found = running.get(id);
      found?.abort();
      return found !== undefined;
    },
  };
}

/** Parses and compiles; a mistake in the text becomes SEARCH_QUERY_INVALID with its place. A metric is looked up first: its kind decides. */
export async function compileFor(
  events: EventStore,
  source: string,
  asked: Omit<CompileRequest, "query" | "source"> & { readonly limits: QueryLimits; readonly signal?: AbortSignal },
): Promise<Compiled> {
  const parsed = parseQuery(source);
  if (!parsed.ok) throw queryFailure(parsed.problem);
  const { query } = parsed;
  const { metric } = query;
  const { limits, signal, ...request } = asked;
  try {
    if (metric === null) return compile({ ...request, query, source });
    const facts = await readMetricFacts(
      { events, limits, ...(signal === undefined ? {} : { signal }) },
      metric,
      source,
    );
    const tables = {
      raw: events.table("metrics"),
      minute: events.table("metrics_1m"),
      hour: events.table("metrics_1h"),
    };
    return compileMetric({ ...request, query, source, metric, facts, tables });
  } catch (error) {
    if (error instanceof QueryError) throw queryFailure(error.problem);
    throw error;
  }
}

const queryFailure = (problem: QueryProblem) =>
  fail("SEARCH_QUERY_INVALID", problem.message, {
    details: {
      at: problem.at,
      length: problem.length,
      ...(problem.suggestion === null ? {} : { suggestion: problem.suggestion }),
    },
  });

const statsOf = (rows: readonly Row[], compiled: Compiled) =>
  compiled.shape === "series"
    ? { rows: rows.length, truncated: groupsOf(rows, compiled).length > (compiled.series?.most ?? Infinity) }
    : { rows: Math.min(rows.length, compiled.limit), truncated: rows.length > compiled.limit };

function shape(
  rows: readonly Row[],
  compiled: Compiled,
  range: { fromMs: number; toMs: number },
): Pick<SearchAnswer, "columns" | "rows" | "next"> {
  if (compiled.series !== undefined) return { ...seriesOf(rows, compiled, range), next: null };
  const kept = rows.slice(0, compiled.limit);
  return {
    columns: compiled.columns.map(({ name, type }) => ({ name, type })),
    rows: kept.map((row) => compiled.columns.map((column) => cell(row[column.sql] ?? null, column))),
    next: compiled.pageable && rows.length > kept.length ? encodeCursor(kept.at(-1), compiled.columns) : null,
  };
}

/** Long rows (time, group, value) to one column a group; gaps are 0 for counts and null for everything else. */
function seriesOf(
  rows: readonly Row[],
  compiled: Compiled,
  range: { fromMs: number; toMs: number },
): Pick<SearchAnswer, "columns" | "rows"> {
  const { spanSeconds, grouped, zero } = compiled.series as NonNullable<Compiled["series"]>;
  const valueName = compiled.columns.at(-1)?.name ?? "value";
  const names = grouped ? groupsOf(rows, compiled).slice(0, compiled.series?.most) : [valueName];
  const byTime = new Map<number, Map<string, SearchCell>>();
  for (const row of rows) {
    const at = Number(row["c0"]);
    const slot = byTime.get(at) ?? new Map<string, SearchCell>();
    slot.set(grouped ? String(row["c1"] ?? "") : valueName, asNumber(row[grouped ? "c2" : "c1"] ?? null));
    byTime.set(at, slot);
  }
  // Buckets longer than a day begin where the engine's do: take its own starts then.
  const first = Math.floor(range.fromMs / 1000 / spanSeconds) * spanSeconds;
  const times =
    spanSeconds > 86_400
      ? [...byTime.keys()]
      : Array.from(
          { length: Math.floor((range.toMs / 1000 - first) / spanSeconds) + 1 },
          (_, index) => first + index * spanSeconds,
        );
  return {
    columns: [
      { name: "time", type: "time" },
      ...names.map((name) => ({ name: name === "" ? "(none)" : name, type: "number" as const })),
    ],
    rows: times.map((at) => [iso(at * 1000), ...names.map((name) => byTime.get(at)?.get(name) ?? (zero ? 0 : null))]),
  };
}

/** The groups of a chart; where only some are shown, the largest first. */
function groupsOf(rows: readonly Row[], { series }: Compiled): string[] {
  if (series === undefined || !series.grouped) return [];
  const sums = new Map<string, { sum: number; points: number }>();
  for (const row of rows) {
    const name = String(row["c1"] ?? "");
    const known = sums.get(name) ?? { sum: 0, points: 0 };
    sums.set(name, { sum: known.sum + Number(row["c2"] ?? 0), points: known.points + 1 });
  }
  const names = [...sums.keys()];
  if (series.most === undefined) return names;
  const mean = (name: string): number => (sums.get(name)?.sum ?? 0) / (sums.get(name)?.points ?? 1);
  return names.sort((a, b) => mean(b) - mean(a) || (a < b ? -1 : 1));
}

function cell(value: string | number | null | readonly string[], column: TableColumn): SearchCell {
  if (value === null) return null;
  if (typeof value === "object") return [...value];
  if (column.type === "time") return isoOfStored(String(value));
  if (column.type === "number" && column.name !== "id") return asNumber(value);
  return String(value);
}

/** The store's "2026-11-22 08:00:00.123456789" as ISO, with as many digits as carry something. */
export function isoOfStored(text: string): string {
  const [whole = "", fraction = ""] = text.split(".");
  const digits = fraction.replace(/0+$/, "");
  return `${whole.replace(" ", "T")}.${digits.padEnd(3, "0")}Z`;
}

function asNumber(value: string | number | null | readonly string[]): SearchCell {
  if (value === null || typeof value === "object") return null;
  const number = Number(value);
  // Beyond 2^53 the text is exact, the number is not.
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(String(value)) ? number : String(value);
}

const iso = (ms: number): string => new Date(ms).toISOString();

function encodeCursor(row: Row | undefined, columns: readonly TableColumn[]): string | null {
  const time = row?.[columns.find((column) => column.name === "time")?.sql ?? ""];
  const id = row?.[columns.find((column) => column.name === "id")?.sql ?? ""];
  return time === undefined || id === undefined
    ? null
    : Buffer.from(`${String(time)}|${String(id)}`).toString("base64url");
}

function decodeCursor(cursor: string | undefined): { time: string; id: string } | undefined {
  if (cursor === undefined) return undefined;
  const match = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?)\|(\d{1,20})$/.exec(
    Buffer.from(cursor, "base64url").toString("utf8"),
  );
  if (match === null)
    throw fail("SEARCH_QUERY_INVALID", "This page position is not one that a search gave. Start the search again.");
  return { time: match[1] as string, id: match[2] as string };
}
