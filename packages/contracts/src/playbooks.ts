/** playbooks: what a team does, written down so that it can be run: steps, versions, runs and what they wait for. */
import { z } from "zod";
import { idParams, none, page, pageQuery, team, timestamp } from "./model.ts";
import { impact } from "./respond.ts";
import { route } from "./route.ts";

const someone = z.object({ id: z.string(), name: z.string() });
export const playbookProblem = z.object({
  level: z.enum(["error", "warning"]),
  /** A path such as steps.isolate.with.host; empty for the whole. */
  at: z.string(),
  /** 1 is the first; null when it did not come from a text. */
  line: z.number().int().nullable(),
  message: z.string(),
});
export type PlaybookProblem = z.infer<typeof playbookProblem>;

export const graphNode = z.object({
  id: z.string(),
  kind: z.enum(["start", "action", "manual", "commands", "playbook", "parallel", "if", "while", "switch", "end"]),
  title: z.string(),
  /** What it does, in one line. */
  detail: z.string(),
});
export const graph = z.object({
  nodes: z.array(graphNode),
  edges: z.array(z.object({ from: z.string(), to: z.string(), label: z.string() })),
});
export type PlaybookGraph = z.infer<typeof graph>;

export const playbookVariable = z.object({
  name: z.string(),
  type: z.string(),
  description: z.string(),
  required: z.boolean(),
  /** The value it has when nobody gives one. */
  value: z.unknown().nullable(),
});

export const playbookView = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  types: z.array(z.string()),
  /** How grave what it is for is, from 0 to 100; null when it does not say. */
  severity: z.number().int().nullable(),
  /** "shipped": as it came with the program; "own": written or changed here. */
  origin: z.enum(["shipped", "own"]),
  /** The newest published version; null while there is only a draft. */
  version: z.number().int().nullable(),
  publishedAt: timestamp.nullable(),
  publishedBy: someone.nullable(),
  /** Whether there is a draft that is not published. */
  draft: z.boolean(),
  /** Who switched it off and why; null while it is on. What is off cannot be started, by nobody and nothing. */
  off: z.object({ at: timestamp, by: someone, reason: z.string() }).nullable(),
  actions: z.array(z.string()),
  runs: z.number().int(),
  running: z.number().int(),
  lastRunAt: timestamp.nullable(),
});
export type PlaybookView = z.infer<typeof playbookView>;

export const playbookDetail = playbookView.extend({
  /** The draft when there is one, else what is published. */
  text: z.string(),
  /** Names the text: given back with a change, the change is refused when somebody else saved meanwhile. */
  mark: z.string(),
  problems: z.array(playbookProblem),
  graph,
  variables: z.array(playbookVariable),
  versions: z.array(z.object({ version: z.number().int(), at: timestamp, by: someone })),
});
export type PlaybookDetail = z.infer<typeof playbookDetail>;

/** stuck = a step needs a decision · broken = a fault of Holdfast cut it off: a person tries again or ends it. */
export const runState = z.enum(["running", "stuck", "broken", "done", "failed", "cancelled"]);
export type RunState = z.infer<typeof runState>;
export const runStepState = z.enum(["waiting", "done", "failed", "timeout", "stuck", "dropped"]);

export const runStep = z.object({
  /** This beginning of the step: a step that is begun again has another. */
  instance: z.string(),
  step: z.string(),
  kind: z.enum(["action", "command", "manual", "playbook", "stuck"]),
  title: z.string(),
  state: runStepState,
  enteredAt: timestamp,
  endedAt: timestamp.nullable(),
  deadline: timestamp.nullable(),
  /** Who is or was waited for; null for what runs by itself. */
  waitsFor: team.nullable(),
  /** What is asked of a person, or what is done. */
  text: z.string(),
  ask: z.array(z.string()),
  effectId: z.string().nullable(),
  approvalId: z.string().nullable(),
  childRunId: z.string().nullable(),
  output: z.record(z.string(), z.unknown()),
  reason: z.string(),
  decidedBy: someone.nullable(),
});
export type RunStep = z.infer<typeof runStep>;

export const run = z.object({
  id: z.string(),
  playbookId: z.string(),
  playbookName: z.string(),
  version: z.number().int(),
  incidentId: z.string().nullable(),
  exerciseId: z.string().nullable(),
  parentRunId: z.string().nullable(),
  state: runState,
  reason: z.string(),
  startedBy: someone,
  startedAt: timestamp,
  endedAt: timestamp.nullable(),
  /** Titles of the steps under way. */
  at: z.array(z.string()),
  /** Since when it is broken off, why, and at which steps; null for every other run. */
  broken: z.object({ at: timestamp, cause: z.string(), steps: z.array(z.string()) }).nullable(),
});
export type Run = z.infer<typeof run>;

export const runDetail = run.extend({
  graph,
  steps: z.array(runStep),
  variables: z.record(z.string(), z.unknown()),
});
export type RunDetail = z.infer<typeof runDetail>;

const text = z.string().max(500_000);
const variables = z.record(z.string().max(100), z.json());
const reason = z.string().trim().max(2000);
/** The mark of the text that somebody had before them. */
const mark = z.string().max(64).optional();

export const dryStep = z.object({
  step: z.string(),
  title: z.string(),
  kind: runStep.shape.kind,
  /** What it would do literally, or ask. */
  text: z.string(),
  effect: z.enum(["read", "reversible", "irreversible"]).nullable(),
  targets: z.array(z.string()),
  impact: impact.nullable(),
  /** Why it could not be done; empty when it could. */
  problem: z.string(),
});
export type DryStep = z.infer<typeof dryStep>;

const switching = z.discriminatedUnion("enabled", [
  z.strictObject({ enabled: z.literal(true), reason: reason.default("") }),
  z.strictObject({ enabled: z.literal(false), reason: reason.min(1, "say why it is switched off") }),
]);

const stepName = z.string().max(100);
/** A change that the drawing makes; "" for `after` is the start. */
const edit = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("add"),
    step: graphNode.shape.kind.exclude(["start"]),
    after: stepName,
    /** As a branch of it, and not behind it. */
    branch: z.boolean().default(false),
  }),
  z.strictObject({ kind: z.literal("remove"), step: stepName }),
  z.strictObject({ kind: z.literal("move"), step: stepName, after: stepName }),
]);

const checked = z.object({ problems: z.array(playbookProblem), graph: graph.nullable() });

export const playbookRoutes = {
  listPlaybooks: route({
    method: "GET",
    path: "/api/playbooks",
    permission: "playbooks.read",
    summary: "Playbooks by name.",
    params: none,
    query: z.object({ q: z.string().max(200).optional() }),
    body: none,
    response: z.object({ items: z.array(playbookView) }),
  }),
  getPlaybook: route({
    method: "GET",
    path: "/api/playbooks/:id",
    permission: "playbooks.read",
    summary: "A playbook with its text, its problems and its graph.",
    params: idParams,
    query: none,
    body: none,
    response: playbookDetail,
  }),
  createPlaybook: route({
    method: "POST",
    path: "/api/playbooks",
    permission: "playbooks.write",
    mutates: true,
    summary: "A new playbook as a draft; its id stands in the text.",
    params: none,
    query: none,
    body: z.object({ text }),
    response: playbookDetail,
  }),
  savePlaybook: route({
    method: "PUT",
    path: "/api/playbooks/:id",
    permission: "playbooks.write",
    mutates: true,
    summary:
      "Save the draft; runs use what is published. Refused when somebody saved since `base`, where that is given.",
    params: idParams,
    query: none,
    body: z.object({ text, base: mark }),
    response: playbookDetail,
  }),
  publishPlaybook: route({
    method: "POST",
    path: "/api/playbooks/:id/publish",
    permission: "playbooks.write",
    mutates: true,
    summary: "Make the draft the version that runs use. Refused when somebody saved since `base`, where that is given.",
    params: idParams,
    query: none,
    body: z.object({ base: mark }),
    response: playbookDetail,
  }),
  switchPlaybook: route({
    method: "PATCH",
    path: "/api/playbooks/:id",
    permission: "playbooks.write",
    mutates: true,
    summary: "Switch a playbook on, or off with a reason: what is off cannot be started. Runs under way go on.",
    params: idParams,
    query: none,
    body: switching,
    response: playbookDetail,
  }),
  validatePlaybook: route({
    method: "POST",
    path: "/api/playbook-checks",
    permission: "playbooks.read",
    summary: "What is wrong with a text, and its graph.",
    params: none,
    query: none,
    body: z.object({ text }),
    response: checked,
  }),
  editPlaybook: route({
    method: "POST",
    path: "/api/playbook-edits",
    permission: "playbooks.read",
    summary:
      "A text with a step more, one less, or one elsewhere, and its graph. Nothing is saved; what cannot be done says why.",
    params: none,
    query: none,
    body: z.object({ text, edit }),
    response: z.object({
      /** null when it cannot be done. */
      text: z.string().nullable(),
      /** The step to look at. */
      step: z.string(),
      reason: z.string(),
    }),
  }),
  importPlaybook: route({
    method: "POST",
    path: "/api/playbook-imports",
    permission: "playbooks.write",
    mutates: true,
    summary: "A CACAO v2 document as a draft.",
    params: none,
    query: none,
    body: z.object({ document: z.unknown() }),
    response: playbookDetail,
  }),
  exportPlaybook: route({
    method: "GET",
    path: "/api/playbooks/:id/cacao",
    permission: "playbooks.read",
    summary: "The published playbook as CACAO v2.",
    params: idParams,
    query: none,
    body: none,
    response: z.record(z.string(), z.unknown()),
  }),
  dryRunPlaybook: route({
    method: "POST",
    path: "/api/playbooks/:id/dry-run",
    permission: "playbooks.read",
    summary: "What a run would do if everything succeeds, with the impact of each action. Nothing is done.",
    params: idParams,
    query: none,
    body: z.object({ incidentId: z.string().max(200).nullable(), variables }),
    response: z.object({ steps: z.array(dryStep), finished: z.boolean(), reason: z.string() }),
  }),
  runPlaybook: route({
    method: "POST",
    path: "/api/playbooks/:id/run",
    permission: "playbooks.run",
    mutates: true,
    summary: "Start a run of the published version. The same key starts one run.",
    params: idParams,
    query: none,
    body: z.object({
      incidentId: z.string().max(200).nullable(),
      variables,
      key: z.string().min(1).max(200).optional(),
    }),
    response: run,
  }),
  listRuns: route({
    method: "GET",
    path: "/api/playbook-runs",
    permission: "playbooks.read",
    summary: "Runs, newest first.",
    params: none,
    query: pageQuery.extend({
      incident: z.string().max(200).optional(),
      playbook: z.string().max(200).optional(),
      state: runState.optional(),
      /** An exercise's runs; without it those of no exercise. */
      exercise: z.string().max(200).optional(),
    }),
    body: none,
    response: page(run),
  }),
  getRun: route({
    method: "GET",
    path: "/api/playbook-runs/:id",
    permission: "playbooks.read",
    summary: "A run with its steps, what it waits for, and its graph.",
    params: idParams,
    query: none,
    body: none,
    response: runDetail,
  }),
  cancelRun: route({
    method: "POST",
    path: "/api/playbook-runs/:id/cancel",
    permission: "playbooks.run",
    mutates: true,
    summary: "End a run; what waits for an approval is withdrawn, what was done stays done.",
    params: idParams,
    query: none,
    body: z.object({ reason }),
    response: run,
  }),
  retryRun: route({
    method: "POST",
    path: "/api/playbook-runs/:id/retry",
    permission: "playbooks.run",
    mutates: true,
    summary:
      "Go on with a run that broke off, from the step it broke off at. What was asked for already is not asked for twice.",
    params: idParams,
    query: none,
    body: z.strictObject({ reason: reason.default("") }),
    response: run,
  }),
  decideStep: route({
    method: "POST",
    path: "/api/playbook-runs/:id/steps/:instance",
    permission: "playbooks.run",
    mutates: true,
    summary: "Answer a step that waits for a person: done or failed; for a stuck one retry, skip or stop.",
    params: z.object({ id: z.string().min(1).max(200), instance: z.string().min(1).max(200) }),
    query: none,
    body: z.object({ decision: z.enum(["done", "failed", "retry", "skip", "stop"]), reason, variables }),
    response: run,
  }),
};
