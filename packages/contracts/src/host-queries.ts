/** host-queries: questions to hosts, answered by the osquery that runs there: read only, at most once for each host, until a time. */
import { z } from "zod";
import { idParams, none, timestamp } from "./model.ts";
import { route } from "./route.ts";

export const hostAnswer = z.object({
  host: z.string(),
  source: z.string(),
  /** waiting = the host has not asked for work yet · sent = it has the question · expired = it did not answer in time. */
  state: z.enum(["waiting", "sent", "answered", "failed", "expired"]),
  sentAt: timestamp.nullable(),
  answeredAt: timestamp.nullable(),
  rows: z.number().int(),
  /** What the host says went wrong. */
  message: z.string(),
});

export const hostQuery = z.object({
  id: z.string(),
  query: z.string(),
  reason: z.string(),
  incidentId: z.string().nullable(),
  askedBy: z.string(),
  askedAt: timestamp,
  expiresAt: timestamp,
  answers: z.array(hostAnswer),
  /** Finds the rows that came back; each is an event. */
  search: z.string(),
});
export type HostQuery = z.infer<typeof hostQuery>;

export const hostQueryRoutes = {
  listAskableHosts: route({
    method: "GET",
    path: "/api/host-queries/hosts",
    permission: "events.read",
    summary: "Hosts whose osquery asks for questions, and when each last did.",
    params: none,
    query: z.object({ host: z.string().max(255).optional() }),
    body: none,
    response: z.object({ items: z.array(z.object({ host: z.string(), source: z.string(), seenAt: timestamp })) }),
  }),
  listHostQueries: route({
    method: "GET",
    path: "/api/host-queries",
    permission: "events.read",
    summary: "The latest 100 questions to hosts, newest first.",
    params: none,
    query: z.object({ host: z.string().max(255).optional(), incidentId: z.string().max(200).optional() }),
    body: none,
    response: z.object({ items: z.array(hostQuery) }),
  }),
  getHostQuery: route({
    method: "GET",
    path: "/api/host-queries/:id",
    permission: "events.read",
    summary: "One question and what became of it on each host.",
    params: idParams,
    query: none,
    body: none,
    response: hostQuery,
  }),
  askHosts: route({
    method: "POST",
    path: "/api/host-queries",
    permission: "incidents.work",
    mutates: true,
    summary: "Ask hosts a question in osquery's SQL; it only reads.",
    params: none,
    query: none,
    body: z.strictObject({
      query: z.string().trim().min(1).max(4_000),
      hosts: z.array(z.string().min(1).max(255)).min(1).max(500),
      reason: z.string().trim().min(3, "say why, in at least 3 characters").max(1_000),
      incidentId: z.string().max(200).nullable().default(null),
      minutes: z.number().int().min(1).max(1_440).default(15),
    }),
    response: hostQuery,
  }),
} as const;
