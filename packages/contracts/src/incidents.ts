/** incidents: the joint work on an incident: who has which role, what is to be done, whom it waits for, what was decided, and
 *  the review afterwards. */
import { z } from "zod";
import { idParams, none, page, pageQuery, team, timestamp } from "./model.ts";
import { route } from "./route.ts";
import { person, timelineItem } from "./triage.ts";

export const incidentRole = z.enum(["commander", "security-lead", "operations-lead", "communications", "scribe"]);
export type IncidentRole = z.infer<typeof incidentRole>;

export const taskState = z.enum(["open", "doing", "done", "dropped"]);
export type TaskState = z.infer<typeof taskState>;

export const task = z.object({
  id: z.string(),
  incident: z.object({ id: z.string(), number: z.number().int(), title: z.string() }),
  /** task: during the incident; action: what the review wants to be done afterwards. */
  kind: z.enum(["task", "action"]),
  title: z.string(),
  description: z.string(),
  team,
  owner: person.nullable(),
  dueAt: timestamp.nullable(),
  state: taskState,
  /** The incident waits until it is done. */
  blocking: z.boolean(),
  /** What came of it. */
  outcome: z.string(),
  origin: z.string(),
  createdAt: timestamp,
  endedAt: timestamp.nullable(),
});
export type Task = z.infer<typeof task>;

export const wait = z.object({
  key: z.string(),
  /** security, operations, or an owner team of the estate. */
  team: z.string(),
  person: person.nullable(),
  /** Why this person: they were named, lead that side of the incident, or were on call for it when the wait began. */
  personBy: z.enum(["named", "lead", "on-call"]).nullable(),
  reason: z.string(),
  since: timestamp,
  endedAt: timestamp.nullable(),
  /** Set by a person, who can end it; all others end by themselves. */
  manual: z.boolean(),
});
export type Wait = z.infer<typeof wait>;

/** How long a team was waited for; times in which two of its waits ran count once. */
export const waitSum = z.object({ team: z.string(), ms: z.number(), waits: z.number().int(), open: z.boolean() });
export type WaitSum = z.infer<typeof waitSum>;

export const decision = z.object({
  id: z.string(),
  at: timestamp,
  by: person.nullable(),
  what: z.string(),
  why: z.string(),
  information: z.array(z.string()),
});
export type Decision = z.infer<typeof decision>;

export const linkKind = z.enum(["related", "caused-by", "follows", "same-actor"]);
export type LinkKind = z.infer<typeof linkKind>;

export const incidentLink = z.object({
  incident: z.object({ id: z.string(), number: z.number().int(), title: z.string(), state: z.string() }),
  kind: linkKind,
  /** This incident is the one that the link was made from. */
  outgoing: z.boolean(),
  reason: z.string(),
  at: timestamp,
  by: person,
});

export const review = z.object({
  happened: z.string(),
  wentWell: z.string(),
  wentBadly: z.string(),
  /** What people say about the waits; the numbers are computed. */
  waits: z.string(),
  /** Raised by each change: a save names the version it was made from. */
  version: z.number().int(),
  changedAt: timestamp.nullable(),
  changedBy: z.string().nullable(),
  publishedAt: timestamp.nullable(),
  publishedBy: z.string().nullable(),
});
export type Review = z.infer<typeof review>;

export const trailStep = z.object({
  id: z.number().int(),
  at: timestamp,
  by: person,
  query: z.string(),
  from: timestamp,
  to: timestamp,
  rows: z.number().int().nullable(),
});
export type TrailStep = z.infer<typeof trailStep>;

export const work = z.object({
  incidentId: z.string(),
  roles: z.array(z.object({ role: incidentRole, person: person.extend({ team: team.nullable() }), since: timestamp })),
  tasks: z.array(task),
  waits: z.array(wait),
  waitSums: z.array(waitSum),
  /** Milliseconds in which it waited for anybody. */
  waitedMs: z.number(),
  decisions: z.array(decision),
  links: z.array(incidentLink),
  review,
  trail: z.array(trailStep),
});
export type Work = z.infer<typeof work>;

export const taskTemplate = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  tasks: z.array(
    z.object({
      title: z.string(),
      description: z.string(),
      team,
      dueInMinutes: z.number().int(),
      blocking: z.boolean(),
    }),
  ),
});
export type TaskTemplate = z.infer<typeof taskTemplate>;

export const mention = z.object({
  noteId: z.number().int(),
  incident: z.object({ id: z.string(), number: z.number().int(), title: z.string() }),
  at: timestamp,
  by: z.string(),
  text: z.string(),
  readAt: timestamp.nullable(),
});
export type Mention = z.infer<typeof mention>;

const text = z.string().trim().min(1).max(20_000);
const title = z.string().trim().min(1).max(300);
const owner = z.string().max(100).nullable();
const read = { permission: "incidents.read", params: idParams, query: none, body: none } as const;
const write = { permission: "incidents.work", mutates: true, params: idParams, query: none } as const;

export const incidentRoutes = {
  getWork: route({
    ...read,
    method: "GET",
    path: "/api/incidents/:id/work",
    summary: "Roles, tasks, waits, decisions, links, review and trail of an incident.",
    response: work,
  }),
  writeNote: route({
    ...write,
    method: "POST",
    path: "/api/incidents/:id/notes",
    summary: "Write a note on an incident's timeline; @name tells that person.",
    body: z.strictObject({ text }),
    response: z.object({ item: timelineItem, mentioned: z.array(z.string()) }),
  }),
  decide: route({
    ...write,
    method: "POST",
    path: "/api/incidents/:id/decisions",
    summary: "Record a decision: what, why, and what was known.",
    body: z.strictObject({
      what: text.max(1000),
      why: text,
      information: z.array(z.string().trim().min(1).max(2000)).max(50).default([]),
    }),
    response: decision,
  }),
  setRole: route({
    ...write,
    method: "PUT",
    path: "/api/incidents/:id/roles/:role",
    summary: "Give a role of an incident to a person, or to nobody.",
    params: idParams.extend({ role: incidentRole }),
    body: z.strictObject({ person: owner }),
    response: work.shape.roles.element.nullable(),
  }),
  startWait: route({
    ...write,
    method: "POST",
    path: "/api/incidents/:id/waits",
    summary: "Say whom an incident waits for, and why.",
    body: z.strictObject({ team: z.string().trim().min(1).max(100), person: owner.default(null), reason: title }),
    response: wait,
  }),
  endWait: route({
    ...write,
    method: "POST",
    path: "/api/incidents/:id/waits/end",
    summary: "End a wait that a person has set.",
    body: z.strictObject({ key: z.string().max(300) }),
    response: wait,
  }),
  addTask: route({
    ...write,
    method: "POST",
    path: "/api/incidents/:id/tasks",
    summary: "Add a task to an incident, or an action of its review.",
    body: z.strictObject({
      kind: task.shape.kind.default("task"),
      title,
      description: z.string().max(20_000).default(""),
      team,
      owner: owner.default(null),
      dueAt: timestamp.nullable().default(null),
      blocking: z.boolean().default(false),
    }),
    response: task,
  }),
  addTasks: route({
    ...write,
    method: "POST",
    path: "/api/incidents/:id/task-template",
    summary: "Add the tasks of a template to an incident; those it has already are left out.",
    body: z.strictObject({ template: z.string().max(100) }),
    response: z.object({ added: z.array(task), left: z.number().int() }),
  }),
  updateTask: route({
    ...write,
    method: "PATCH",
    path: "/api/tasks/:id",
    summary: "Change a task: state, owner, team, due time, words, whether the incident waits for it.",
    body: z.strictObject({
      title: title.optional(),
      description: z.string().max(20_000).optional(),
      team: team.optional(),
      owner: owner.optional(),
      dueAt: timestamp.nullable().optional(),
      state: taskState.optional(),
      blocking: z.boolean().optional(),
      outcome: z.string().max(20_000).optional(),
    }),
    response: task,
  }),
  listTasks: route({
    ...read,
    method: "GET",
    path: "/api/tasks",
    params: none,
    query: pageQuery.extend({
      kind: task.shape.kind.optional(),
      /** "me", or the id of a person. */
      owner: z.string().max(100).optional(),
      team: team.optional(),
      state: z.enum(["unfinished", "overdue", "finished"]).optional(),
      /** Of a run of an exercise, or "any"; without it only what is real. */
      exercise: z.string().max(200).optional(),
    }),
    summary: "Tasks and follow-up actions across incidents, earliest due first.",
    response: page(task),
  }),
  listTaskTemplates: route({
    ...read,
    method: "GET",
    path: "/api/task-templates",
    params: none,
    summary: "The templates that tasks can be made of.",
    response: z.object({ items: z.array(taskTemplate) }),
  }),
  linkIncident: route({
    ...write,
    method: "POST",
    path: "/api/incidents/:id/links",
    summary: "Link an incident to another one.",
    body: z.strictObject({ incidentId: z.string().max(100), kind: linkKind, reason: z.string().max(1000).default("") }),
    response: incidentLink,
  }),
  unlinkIncident: route({
    ...write,
    method: "DELETE",
    path: "/api/incidents/:id/links/:otherId",
    params: idParams.extend({ otherId: z.string().max(100) }),
    summary: "Remove the link between two incidents.",
    body: none,
    response: none,
  }),
  saveReview: route({
    ...write,
    method: "PUT",
    path: "/api/incidents/:id/review",
    summary: "Save the post-incident review, made from the version it names.",
    body: z.strictObject({
      happened: z.string().max(50_000),
      wentWell: z.string().max(50_000),
      wentBadly: z.string().max(50_000),
      waits: z.string().max(50_000),
      version: z.number().int(),
      publish: z.boolean().default(false),
    }),
    response: review,
  }),
  listMentions: route({
    ...read,
    method: "GET",
    path: "/api/mentions",
    params: none,
    query: pageQuery.extend({ unread: z.enum(["true", "false"]).default("false") }),
    summary: "Where people named you, newest first.",
    response: page(mention).extend({ unread: z.number().int() }),
  }),
  readMentions: route({
    method: "POST",
    path: "/api/mentions/read",
    permission: "incidents.read",
    mutates: true,
    params: none,
    query: none,
    summary: "Mark mentions of you as read.",
    body: z.strictObject({ noteIds: z.array(z.number().int()).min(1).max(1000) }),
    response: z.object({ changed: z.number().int() }),
  }),
} as const;
