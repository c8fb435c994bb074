/** authoring: what a rule editor asks while someone types: problems, completion, a trial on one event, and why a rule fired. */
import { z } from "zod";
import { ruleLogsource, ruleNeeds, ruleSignal, signalOutcome } from "./detect.ts";
import { ruleText } from "./editing.ts";
import { idParams, none, page, pageQuery, severity, timestamp } from "./model.ts";
import { route } from "./route.ts";

export const finding = z.object({
  severity: z.enum(["error", "warning", "note"]),
  code: z.string(),
  message: z.string(),
  /** 1-based place in the text. */
  line: z.number().int(),
  column: z.number().int(),
  /** A change that settles it: what it does, and the whole text after it. */
  fix: z.object({ title: z.string(), text: z.string() }).nullable(),
});
export type Finding = z.infer<typeof finding>;

/** One line of an explanation, in reading order; `depth` indents it below the line it is part of. */
export const explainStep = z.object({
  depth: z.number().int(),
  kind: z.enum(["condition", "and", "or", "not", "selection", "field", "keyword", "filter"]),
  matched: z.boolean(),
  /** The result of the whole rests on this line; the others can be shown fainter. */
  decided: z.boolean(),
  /** What is asked: the condition, the selection's name, or field with modifier and value. */
  label: z.string(),
  field: z.string().nullable(),
  /** What the rule wants of the field. */
  pattern: z.string().nullable(),
  /** What the event has there; null when it has no such field. */
  value: z.string().nullable(),
  /** Why in words, where the values alone do not say it. */
  note: z.string().nullable(),
});
export type ExplainStep = z.infer<typeof explainStep>;

export const explanation = z.object({
  matched: z.boolean(),
  /** False: the event does not reach the rule by its log source; the steps say what would be without that. */
  routed: z.boolean(),
  /** In a sentence: why the rule was tried on the event, or why not and what would help. */
  routing: z.string(),
  steps: z.array(explainStep),
  /** The steps were more than are shown. */
  cut: z.boolean(),
});
export type Explanation = z.infer<typeof explanation>;

export const trialEvent = z.discriminatedUnion("kind", [
  /** A record as a sender writes it: a line, or JSON text. Parsers read it as in the stream. */
  z.strictObject({
    kind: z.literal("record"),
    text: z.string().min(1).max(1_000_000),
    over: z.enum(["file", "syslog"]).default("file"),
  }),
  /** Fields as rules name them. Without a logsource it is inferred, else taken as that. */
  z.strictObject({
    kind: z.literal("fields"),
    fields: z.record(z.string(), z.unknown()),
    logsource: ruleLogsource.optional(),
  }),
  /** An event of the store. */
  z.strictObject({ kind: z.literal("stored"), eventId: z.string().regex(/^\d{1,20}$/) }),
]);
export type TrialEvent = z.input<typeof trialEvent>;

/** The event as rules see it. */
export const seenEvent = z.object({
  id: z.string().nullable(),
  at: timestamp.nullable(),
  parser: z.string(),
  class: z.string(),
  logsource: ruleLogsource.nullable(),
  /** `cut`: only the beginning of the value is shown. */
  fields: z.array(z.object({ name: z.string(), value: z.string(), cut: z.boolean() })),
  raw: z.string(),
  notes: z.array(z.string()),
});
export type SeenEvent = z.infer<typeof seenEvent>;

/** What a match of a correlation stands on, as it is now: events that came later have made it grow, or took it back. */
export const correlationFacts = z.object({
  type: z.string(),
  /** "gte 5 in 5m". */
  condition: z.string(),
  timespan: z.string(),
  rules: z.array(z.object({ id: z.string(), title: z.string() })),
  /** Group-by name with the value that all of its events share. */
  group: z.array(z.object({ name: z.string(), value: z.string() })),
  /** What the condition measured: the count, sum, average …; of several windows the most extreme. */
  value: z.number(),
  /** Matches of its rules that counted, exact; for a correlation over correlations theirs. */
  count: z.number().int(),
  firstAt: timestamp,
  lastAt: timestamp,
  /** When the condition held for the first time. */
  formedAt: timestamp,
  /** The first of the events that counted, oldest first; `value`s are what the correlation read of each. */
  events: z.array(
    z.object({
      eventId: z.string(),
      signalId: z.string(),
      at: timestamp,
      ruleId: z.string(),
      ruleTitle: z.string(),
      host: z.string(),
      user: z.string(),
      values: z.array(z.object({ name: z.string(), value: z.string() })),
    }),
  ),
});
export type CorrelationFacts = z.infer<typeof correlationFacts>;

export const explained = z.object({
  ruleId: z.string(),
  ruleTitle: z.string(),
  signalId: z.string(),
  eventId: z.string(),
  /** fired: the very text that fired · changed: the rule was edited since and its old text is gone, so the present text is
   *  explained · gone: no text is left, only the fields that the signal kept. */
  text: z.enum(["fired", "changed", "gone"]),
  /** In a sentence: which text is explained, and what is missing. */
  sentence: z.string(),
  ruleText: z.string(),
  /** Null when the event is no longer stored. */
  event: seenEvent.nullable(),
  explanation: explanation.nullable(),
  /** Set for a signal of a correlation whose match is still known. */
  correlation: correlationFacts.nullable(),
  /** Why the signal stands no more: an event that came late took back what it stood on. */
  withdrawn: z.string().nullable(),
  /** The fields that matched, as the signal kept them. */
  fields: z.array(z.object({ field: z.string(), value: z.string(), pattern: z.string(), selection: z.string() })),
});
export type Explained = z.infer<typeof explained>;

export const authoringRoutes = {
  checkRule: route({
    method: "POST",
    path: "/api/rules/check",
    permission: "rules.read",
    summary:
      "What is wrong with a rule's (or filter's) text, what it needs, and whether that arrives today; nothing is saved.",
    params: none,
    query: none,
    body: z.strictObject({
      text: z.string().max(200_000),
      /** The rule that is being edited, so that its own id is not called a double. */
      id: z.string().max(200).optional(),
    }),
    response: z.object({
      /** It loads: no finding is an error. */
      ok: z.boolean(),
      findings: z.array(finding),
      rule: z
        .object({
          kind: z.enum(["detection", "correlation", "filter"]),
          id: z.string(),
          title: z.string(),
          level: severity.nullable(),
          status: z.string(),
          tactics: z.array(z.string()),
          techniques: z.array(z.string()),
        })
        .nullable(),
      needs: ruleNeeds.nullable(),
    }),
  }),
  completeRule: route({
    method: "GET",
    path: "/api/rule-completion",
    permission: "rules.read",
    summary: "Words for a rule editor: logsources, the fields that events of one have, modifiers, tags.",
    params: none,
    query: z.object({
      /** With any of these, `fields` are those of the logsource. */
      product: z.string().max(100).optional(),
      category: z.string().max(100).optional(),
      service: z.string().max(100).optional(),
    }),
    body: none,
    response: z.object({
      /** `events`: received since `since` (an estimate); `rules`: loaded rules that name it. */
      logsources: z.array(ruleLogsource.extend({ events: z.number().int(), rules: z.number().int() })),
      /** Most frequent first: the share of recent events of the logsource that have it, and how many rules read it. */
      fields: z.array(
        z.object({
          name: z.string(),
          share: z.number(),
          example: z.string().nullable(),
          rules: z.number().int(),
        }),
      ),
      since: timestamp.nullable(),
      modifiers: z.array(z.object({ name: z.string(), help: z.string(), example: z.string() })),
      tags: z.array(z.object({ tag: z.string(), title: z.string(), rules: z.number().int() })),
      /** Allowed words of fixed attributes. */
      levels: z.array(z.string()),
      statuses: z.array(z.string()),
      correlationTypes: z.array(z.object({ name: z.string(), help: z.string() })),
    }),
  }),
  testRule: route({
    method: "POST",
    path: "/api/rules/test",
    permission: "rules.read",
    summary: "Try a rule's text on one event: whether it matches and why; nothing is saved.",
    params: none,
    query: none,
    body: z.strictObject({ text: ruleText, event: trialEvent }),
    response: z.object({
      ok: z.boolean(),
      findings: z.array(finding),
      matched: z.boolean(),
      /** The exception that would hide the match. */
      hiddenBy: z.object({ id: z.string(), title: z.string() }).nullable(),
      event: seenEvent.nullable(),
      explanation: explanation.nullable(),
    }),
  }),
  ruleNeeds: route({
    method: "GET",
    path: "/api/rules/:id/needs",
    permission: "rules.read",
    summary: "The sources and fields a rule needs and whether they arrive today.",
    params: idParams,
    query: none,
    body: none,
    response: ruleNeeds,
  }),
  listRuleSignals: route({
    method: "GET",
    path: "/api/rules/:id/signals",
    permission: "rules.read",
    summary: "The matches of a rule, newest first: those that raised alerts, those in test, or those hidden.",
    params: idParams,
    query: pageQuery.extend({ outcome: signalOutcome.optional() }),
    body: none,
    response: page(ruleSignal),
  }),
  explainAlert: route({
    method: "GET",
    path: "/api/alerts/:id/explain",
    permission: "alerts.read",
    summary: "Why an alert fired: each condition of its rule with the value of the event that decided it.",
    params: idParams,
    query: z.object({ signal: z.string().max(200).optional() }),
    body: none,
    response: explained.extend({
      /** Signals of the alert that can be asked for. */
      signals: z.array(z.object({ id: z.string(), at: timestamp, host: z.string(), user: z.string() })),
    }),
  }),
  explainSignal: route({
    method: "GET",
    path: "/api/signals/:id/explain",
    permission: "rules.read",
    summary: "Why a rule fired on an event, for one signal: also one in test or hidden.",
    params: idParams,
    query: none,
    body: none,
    response: explained,
  }),
} as const;
