/** oncall: who answers now and who next: schedules, overrides, escalation policies, pages, contact methods. */
import { z } from "zod";
import { idParams, none, page, pageQuery, severity, team, timestamp } from "./model.ts";
import { route } from "./route.ts";
import { person } from "./triage.ts";

const name = z.string().trim().min(1).max(120);
const reason = z.string().trim().max(1000).default("");
const because = z.string().trim().min(1, "say why").max(1000);
export const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day such as 09:00");
const localDate = z.iso.date("a day such as 2026-11-22");
/** 1 is Monday, 7 is Sunday. */
const weekday = z.number().int().min(1).max(7);

/** Hours of local days. `to` at or before `from` ends on the next day. */
export const hours = z.object({ days: z.array(weekday).min(1).max(7), from: timeOfDay, to: timeOfDay });
export type Hours = z.infer<typeof hours>;

export const layer = z.object({
  name,
  /** Ids of users, in their turn. */
  people: z.array(z.string().max(100)).min(1).max(100),
  /** The local day of the first hand-over. */
  start: localDate,
  handOver: timeOfDay,
  /** Days and weeks change hands at the local hand-over time; hours are counted as they pass. */
  rotation: z.object({ unit: z.enum(["hour", "day", "week"]), every: z.number().int().min(1).max(400) }),
  /** When the layer answers at all; empty = always. */
  hours: z.array(hours).max(20).default([]),
});
export type Layer = z.infer<typeof layer>;

const scheduleBody = z.strictObject({
  name,
  /** The side of the floor it answers for; null = neither. */
  team: team.nullable(),
  timeZone: z.string().min(1).max(64),
  /** Later layers stand above earlier ones. */
  layers: z.array(layer).min(1).max(20),
});
export type ScheduleBody = z.infer<typeof scheduleBody>;

export const segment = z.object({
  from: timestamp,
  to: timestamp,
  /** Null = nobody: a gap. */
  person: person.nullable(),
  /** Where it comes from: the layer's name, or the override. */
  source: z.string(),
  overrideId: z.string().nullable(),
});

export const override = z.object({
  id: z.string(),
  scheduleId: z.string(),
  from: timestamp,
  to: timestamp,
  person,
  /** Only the shifts of this person are taken over; null = whoever has it. */
  covers: person.nullable(),
  reason: z.string(),
  createdBy: person,
  createdAt: timestamp,
});

export const schedule = scheduleBody.extend({
  id: z.string(),
  now: person.nullable(),
  /** When that changes; null when it does not within four weeks. */
  until: timestamp.nullable(),
  next: person.nullable(),
  updatedAt: timestamp,
});
export type Schedule = z.infer<typeof schedule>;

export const notifyTarget = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("schedule"), id: z.string().max(100) }),
  z.strictObject({ kind: z.literal("person"), id: z.string().max(100) }),
  z.strictObject({ kind: z.literal("team"), team }),
  /** Straight to a channel, such as a room of a chat. */
  z.strictObject({ kind: z.literal("channel"), connectorId: z.string().max(100), to: z.string().max(300) }),
]);
export type NotifyTarget = z.infer<typeof notifyTarget>;

export const policyStep = z.object({
  notify: z.array(notifyTarget).min(1).max(20),
  /** How long it waits for someone before the next step. */
  waitSeconds: z
    .number()
    .int()
    .min(1)
    .max(7 * 86_400),
  /** Left out unless all that is given holds. */
  when: z
    .object({
      severities: z.array(severity).max(5).default([]),
      hours: z.array(hours).max(20).default([]),
      timeZone: z.string().max(64).default("UTC"),
    })
    .nullable()
    .default(null),
});
export type PolicyStep = z.infer<typeof policyStep>;

const policyBody = z.strictObject({
  name,
  /** Lower comes first; the first policy that opens for an incident is taken. */
  order: z.number().int().min(0).max(10_000).default(100),
  /** For which incidents it opens by itself; null = only by hand. */
  opens: z
    .object({
      severityAtLeast: severity,
      /** Ids of services; empty = any. */
      services: z.array(z.string().max(200)).max(200).default([]),
      criticalityAtLeast: z.number().int().min(0).max(5).default(0),
    })
    .nullable(),
  steps: z.array(policyStep).min(1).max(30),
  /** How often all steps are gone through again when nobody answers. */
  repeat: z.number().int().min(0).max(20),
});
export type PolicyBody = z.infer<typeof policyBody>;

export const finding = z.object({
  level: z.enum(["error", "warning"]),
  code: z.enum([
    "STEP_UNREACHABLE",
    "STEP_TARGET_UNKNOWN",
    "STEP_NOBODY",
    "PERSON_NO_CONTACT",
    "PERSON_UNKNOWN",
    "SCHEDULE_GAP",
    "SCHEDULE_EMPTY",
    "CHANNEL_UNKNOWN",
    "POLICY_SHADOWED",
    "ZONE_UNKNOWN",
  ]),
  message: z.string(),
  /** The step it is about, from 0. */
  step: z.number().int().nullable(),
});
export type Finding = z.infer<typeof finding>;

export const policy = policyBody.extend({
  id: z.string(),
  findings: z.array(finding),
  updatedAt: timestamp,
});
export type Policy = z.infer<typeof policy>;

export const channelKind = z.enum(["email", "slack", "teams", "pagerduty", "webhook", "browser"]);
export type ChannelKind = z.infer<typeof channelKind>;

export const contactMethod = z.object({
  kind: channelKind,
  /** The connector that delivers; null for the browser. */
  connectorId: z.string().max(100).nullable(),
  to: z.string().max(300),
  /** Not used in these hours, unless the incident is at least this severe. */
  quiet: z
    .object({ from: timeOfDay, to: timeOfDay, timeZone: z.string().min(1).max(64), unless: severity })
    .nullable()
    .default(null),
});
export type ContactMethod = z.infer<typeof contactMethod>;

export const delivery = z.object({
  id: z.string(),
  person: person.nullable(),
  kind: channelKind,
  to: z.string(),
  state: z.enum(["waiting", "sending", "delivered", "failed", "unknown", "skipped"]),
  reason: z.string(),
  at: timestamp,
});
export type Delivery = z.infer<typeof delivery>;

export const incidentPage = z.object({
  id: z.string(),
  incidentId: z.string(),
  number: z.number().int(),
  title: z.string(),
  severity,
  policy: z.string(),
  /** From 1. */
  step: z.number().int(),
  /** From 1; grows when the steps are gone through again. */
  round: z.number().int(),
  at: timestamp,
  reason: z.string(),
  deliveries: z.array(delivery),
});
export type IncidentPage = z.infer<typeof incidentPage>;

export const escalation = z.object({
  id: z.string(),
  incidentId: z.string(),
  policyId: z.string(),
  policy: z.string(),
  state: z.enum(["running", "acknowledged", "snoozed", "exhausted", "ended"]),
  reason: z.string(),
  startedAt: timestamp,
  /** Steps done so far, of how many. */
  step: z.number().int(),
  steps: z.number().int(),
  round: z.number().int(),
  /** When it goes on by itself; null when it does not. */
  nextAt: timestamp.nullable(),
  answeredBy: person.nullable(),
  answeredAt: timestamp.nullable(),
  /** How the answer came: page, email, slack, pagerduty. */
  answeredFrom: z.string().nullable(),
});
export type Escalation = z.infer<typeof escalation>;

export const phase = z.enum(["acknowledge", "contain", "resolve"]);
export type Phase = z.infer<typeof phase>;

export const slaTarget = z.object({
  phase,
  severity,
  /** Holds for services of at least this criticality; 0 = all. The most critical that fits counts. */
  criticalityAtLeast: z.number().int().min(0).max(5).default(0),
  minutes: z.number().int().min(1).max(525_600),
  /** The clock stands while the incident waits for others. */
  pausesOnWait: z.boolean().default(false),
  /** Pages when it runs out. */
  pages: z.boolean().default(true),
});
export type SlaTarget = z.infer<typeof slaTarget>;

export const slaClock = z.object({
  phase,
  state: z.enum(["running", "paused", "met", "breached"]),
  startedAt: timestamp,
  /** As things stand; moves on while it is paused. */
  dueAt: timestamp,
  minutes: z.number().int(),
  metAt: timestamp.nullable(),
  breachedAt: timestamp.nullable(),
  pausedSince: timestamp.nullable(),
  pausedSeconds: z.number().int(),
  /** Why it stands, or why it has stood. */
  pauseReason: z.string(),
  /** The arithmetic in words. */
  why: z.string(),
});
export type SlaClock = z.infer<typeof slaClock>;

const incidentOnCall = z.object({
  clocks: z.array(slaClock),
  escalation: escalation.nullable(),
  pages: z.array(incidentPage),
});

export const simulatedStep = z.object({
  step: z.number().int(),
  round: z.number().int(),
  at: timestamp,
  /** Why nobody is paged here; null when somebody is. */
  skipped: z.string().nullable(),
  people: z.array(
    z.object({
      person: person.nullable(),
      via: z.string(),
      methods: z.array(z.object({ kind: channelKind, to: z.string(), used: z.boolean(), why: z.string() })),
      problem: z.string().nullable(),
    }),
  ),
});

const span = z.strictObject({ from: timestamp, to: timestamp });
const contactsOf = z.object({ person, methods: z.array(contactMethod) });
const contactsBody = z.strictObject({ methods: z.array(contactMethod).max(20) });
const done = z.object({ incident: incidentOnCall });

export const oncallRoutes = {
  listSchedules: route({
    method: "GET",
    path: "/api/oncall/schedules",
    permission: "oncall.read",
    summary: "List on-call schedules with who is on call now.",
    params: none,
    query: none,
    body: none,
    response: z.object({ items: z.array(schedule) }),
  }),
  createSchedule: route({
    method: "POST",
    path: "/api/oncall/schedules",
    permission: "oncall.write",
    mutates: true,
    summary: "Create an on-call schedule.",
    params: none,
    query: none,
    body: scheduleBody,
    response: schedule,
  }),
  saveSchedule: route({
    method: "PUT",
    path: "/api/oncall/schedules/:id",
    permission: "oncall.write",
    mutates: true,
    summary: "Change an on-call schedule.",
    params: idParams,
    query: none,
    body: scheduleBody,
    response: schedule,
  }),
  deleteSchedule: route({
    method: "DELETE",
    path: "/api/oncall/schedules/:id",
    permission: "oncall.write",
    mutates: true,
    summary: "Delete an on-call schedule that no policy uses.",
    params: idParams,
    query: none,
    body: none,
    response: none,
  }),
  getSchedule: route({
    method: "GET",
    path: "/api/oncall/schedules/:id",
    permission: "oncall.read",
    summary: "One schedule: who is on call in a range, its gaps and its overrides.",
    params: idParams,
    query: z.object({ from: timestamp.optional(), to: timestamp.optional() }),
    body: none,
    response: z.object({
      schedule,
      from: timestamp,
      to: timestamp,
      segments: z.array(segment),
      /** The same without overrides, one list a layer, lowest first. */
      layers: z.array(z.object({ name: z.string(), segments: z.array(segment) })),
      gaps: z.array(z.object({ from: timestamp, to: timestamp })),
      overrides: z.array(override),
    }),
  }),
  createOverride: route({
    method: "POST",
    path: "/api/oncall/schedules/:id/overrides",
    permission: "incidents.work",
    mutates: true,
    summary: "Put somebody on call for a while, in the place of whoever has it.",
    params: idParams,
    query: none,
    body: z.strictObject({
      from: timestamp,
      to: timestamp,
      person: z.string().max(100),
      covers: z.string().max(100).nullable().default(null),
      reason,
    }),
    response: override,
  }),
  swapShifts: route({
    method: "POST",
    path: "/api/oncall/schedules/:id/swaps",
    permission: "incidents.work",
    mutates: true,
    summary: "Let two people take each other's shift; both or neither.",
    params: idParams,
    query: none,
    body: z.strictObject({ first: span, second: span, reason }),
    response: z.object({ items: z.array(override) }),
  }),
  deleteOverride: route({
    method: "DELETE",
    path: "/api/oncall/overrides/:id",
    permission: "incidents.work",
    mutates: true,
    summary: "Take an override away.",
    params: idParams,
    query: none,
    body: none,
    response: none,
  }),
  whoIsOnCall: route({
    method: "GET",
    path: "/api/oncall/now",
    permission: "oncall.read",
    summary: "Who is on call, for a service or a side of the floor.",
    params: none,
    query: z.object({ service: z.string().max(200).optional(), team: team.optional(), at: timestamp.optional() }),
    body: none,
    response: z.object({
      items: z.array(
        z.object({
          scheduleId: z.string(),
          schedule: z.string(),
          team: team.nullable(),
          person: person.nullable(),
          until: timestamp.nullable(),
          next: person.nullable(),
        }),
      ),
    }),
  }),
  listPolicies: route({
    method: "GET",
    path: "/api/oncall/policies",
    permission: "oncall.read",
    summary: "List escalation policies with what is wrong with them.",
    params: none,
    query: none,
    body: none,
    response: z.object({ items: z.array(policy) }),
  }),
  createPolicy: route({
    method: "POST",
    path: "/api/oncall/policies",
    permission: "oncall.write",
    mutates: true,
    summary: "Create an escalation policy.",
    params: none,
    query: none,
    body: policyBody,
    response: policy,
  }),
  savePolicy: route({
    method: "PUT",
    path: "/api/oncall/policies/:id",
    permission: "oncall.write",
    mutates: true,
    summary: "Change an escalation policy; escalations that run go by the new steps from their next one on.",
    params: idParams,
    query: none,
    body: policyBody,
    response: policy,
  }),
  deletePolicy: route({
    method: "DELETE",
    path: "/api/oncall/policies/:id",
    permission: "oncall.write",
    mutates: true,
    summary: "Delete an escalation policy that no running escalation uses.",
    params: idParams,
    query: none,
    body: none,
    response: none,
  }),
  simulate: route({
    method: "GET",
    path: "/api/oncall/simulation",
    permission: "oncall.read",
    summary: "Who would be paged, step by step, if an incident opened at a moment.",
    params: none,
    query: z.object({
      severity: severity.default("critical"),
      service: z.string().max(200).optional(),
      policy: z.string().max(100).optional(),
      at: timestamp.optional(),
    }),
    body: none,
    response: z.object({
      policy: z.object({ id: z.string(), name: z.string() }).nullable(),
      why: z.string(),
      steps: z.array(simulatedStep),
    }),
  }),
  getContacts: route({
    method: "GET",
    path: "/api/oncall/contacts/:id",
    permission: "oncall.read",
    summary: "How a person is reached, in order; `me` means the caller.",
    params: idParams,
    query: none,
    body: none,
    response: contactsOf,
  }),
  saveOwnContacts: route({
    method: "PUT",
    path: "/api/oncall/contacts",
    permission: "self",
    mutates: true,
    summary: "Say how you are reached, in order.",
    params: none,
    query: none,
    body: contactsBody,
    response: contactsOf,
  }),
  saveContacts: route({
    method: "PUT",
    path: "/api/oncall/contacts/:id",
    permission: "oncall.write",
    mutates: true,
    summary: "Say how somebody is reached, in order.",
    params: idParams,
    query: none,
    body: contactsBody,
    response: contactsOf,
  }),
  listPages: route({
    method: "GET",
    path: "/api/oncall/pages",
    permission: "oncall.read",
    summary: "The log of pages with what became of every delivery, newest first.",
    params: none,
    query: pageQuery,
    body: none,
    response: page(incidentPage),
  }),
  getIncidentOnCall: route({
    method: "GET",
    path: "/api/incidents/:id/oncall",
    permission: "incidents.read",
    summary: "An incident's clocks, its escalation and its pages.",
    params: idParams,
    query: none,
    body: none,
    response: incidentOnCall,
  }),
  acknowledgeIncident: route({
    method: "POST",
    path: "/api/incidents/:id/acknowledge",
    permission: "incidents.work",
    mutates: true,
    summary: "Answer for an incident: paging stops, the acknowledge clock is met.",
    params: idParams,
    query: none,
    body: z.strictObject({ reason }),
    response: done,
  }),
  pageIncident: route({
    method: "POST",
    path: "/api/incidents/:id/pages",
    permission: "incidents.work",
    mutates: true,
    summary: "Page people for an incident by a policy, or begin again with another one.",
    params: idParams,
    query: none,
    body: z.strictObject({ policyId: z.string().max(100).optional(), reason: because }),
    response: done,
  }),
  snoozeIncident: route({
    method: "POST",
    path: "/api/incidents/:id/snooze",
    permission: "incidents.work",
    mutates: true,
    summary: "Page nobody for a while, then begin again.",
    params: idParams,
    query: none,
    body: z.strictObject({ minutes: z.number().min(0.01).max(10_080), reason: because }),
    response: done,
  }),
  pauseClock: route({
    method: "POST",
    path: "/api/incidents/:id/clocks/:phase/pause",
    permission: "incidents.work",
    mutates: true,
    summary: "Stop a clock, with the reason.",
    params: idParams.extend({ phase }),
    query: none,
    body: z.strictObject({ reason: because }),
    response: done,
  }),
  resumeClock: route({
    method: "POST",
    path: "/api/incidents/:id/clocks/:phase/resume",
    permission: "incidents.work",
    mutates: true,
    summary: "Let a stopped clock run again.",
    params: idParams.extend({ phase }),
    query: none,
    body: none,
    response: done,
  }),
  getSla: route({
    method: "GET",
    path: "/api/oncall/sla",
    permission: "oncall.read",
    summary: "How long each phase of an incident may take.",
    params: none,
    query: none,
    body: none,
    response: z.object({ version: z.number().int(), targets: z.array(slaTarget) }),
  }),
  saveSla: route({
    method: "PUT",
    path: "/api/oncall/sla",
    permission: "oncall.write",
    mutates: true,
    summary: "Set how long each phase of an incident may take; for clocks that start from now on.",
    params: none,
    query: none,
    body: z.strictObject({ version: z.number().int(), targets: z.array(slaTarget).max(200) }),
    response: z.object({ version: z.number().int(), targets: z.array(slaTarget) }),
  }),
  saveHook: route({
    method: "PUT",
    path: "/api/oncall/hooks/:kind",
    permission: "connectors.write",
    mutates: true,
    summary:
      "Set the secret by which answers from Slack or PagerDuty prove where they come from; it is never shown again.",
    params: z.object({ kind: z.enum(["slack", "pagerduty"]) }),
    query: none,
    body: z.strictObject({ secret: z.string().min(8).max(500) }),
    response: none,
  }),
} as const;
