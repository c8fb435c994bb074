/** oncall-model: the things of on-call: schedules, overrides, escalation policies, pages, contact methods, clocks. */
import { z } from "zod";
import { severity, team, timestamp } from "./model.ts";
import { person } from "./triage.ts";

const name = z.string().trim().min(1).max(120);
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

export const scheduleBody = z.strictObject({
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

export const policyBody = z.strictObject({
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
  /** For an incident of an exercise: nothing of it left Holdfast. */
  exercise: z.boolean(),
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

export const incidentOnCall = z.object({
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
