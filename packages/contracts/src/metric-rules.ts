/** metric-rules: alerts on metrics: a query, a threshold and how long it must be crossed, as YAML; and how each of its series stands. */
import { z } from "zod";
import { idParams, none, severity, timestamp } from "./model.ts";
import { route } from "./route.ts";

/** Begins the rule id of the alerts that they raise. */
export const METRIC_ALERT = "metric:";

export const metricSeries = z.object({
  /** Its labels by the rule's `by`; "" where the rule has none. */
  name: z.string(),
  value: z.number().nullable(),
  /** crossed = not for long enough yet · alert = raised, and not over. */
  state: z.enum(["crossed", "alert"]),
  since: timestamp,
});

export const metricRule = z.object({
  id: z.string(),
  title: z.string(),
  query: z.string(),
  /** "below 10 for 5 min". */
  condition: z.string(),
  level: severity,
  /** As it was written. */
  text: z.string(),
  /** Series that crossed the threshold; all others are well. */
  crossed: z.array(metricSeries),
  /** Why it could not be evaluated the last time; "" when it could. */
  problem: z.string(),
  evaluatedAt: timestamp.nullable(),
  nextAt: timestamp,
  updatedAt: timestamp,
  updatedBy: z.string(),
});
export type MetricRule = z.infer<typeof metricRule>;

export const metricTrial = z.object({
  /** What is wrong with the text; "" when nothing is. */
  reason: z.string(),
  rules: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      condition: z.string(),
      /** Why it cannot be evaluated now. */
      problem: z.string(),
      series: z.array(z.object({ name: z.string(), value: z.number().nullable(), crossed: z.boolean() })),
    }),
  ),
});
export type MetricTrial = z.infer<typeof metricTrial>;

const text = z.strictObject({ text: z.string().min(1).max(200_000) });

export const metricRuleRoutes = {
  listMetricRules: route({
    method: "GET",
    path: "/api/metric-rules",
    permission: "rules.read",
    summary: "List the alerts on metrics, with the series that crossed their threshold.",
    params: none,
    query: none,
    body: none,
    response: z.object({ items: z.array(metricRule) }),
  }),
  tryMetricRules: route({
    method: "POST",
    path: "/api/metric-rules/try",
    permission: "rules.read",
    summary: "Read alerts on metrics from YAML and say what their series are now; nothing is kept.",
    params: none,
    query: none,
    body: text,
    response: metricTrial,
  }),
  saveMetricRules: route({
    method: "POST",
    path: "/api/metric-rules",
    permission: "rules.write",
    mutates: true,
    summary: "Add or change alerts on metrics from YAML, by their ids; one that is changed begins anew.",
    params: none,
    query: none,
    body: text,
    response: z.object({ items: z.array(metricRule) }),
  }),
  deleteMetricRule: route({
    method: "DELETE",
    path: "/api/metric-rules/:id",
    permission: "rules.write",
    mutates: true,
    summary: "Remove an alert on a metric; what it has raised is over.",
    params: idParams,
    query: none,
    body: none,
    response: none,
  }),
} as const;
