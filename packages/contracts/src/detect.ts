/** detect: rules and what became of them: their text and its versions, the state people gave them, and their signals. */
import { z } from "zod";
import { idParams, none, page, pageQuery, severity, timestamp } from "./model.ts";
import { route } from "./route.ts";

/** draft = not matched · test = matched and counted, raises no alerts · live = raises alerts · off = switched off. */
export const ruleState = z.enum(["draft", "test", "live", "off"]);
export type RuleState = z.infer<typeof ruleState>;

export const ruleLogsource = z.object({
  product: z.string().optional(),
  service: z.string().optional(),
  category: z.string().optional(),
});
export type RuleLogsource = z.infer<typeof ruleLogsource>;

export const rule = z.object({
  id: z.string(),
  kind: z.enum(["detection", "correlation"]),
  title: z.string(),
  level: severity,
  status: z.string(),
  description: z.string(),
  author: z.string(),
  tags: z.array(z.string()),
  tactics: z.array(z.string()),
  techniques: z.array(z.string()),
  /** Empty for a correlation. */
  logsource: ruleLogsource,
  /** Path below the folder it was loaded from, and which folder: "starter", the configured path, or "custom" for rules that were
   *  written in the product. An override keeps the pack and path of the file it stands in for. */
  path: z.string(),
  pack: z.string(),
  state: ruleState,
  /** The state is live. */
  enabled: z.boolean(),
  /** 0: the text is the file's and was never edited here; else it counts up with every edit. */
  version: z.number().int(),
  /** Its text was edited here and stands in for a file's. */
  overridden: z.boolean(),
  /** False: the engine knows no route for its logsource. */
  fed: z.boolean(),
  fields: z.array(z.string()),
  /** Live matches: those that raised alerts. */
  matches24h: z.number().int(),
  matchesTotal: z.number().int(),
  /** The last one that raised an alert, or counted for a correlation. */
  lastMatchAt: timestamp.nullable(),
  /** Matches that raise no alert, because they only count for a correlation that is made of the rule. */
  counted24h: z.number().int(),
  countedTotal: z.number().int(),
  /** Matches while it was in test. */
  test24h: z.number().int(),
  testTotal: z.number().int(),
  lastTestAt: timestamp.nullable(),
  /** Matches that an exception hid. */
  hidden24h: z.number().int(),
  hiddenTotal: z.number().int(),
  /** Exceptions that apply to it now. */
  exceptions: z.number().int(),
});
export type Rule = z.infer<typeof rule>;

/** What a rule needs of the world and whether it comes: looked up in a sample of the events that were received lately. */
export const ruleNeeds = z.object({
  logsource: ruleLogsource,
  /** The engine knows a route for the logsource. */
  fed: z.boolean(),
  /** Since when events were looked at; null when the event store did not answer. */
  since: timestamp.nullable(),
  /** Events of this logsource since then (an estimate from the sample), and how many of them the sample holds. */
  events: z.number().int(),
  sampled: z.number().int(),
  /** Who sends them, most first. */
  sources: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      product: z.string(),
      channel: z.string(),
      events: z.number().int(),
      lastAt: timestamp,
    }),
  ),
  /** Every field the rule reads, and the share (0 to 1) of these events that have it. */
  fields: z.array(z.object({ name: z.string(), share: z.number(), example: z.string().nullable() })),
  /** In a sentence: arriving, partly, or what is missing. */
  verdict: z.enum(["arriving", "partly", "no-fields", "no-events", "no-route", "unknown"]),
  sentence: z.string(),
});
export type RuleNeeds = z.infer<typeof ruleNeeds>;

export const ruleDetail = rule.extend({
  text: z.string(),
  references: z.array(z.string()),
  falsepositives: z.array(z.string()),
  /** Live matches a day over the last 14 days, oldest first; likewise those that only counted, those in test and those hidden by exceptions. */
  perDay: z.array(z.number().int()),
  countedPerDay: z.array(z.number().int()),
  testPerDay: z.array(z.number().int()),
  hiddenPerDay: z.array(z.number().int()),
  /** Who gave it its state, when and why; null while nobody did. */
  stateChange: z.object({ by: z.string(), at: timestamp, reason: z.string() }).nullable(),
  /** Who wrote the text that is in force; null for a file's own text. */
  edited: z.object({ by: z.string(), at: timestamp, note: z.string() }).nullable(),
  /** Set when the text stands in for a file's. */
  override: z
    .object({
      pack: z.string(),
      path: z.string(),
      /** The file's text as it is now. */
      fileText: z.string(),
      /** The file's text when it was overridden; differs from `fileText` when `fileChanged`. */
      baseText: z.string(),
      /** The file was written since the override was made or last saved. */
      fileChanged: z.boolean(),
    })
    .nullable(),
  /** For a correlation: the rules it is made of. */
  uses: z.array(z.object({ id: z.string(), title: z.string() })),
  /** Correlations that are made of this rule; `counts`: a live one for which its matches only count. */
  usedBy: z.array(z.object({ id: z.string(), title: z.string(), counts: z.boolean() })),
});
export type RuleDetail = z.infer<typeof ruleDetail>;

export const ruleProblem = z.object({
  pack: z.string(),
  path: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  code: z.string(),
  message: z.string(),
});
export type RuleProblem = z.infer<typeof ruleProblem>;

/** alert = raised an alert · counted = only counts for a correlation that is made of its rule · test = its rule was in test · hidden = an exception hid it. */
export const signalOutcome = z.enum(["alert", "counted", "test", "hidden"]);
export type SignalOutcome = z.infer<typeof signalOutcome>;

export const ruleSignal = z.object({
  id: z.string(),
  eventId: z.string(),
  at: timestamp,
  receivedAt: timestamp,
  ruleId: z.string(),
  ruleTitle: z.string(),
  level: severity,
  outcome: signalOutcome,
  /** Id of the exception that hid it. */
  hiddenBy: z.string().nullable(),
  /** Of a correlation: why it stands no more, when an event that came late took back what it stood on. */
  withdrawn: z.string().nullable(),
  host: z.string(),
  user: z.string(),
  entity: z.object({ kind: z.string(), value: z.string() }),
  fields: z.array(z.object({ field: z.string(), value: z.string(), pattern: z.string(), selection: z.string() })),
});
export type RuleSignal = z.infer<typeof ruleSignal>;

export const detectRoutes = {
  listRules: route({
    method: "GET",
    path: "/api/rules",
    permission: "rules.read",
    summary: "List detection rules.",
    params: none,
    query: pageQuery.extend({
      q: z.string().max(200).optional(),
      level: severity.optional(),
      product: z.string().max(100).optional(),
      state: ruleState.optional(),
      enabled: z.enum(["true", "false"]).optional(),
      fed: z.enum(["true", "false"]).optional(),
      kind: z.enum(["detection", "correlation"]).optional(),
      /** true: only rules whose text was written or edited here. */
      edited: z.enum(["true", "false"]).optional(),
      pack: z.string().max(500).optional(),
      sort: z.enum(["title", "level", "matches", "last", "test"]).default("title"),
    }),
    body: none,
    response: page(rule).extend({
      version: z.string(),
      problems: z.number().int(),
      packs: z.array(z.object({ pack: z.string(), rules: z.number().int() })),
      states: z.record(ruleState, z.number().int()),
    }),
  }),
  getRule: route({
    method: "GET",
    path: "/api/rules/:id",
    permission: "rules.read",
    summary: "One rule with its text, its state and its recent matches.",
    params: idParams,
    query: none,
    body: none,
    response: ruleDetail,
  }),
  updateRule: route({
    method: "PATCH",
    path: "/api/rules/:id",
    permission: "rules.write",
    mutates: true,
    summary: "Set a rule's state (draft, test, live, off), with a reason; enabled true is live, false is off.",
    params: idParams,
    query: none,
    body: z.union([
      z.strictObject({ state: ruleState, reason: z.string().max(500).default("") }),
      z.strictObject({ enabled: z.boolean(), reason: z.string().max(500).default("") }),
    ]),
    response: rule,
  }),
  listRuleProblems: route({
    method: "GET",
    path: "/api/rule-problems",
    permission: "rules.read",
    summary: "Rule files that could not be loaded, with line and reason.",
    params: none,
    query: none,
    body: none,
    response: z.object({ items: z.array(ruleProblem) }),
  }),
  reloadRules: route({
    method: "POST",
    path: "/api/rules/reload",
    permission: "rules.write",
    mutates: true,
    summary: "Read all rule folders again now.",
    params: none,
    query: none,
    body: none,
    response: z.object({ loaded: z.number().int(), problems: z.number().int(), version: z.string() }),
  }),
} as const;
