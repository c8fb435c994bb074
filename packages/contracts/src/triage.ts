/** triage: alerts (signals of one cause) and incidents (alerts under joint response). */
import { z } from "zod";
import { serviceBrief } from "./estate.ts";
import { csv, idParams, none, page, pageQuery, severity, team, timestamp } from "./model.ts";
import { route } from "./route.ts";
import { METRIC_ALERT } from "./metric-rules.ts";
import { WATCH } from "./silence.ts";

export const alertState = z.enum(["new", "acknowledged", "closed"]);
export type AlertState = z.infer<typeof alertState>;
/** What people decide about an alert. */
export const alertDecision = z.enum(["acknowledge", "assign", "close", "reopen", "severity"]);
export type AlertDecision = z.infer<typeof alertDecision>;
export const verdict = z.enum(["true-positive", "benign", "false-positive", "duplicate"]);

/** quiet = counts for risk only · suppressed = hidden by a suppression · maintenance = kept until a window ends. */
export const alertHold = z.enum(["quiet", "suppressed", "maintenance"]);
export type AlertHold = z.infer<typeof alertHold>;

export const entityKind = z.enum(["host", "user", "ip", "domain", "hash", "file", "process", "url", "source"]);
export const entity = z.object({
  kind: entityKind,
  value: z.string(),
  assetId: z.string().nullable(),
  identityId: z.string().nullable(),
});
export type Entity = z.infer<typeof entity>;

export const person = z.object({ id: z.string(), name: z.string() });

export const alert = z.object({
  /** Deterministic: the same signals give the same id. */
  id: z.string(),
  ruleId: z.string(),
  title: z.string(),
  severity,
  state: alertState,
  verdict: verdict.nullable(),
  /** The entity that signals were collapsed on. */
  entity,
  /** Exact number of signals. */
  count: z.number().int(),
  firstSeen: timestamp,
  lastSeen: timestamp,
  /** When Holdfast raised it (its first signal was stored). */
  raisedAt: timestamp,
  assignee: person.nullable(),
  team: team.nullable(),
  tactics: z.array(z.string()),
  techniques: z.array(z.string()),
  /** Services the host or user belongs to, most critical first. */
  services: z.array(serviceBrief),
  incidentId: z.string().nullable(),
  /** Why it stands in no queue; null when it does, or would when it were open. */
  hold: alertHold.nullable(),
  /** The suppression or maintenance window that holds it. */
  holdId: z.string().nullable(),
  /** The exercise whose telemetry raised it; null for everything real. */
  exerciseId: z.string().nullable(),
});
export type Alert = z.infer<typeof alert>;

/** What the rule of an alert is called that another system reports: its own name for it stands behind this. */
export const REPORTED = "alertmanager:";

/** No rule of Holdfast raised the alert: another system did, the watch over what is received, or an alert on a metric; and it is over when that says so. */
export const isReported = (ruleId: string): boolean =>
  [REPORTED, WATCH, METRIC_ALERT].some((prefix) => ruleId.startsWith(prefix));

export const matchedField = z.object({
  field: z.string(),
  value: z.string(),
  pattern: z.string(),
  selection: z.string(),
});

/** What the areas after triage add to the one timeline. */
export const WORK_KINDS = [
  "note",
  "decision",
  "role",
  "task",
  "wait",
  "link",
  "evidence",
  "review",
  "run",
  "approval",
  "effect",
  "page",
  "message",
  "ticket",
  "change",
  "exercise",
] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

export const timelineItem = z.object({
  id: z.string(),
  at: timestamp,
  lane: z.enum(["attacker", "security", "operations", "changes", "system"]),
  kind: z.enum(["event", "alert", "comment", "state", "assignment", "severity", "member", "merge", ...WORK_KINDS]),
  title: z.string(),
  /** Text from logs or people: shown as text only. */
  body: z.string(),
  actor: person.nullable(),
  alertId: z.string().nullable(),
  eventId: z.string().nullable(),
  severity: severity.nullable(),
  /** A page of Holdfast that says more: an address that begins with a slash. */
  link: z.string().nullable().optional(),
  /** How many identical rows in a row this one stands for; absent for one. */
  count: z.number().int().optional(),
  /** Time of the last of them. */
  until: timestamp.optional(),
});
export type TimelineItem = z.infer<typeof timelineItem>;

export const alertDetail = alert.extend({
  description: z.string(),
  falsepositives: z.array(z.string()),
  entities: z.array(entity),
  /** Up to 20 signals: the first 10 and the latest 10, each with the fields that matched. */
  samples: z.array(
    z.object({
      signalId: z.string(),
      eventId: z.string(),
      at: timestamp,
      message: z.string(),
      host: z.string(),
      user: z.string(),
      fields: z.array(matchedField),
    }),
  ),
  /** Signals an hour between first and last seen, at most 48 values. */
  rate: z.array(z.object({ at: timestamp, count: z.number().int() })),
  timeline: z.array(timelineItem),
  /** Why it stands in its incident. */
  memberReason: z.string().nullable(),
  /** The last decision about it, while nothing else has happened to it: it can be taken back. */
  decided: z.object({ kind: alertDecision, at: timestamp, by: person }).nullable(),
  /** Since when the system that reported it says it is over; null for what holds, and for alerts of our rules. */
  endedAt: timestamp.nullable(),
  /** The alert that it was put back into: its signals are counted there, and it keeps its page. */
  putBackInto: z.string().nullable(),
  /** What it shares with others without being joined to them, and why not. */
  apart: z.array(z.object({ kind: z.string(), value: z.string(), reason: z.string() })),
});
export type AlertDetail = z.infer<typeof alertDetail>;

export const incidentState = z.enum(["open", "contained", "resolved", "closed"]);
export type IncidentState = z.infer<typeof incidentState>;

export const incident = z.object({
  id: z.string(),
  /** Human-readable, counts up: INC-12. */
  number: z.number().int(),
  title: z.string(),
  severity,
  state: incidentState,
  team: team.nullable(),
  assignee: person.nullable(),
  /** Whom it waits for, since when; null when it waits for nobody. */
  waitingFor: z
    .object({
      team,
      since: timestamp,
      /** The team as it was named: a side, or an owner team of the estate. */
      whom: z.string(),
      /** Who was named, leads that side of the incident, or was on call for it when the wait began. */
      person: person.nullable(),
    })
    .nullable(),
  alerts: z.number().int(),
  signals: z.number().int(),
  tactics: z.array(z.string()),
  services: z.array(serviceBrief),
  hosts: z.array(z.string()),
  firstSeen: timestamp,
  lastSeen: timestamp,
  openedAt: timestamp,
  closedAt: timestamp.nullable(),
  /** The rule of a wave: one rule on very many entities at once; null for every other incident. */
  wave: z.string().nullable(),
  exerciseId: z.string().nullable(),
});
export type Incident = z.infer<typeof incident>;

export const incidentMember = z.object({
  alert,
  /** In words: which entities it shares with which member, and how far apart in time. */
  reason: z.string(),
  shared: z.array(entity),
  addedAt: timestamp,
  addedBy: z.enum(["system", "person"]),
});

export const incidentDetail = incident.extend({
  summary: z.string(),
  /** The earliest 500; `alerts` says how many there are. */
  members: z.array(incidentMember),
  /** Alerts that people took out; the system does not put them back. */
  removed: z.array(z.object({ alert, removedAt: timestamp, by: person })),
  entities: z.array(entity.extend({ alerts: z.number().int(), firstSeen: timestamp, lastSeen: timestamp })),
  timeline: z.array(timelineItem),
  /** The arithmetic behind the severity, in words. */
  severityReason: z.string().optional(),
});
export type IncidentDetail = z.infer<typeof incidentDetail>;

const text = z.string().trim().min(1).max(20_000);
const reason = z.string().max(1000).default("");

/** Without it, lists and counts hold only what is real. */
const exercise = z.string().max(100).optional();

const alertQuery = pageQuery.extend({
  exercise,
  /** Alerts that are held instead of those that stand in a queue. */
  hold: csv.optional(),
  /** Those that one suppression or maintenance window holds or held. */
  holdId: z.string().max(100).optional(),
  state: csv.optional(),
  severity: csv.optional(),
  team: team.optional(),
  assignee: z.string().max(100).optional(),
  rule: z.string().max(200).optional(),
  service: z.string().max(200).optional(),
  incident: z.string().max(100).optional(),
  entity: z.string().max(1000).optional(),
  q: z.string().max(500).optional(),
  from: z.string().max(40).optional(),
  to: z.string().max(40).optional(),
  sort: z.enum(["priority", "newest", "oldest", "count"]).default("priority"),
});

export const triageRoutes = {
  listAlerts: route({
    method: "GET",
    path: "/api/alerts",
    permission: "alerts.read",
    summary: "The alert queue.",
    params: none,
    query: alertQuery,
    body: none,
    response: page(alert),
  }),
  groupAlerts: route({
    method: "GET",
    path: "/api/alert-groups",
    permission: "alerts.read",
    summary: "The alert queue grouped by rule, entity, service or severity.",
    params: none,
    query: alertQuery.extend({ by: z.enum(["rule", "entity", "service", "severity"]) }),
    body: none,
    response: z.object({
      items: z.array(
        z.object({
          key: z.string(),
          title: z.string(),
          alerts: z.number().int(),
          signals: z.number().int(),
          severity,
          lastSeen: timestamp,
        }),
      ),
    }),
  }),
  getAlert: route({
    method: "GET",
    path: "/api/alerts/:id",
    permission: "alerts.read",
    summary: "One alert: why it fired, where, and what happened since.",
    params: idParams,
    query: none,
    body: none,
    response: alertDetail,
  }),
  actOnAlerts: route({
    method: "POST",
    path: "/api/alerts/actions",
    permission: "alerts.work",
    mutates: true,
    summary: "Acknowledge, assign, close, reopen or re-rate alerts, one or many, or take the last of these back.",
    params: none,
    query: none,
    body: z.strictObject({
      ids: z.array(z.string().max(100)).min(1).max(10_000),
      action: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("acknowledge") }),
        z.strictObject({ kind: z.literal("assign"), assignee: z.string().max(100).nullable(), team: team.nullable() }),
        z.strictObject({ kind: z.literal("close"), verdict, reason }),
        z.strictObject({ kind: z.literal("reopen"), reason }),
        z.strictObject({ kind: z.literal("severity"), severity, reason }),
        /** Takes the last decision back where it was of this kind: the alert stands as before it. */
        z.strictObject({ kind: z.literal("undo"), of: alertDecision }),
      ]),
    }),
    response: z.object({ changed: z.number().int(), unchanged: z.number().int(), missing: z.array(z.string()) }),
  }),
  commentAlert: route({
    method: "POST",
    path: "/api/alerts/:id/comments",
    permission: "alerts.work",
    mutates: true,
    summary: "Comment on an alert.",
    params: idParams,
    query: none,
    body: z.strictObject({ text }),
    response: timelineItem,
  }),
  listIncidents: route({
    method: "GET",
    path: "/api/incidents",
    permission: "incidents.read",
    summary: "List incidents.",
    params: none,
    query: pageQuery.extend({
      exercise,
      state: csv.optional(),
      severity: csv.optional(),
      team: team.optional(),
      service: z.string().max(200).optional(),
      q: z.string().max(500).optional(),
      sort: z.enum(["priority", "newest", "oldest"]).default("priority"),
    }),
    body: none,
    response: page(incident),
  }),
  getIncident: route({
    method: "GET",
    path: "/api/incidents/:id",
    permission: "incidents.read",
    summary: "One incident by id or number: members, entities, timeline.",
    params: idParams,
    query: none,
    body: none,
    response: incidentDetail,
  }),
  createIncident: route({
    method: "POST",
    path: "/api/incidents",
    permission: "incidents.work",
    mutates: true,
    summary: "Open an incident from alerts.",
    params: none,
    query: none,
    body: z.strictObject({
      title: z.string().trim().min(1).max(300),
      alertIds: z.array(z.string().max(100)).min(1).max(1000),
    }),
    response: incident,
  }),
  updateIncident: route({
    method: "PATCH",
    path: "/api/incidents/:id",
    permission: "incidents.work",
    mutates: true,
    summary: "Change an incident's title, summary, severity, state, team, assignee or whom it waits for.",
    params: idParams,
    query: none,
    body: z.strictObject({
      title: z.string().trim().min(1).max(300).optional(),
      summary: z.string().max(20_000).optional(),
      severity: severity.optional(),
      state: incidentState.optional(),
      team: team.nullable().optional(),
      assignee: z.string().max(100).nullable().optional(),
      waitingFor: team.nullable().optional(),
      /** With `waitingFor`: the person, by id or name. */
      waitingPerson: z.string().max(100).nullable().optional(),
      /** With "resolved" or "closed": what its open alerts are closed as; "true-positive" when not given. */
      verdict: verdict.optional(),
      reason: z.string().max(1000).optional(),
    }),
    response: incident,
  }),
  addMembers: route({
    method: "POST",
    path: "/api/incidents/:id/members",
    permission: "incidents.work",
    mutates: true,
    summary: "Add alerts to an incident.",
    params: idParams,
    query: none,
    body: z.strictObject({ alertIds: z.array(z.string().max(100)).min(1).max(1000), reason }),
    response: incident,
  }),
  removeMember: route({
    method: "DELETE",
    path: "/api/incidents/:id/members/:alertId",
    permission: "incidents.work",
    mutates: true,
    summary: "Take an alert out of an incident; it goes back to the queue as it was.",
    params: idParams.extend({ alertId: z.string().max(100) }),
    query: none,
    body: none,
    response: incident,
  }),
  mergeIncident: route({
    method: "POST",
    path: "/api/incidents/:id/merge",
    permission: "incidents.work",
    mutates: true,
    summary: "Merge another incident into this one.",
    params: idParams,
    query: none,
    body: z.strictObject({ incidentId: z.string().max(100), reason }),
    response: incident,
  }),
  unmergeIncident: route({
    method: "POST",
    path: "/api/incidents/:id/unmerge",
    permission: "incidents.work",
    mutates: true,
    summary: "Undo the last merge into this incident; both are as they were before, plus what happened since.",
    params: idParams,
    query: none,
    body: none,
    response: z.object({ kept: incident, restored: incident }),
  }),
  splitIncident: route({
    method: "POST",
    path: "/api/incidents/:id/split",
    permission: "incidents.work",
    mutates: true,
    summary: "Split alerts off into an incident of their own.",
    params: idParams,
    query: none,
    body: z.strictObject({
      alertIds: z.array(z.string().max(100)).min(1).max(10_000),
      title: z.string().trim().min(1).max(300),
      reason,
    }),
    response: z.object({ kept: incident, split: incident }),
  }),
  unsplitIncident: route({
    method: "POST",
    path: "/api/incidents/:id/unsplit",
    permission: "incidents.work",
    mutates: true,
    summary: "Undo the split that an incident came from; its alerts stand where they were, with their reasons.",
    params: idParams,
    query: none,
    body: none,
    response: incident,
  }),
  commentIncident: route({
    method: "POST",
    path: "/api/incidents/:id/comments",
    permission: "incidents.work",
    mutates: true,
    summary: "Comment on an incident.",
    params: idParams,
    query: none,
    body: z.strictObject({ text }),
    response: timelineItem,
  }),
} as const;
