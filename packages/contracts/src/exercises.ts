/** exercises: a rehearsal on the real code path: injects by a clock, expectations that are scored, effects that are rehearsed only.
 *  An exercise file is content/exercises/<id>.exercise.yml; its telemetry comes from a scenario. */
import { z } from "zod";
import { idParams, none, page, pageQuery, team, timestamp } from "./model.ts";
import { route } from "./route.ts";

const id = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "lower case words with hyphens between them");
const text = z.string().trim().min(1).max(5_000);
const minutes = z.number().min(0).max(1_440);

/** What happens at a minute of the exercise. */
export const inject = z.discriminatedUnion("kind", [
  /** Steps of the scenario arrive as raw records, marked at their source. */
  z.strictObject({ kind: z.literal("telemetry"), id, at: minutes, title: text, steps: z.array(id).min(1).max(50) }),
  /** Somebody says something: a call, a mail, a rumour. */
  z.strictObject({ kind: z.literal("message"), id, at: minutes, title: text, to: team, from: text, text }),
  /** A question that people answer on the exercise's page. */
  z.strictObject({
    kind: z.literal("question"),
    id,
    at: minutes,
    title: text,
    to: team,
    text,
    options: z.array(text).max(10).default([]),
    /** The option that is right; without, any answer counts. */
    correct: text.optional(),
  }),
]);
export type Inject = z.infer<typeof inject>;

const within = { within: z.number().positive().max(1_440) };
/** What good work shows. `within` is minutes since `after` (an inject), or since the start. */
export const expectation = z.discriminatedUnion("kind", [
  /** One of the rules raised an alert. */
  z.strictObject({
    kind: z.literal("detected"),
    id,
    title: text,
    rules: z.array(z.string()).min(1),
    after: id.optional(),
    ...within,
  }),
  z.strictObject({ kind: z.literal("incident"), id, title: text, after: id.optional(), ...within }),
  /** Somebody acknowledged an alert of the exercise. */
  z.strictObject({ kind: z.literal("acknowledged"), id, title: text, after: id.optional(), ...within }),
  z.strictObject({
    kind: z.literal("playbook"),
    id,
    title: text,
    playbook: z.string(),
    after: id.optional(),
    ...within,
  }),
  /** An action was approved by a person of that team. */
  z.strictObject({
    kind: z.literal("approved"),
    id,
    title: text,
    action: z.string(),
    by: team,
    after: id.optional(),
    ...within,
  }),
  /** An action was carried out (in an exercise: rehearsed) and its proof holds. */
  z.strictObject({
    kind: z.literal("contained"),
    id,
    title: text,
    actions: z.array(z.string()).min(1),
    after: id.optional(),
    ...within,
  }),
  /** Somebody told this team, by a message action or by saying so on the page. */
  z.strictObject({ kind: z.literal("told"), id, title: text, team, after: id.optional(), ...within }),
  z.strictObject({ kind: z.literal("answered"), id, title: text, question: id, ...within }),
]);
export type Expectation = z.infer<typeof expectation>;

export const exerciseFile = z
  .strictObject({
    id,
    title: text,
    story: text,
    kind: z.enum(["live", "tabletop"]),
    /** Scenario whose steps the telemetry injects name; null for a tabletop without telemetry. */
    scenario: id.nullable(),
    /** Playbook that the incident calls for; played by `--auto`, and proposed to people. */
    playbook: z.string().nullable().default(null),
    /** How long it lasts at most, in minutes. */
    duration: z.number().positive().max(1_440),
    injects: z.array(inject).min(1).max(100),
    expect: z.array(expectation).min(1).max(50),
  })
  .superRefine((file, context) => {
    const known = new Set(file.injects.map((one) => one.id));
    if (known.size !== file.injects.length)
      context.addIssue({ code: "custom", path: ["injects"], message: "two injects have the same id" });
    for (const [index, one] of file.injects.entries()) {
      if (one.kind !== "question" || one.correct === undefined || one.options.includes(one.correct)) continue;
      context.addIssue({ code: "custom", path: ["injects", index, "correct"], message: "it is none of the options" });
    }
    for (const [index, one] of file.expect.entries()) {
      const after = one.kind === "answered" ? one.question : one.after;
      if (after !== undefined && !known.has(after))
        context.addIssue({ code: "custom", path: ["expect", index], message: `there is no inject "${after}"` });
    }
    if (file.scenario === null && file.injects.some((one) => one.kind === "telemetry"))
      context.addIssue({ code: "custom", path: ["scenario"], message: "telemetry injects need a scenario" });
  });
export type ExerciseFile = z.infer<typeof exerciseFile>;

export const exerciseBrief = z.object({
  id: z.string(),
  title: z.string(),
  story: z.string(),
  kind: z.enum(["live", "tabletop"]),
  duration: z.number(),
  injects: z.number().int(),
  expectations: z.number().int(),
  /** Why it cannot be run as the estate is; empty when it can. */
  problems: z.array(z.string()),
});
export type ExerciseBrief = z.infer<typeof exerciseBrief>;

export const runState = z.enum(["running", "finished", "stopped"]);

export const expectationResult = z.object({
  expectation,
  state: z.enum(["met", "late", "missed", "open"]),
  /** When it came true. */
  at: timestamp.nullable(),
  /** Seconds from `after` to then. */
  tookSeconds: z.number().nullable(),
  /** The fact that decided it, in words. */
  because: z.string(),
});
export type ExpectationResult = z.infer<typeof expectationResult>;

export const exerciseRun = z.object({
  id: z.string(),
  exercise: z.string(),
  title: z.string(),
  state: runState,
  auto: z.boolean(),
  /** How many times faster the injects come than written; limits are not scaled. */
  speed: z.number(),
  startedAt: timestamp,
  endsAt: timestamp,
  finishedAt: timestamp.nullable(),
  startedBy: z.object({ id: z.string(), name: z.string() }),
  /** Met expectations of all, 0 to 100. */
  score: z.number().int(),
  met: z.number().int(),
  of: z.number().int(),
});
export type ExerciseRun = z.infer<typeof exerciseRun>;

const stage = z.object({
  name: z.enum(["detect", "acknowledge", "approve", "contain"]),
  title: z.string(),
  /** Of this exercise; null when it did not come to it. */
  seconds: z.number().nullable(),
  /** Median of real incidents in the last 90 days; null when there were none. */
  realSeconds: z.number().nullable(),
  realCount: z.number().int(),
});

export const gap = z.object({
  id: z.string(),
  runId: z.string(),
  title: z.string(),
  because: z.string(),
  team: team.nullable(),
  state: z.enum(["open", "done"]),
  /** Who closes it; empty: nobody yet. */
  owner: z.string(),
  /** Null where the owner is no user of this Holdfast. */
  ownerId: z.string().nullable(),
  dueAt: timestamp.nullable(),
});
export type Gap = z.infer<typeof gap>;

/** In a list across runs: with the title of the exercise. */
export const openGap = gap.extend({ exercise: z.string() });
export type OpenGap = z.infer<typeof openGap>;

export const exerciseRunDetail = exerciseRun.extend({
  file: exerciseFile,
  injects: z.array(
    z.object({
      inject,
      dueAt: timestamp,
      /** Null while it is still to come. */
      doneAt: timestamp.nullable(),
      /** Records sent, for telemetry. */
      records: z.number().int(),
      answer: z.object({ text: z.string(), by: z.string(), at: timestamp, right: z.boolean().nullable() }).nullable(),
    }),
  ),
  results: z.array(expectationResult),
  stages: z.array(stage),
  incidents: z.array(z.object({ id: z.string(), number: z.number().int(), title: z.string() })),
  told: z.array(z.object({ team, by: z.string(), text: z.string(), at: timestamp })),
  gaps: z.array(gap),
  /** Said where the estate does not have the hosts that the scenario casts. */
  notes: z.array(z.string()),
});
export type ExerciseRunDetail = z.infer<typeof exerciseRunDetail>;

export const exerciseRoutes = {
  listExercises: route({
    method: "GET",
    path: "/api/exercises",
    permission: "exercises.read",
    summary: "List the exercises that can be run.",
    params: none,
    query: none,
    body: none,
    response: z.object({ items: z.array(exerciseBrief) }),
  }),
  getExercise: route({
    method: "GET",
    path: "/api/exercises/:id",
    permission: "exercises.read",
    summary: "Show one exercise: its injects and what is expected.",
    params: idParams,
    query: none,
    body: none,
    response: exerciseFile,
  }),
  startExercise: route({
    method: "POST",
    path: "/api/exercises/:id/runs",
    permission: "exercises.run",
    summary: "Start an exercise. Its effects are rehearsed and never sent anywhere.",
    mutates: true,
    params: idParams,
    query: none,
    body: z.strictObject({
      /** Played without people. */
      auto: z.boolean().default(false),
      speed: z.number().min(1).max(600).default(1),
    }),
    response: exerciseRun,
  }),
  listExerciseRuns: route({
    method: "GET",
    path: "/api/exercise-runs",
    permission: "exercises.read",
    summary: "List runs of exercises, newest first.",
    params: none,
    query: pageQuery.extend({ state: runState.optional() }),
    body: none,
    response: page(exerciseRun),
  }),
  getExerciseRun: route({
    method: "GET",
    path: "/api/exercise-runs/:id",
    permission: "exercises.read",
    summary: "Show a run: injects, score, timings beside the real ones, gaps.",
    params: idParams,
    query: none,
    body: none,
    response: exerciseRunDetail,
  }),
  stopExercise: route({
    method: "POST",
    path: "/api/exercise-runs/:id/stop",
    permission: "exercises.run",
    summary: "End a run now; what was not met is missed.",
    mutates: true,
    params: idParams,
    query: none,
    body: none,
    response: exerciseRun,
  }),
  answerQuestion: route({
    method: "POST",
    path: "/api/exercise-runs/:id/answers",
    permission: "incidents.work",
    summary: "Answer a question of a running exercise. The first answer counts.",
    mutates: true,
    params: idParams,
    query: none,
    body: z.strictObject({ question: z.string().max(200), text }),
    response: exerciseRunDetail,
  }),
  tellTeam: route({
    method: "POST",
    path: "/api/exercise-runs/:id/told",
    permission: "incidents.work",
    summary: "Say that a team was told, and what.",
    mutates: true,
    params: idParams,
    query: none,
    body: z.strictObject({ team, text }),
    response: exerciseRunDetail,
  }),
  listGaps: route({
    method: "GET",
    path: "/api/exercise-gaps",
    permission: "exercises.read",
    summary: "What runs of exercises did not meet, as tasks: the earliest due first. `owner=me` are those of who asks.",
    params: none,
    query: pageQuery.extend({
      owner: z.string().max(200).optional(),
      team: team.optional(),
      state: z.enum(["unfinished", "overdue", "finished"]).optional(),
    }),
    body: none,
    response: page(openGap),
  }),
  updateGap: route({
    method: "PATCH",
    path: "/api/exercise-gaps/:id",
    permission: "incidents.work",
    summary: "Give a gap an owner (a user by id or name, or anybody by a name) and a date, or close it.",
    mutates: true,
    params: idParams,
    query: none,
    body: z.strictObject({
      state: z.enum(["open", "done"]).optional(),
      owner: z.string().max(200).optional(),
      dueAt: timestamp.nullable().optional(),
    }),
    response: gap,
  }),
};
