/** triage-take-out: what is inside an alert, and taking signals out of it again: a decision that people make with a reason, that the
 *  system holds to for later signals, and that can be undone. */
import { z } from "zod";
import { csv, idParams, none, page, pageQuery, timestamp } from "./model.ts";
import { route } from "./route.ts";
import { alert, entityKind, matchedField, type TimelineItem } from "./triage.ts";

/** Signals that one request may name one by one; whole groups have no such bound. */
export const MOST_SIGNALS = 1_000;
/** Alerts that one request may make. */
export const MOST_APART = 50;

/** A kind of entity, or "rule": the entity that the rule itself is about. */
export const groupKind = z.enum([...entityKind.options, "rule"]);
export type GroupKind = z.infer<typeof groupKind>;

/** What all signals of a group name; "" stands for none of that kind. */
export const groupValue = z.strictObject({ kind: groupKind, value: z.string().max(4_000) });
export type GroupValue = z.infer<typeof groupValue>;
const group = z.array(groupValue).min(1).max(8);

const by = z.array(groupKind).min(1).max(8);

/** Why signals are one alert. */
export const alertKeys = z.object({
  /** Kinds of entities that the settings declared for the rule; null: the entity that the rule is about. */
  keys: z.array(groupKind).nullable(),
  /** A longer pause begins another alert; null where its sender says when it is over. */
  windowMinutes: z.number().nullable(),
  /** Version of the settings when the alert was raised; null where that is not known. */
  version: z.number().int().nullable(),
  /** What the settings say today, where that is something else. */
  today: z.object({ keys: z.array(groupKind).nullable(), version: z.number().int() }).nullable(),
});
export type AlertKeys = z.infer<typeof alertKeys>;

/** A decision that took signals out of an alert. */
export const takeOut = z.object({
  /** The alert that they were taken out of, and the one that they are since. */
  from: z.object({ id: z.string(), title: z.string() }),
  to: z.object({ id: z.string(), title: z.string() }),
  at: timestamp,
  by: z.string(),
  reason: z.string(),
  /** How many were moved then. */
  count: z.number().int(),
  /** Groups that are told apart from now on; none where signals were named one by one. */
  groups: z.array(z.array(groupValue)),
  undone: z.object({ at: timestamp, by: z.string(), reason: z.string() }).nullable(),
});
export type TakeOut = z.infer<typeof takeOut>;

const groupsOfAlert = z.object({
  by: z.array(groupKind),
  /** Signals that the alert counts. */
  count: z.number().int(),
  /** Those of them that are stored and surely its own: what the groups add up to. */
  stored: z.number().int(),
  /** Why that is not all of them; "" when it is. */
  missing: z.string(),
  /** Largest first, at most 500. */
  groups: z.array(
    z.object({ values: z.array(groupValue), count: z.number().int(), firstSeen: timestamp, lastSeen: timestamp }),
  ),
  /** How many groups there are in all. */
  total: z.number().int(),
  why: alertKeys,
  /** Newest first: what was taken out of it, and what it was taken out of. */
  decisions: z.array(takeOut),
  /** The alert that it was put back into. */
  putBackInto: z.string().nullable(),
  /** Why nothing can be taken out of it; "" when something can. */
  refused: z.string(),
});
export type AlertGroups = z.infer<typeof groupsOfAlert>;

const alertSignal = z.object({
  id: z.string(),
  eventId: z.string(),
  at: timestamp,
  host: z.string(),
  user: z.string(),
  fields: z.array(matchedField),
  /** What its event names; none for signals that were stored before that was kept. */
  entities: z.array(z.object({ kind: z.string(), value: z.string() })),
});
export type AlertSignal = z.infer<typeof alertSignal>;

const reason = z.string().trim().min(1).max(1_000);

export const takeOutRoutes = {
  groupSignals: route({
    method: "GET",
    path: "/api/alerts/:id/signals/groups",
    permission: "alerts.read",
    summary: "The signals of an alert counted by what they name, and why they are one alert.",
    params: idParams,
    /** Kinds, with commas between them; without it the keys of today where they differ, else what tells most. */
    query: z.object({ by: csv.optional() }),
    body: none,
    response: groupsOfAlert,
  }),
  listAlertSignals: route({
    method: "GET",
    path: "/api/alerts/:id/signals",
    permission: "alerts.read",
    summary: "The stored signals of an alert, newest first.",
    params: idParams,
    query: pageQuery.extend({
      /** Only those of one group: a kind, and the value of it. */
      kind: groupKind.optional(),
      value: z.string().max(4_000).optional(),
    }),
    body: none,
    response: page(alertSignal),
  }),
  takeOut: route({
    method: "POST",
    path: "/api/alerts/:id/take-out",
    permission: "alerts.work",
    mutates: true,
    summary: "Take signals out of an alert; they are an alert of their own, and later ones of their groups go there.",
    params: idParams,
    query: none,
    body: z.strictObject({
      what: z.discriminatedUnion("kind", [
        /** Signals, one by one. */
        z.strictObject({ kind: z.literal("signals"), ids: z.array(z.string().max(100)).min(1).max(MOST_SIGNALS) }),
        /** Whole groups: each an alert of its own, or all of them one. */
        z.strictObject({
          kind: z.literal("groups"),
          groups: z.array(group).min(1).max(MOST_APART),
          together: z.boolean().default(false),
        }),
        /** Every group but the largest, each an alert of its own. */
        z.strictObject({ kind: z.literal("apart"), by }),
        /** The same, by the keys that the settings declare today. */
        z.strictObject({ kind: z.literal("today") }),
      ]),
      /** Of the new alert; without it the title of the one that it comes from. */
      title: z.string().trim().min(1).max(300).optional(),
      reason,
    }),
    response: z.object({ kept: alert, taken: z.array(alert) }),
  }),
  putBack: route({
    method: "POST",
    path: "/api/alerts/:id/put-back",
    permission: "alerts.work",
    mutates: true,
    summary: "Undo a take-out: what was taken out, and what came to it since, is part of the first alert again.",
    params: idParams,
    query: none,
    body: z.strictObject({
      reason,
      /** Also the other alerts that the same request made. */
      together: z.boolean().default(false),
    }),
    response: z.object({ alert, putBack: z.array(z.string()) }),
  }),
} as const;

/** Where a decision stands on a timeline. */
export const TAKE_OUT_KIND: TimelineItem["kind"] = "merge";
