/** create: the search area: handlers of its routes and the live tail. Users write our language; SQL is made here only. */
import type { metricRoutes } from "@holdfast/contracts/metrics";
import type { searchRoutes } from "@holdfast/contracts/search";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/port.ts";
import type { Rehearsing } from "./apart.ts";
import { type Collection, collect } from "./collect.ts";
import { type AlertsOfSignals, readEvent } from "./event-detail.ts";
import { FIELDS } from "./fields.ts";
import { createOverview } from "./overview.ts";
import { listMetrics } from "./metric-list.ts";
import { PIPES } from "./parse-pipes.ts";
import { compileFor, createRunner } from "./run.ts";
import { createTail, type Tail } from "./tail.ts";
import type { TimeRange } from "./time.ts";
import { isAppError } from "../platform/errors/index.ts";

export interface Search {
  readonly routes: Handlers<typeof searchRoutes>;
  readonly metrics: Handlers<typeof metricRoutes>;
  readonly tail: Tail;
  /** All events that a search matches, for evidence. */
  collect(asked: { readonly query: string; readonly range: TimeRange }): Promise<Collection>;
}

export interface SearchOptions {
  readonly events: EventStore;
  readonly tables: Tables;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: { readonly seconds: number; readonly memoryBytes: number; readonly rows: number };
  readonly alertsOf: AlertsOfSignals;
  /** Sources of exercises: what they sent is found only where it is asked for. */
  readonly rehearsing?: () => Rehearsing;
  /** The names of an asset and of a service, as they may stand in labels. */
  readonly namesOf: {
    asset(idOrName: string): Promise<readonly string[]>;
    service(id: string): Promise<readonly string[]>;
  };
}

export function createSearch(options: SearchOptions): Search {
  const { events, tables, clock, log, limits, alertsOf, namesOf, rehearsing = () => NONE } = options;
  const queryLimits = { timeMs: limits.seconds * 1000, memoryBytes: limits.memoryBytes, resultRows: limits.rows + 1 };
  const runner = createRunner({ events, clock, limits: queryLimits, rehearsing });
  const overview = createOverview({ events, clock, limits: queryLimits, rehearsing });
  return {
    collect: (asked) =>
      collect(
        {
          events,
          limits: { ...queryLimits, resultRows: MAX_COLLECTED },
          now: clock.now(),
          rehearsing: rehearsing(),
        },
        asked,
      ),
    tail: createTail({
      events,
      tables,
      clock,
      log,
      rehearsing,
      limits: { ...queryLimits, timeMs: Math.min(queryLimits.timeMs, 10_000) },
    }),
    metrics: {
      async listMetrics({ query }) {
        const assets = query.asset === "" ? [] : await namesOf.asset(query.asset);
        const services = query.service === "" ? [] : await namesOf.service(query.service);
        const owned = (label: string, names: readonly string[]): string[] =>
          names.length === 0 ? [] : [`${label}:(${names.map(quoted).join(" OR ")})`];
        const where = [...owned("asset", assets), ...owned("service", services)].join(" OR ");
        return listMetrics(
          { events, limits: queryLimits, now: clock.now() },
          { assets, services, part: query.q, limit: query.limit, where },
        );
      },
    },
    routes: {
      search: ({ body }, context) =>
        runner.search({ ...body, limit: Math.min(body.limit, limits.rows) }, context.signal),
      cancelSearch: async ({ params }) => ({ cancelled: runner.cancel(params.id) }),
      histogram: ({ body }, context) => overview.histogram(body, context.signal),
      facets: ({ body }, context) => overview.facets(body, context.signal),
      fields: async () => ({
        items: FIELDS.map(({ name, type, description, aliases }) => ({
          name,
          type,
          description,
          aliases: [...aliases],
        })).concat(EXERCISE),
        pipes: PIPES.map(({ name, usage, description }) => ({ name, usage, description })),
      }),
      values: ({ query }, context) => overview.values(query.field, query.prefix, context.signal),
      async check({ body }) {
        try {
          const now = clock.now();
          await compileFor(events, body.query, {
            range: { fromMs: now - 3_600_000, toMs: now },
            now,
            limit: 1,
            table: events.table("events"),
            rehearsing: rehearsing(),
            limits: queryLimits,
          });
          return { ok: true, at: null, length: null, message: "", suggestion: null };
        } catch (error) {
          if (!isAppError(error)) throw error;
          const { at, length, suggestion } = error.details;
          return {
            ok: false,
            at: typeof at === "number" ? at : null,
            length: typeof length === "number" ? length : null,
            message: error.message,
            suggestion: typeof suggestion === "string" ? suggestion : null,
          };
        }
      },
      getEvent: ({ params }) => readEvent(events, params.id, alertsOf),
    },
  };
}

/** No column: it is said in sources. */
const EXERCISE = {
  name: "exercise",
  type: "text" as const,
  description: "Events of exercises, which are left out otherwise: a run's id, or any",
  aliases: [],
};

const quoted = (name: string): string => `"${name.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

const NONE: Rehearsing = new Map();
const MAX_COLLECTED = 1_000_000;
