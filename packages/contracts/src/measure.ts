/** measure: the Floor: what needs someone now, and how the whole is doing. */
import { z } from "zod";
import { none, severity, team, timestamp } from "./model.ts";
import { route } from "./route.ts";

export const needsYou = z.object({
  kind: z.enum(["incident", "alert", "approval", "source", "pipeline", "rules"]),
  id: z.string(),
  severity,
  title: z.string(),
  /** Service, host or source it is about. */
  subject: z.string(),
  /** Whom it waits for; null = whoever comes first. */
  team: team.nullable(),
  waiting: z.string(),
  since: timestamp,
});
export type NeedsYou = z.infer<typeof needsYou>;

export const series = z.array(z.object({ at: timestamp, value: z.number() }));

export const floor = z.object({
  needsYou: z.array(needsYou),
  /** Newest first: rules loaded, sources added, incidents opened, estate changed … */
  changed: z.array(z.object({ at: timestamp, title: z.string(), actor: z.string(), link: z.string().nullable() })),
  tiles: z.object({
    eventsPerSecond: z.number(),
    openAlerts: z.number().int(),
    openIncidents: z.number().int(),
    rulesEnabled: z.number().int(),
    rulesUnfed: z.number().int(),
    sourcesActive: z.number().int(),
    sourcesSilent: z.number().int(),
    /** Median minutes from raised to acknowledged over 7 days; null when nothing was acknowledged. */
    ackMinutes: z.number().nullable(),
  }),
  events: series,
  alerts: series,
  incidents: series,
  services: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      criticality: z.number().int(),
      owner: z.string().nullable(),
      openIncidents: z.number().int(),
      openAlerts: z.number().int(),
      worst: severity.nullable(),
      alerts24h: z.array(z.number().int()),
    }),
  ),
  sources: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      state: z.enum(["ok", "behind", "silent", "never", "disabled"]),
      lastEventAt: timestamp.nullable(),
      coverage: z.number().nullable(),
      perMinute: z.array(z.number().int()),
    }),
  ),
});
export type Floor = z.infer<typeof floor>;

export const measureRoutes = {
  floor: route({
    method: "GET",
    path: "/api/floor",
    permission: "measures.read",
    summary: "What needs someone now, and how everything is doing.",
    params: none,
    query: z.object({ team: team.optional(), hours: z.coerce.number().int().min(1).max(168).default(24) }),
    body: none,
    response: floor,
  }),
} as const;
