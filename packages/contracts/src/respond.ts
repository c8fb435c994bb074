/** respond: from a proposal to a proven effect and its undo. Every effect shows its impact before, its proof after, and who
 *  approved exactly this. The policy decides as data; nothing here is decided by a page. */
import { z } from "zod";
import { changeKind, changeStanding } from "./changes.ts";
import { idParams, none, page, pageQuery, team, timestamp } from "./model.ts";
import { responsePolicy } from "./respond-policy.ts";
import { route } from "./route.ts";

export const targetKind = z.enum(["host", "user", "ip", "domain", "process", "file", "channel"]);
export const target = z.object({ kind: targetKind, value: z.string() });
export type Target = z.infer<typeof target>;

export const effectClass = z.enum(["read", "reversible", "irreversible"]);
export type EffectClass = z.infer<typeof effectClass>;

const someone = z.object({ id: z.string(), name: z.string() });

export const impactService = z.object({
  id: z.string(),
  name: z.string(),
  criticality: z.number().int(),
  owner: z.string().nullable(),
  /** "direct": a target belongs to it; "dependant": it needs, through `path`, a service that is hit. */
  hit: z.enum(["direct", "dependant"]),
  /** Names from the service that is hit to this one; one name when it is hit itself. */
  path: z.array(z.string()),
  /** What it runs on, how much of that is hit, and what is left; null for dependants. */
  assets: z.object({ total: z.number().int(), hit: z.number().int(), left: z.number().int() }).nullable(),
});
export type ImpactService = z.infer<typeof impactService>;

export const impact = z.object({
  /** When it was worked out: the estate may have changed since. */
  at: timestamp,
  targets: z.array(
    z.object({
      target,
      /** What the estate calls it; null when the estate does not know it, and so cannot say what hangs on it. */
      name: z.string().nullable(),
      assetId: z.string().nullable(),
      identityId: z.string().nullable(),
      assetKind: z.string().nullable(),
    }),
  ),
  services: z.array(impactService),
  /** Services that telemetry shows to need what is hit, and nobody has accepted that yet: they count for nothing, but are to be looked at. */
  seen: z.array(z.object({ id: z.string(), name: z.string(), needs: z.string(), confidence: z.number() })).optional(),
  /** Teams whose services are hit; `side` is who answers for them on the floor. */
  owners: z.array(z.object({ id: z.string(), name: z.string(), side: team, services: z.array(z.string()) })),
  users: z.object({
    total: z.number().int(),
    /** At most 20, privileged first. */
    named: z.array(z.object({ id: z.string(), name: z.string(), privileged: z.boolean(), because: z.string() })),
  }),
  /** What the never-touch list says; not empty = it cannot be done. */
  never: z.array(z.object({ target, reason: z.string() })),
  limits: z.array(
    z.object({
      of: z.enum(["hosts", "users", "actions"]),
      used: z.number().int(),
      adds: z.number().int(),
      max: z.number().int(),
    }),
  ),
  /** Work under way, or about to begin, on what is hit: changes, then maintenance windows. `known` is false where no changes were asked
   *  for: then only maintenance windows stand here, and none of them does not mean that nobody works on it. */
  changes: z.object({
    known: z.boolean(),
    items: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        until: timestamp.nullable(),
        /** What a change says of itself; a maintenance window has none. */
        change: z
          .object({
            kind: changeKind,
            standing: changeStanding,
            owner: z.string().nullable(),
            doneBy: z.string(),
            start: timestamp,
            /** Which target of it is hit, in words. */
            why: z.string(),
          })
          .optional(),
      }),
    ),
    /** Changes that were left out, because more were found than are shown. */
    more: z.number().int().optional(),
  }),
  /** How much it hurts, and the sum that says so. */
  disruption: z.object({
    value: z.number(),
    level: z.enum(["none", "low", "medium", "high"]),
    terms: z.array(z.object({ text: z.string(), value: z.number() })),
  }),
});
export type Impact = z.infer<typeof impact>;

/** Whose approval is needed, in numbers; `team` null = either side. */
export const requirement = z.object({
  /** The policy's rule that says so, and the version of the policy. */
  rule: z.string(),
  policyVersion: z.number().int(),
  sides: z.array(
    z.object({
      team: team.nullable(),
      count: z.number().int(),
      owners: z.array(z.string()),
      /** Who of the side may: those who speak for the owners. Not given: anybody of it. */
      people: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
    }),
  ),
  secondFactor: z.boolean(),
  expiresAt: timestamp,
  onExpiry: z.enum(["refuse", "proceed"]),
  /** In words. */
  because: z.string(),
});
export type Requirement = z.infer<typeof requirement>;

export const effectState = z.enum([
  "waiting",
  "ready",
  "sent",
  "done",
  "failed",
  "unknown",
  "undoing",
  "undone",
  "refused",
  "expired",
  "withdrawn",
]);
export type EffectState = z.infer<typeof effectState>;

export const proof = z.object({
  verdict: z.enum(["holds", "does-not-hold", "cannot-tell"]),
  at: timestamp,
  evidence: z.string(),
});

export const effect = z.object({
  id: z.string(),
  incidentId: z.string().nullable(),
  runId: z.string().nullable(),
  stepKey: z.string().nullable(),
  action: z.string(),
  title: z.string(),
  connectorId: z.string(),
  input: z.record(z.string(), z.json()),
  targets: z.array(target),
  /** The literal command. */
  command: z.string(),
  class: effectClass,
  undoable: z.boolean(),
  playbookVersion: z.string().nullable(),
  requestedBy: someone,
  reason: z.string(),
  state: effectState,
  approvalId: z.string().nullable(),
  impact,
  createdAt: timestamp,
  sentAt: timestamp.nullable(),
  settledAt: timestamp.nullable(),
  /** What the outside answered, or why it was not done. */
  outcome: z.string(),
  output: z.record(z.string(), z.json()),
  proof: proof.nullable(),
  /** For how long it was approved; null = until someone undoes it. */
  undoAfterMs: z.number().int().nullable(),
  undoAt: timestamp.nullable(),
  undoneAt: timestamp.nullable(),
  undoProof: proof.nullable(),
  /** Someone or something undid it by hand. */
  drift: z.object({ since: timestamp, evidence: z.string() }).nullable(),
  /** What a person has to look at; null when nothing. */
  needsPerson: z.string().nullable(),
  /** Part of an exercise: rehearsed, never sent anywhere. */
  exerciseId: z.string().nullable(),
});
export type Effect = z.infer<typeof effect>;

export const journalEntry = z.object({
  at: timestamp,
  entry: z.string(),
  text: z.string(),
  actor: someone.nullable(),
});

export const effectDetail = effect.extend({ journal: z.array(journalEntry) });
export type EffectDetail = z.infer<typeof effectDetail>;

export const approvalState = z.enum(["waiting", "approved", "refused", "expired", "withdrawn", "used"]);
export type ApprovalState = z.infer<typeof approvalState>;

export const approval = z.object({
  id: z.string(),
  state: approvalState,
  /** sha256 over action, connector, exact targets, parameters, playbook version, duration and expiry: what a decision is about. */
  hash: z.string(),
  /** Counts edits; a decision on an earlier one does not count. */
  revision: z.number().int(),
  requirement,
  decisions: z.array(
    z.object({
      by: someone,
      team,
      verdict: z.enum(["approve", "refuse"]),
      reason: z.string(),
      at: timestamp,
      secondFactor: z.boolean(),
    }),
  ),
  editedBy: z.array(someone),
  breakGlass: z.object({ by: someone, reason: z.string(), at: timestamp }).nullable(),
  createdAt: timestamp,
  settledAt: timestamp.nullable(),
  effect,
  /** Whether the caller may decide, and if not, why. */
  you: z.object({
    may: z.boolean(),
    why: z.string(),
    /** The limit of an hour that it is over: until it is not, it can be refused, and approved by nobody; breaking the glass goes past it. */
    over: z.string().nullable(),
    mayBreakGlass: z.boolean(),
    needsFactor: z.boolean(),
  }),
});
export type Approval = z.infer<typeof approval>;

const reason = z.string().trim().min(3, "a reason of at least 3 characters").max(2000);
const code = z.string().trim().max(40).optional();
const input = z.record(z.string().max(200), z.json());
/** 30 days at most: what should last longer is a change, not containment. */
const duration = z
  .number()
  .int()
  .min(1_000)
  .max(30 * 86_400_000)
  .nullable();

export const respondRoutes = {
  previewEffect: route({
    method: "POST",
    path: "/api/effects/preview",
    permission: "effects.propose",
    summary: "What an action would do and hit, and who would have to approve it; nothing is stored.",
    params: none,
    query: none,
    body: z.strictObject({
      action: z.string().max(200),
      connectorId: z.string().max(200),
      input,
      undoAfterMs: duration.optional(),
    }),
    response: z.object({
      command: z.string(),
      targets: z.array(target),
      class: effectClass,
      undoable: z.boolean(),
      impact,
      requirement: requirement.nullable(),
      undoAfterMs: z.number().int().nullable(),
      /** Why it would be refused at once; null when it would not. */
      blocked: z.string().nullable(),
      /** The limit of an hour that it is over; it can be proposed, and waits until it is not, or until somebody breaks the glass. */
      over: z.string().nullable(),
    }),
  }),
  proposeEffect: route({
    method: "POST",
    path: "/api/effects",
    permission: "effects.propose",
    mutates: true,
    summary: "Propose an action for an incident; what only reads is done at once, all else waits for its approval.",
    params: none,
    query: none,
    body: z.strictObject({
      /** The same key twice proposes once. */
      key: z.string().min(8).max(200),
      incidentId: z.string().max(200).nullable(),
      action: z.string().max(200),
      connectorId: z.string().max(200),
      input,
      reason,
      undoAfterMs: duration.optional(),
    }),
    response: effect,
  }),
  listEffects: route({
    method: "GET",
    path: "/api/effects",
    permission: "incidents.read",
    summary: "List effects, newest first.",
    params: none,
    query: pageQuery.extend({
      incident: z.string().max(200).optional(),
      state: z.string().max(200).optional(),
      exercise: z.string().max(200).optional(),
    }),
    body: none,
    response: page(effect),
  }),
  getEffect: route({
    method: "GET",
    path: "/api/effects/:id",
    permission: "incidents.read",
    summary: "One effect with its journal.",
    params: idParams,
    query: none,
    body: none,
    response: effectDetail,
  }),
  editEffect: route({
    method: "PATCH",
    path: "/api/effects/:id",
    permission: "effects.propose",
    mutates: true,
    summary: "Change a proposal that still waits; approvals given so far fall away, and the editor may not approve.",
    params: idParams,
    query: none,
    body: z.strictObject({ input: input.optional(), undoAfterMs: duration.optional(), reason }),
    response: effect,
  }),
  withdrawEffect: route({
    method: "POST",
    path: "/api/effects/:id/withdraw",
    permission: "effects.propose",
    mutates: true,
    summary: "Take a proposal back before it is sent.",
    params: idParams,
    query: none,
    body: z.strictObject({ reason }),
    response: effect,
  }),
  undoEffect: route({
    method: "POST",
    path: "/api/effects/:id/undo",
    permission: "effects.propose",
    mutates: true,
    summary: "Undo an effect now.",
    params: idParams,
    query: none,
    body: z.strictObject({ reason }),
    response: effect,
  }),
  changeUndoTime: route({
    method: "POST",
    path: "/api/effects/:id/undo-time",
    permission: "effects.propose",
    mutates: true,
    summary: "Bring the automatic undo forward, or put it off (that takes the right to approve).",
    params: idParams,
    query: none,
    body: z.strictObject({ undoAt: timestamp, reason }),
    response: effect,
  }),
  probeEffect: route({
    method: "POST",
    path: "/api/effects/:id/probe",
    permission: "effects.propose",
    mutates: true,
    summary: "Look now whether an effect holds.",
    params: idParams,
    query: none,
    body: none,
    response: effect,
  }),
  settleEffect: route({
    method: "POST",
    path: "/api/effects/:id/settle",
    permission: "approvals.decide",
    mutates: true,
    summary: "Say whether an effect of unknown outcome happened, after looking.",
    params: idParams,
    query: none,
    body: z.strictObject({ happened: z.boolean(), reason }),
    response: effect,
  }),
  listApprovals: route({
    method: "GET",
    path: "/api/approvals",
    permission: "incidents.read",
    summary: "Approvals; those that wait come first, the one that expires next on top.",
    params: none,
    query: pageQuery.extend({
      state: z.enum(["waiting", "settled", "all"]).default("waiting"),
      incident: z.string().max(200).optional(),
      team: team.optional(),
      exercise: z.string().max(200).optional(),
    }),
    body: none,
    response: page(approval),
  }),
  getApproval: route({
    method: "GET",
    path: "/api/approvals/:id",
    permission: "incidents.read",
    summary: "One approval.",
    params: idParams,
    query: none,
    body: none,
    response: approval,
  }),
  decideApproval: route({
    method: "POST",
    path: "/api/approvals/:id/decision",
    permission: "approvals.decide",
    mutates: true,
    summary: "Approve or refuse exactly what the hash names.",
    params: idParams,
    query: none,
    body: z.strictObject({
      verdict: z.enum(["approve", "refuse"]),
      reason: z.string().trim().max(2000).default(""),
      hash: z.string().length(64),
      /** A code of the second factor, where the approval asks for one. */
      code,
    }),
    response: approval,
  }),
  breakGlass: route({
    method: "POST",
    path: "/api/approvals/:id/break-glass",
    permission: "effects.propose",
    mutates: true,
    summary: "Go ahead without approval, with a reason; everybody is told, and it is kept for the review.",
    params: idParams,
    query: none,
    body: z.strictObject({
      reason: z.string().trim().min(20, "a reason of at least 20 characters: others will read it").max(2000),
      hash: z.string().length(64),
      code,
    }),
    response: approval,
  }),
  getResponsePolicy: route({
    method: "GET",
    path: "/api/response-policy",
    permission: "incidents.read",
    summary: "The response policy and its versions.",
    params: none,
    query: z.object({ version: z.coerce.number().int().min(0).optional() }),
    body: none,
    response: z.object({
      version: z.number().int(),
      policy: responsePolicy,
      versions: z.array(
        z.object({ version: z.number().int(), at: timestamp.nullable(), by: z.string(), note: z.string() }),
      ),
    }),
  }),
  saveResponsePolicy: route({
    method: "PUT",
    path: "/api/response-policy",
    permission: "policy.write",
    mutates: true,
    summary: "Make a new version of the response policy; proposals that wait keep the one they were made under.",
    params: none,
    query: none,
    body: z.strictObject({
      policy: responsePolicy,
      note: reason,
      /** The version it was made from; another's change in between is a conflict. */
      basedOn: z.number().int().min(0),
    }),
    response: z.object({ version: z.number().int() }),
  }),
} as const;
