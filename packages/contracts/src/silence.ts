/** silence: what is learned of when sources speak, what is wrong with one now, and a source that explains itself. */
import { z } from "zod";
import { idParams, none, timestamp } from "./model.ts";
import { route } from "./route.ts";

/** Begins the rule id of alerts that Holdfast raises about what it receives. */
export const WATCH = "holdfast:";

/** In the fields of such an alert: the title of a live rule that is blind because of it; its id stands as the pattern. */
export const blindField = "blind rule";

export const conditionKind = z.enum(["silence", "volume", "field-loss", "skew"]);

export const condition = z.object({
  id: z.string(),
  kind: conditionKind,
  /** Who: all of a source, one log of a host, a whole host. */
  reach: z.enum(["source", "log", "host"]),
  /** "" where a host with several sources is silent. */
  source: z.string(),
  host: z.string(),
  title: z.string(),
  sentence: z.string(),
  facts: z.array(z.object({ name: z.string(), value: z.string(), usual: z.string() })),
  /** Live rules that read what is missing. */
  blind: z.array(z.object({ id: z.string(), title: z.string() })),
  since: timestamp,
  raisedAt: timestamp,
  endedAt: timestamp.nullable(),
});
export type WatchedCondition = z.infer<typeof condition>;

/** learning = too little is known to miss it · unwatched = an import, an exercise, or disabled. */
export const speechState = z.enum(["speaks", "quiet-hours", "silent", "learning", "unwatched"]);

export const speech = z.object({
  source: z.string(),
  state: speechState,
  /** "Speaks every 12 s on Sundays around 16:00 UTC; last heard 5 s ago." */
  sentence: z.string(),
  lastHeardAt: timestamp.nullable(),
  /** Longest usual pause at this hour, and the pause from which it is called silent; null while it is learned. */
  learnedSeconds: z.number().nullable(),
  thresholdSeconds: z.number().nullable(),
});
export type Speech = z.infer<typeof speech>;

export const sourceInsight = z.object({
  speech,
  hosts: z.array(
    z.object({
      host: z.string(),
      state: speechState,
      lastHeardAt: timestamp.nullable(),
      learnedSeconds: z.number().nullable(),
      /** From the time in its events to their arrival; null before it is known. */
      delaySeconds: z.number().nullable(),
    }),
  ),
  hostsTotal: z.number().int(),
  /** Records of the last hour against the same hour of the weeks before; null before there are some. */
  volume: z.object({ lastHour: z.number(), usual: z.number() }).nullable(),
  delaySeconds: z.number().nullable(),
  /** Share of the last day's events, by class, that have each field; null when the event store did not answer in time. */
  fields: z
    .array(
      z.object({
        class: z.string(),
        events: z.number().int(),
        fields: z.array(z.object({ name: z.string(), share: z.number(), lost: z.boolean() })),
      }),
    )
    .nullable(),
  /** What no parser took in the last day, clustered, most frequent first; null as above. */
  unparsed: z
    .array(
      z.object({
        /** "<*>" stands for what differs. */
        template: z.string(),
        records: z.number().int(),
        example: z.string(),
        /** A parser for it as a field map in YAML, to begin with. */
        draft: z.string(),
      }),
    )
    .nullable(),
  /** Unparsed records that were looked at. */
  unparsedSampled: z.number().int(),
  /** Estimated: the size of the store by the share of its events. */
  diskBytes: z.number().nullable(),
  conditions: z.array(condition),
});
export type SourceInsight = z.infer<typeof sourceInsight>;

export const silenceRoutes = {
  listSilence: route({
    method: "GET",
    path: "/api/silence",
    permission: "sources.read",
    summary: "What is wrong with sources now: silent, too little, fields lost, clock off; and the state of each.",
    params: none,
    query: none,
    body: none,
    response: z.object({
      items: z.array(condition),
      sources: z.array(speech),
      /** Hosts and classes that found no place in memory since the start. */
      untracked: z.number().int(),
    }),
  }),
  sourceInsight: route({
    method: "GET",
    path: "/api/sources/:id/insight",
    permission: "sources.read",
    summary: "A source explains itself: when it speaks, its hosts, volume, fields, clocks, unparsed shapes, cost.",
    params: idParams,
    query: none,
    body: none,
    response: sourceInsight,
  }),
} as const;
