/** detect: rules and what became of them. */
import { z } from "zod";
import { idParams, none, page, pageQuery, severity, timestamp } from "./model.ts";
import { route } from "./route.ts";

export const rule = z.object({
  id: z.string(),
  title: z.string(),
  level: severity,
  status: z.string(),
  description: z.string(),
  author: z.string(),
  tags: z.array(z.string()),
  tactics: z.array(z.string()),
  techniques: z.array(z.string()),
  logsource: z.object({
    product: z.string().optional(),
    service: z.string().optional(),
    category: z.string().optional(),
  }),
  /** Path below the folder it was loaded from, and which folder: "starter" or the configured path. */
  path: z.string(),
  pack: z.string(),
  enabled: z.boolean(),
  /** False: the engine knows no route for its logsource. */
  fed: z.boolean(),
  fields: z.array(z.string()),
  matches24h: z.number().int(),
  matchesTotal: z.number().int(),
  lastMatchAt: timestamp.nullable(),
});
export type Rule = z.infer<typeof rule>;

export const ruleDetail = rule.extend({
  text: z.string(),
  references: z.array(z.string()),
  falsepositives: z.array(z.string()),
  /** Matches a day over the last 14 days, oldest first. */
  perDay: z.array(z.number().int()),
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
      enabled: z.enum(["true", "false"]).optional(),
      pack: z.string().max(500).optional(),
      sort: z.enum(["title", "level", "matches", "last"]).default("title"),
    }),
    body: none,
    response: page(rule).extend({ version: z.string(), problems: z.number().int() }),
  }),
  getRule: route({
    method: "GET",
    path: "/api/rules/:id",
    permission: "rules.read",
    summary: "One rule with its text and recent matches.",
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
    summary: "Enable or disable a rule.",
    params: idParams,
    query: none,
    body: z.strictObject({ enabled: z.boolean(), reason: z.string().max(500).default("") }),
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
