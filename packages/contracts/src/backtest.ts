/** backtest: what a rule would have raised over the events that are stored: per day, on whom, and the first of it. */
import { z } from "zod";
import { none, severity, timestamp } from "./model.ts";
import { route } from "./route.ts";

const counted = z.object({ name: z.string(), matches: z.number().int() });

export const backtestEvent = z.object({
  /** Null for a correlation: it is about several events. */
  eventId: z.string().nullable(),
  at: timestamp,
  host: z.string(),
  user: z.string(),
  message: z.string(),
  /** What made it match, from the matcher; for a correlation its group. */
  fields: z.array(z.object({ field: z.string(), value: z.string(), pattern: z.string(), selection: z.string() })),
  /** The matcher, asked again, says the same. */
  confirmed: z.boolean(),
});
export type BacktestEvent = z.infer<typeof backtestEvent>;

export const backtestAnswer = z.object({
  rule: z.object({
    id: z.string(),
    title: z.string(),
    level: severity,
    kind: z.enum(["detection", "correlation"]),
  }),
  from: timestamp,
  to: timestamp,
  total: z.number().int(),
  /** Every day (UTC) of the range, oldest first; of a very long range the days with matches. */
  perDay: z.array(z.object({ day: z.string(), matches: z.number().int() })),
  hosts: z.object({ distinct: z.number().int(), top: z.array(counted) }),
  users: z.object({ distinct: z.number().int(), top: z.array(counted) }),
  /** The first matches, oldest first. */
  events: z.array(backtestEvent),
  how: z.object({
    /** sql: the event store decided every event · matcher: every event that feeds the rule was read and matched · both. */
    by: z.enum(["sql", "matcher", "both"]),
    /** Why SQL alone was not enough: a code and a sentence. */
    code: z.string().nullable(),
    sentence: z.string(),
    /** Events that feed the rule, and how many of them the matcher read. */
    candidates: z.number().int(),
    matched: z.number().int(),
  }),
  /** The numbers are a lower bound: a limit was hit, and this sentence says which. */
  incomplete: z.string().nullable(),
  tookMs: z.number().int(),
});
export type BacktestAnswer = z.infer<typeof backtestAnswer>;

export const backtestRoutes = {
  backtestRule: route({
    method: "POST",
    path: "/api/rules/backtest",
    permission: "rules.read",
    summary:
      "Run a loaded rule, or the text of one, over stored events: matches per day, hosts and users, the first events.",
    params: none,
    query: none,
    body: z
      .strictObject({
        ruleId: z.string().min(1).max(200).optional(),
        text: z.string().min(1).max(200_000).optional(),
        /** ISO time or now-15m, now-7d, now/d. */
        from: z.string().max(64).default("now-7d"),
        to: z.string().max(64).default("now"),
        /** Events to show. */
        limit: z.number().int().min(0).max(200).default(20),
      })
      .refine(({ ruleId, text }) => (ruleId === undefined) !== (text === undefined), {
        message: "give either ruleId or text",
      }),
    response: backtestAnswer,
  }),
} as const;
