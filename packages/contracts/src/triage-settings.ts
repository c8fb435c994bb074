/** triage-settings: what people set about triage: versioned weights and bounds, suppressions, maintenance windows; and the risk of
 *  entities that the weights lead to. */
import { z } from "zod";
import { idParams, none, page, pageQuery, severity, timestamp } from "./model.ts";
import { route } from "./route.ts";
import { entityKind } from "./triage.ts";

const weight = z.number().min(0).max(1000);
const factor = z.number().min(0).max(10);

export const riskSettings = z.strictObject({
  /** An incident opens when the score of an entity reaches this. */
  threshold: z.number().min(1).max(100_000),
  /** After this time a contribution counts half. */
  halfLifeHours: z
    .number()
    .min(0.1)
    .max(24 * 90),
  /** Contributions older than this count no more. */
  keepDays: z.number().min(1).max(90),
  severity: z.strictObject({ informational: weight, low: weight, medium: weight, high: weight, critical: weight }),
  /** By the status of the rule. */
  confidence: z.strictObject({
    stable: factor,
    test: factor,
    experimental: factor,
    deprecated: factor,
    unknown: factor,
  }),
  /** By the criticality of the asset or the services it carries; "none" when nothing is known. */
  criticality: z.strictObject({ none: factor, "1": factor, "2": factor, "3": factor, "4": factor, "5": factor }),
  exposure: z.strictObject({ internet: factor, partner: factor, internal: factor, isolated: factor, unknown: factor }),
  /** Each doubling of the count of one rule adds this share, up to `repeatMost` times the points of one. */
  repeat: z.number().min(0).max(1),
  repeatMost: z.number().min(1).max(10),
  /** Each further tactic of an attack adds this share, up to `spreadMost`. */
  spread: z.number().min(0).max(2),
  spreadMost: z.number().min(1).max(10),
});
export type RiskSettings = z.infer<typeof riskSettings>;

export const groupingSettings = z.strictObject({
  windowMinutes: z.number().int().min(1).max(1440),
  joinHours: z.number().min(0.1).max(168),
  /** An entity in more alerts than this within the join time ties nothing. */
  noiseBound: z.number().int().min(2).max(200),
  maxMembers: z.number().int().min(2).max(5000),
  stepMinutes: z.number().int().min(1).max(1440),
  /** A rule that fires on as many entities within `waveMinutes` is one wave. */
  waveBound: z.number().int().min(5).max(100_000),
  waveMinutes: z.number().int().min(1).max(1440),
});

export const triageSettings = z.strictObject({
  risk: riskSettings,
  grouping: groupingSettings,
  /** Signals below this raise no alert in the queue; they count for risk. */
  quietBelow: severity,
  /** Entities that tie nothing: a proxy, a domain controller, a scanner. */
  hubs: z
    .array(
      z.strictObject({
        kind: entityKind,
        value: z.string().trim().min(1).max(500),
        reason: z.string().trim().min(3, "say what it is").max(300),
      }),
    )
    .max(500),
  /** What signals of a rule are one alert by, instead of its entity; no keys: one alert for the whole rule. */
  dedup: z
    .array(
      z.strictObject({
        ruleId: z.string().trim().min(1).max(200),
        keys: z.array(entityKind).max(8),
        windowMinutes: z.number().int().min(1).max(10_080),
      }),
    )
    .max(1000),
});
export type TriageSettingsValue = z.infer<typeof triageSettings>;

export const settingsVersion = z.object({
  /** 0 = as shipped. */
  version: z.number().int(),
  at: timestamp.nullable(),
  by: z.string(),
  note: z.string(),
  settings: triageSettings,
});
export type SettingsVersion = z.infer<typeof settingsVersion>;

/** What other settings would make of what stands now. */
export const settingsPreview = z.object({
  /** Entities whose risk was worked out both ways; the hottest ones when `cut`. */
  asked: z.number().int(),
  cut: z.boolean(),
  /** At or over the threshold: now, and with the other settings. */
  overBefore: z.number().int(),
  overAfter: z.number().int(),
  changed: z.number().int(),
  /** Those that pass the threshold either way first, then by how much they change. */
  entities: z.array(
    z.object({
      key: z.string(),
      kind: entityKind,
      value: z.string(),
      before: z.number(),
      after: z.number(),
      wasOver: z.boolean(),
      isOver: z.boolean(),
    }),
  ),
  /** Alerts of the last days: those in the queue that would be quiet, and quiet ones that would be in the queue. */
  /** Open alerts whose signals were told apart by other keys than these: they stay as they are, and can be taken apart by hand. */
  otherKeys: z.object({
    alerts: z.number().int(),
    /** Those with most of them. */
    rules: z.array(z.object({ ruleId: z.string(), title: z.string(), alerts: z.number().int(), example: z.string() })),
  }),
  quiet: z.object({ days: z.number().int(), hidden: z.number().int(), raised: z.number().int() }),
});
export type SettingsPreview = z.infer<typeof settingsPreview>;

export const riskEntity = z.object({
  /** Names it in addresses: "host:web-01". */
  key: z.string(),
  kind: entityKind,
  value: z.string(),
  assetId: z.string().nullable(),
  identityId: z.string().nullable(),
  /** Now, with decay. */
  score: z.number(),
  threshold: z.number(),
  tactics: z.array(z.string()),
  /** Rules that contribute. */
  rules: z.number().int(),
  criticality: z.number().int(),
  exposure: z.string(),
  lastSeen: timestamp,
  /** The incident that its risk opened, or that it stands in. */
  incidentId: z.string().nullable(),
  /** The score at the end of each of the last 48 hours, oldest first. */
  history: z.array(z.number()),
});
export type RiskEntity = z.infer<typeof riskEntity>;

export const riskPart = z.object({
  ruleId: z.string(),
  title: z.string(),
  severity,
  count: z.number().int(),
  firstSeen: timestamp,
  lastSeen: timestamp,
  tactics: z.array(z.string()),
  alertId: z.string(),
  /** points = weight x confidence x criticality x exposure x repeat x decay */
  weight: z.number(),
  confidence: z.number(),
  criticality: z.number(),
  exposure: z.number(),
  repeat: z.number(),
  decay: z.number(),
  points: z.number(),
});
export type RiskPart = z.infer<typeof riskPart>;

export const riskDetail = riskEntity.extend({
  parts: z.array(riskPart),
  /** Sum of the points of all parts. */
  sum: z.number(),
  /** score = sum x spread */
  spread: z.number(),
  settingsVersion: z.number().int(),
  /** Incidents that its risk opened, with the arithmetic as it was at that moment. */
  openings: z.array(
    z.object({
      incidentId: z.string(),
      at: timestamp,
      score: z.number(),
      threshold: z.number(),
      settingsVersion: z.number().int(),
      spread: z.number(),
      parts: z.array(riskPart),
    }),
  ),
});
export type RiskDetail = z.infer<typeof riskDetail>;

const why = z.string().trim().min(3, "say why in at least three characters").max(1000);
const expression = z.string().trim().min(1).max(4000);

export const holdState = z.enum(["active", "planned", "over", "broken"]);

export const suppression = z.object({
  id: z.string(),
  /** CEL over `alert`. */
  expression: z.string(),
  /** Only alerts of this rule are asked. */
  ruleId: z.string().nullable(),
  owner: z.string(),
  reason: z.string(),
  state: holdState,
  createdBy: z.string(),
  createdAt: timestamp,
  expiresAt: timestamp.nullable(),
  endedAt: timestamp.nullable(),
  /** In words: "Ended by itself at its time.", "Ended by nora: …". */
  ending: z.string(),
  /** Exact. */
  hiddenAlerts: z.number().int(),
  hiddenSignals: z.number().int(),
  lastHiddenAt: timestamp.nullable(),
  problem: z.string().nullable(),
});
export type Suppression = z.infer<typeof suppression>;

export const maintenanceScope = z.discriminatedUnion("by", [
  z.strictObject({ by: z.literal("service"), serviceId: z.string().min(1).max(200) }),
  z.strictObject({ by: z.literal("asset"), host: z.string().min(1).max(300) }),
  z.strictObject({ by: z.literal("rule"), ruleId: z.string().min(1).max(200) }),
  z.strictObject({ by: z.literal("expression"), expression }),
]);
export type MaintenanceScope = z.infer<typeof maintenanceScope>;

export const maintenance = z.object({
  id: z.string(),
  title: z.string(),
  scope: maintenanceScope,
  owner: z.string(),
  reason: z.string(),
  state: holdState,
  begin: timestamp,
  end: timestamp,
  createdBy: z.string(),
  createdAt: timestamp,
  endedAt: timestamp.nullable(),
  /** Alerts that it holds now, and those that it has let go into the queue. */
  holding: z.number().int(),
  released: z.number().int(),
});
export type Maintenance = z.infer<typeof maintenance>;

export const holdPreview = z.object({
  ok: z.boolean(),
  /** What is wrong with the expression, and where. */
  problem: z.string().nullable(),
  at: z.number().int().nullable(),
  days: z.number().int(),
  /** Alerts of those days that were asked, and those that it would have hidden. */
  asked: z.number().int(),
  alerts: z.number().int(),
  signals: z.number().int(),
  /** Some of them, latest first. */
  examples: z.array(z.object({ id: z.string(), title: z.string(), on: z.string(), at: timestamp, severity })),
  /** True when there were more alerts than could be asked. */
  cut: z.boolean(),
});
export type HoldPreview = z.infer<typeof holdPreview>;

export const triageSettingsRoutes = {
  getTriageSettings: route({
    method: "GET",
    path: "/api/triage/settings",
    permission: "alerts.read",
    summary: "The settings of triage that hold now, with their version.",
    params: none,
    query: none,
    body: none,
    response: settingsVersion,
  }),
  listTriageSettings: route({
    method: "GET",
    path: "/api/triage/settings/versions",
    permission: "alerts.read",
    summary: "All versions of the settings of triage, newest first.",
    params: none,
    query: pageQuery,
    body: none,
    response: page(settingsVersion),
  }),
  putTriageSettings: route({
    method: "PUT",
    path: "/api/triage/settings",
    permission: "triage.write",
    mutates: true,
    summary: "Replace the settings of triage; refused when somebody changed them since `base`.",
    params: none,
    query: none,
    body: z.strictObject({ base: z.number().int(), note: z.string().trim().min(3).max(500), settings: triageSettings }),
    response: settingsVersion,
  }),
  previewTriageSettings: route({
    method: "POST",
    path: "/api/triage/settings/preview",
    permission: "alerts.read",
    summary: "What other settings would make of the risk and the alerts that stand now; nothing is stored.",
    params: none,
    query: none,
    body: z.strictObject({ settings: triageSettings }),
    response: settingsPreview,
  }),
  listRisk: route({
    method: "GET",
    path: "/api/risk",
    permission: "alerts.read",
    summary: "Entities by risk, highest first.",
    params: none,
    query: pageQuery.extend({
      kind: entityKind.optional(),
      q: z.string().max(300).optional(),
      exercise: z.string().max(100).optional(),
    }),
    body: none,
    response: page(riskEntity),
  }),
  getRisk: route({
    method: "GET",
    path: "/api/risk/:id",
    permission: "alerts.read",
    summary: "The risk of one entity with its arithmetic.",
    params: idParams.extend({ id: z.string().min(1).max(1200) }),
    query: none,
    body: none,
    response: riskDetail,
  }),
  listSuppressions: route({
    method: "GET",
    path: "/api/suppressions",
    permission: "alerts.read",
    summary: "Suppressions with owner, reason, expiry and what they hid; newest first.",
    params: none,
    query: pageQuery,
    body: none,
    response: page(suppression),
  }),
  previewSuppression: route({
    method: "POST",
    path: "/api/suppressions/preview",
    permission: "alerts.read",
    summary: "Check an expression and say what it would have hidden in the last days.",
    params: none,
    query: none,
    body: z.strictObject({
      expression: z.string().max(4000),
      ruleId: z.string().max(200).nullable().default(null),
      days: z.number().int().min(1).max(90).default(7),
    }),
    response: holdPreview,
  }),
  createSuppression: route({
    method: "POST",
    path: "/api/suppressions",
    permission: "triage.write",
    mutates: true,
    summary: "Hide alerts that an expression is true for, until a time.",
    params: none,
    query: none,
    body: z.strictObject({
      expression,
      ruleId: z.string().max(200).nullable().default(null),
      owner: z.string().trim().min(1).max(100),
      reason: why,
      expiresAt: timestamp.nullable(),
      /** Also hides alerts that nobody has taken up yet. */
      includeOpen: z.boolean().default(true),
    }),
    response: suppression,
  }),
  endSuppression: route({
    method: "POST",
    path: "/api/suppressions/:id/end",
    permission: "triage.write",
    mutates: true,
    summary: "End a suppression; with `release` what it hid comes into the queue.",
    params: idParams,
    query: none,
    body: z.strictObject({ reason: z.string().max(1000).default(""), release: z.boolean().default(false) }),
    response: suppression,
  }),
  listMaintenance: route({
    method: "GET",
    path: "/api/maintenance",
    permission: "alerts.read",
    summary: "Maintenance windows with what they hold; newest first.",
    params: none,
    query: pageQuery,
    body: none,
    response: page(maintenance),
  }),
  createMaintenance: route({
    method: "POST",
    path: "/api/maintenance",
    permission: "triage.write",
    mutates: true,
    summary: "Plan a maintenance window: alerts are held while it lasts and released when it ends.",
    params: none,
    query: none,
    body: z.strictObject({
      title: z.string().trim().min(1).max(200),
      scope: maintenanceScope,
      owner: z.string().trim().min(1).max(100),
      reason: why,
      begin: timestamp,
      end: timestamp,
    }),
    response: maintenance,
  }),
  endMaintenance: route({
    method: "POST",
    path: "/api/maintenance/:id/end",
    permission: "triage.write",
    mutates: true,
    summary: "End a maintenance window now and release what it holds.",
    params: idParams,
    query: none,
    body: z.strictObject({ reason: z.string().max(1000).default("") }),
    response: maintenance,
  }),
} as const;
