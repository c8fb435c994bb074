/** exceptions: Sigma filters that hide matches of rules, each with an owner, a reason, an end, and a count of what it hid. */
import { z } from "zod";
import { ruleSignal } from "./detect.ts";
import { baseVersion, ruleText, ruleVersion, versionText } from "./editing.ts";
import { idParams, none, page, pageQuery, timestamp } from "./model.ts";
import { route } from "./route.ts";

/** active = hides now · expired = its time is over · off = switched off · broken = does not load, hides nothing. */
export const exceptionState = z.enum(["active", "expired", "off", "broken"]);
export type ExceptionState = z.infer<typeof exceptionState>;

export const exception = z.object({
  id: z.string(),
  title: z.string(),
  /** The filter document as written. */
  text: z.string(),
  /** Rules it names; empty when it names all. */
  rules: z.array(z.object({ id: z.string(), title: z.string(), known: z.boolean() })),
  /** It applies to every rule (of its logsource). */
  all: z.boolean(),
  state: exceptionState,
  /** Who answers for it. */
  owner: z.string(),
  reason: z.string(),
  /** null: it never ends by itself. */
  expiresAt: timestamp.nullable(),
  /** "custom", or the pack of the file it was loaded from: such a one is edited in its file. */
  pack: z.string(),
  path: z.string(),
  version: z.number().int(),
  createdBy: z.string(),
  createdAt: timestamp.nullable(),
  editedBy: z.string(),
  editedAt: timestamp.nullable(),
  /** Matches it hid: in all (exact, kept beyond the retention of events), in the last 24 hours, and the last one. */
  hiddenTotal: z.number().int(),
  hidden24h: z.number().int(),
  lastHiddenAt: timestamp.nullable(),
  /** Why it is broken. */
  problem: z.string().nullable(),
});
export type Exception = z.infer<typeof exception>;

const reason = z.string().trim().min(3, "say why in at least three characters").max(1000);
const owner = z.string().trim().min(1, "name who answers for it").max(100);
const expiresAt = timestamp.nullable();

export const exceptionRoutes = {
  listExceptions: route({
    method: "GET",
    path: "/api/exceptions",
    permission: "rules.read",
    summary: "Exceptions of all rules or of one, with what they hid.",
    params: none,
    query: pageQuery.extend({
      rule: z.string().max(200).optional(),
      state: exceptionState.optional(),
      q: z.string().max(200).optional(),
      sort: z.enum(["title", "hidden", "last", "expiry", "newest"]).default("newest"),
    }),
    body: none,
    response: page(exception),
  }),
  getException: route({
    method: "GET",
    path: "/api/exceptions/:id",
    permission: "rules.read",
    summary: "One exception with its filter and what it hid a day.",
    params: idParams,
    query: none,
    body: none,
    response: exception.extend({
      /** Matches it hid a day over the last 14 days, oldest first. */
      perDay: z.array(z.number().int()),
    }),
  }),
  proposeException: route({
    method: "POST",
    path: "/api/exceptions/propose",
    permission: "rules.read",
    summary: "A filter that would hide an alert (or a signal), from the fields one chooses of it; nothing is saved.",
    params: none,
    query: none,
    body: z.strictObject({
      alert: z.string().max(200).optional(),
      signal: z.string().max(200).optional(),
      /** Fields to compare with their values; without it those that tell this event apart best. */
      fields: z.array(z.string().min(1).max(200)).max(50).optional(),
    }),
    response: z.object({
      ruleId: z.string(),
      ruleTitle: z.string(),
      /** Every field of the event that can be chosen; `matched`: the rule looked at it; `chosen`: it stands in the text. */
      fields: z.array(z.object({ field: z.string(), value: z.string(), matched: z.boolean(), chosen: z.boolean() })),
      title: z.string(),
      text: z.string(),
    }),
  }),
  createException: route({
    method: "POST",
    path: "/api/exceptions",
    permission: "rules.write",
    mutates: true,
    summary: "Make an exception from a filter document.",
    params: none,
    query: none,
    body: z.strictObject({ text: ruleText, owner, reason, expiresAt }),
    response: exception,
  }),
  saveException: route({
    method: "PUT",
    path: "/api/exceptions/:id",
    permission: "rules.write",
    mutates: true,
    summary: "Change an exception's filter, owner, reason or end, or switch it off and on.",
    params: idParams,
    query: none,
    body: z.strictObject({
      version: baseVersion,
      text: ruleText.optional(),
      owner: owner.optional(),
      reason: reason.optional(),
      expiresAt: expiresAt.optional(),
      off: z.boolean().optional(),
      note: z.string().trim().max(500).default(""),
    }),
    response: exception,
  }),
  deleteException: route({
    method: "DELETE",
    path: "/api/exceptions/:id",
    permission: "rules.write",
    mutates: true,
    summary: "Delete an exception; what it hid stays on record.",
    params: idParams,
    query: z.object({ version: z.coerce.number().int().min(0), note: z.string().max(500).default("") }),
    body: none,
    response: z.object({ deleted: z.literal(true) }),
  }),
  listHidden: route({
    method: "GET",
    path: "/api/exceptions/:id/hidden",
    permission: "rules.read",
    summary: "The matches that an exception hid, newest first; also of a deleted one.",
    params: idParams,
    query: pageQuery,
    body: none,
    response: page(ruleSignal),
  }),
  listExceptionVersions: route({
    method: "GET",
    path: "/api/exceptions/:id/versions",
    permission: "rules.read",
    summary: "Every edit of an exception, newest first, with owner, reason and end as they were.",
    params: idParams,
    query: none,
    body: none,
    response: z.object({
      items: z.array(
        ruleVersion.extend({
          owner: z.string(),
          reason: z.string(),
          expiresAt: timestamp.nullable(),
          off: z.boolean(),
        }),
      ),
    }),
  }),
  getExceptionVersion: route({
    method: "GET",
    path: "/api/exceptions/:id/versions/:version",
    permission: "rules.read",
    summary: "One version of an exception's filter and its difference from another.",
    params: idParams.extend({ version: z.coerce.number().int().min(1) }),
    query: z.object({ against: z.coerce.number().int().min(0).optional() }),
    body: none,
    response: versionText,
  }),
} as const;
