/** playbook-triggers: conditions over an incident that suggest a playbook or start it, each at most once for an incident, and what
 *  became of that. A trigger approves nothing: what its runs do waits for the same approvals as any other. */
import { z } from "zod";
import { idParams, none, timestamp } from "./model.ts";
import { run } from "./playbooks.ts";
import { route } from "./route.ts";

const someone = z.object({ id: z.string(), name: z.string() });
/** suggest = a person starts it by one key · start = it starts by itself. */
export const triggerMode = z.enum(["suggest", "start"]);
export type TriggerMode = z.infer<typeof triggerMode>;

export const playbookTrigger = z.object({
  id: z.string(),
  name: z.string(),
  playbookId: z.string(),
  playbookName: z.string(),
  /** CEL over `incident`. */
  condition: z.string(),
  mode: triggerMode,
  enabled: z.boolean(),
  /** Who answers for it. */
  owner: z.string(),
  origin: z.enum(["shipped", "own"]),
  /** Counts its changes. */
  version: z.number().int(),
  createdAt: timestamp,
  createdBy: someone,
  updatedAt: timestamp,
  updatedBy: someone,
  /** Real incidents on which it fired. */
  fired: z.number().int(),
  lastFiredAt: timestamp.nullable(),
  /** The last time its condition could not be worked out since it was changed; it fires on other incidents all the same. */
  error: z.object({ at: timestamp, incidentId: z.string(), reason: z.string() }).nullable(),
  /** Why its playbook could not be started now; empty when it could. */
  problem: z.string(),
});
export type PlaybookTrigger = z.infer<typeof playbookTrigger>;

/** A part of the condition that was true, with the values it looked at. */
export const triggerReason = z.object({
  condition: z.string(),
  values: z.array(z.object({ name: z.string(), value: z.string() })),
});
export type TriggerReason = z.infer<typeof triggerReason>;

/** suggested = waits for a person · due = is being started · started = see its run · dismissed = a person said no. */
export const suggestionState = z.enum(["suggested", "due", "started", "dismissed"]);

export const playbookSuggestion = z.object({
  id: z.string(),
  incidentId: z.string(),
  triggerId: z.string(),
  triggerName: z.string(),
  triggerVersion: z.number().int(),
  playbookId: z.string(),
  playbookName: z.string(),
  mode: triggerMode,
  state: suggestionState,
  reasons: z.array(triggerReason),
  at: timestamp,
  runId: z.string().nullable(),
  /** Why it did not start by itself; empty when nothing went wrong. */
  problem: z.string(),
  /** Who started or dismissed it; null for nobody yet, and for what started by itself. */
  decidedBy: someone.nullable(),
  decidedAt: timestamp.nullable(),
  /** What whoever dismissed it said. */
  note: z.string(),
});
export type PlaybookSuggestion = z.infer<typeof playbookSuggestion>;

const written = {
  name: z.string().trim().min(1).max(200),
  playbookId: z.string().min(1).max(200),
  condition: z.string().trim().min(1).max(2000),
  mode: triggerMode,
  enabled: z.boolean(),
  owner: z.string().trim().min(1).max(100),
};

export const triggerTrial = z.object({
  /** Why the condition cannot be used at all, with the character it is about; null when it can. */
  mistake: z.object({ reason: z.string(), at: z.number().int().nullable() }).nullable(),
  /** How many incidents were asked: the newest 50 real ones, or fewer when there are not as many. */
  asked: z.number().int(),
  fired: z.array(
    z.object({ id: z.string(), number: z.number().int(), title: z.string(), reasons: z.array(triggerReason) }),
  ),
  /** Incidents on which it could not be worked out. */
  errors: z.array(z.object({ id: z.string(), number: z.number().int(), title: z.string(), reason: z.string() })),
});
export type TriggerTrial = z.infer<typeof triggerTrial>;

export const triggerRoutes = {
  listPlaybookTriggers: route({
    method: "GET",
    path: "/api/playbook-triggers",
    permission: "playbooks.read",
    summary: "Triggers of playbooks by name.",
    params: none,
    query: z.object({ playbook: z.string().max(200).optional() }),
    body: none,
    response: z.object({ items: z.array(playbookTrigger) }),
  }),
  createPlaybookTrigger: route({
    method: "POST",
    path: "/api/playbook-triggers",
    permission: "playbooks.write",
    mutates: true,
    summary: "A new trigger. It looks at incidents that are opened or changed from now on.",
    params: none,
    query: none,
    body: z.strictObject(written),
    response: playbookTrigger,
  }),
  savePlaybookTrigger: route({
    method: "PUT",
    path: "/api/playbook-triggers/:id",
    permission: "playbooks.write",
    mutates: true,
    summary: "Change a trigger; `basedOn` is the version that was changed. It never fires twice on an incident.",
    params: idParams,
    query: none,
    body: z.strictObject({ ...written, basedOn: z.number().int() }),
    response: playbookTrigger,
  }),
  removePlaybookTrigger: route({
    method: "DELETE",
    path: "/api/playbook-triggers/:id",
    permission: "playbooks.write",
    mutates: true,
    summary:
      "Remove a trigger; what it suggested or started stays. One that came with Holdfast is switched off instead.",
    params: idParams,
    query: none,
    body: none,
    response: z.object({ removed: z.boolean() }),
  }),
  tryPlaybookTrigger: route({
    method: "POST",
    path: "/api/playbook-trigger-trials",
    permission: "playbooks.read",
    summary: "On which of the newest 50 incidents a condition is true, and why. Nothing is suggested or started.",
    params: none,
    query: none,
    body: z.strictObject({ condition: z.string().max(2000) }),
    response: triggerTrial,
  }),
  listPlaybookSuggestions: route({
    method: "GET",
    path: "/api/playbook-suggestions",
    permission: "playbooks.read",
    summary:
      "What triggers suggested or started on an incident and those merged into it: what waits for a person first, by how grave it is.",
    params: none,
    query: z.object({ incident: z.string().min(1).max(200) }),
    body: none,
    response: z.object({ items: z.array(playbookSuggestion) }),
  }),
  startPlaybookSuggestion: route({
    method: "POST",
    path: "/api/playbook-suggestions/:id/start",
    permission: "playbooks.run",
    mutates: true,
    summary: "Start what was suggested; a second start gives the same run.",
    params: idParams,
    query: none,
    body: z.strictObject({ variables: z.record(z.string().max(100), z.json()).default({}) }),
    response: run,
  }),
  dismissPlaybookSuggestion: route({
    method: "POST",
    path: "/api/playbook-suggestions/:id/dismiss",
    permission: "playbooks.run",
    mutates: true,
    summary: "Say that a suggestion does not fit; it is not made again on this incident.",
    params: idParams,
    query: none,
    body: z.strictObject({ reason: z.string().trim().max(1000).default("") }),
    response: playbookSuggestion,
  }),
};
