/** live: the topics of the server-sent stream `GET /api/live`. A message says that something changed; the page fetches what it shows. */
import { z } from "zod";

export const LIVE_PATH = "/api/live";

/** Topic names are area.noun.past-tense; a client gets only those whose permission it holds. */
export const TOPICS = {
  "ingest.block.stored": {
    permission: "events.read",
    payload: z.object({ events: z.number().int(), signals: z.number().int(), lastTime: z.string() }),
  },
  "ingest.source.changed": { permission: "sources.read", payload: z.object({ id: z.string() }) },
  "detect.rules.loaded": {
    permission: "rules.read",
    payload: z.object({ version: z.string(), rules: z.number().int(), problems: z.number().int() }),
  },
  "triage.alert.raised": {
    permission: "alerts.read",
    payload: z.object({ ids: z.array(z.string()).max(100), count: z.number().int() }),
  },
  "triage.alert.changed": {
    permission: "alerts.read",
    payload: z.object({ ids: z.array(z.string()).max(100), count: z.number().int() }),
  },
  "triage.incident.opened": {
    permission: "incidents.read",
    payload: z.object({ id: z.string(), number: z.number().int(), severity: z.string() }),
  },
  "triage.incident.changed": { permission: "incidents.read", payload: z.object({ id: z.string() }) },
  "connectors.changed": { permission: "connectors.read", payload: z.object({ id: z.string() }) },
  "incidents.work.changed": { permission: "incidents.read", payload: z.object({ incidentId: z.string() }) },
  "oncall.changed": { permission: "oncall.read", payload: z.object({ incidentId: z.string().nullable() }) },
  "respond.approval.changed": {
    permission: "incidents.read",
    payload: z.object({ id: z.string(), incidentId: z.string().nullable() }),
  },
  "respond.effect.changed": {
    permission: "incidents.read",
    payload: z.object({ id: z.string(), incidentId: z.string().nullable() }),
  },
  "playbooks.run.changed": {
    permission: "playbooks.read",
    payload: z.object({ id: z.string(), incidentId: z.string().nullable() }),
  },
  "playbooks.trigger.changed": {
    permission: "playbooks.read",
    payload: z.object({ id: z.string(), incidentId: z.string().nullable() }),
  },
  "exercises.changed": { permission: "exercises.read", payload: z.object({ id: z.string() }) },
  "changes.changed": { permission: "estate.read", payload: z.object({ id: z.string() }) },
  "estate.changed": { permission: "estate.read", payload: z.object({ kind: z.string(), id: z.string() }) },
} as const;
export type Topic = keyof typeof TOPICS;
