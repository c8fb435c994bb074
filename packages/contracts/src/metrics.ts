/** metrics: which metrics there are, of everything or of one asset or service, each with the shape of its last hour. */
import { z } from "zod";
import { none } from "./model.ts";
import { route } from "./route.ts";

export const metricBrief = z.object({
  name: z.string(),
  kind: z.enum(["counter", "gauge", "histogram", "summary"]),
  unit: z.string(),
  series: z.number().int(),
  lastAt: z.string(),
  /** Newest value of what `points` shows; null when there is none. */
  last: z.number().nullable(),
  /** "per second" for counters and histograms (their rate), "" for levels. */
  per: z.string(),
  /** One value for every two minutes of the last hour, oldest first. */
  points: z.array(z.number().nullable()),
  /** The search that draws it. */
  query: z.string(),
});
export type MetricBrief = z.infer<typeof metricBrief>;

export const metricRoutes = {
  listMetrics: route({
    method: "GET",
    path: "/api/metrics",
    permission: "events.read",
    summary: "List the metrics of an asset or a service, or of everything, with the shape of the last hour.",
    params: none,
    query: z.object({
      /** Id or name of an asset. */
      asset: z.string().max(300).default(""),
      service: z.string().max(300).default(""),
      /** Part of the name. */
      q: z.string().max(200).default(""),
      limit: z.coerce.number().int().min(1).max(100).default(30),
    }),
    body: none,
    response: z.object({
      items: z.array(metricBrief),
      /** How many there are beside those listed. */
      more: z.number().int(),
    }),
  }),
} as const;
