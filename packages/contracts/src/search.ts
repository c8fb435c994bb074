/** search: one language for API, CLI and UI over stored events. Users never write SQL. */
import { z } from "zod";
import { signalOutcome } from "./detect.ts";
import { none } from "./model.ts";
import { route } from "./route.ts";

/** ISO time, or relative to now: "now", "now-15m", "now-7d", "now/d" (start of the UTC day). */
export const timeExpression = z.string().min(1).max(40);

export const searchRequest = z.strictObject({
  /** Lucene-style filters, then pipes. Empty = everything. */
  query: z.string().max(10_000).default(""),
  from: timeExpression.default("now-24h"),
  to: timeExpression.default("now"),
  limit: z.number().int().min(1).max(10_000).default(100),
  /** Opaque position from an earlier answer's `next`; only for searches without pipes. */
  cursor: z.string().max(500).optional(),
  /** Chosen by the client so that it can cancel. */
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{8,64}$/)
    .optional(),
});
export type SearchRequest = z.input<typeof searchRequest>;

export const searchColumn = z.object({
  name: z.string(),
  type: z.enum(["time", "number", "text", "ip", "list"]),
});
export type SearchColumn = z.infer<typeof searchColumn>;

export const searchCell = z.union([z.string(), z.number(), z.null(), z.array(z.string())]);
export type SearchCell = z.infer<typeof searchCell>;

export const searchAnswer = z.object({
  columns: z.array(searchColumn),
  /** One array a row, in the order of `columns`. Times are ISO text with the full precision; 64-bit numbers are text. */
  rows: z.array(z.array(searchCell)),
  next: z.string().nullable(),
  stats: z.object({
    rows: z.number().int(),
    /** True when the limit cut the result: there is more. */
    truncated: z.boolean(),
    tookMs: z.number(),
    from: z.string(),
    to: z.string(),
    /** "events" = one row an event; "table" = stats, top, rare, fields …; "series" = timechart. */
    shape: z.enum(["events", "table", "series"]),
  }),
});
export type SearchAnswer = z.infer<typeof searchAnswer>;

export const histogramAnswer = z.object({
  from: z.string(),
  to: z.string(),
  bucketSeconds: z.number(),
  /** Count an OCSF severity a bucket: `counts[severity_id]`. */
  buckets: z.array(
    z.object({ time: z.string(), total: z.number().int(), severities: z.record(z.string(), z.number().int()) }),
  ),
});

export const searchField = z.object({
  name: z.string(),
  type: z.enum(["time", "number", "text", "ip", "list"]),
  description: z.string(),
  /** Other names that mean the same column: Sysmon, ECS, OCSF. */
  aliases: z.array(z.string()),
});
export type SearchField = z.infer<typeof searchField>;

export const observable = z.object({
  kind: z.enum(["host", "user", "ip", "domain", "hash", "file", "process", "url"]),
  value: z.string(),
});
export type ObservableValue = z.infer<typeof observable>;

export const eventDetail = z.object({
  id: z.string(),
  /** All columns that are not empty, by name. */
  columns: z.record(z.string(), searchCell),
  raw: z.string(),
  ocsf: z.record(z.string(), z.unknown()),
  observables: z.array(observable),
  signals: z.array(
    z.object({
      id: z.string(),
      ruleId: z.string(),
      ruleTitle: z.string(),
      level: z.string(),
      /** Matches in test and those that an exception hid have no alert. */
      outcome: signalOutcome,
      alertId: z.string().nullable(),
    }),
  ),
});
export type EventDetail = z.infer<typeof eventDetail>;

const rangeBody = z.strictObject({
  query: z.string().max(10_000).default(""),
  from: timeExpression.default("now-24h"),
  to: timeExpression.default("now"),
});

export const searchRoutes = {
  search: route({
    method: "POST",
    path: "/api/search",
    permission: "events.read",
    summary: "Search events with filters and pipes.",
    params: none,
    query: none,
    body: searchRequest,
    response: searchAnswer,
  }),
  cancelSearch: route({
    method: "DELETE",
    path: "/api/search/:id",
    permission: "events.read",
    summary: "Cancel a running search by the id it was started with.",
    params: z.object({ id: z.string().max(64) }),
    query: none,
    body: none,
    response: z.object({ cancelled: z.boolean() }),
  }),
  histogram: route({
    method: "POST",
    path: "/api/search/histogram",
    permission: "events.read",
    summary: "Count matching events over time.",
    params: none,
    query: none,
    body: rangeBody.extend({ buckets: z.number().int().min(2).max(500).default(80) }),
    response: histogramAnswer,
  }),
  facets: route({
    method: "POST",
    path: "/api/search/facets",
    permission: "events.read",
    summary: "The most frequent values of some fields among matching events.",
    params: none,
    query: none,
    body: rangeBody.extend({
      fields: z.array(z.string().max(100)).min(1).max(20),
      limit: z.number().int().min(1).max(50).default(8),
    }),
    response: z.object({
      total: z.number().int(),
      facets: z.array(
        z.object({
          field: z.string(),
          distinct: z.number().int(),
          values: z.array(z.object({ value: z.string(), count: z.number().int() })),
        }),
      ),
    }),
  }),
  fields: route({
    method: "GET",
    path: "/api/search/fields",
    permission: "events.read",
    summary: "The fields that can be searched, with their aliases.",
    params: none,
    query: none,
    body: none,
    response: z.object({
      items: z.array(searchField),
      pipes: z.array(z.object({ name: z.string(), usage: z.string(), description: z.string() })),
    }),
  }),
  values: route({
    method: "GET",
    path: "/api/search/values",
    permission: "events.read",
    summary: "Values of a field that begin with a prefix, for completion.",
    params: none,
    query: z.object({ field: z.string().max(100), prefix: z.string().max(200).default("") }),
    body: none,
    response: z.object({ items: z.array(z.object({ value: z.string(), count: z.number().int() })) }),
  }),
  check: route({
    method: "POST",
    path: "/api/search/check",
    permission: "events.read",
    summary: "Check a query without running it: where it is wrong and what to write instead.",
    params: none,
    query: none,
    body: z.strictObject({ query: z.string().max(10_000) }),
    response: z.object({
      ok: z.boolean(),
      at: z.number().int().nullable(),
      length: z.number().int().nullable(),
      message: z.string(),
      suggestion: z.string().nullable(),
    }),
  }),
  getEvent: route({
    method: "GET",
    path: "/api/events/:id",
    permission: "events.read",
    summary: "One event: normalised, as OCSF, and raw.",
    params: z.object({ id: z.string().regex(/^\d{1,20}$/) }),
    query: none,
    body: none,
    response: eventDetail,
  }),
} as const;

/** Server-sent events of new matching events: `GET /api/events/tail?query=…`; event "rows" with {columns, rows}, event "gap" with {dropped}. */
export const TAIL_PATH = "/api/events/tail";
/** Data of the event "rows". */
export const tailRows = z.object({ columns: z.array(searchColumn), rows: z.array(z.array(searchCell)) });
/** Data of the event "gap": how many rows were left out because they came too fast. */
export const tailGap = z.object({ dropped: z.number().int() });
