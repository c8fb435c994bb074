/** investigation: an incident as a graph of what touched what, a host's processes as a tree, and what changed before. */
import { z } from "zod";
import { idParams, none, severity, timestamp } from "./model.ts";
import { route } from "./route.ts";
import { entityKind } from "./triage.ts";

export const graphNode = z.object({
  id: z.string(),
  kind: z.enum(["host", "user", "ip", "domain", "process", "file", "group"]),
  label: z.string(),
  /** The host that it is on, for processes and files. */
  host: z.string(),
  first: timestamp,
  last: timestamp,
  alerts: z.number().int(),
  severity: severity.nullable(),
  /** What a search for it names; null for groups. */
  entity: z.object({ kind: entityKind, value: z.string() }).nullable(),
  /** Things that stand in this one node. */
  members: z.array(z.string()),
});
export type GraphNode = z.infer<typeof graphNode>;

export const graphEdge = z.object({
  from: z.string(),
  to: z.string(),
  kind: z.enum(["logon", "process", "flow", "file", "acts"]),
  label: z.string(),
  count: z.number().int(),
  failed: z.number().int(),
  first: timestamp,
  last: timestamp,
  /** Its place on the attacker's path, counted from 1; null for what stands beside it. */
  step: z.number().int().nullable(),
  /** The search for the events behind it. */
  query: z.string(),
});
export type GraphEdge = z.infer<typeof graphEdge>;

export const incidentGraph = z.object({
  from: timestamp,
  to: timestamp,
  nodes: z.array(graphNode),
  edges: z.array(graphEdge),
  /** The path in words, one line a step. */
  path: z.array(
    z.object({ step: z.number().int(), at: timestamp, text: z.string(), from: z.string(), to: z.string() }),
  ),
  /** Moments at which something alerted: the marks of the slider. */
  moments: z.array(timestamp),
  /** Nodes before grouping. */
  total: z.number().int(),
  /** What is missing, in words; empty when nothing is. */
  notes: z.array(z.string()),
});
export type IncidentGraph = z.infer<typeof incidentGraph>;

export const processNode = z.object({
  id: z.string(),
  parentId: z.string().nullable(),
  at: timestamp,
  path: z.string(),
  cmd: z.string(),
  pid: z.number().int(),
  user: z.string(),
  eventId: z.string(),
  /** Titles of the rules that hit its event. */
  signals: z.array(z.string()),
  severity: severity.nullable(),
});
export type ProcessNode = z.infer<typeof processNode>;

export const changedThing = z.object({
  /** "change" is one of the configuration, seen in events; "planned-change" stands among the changes. */
  kind: z.enum(["process", "service", "logon", "task", "account", "change", "planned-change"]),
  title: z.string(),
  detail: z.string(),
  at: timestamp,
  count: z.number().int(),
  /** The events of it; "" for a planned change. */
  query: z.string(),
  /** Of a planned change. */
  changeId: z.string().optional(),
});
export type ChangedThing = z.infer<typeof changedThing>;

const read = { method: "GET", permission: "events.read", body: none } as const;

/** Among what that run of an exercise sent; without it among what is real. */
const exercise = z.string().max(100).optional();

export const investigationRoutes = {
  incidentGraph: route({
    ...read,
    path: "/api/incidents/:id/graph",
    summary: "What touched what in an incident: logons, processes and flows, with the attacker's path.",
    params: idParams,
    query: none,
    response: incidentGraph,
  }),
  processTree: route({
    ...read,
    path: "/api/process-tree",
    summary: "The processes that a host started in a range, each under its parent.",
    params: none,
    query: z.object({ host: z.string().min(1).max(300), from: z.string().max(40), to: z.string().max(40), exercise }),
    response: z.object({ host: z.string(), processes: z.array(processNode), total: z.number().int() }),
  }),
  changedBefore: route({
    ...read,
    path: "/api/changed-before",
    summary:
      "What was new on a host in the 24 hours before a moment: programs, services, logons, accounts, changes seen in events, and planned changes of it and its services.",
    params: none,
    query: z.object({ host: z.string().min(1).max(300), at: timestamp, exercise }),
    response: z.object({ from: timestamp, to: timestamp, items: z.array(changedThing), notes: z.array(z.string()) }),
  }),
} as const;
