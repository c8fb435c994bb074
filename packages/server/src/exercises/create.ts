/** create: the exercises area: runs as durable workflows, their score, and the player that stands in for people. */
import { randomUUID } from "node:crypto";
import type { ExerciseRun, ExerciseRunDetail, exerciseRoutes, Gap, Inject } from "@holdfast/contracts/exercises";
import type { Team } from "@holdfast/contracts/model";
import type { ScenarioEstate } from "@holdfast/scenario";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Actor, Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import type { Workflows } from "../platform/workflows/index.ts";
import { exercisesFail } from "./errors.ts";
import type { Facts } from "./facts.ts";
import { type LibraryEntry, readLibrary } from "./library.ts";
import { createPlayer } from "./player.ts";
import type { Floor, Players } from "./port.ts";
import { hasBegun, scoreOf } from "./score.ts";
import { stagesOf } from "./stages.ts";
import * as gapStore from "./gap-store.ts";
import * as store from "./store.ts";
import { castOf, recordsOf } from "./telemetry.ts";
import { dueAt, judged, runDetail, runView, withoutAnswers } from "./view.ts";

export interface ExercisesOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly workflows: Workflows;
  /** Where the exercise and scenario files are. */
  readonly directory: string;
  /** The estate that the stories were written on, for those whose own has none of their hosts. */
  readonly written: ScenarioEstate;
  readonly floor: Floor;
  readonly players: Players;
  readonly people: () => Promise<readonly { readonly id: string; readonly name: string }[]>;
}

export interface Exercises {
  readonly routes: Handlers<typeof exerciseRoutes>;
  /** After the workflows were launched. */
  start(): Promise<void>;
  stop(): void;
}

const LOOK_MS = 500;
/** How long a run without people waits after its last inject. */
const PATIENCE_MS = 90_000;
const SYSTEM: Actor = { kind: "system", id: "exercise", name: "exercise" };

export function createExercises(options: ExercisesOptions): Exercises {
  const { tables, clock, audit, workflows, floor } = options;
  const { db } = tables;
  const log = options.log.child("exercises");
  const library = readLibrary(options.directory);
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  const entryOf = (id: string): LibraryEntry & { readonly file: NonNullable<LibraryEntry["file"]> } => {
    const entry = library.get(id);
    if (entry === undefined)
      throw exercisesFail(
        "EXERCISES_UNKNOWN",
        `There is no exercise "${id}". There are: ${[...library.keys()].join(", ")}.`,
      );
    if (entry.file === undefined)
      throw exercisesFail("EXERCISES_BROKEN", `The exercise "${id}" cannot be run: ${entry.problems.join("; ")}`);
    return { ...entry, file: entry.file };
  };
  const runOf = async (id: string): Promise<store.StoredRun> => {
    const run = await store.runById(db, id);
    if (run === undefined)
      throw exercisesFail("EXERCISES_RUN_UNKNOWN", `There is no run of an exercise with the id "${id}".`);
    return run;
  };
  const ownerNamed = async (asked: string): Promise<{ id: string | null; name: string }> => {
    const found = (await options.people()).find(({ id, name }) => id === asked || name === asked);
    return found === undefined ? { id: null, name: asked.trim() } : { id: found.id, name: found.name };
  };
  const running = async (id: string): Promise<store.StoredRun> => {
    const run = await runOf(id);
    if (run.state !== "running") throw exercisesFail("EXERCISES_OVER", "This run is over: nothing counts any more.");
    return run;
  };

  async function factsOf(run: store.StoredRun): Promise<Facts> {
    const [done, alerts, incidents, effects, runs, sent, said, answers] = await Promise.all([
      store.injectsOf(db, run.id),
      floor.alerts(run.id),
      floor.incidents(run.id),
      floor.effects(run.id),
      floor.playbookRuns(run.id),
      floor.told(run.id),
      store.toldIn(db, run.id),
      store.answersOf(db, run.id),
    ]);
    const injects = new Map(done.map((one) => [one.id, one.at]));
    return { startedAt: run.startedAt, injects, alerts, incidents, effects, runs, told: [...sent, ...said], answers };
  }

  async function detailOf(run: store.StoredRun): Promise<ExerciseRunDetail> {
    const [facts, done, told, gaps, real] = await Promise.all([
      factsOf(run),
      store.injectsOf(db, run.id),
      store.toldIn(db, run.id),
      gapStore.gapsOf(db, run.id),
      floor.realTimes(),
    ]);
    return runDetail({ run, facts, done, told, gaps, real, now: clock.now() });
  }

  const viewOf = async (run: store.StoredRun): Promise<ExerciseRun> =>
    runView(run, judged(run, await factsOf(run), clock.now()));
  const changed = (tx: Transaction, id: string): Promise<void> => tables.notify(tx, "exercises.changed", { id });

  const workflow = workflows.define<{ runId: string }>("exercises.run", async (context, { runId }) => {
    const plan = await context.step("plan", async () => {
      const run = await store.runById(db, runId);
      if (run === undefined) return undefined;
      const injects = run.file.injects
        .map((one) => ({ id: one.id, due: dueAt(run, one.at) }))
        .sort((a, b) => a.due - b.due);
      return { injects, endsAt: run.endsAt };
    });
    if (plan === undefined) return;
    for (const { id, due } of plan.injects) {
      await context.sleepUntil(due);
      if (!(await context.step(`inject ${id}`, () => perform(runId, id)))) return;
    }
    await context.receive("over", plan.endsAt);
    await context.step("finish", async () => {
      await end(runId, "finished", SYSTEM);
    });
  });

  /** @returns false when the run has ended meanwhile. */
  async function perform(runId: string, injectId: string): Promise<boolean> {
    const run = await store.runById(db, runId);
    const inject = run?.file.injects.find((one) => one.id === injectId);
    if (run?.state !== "running" || inject === undefined) return false;
    const records = inject.kind === "telemetry" ? await send(run, inject) : 0;
    await tables.transaction(async (tx) => {
      await store.insertInject(tx, runId, { id: injectId, at: clock.now(), records });
      await changed(tx, runId);
    });
    return true;
  }

  async function send(run: store.StoredRun, inject: Extract<Inject, { kind: "telemetry" }>): Promise<number> {
    const { scenario } = entryOf(run.exercise);
    if (scenario === undefined) return 0;
    const { estate } = castOf(scenario, await floor.estate(), options.written);
    const records = recordsOf({ scenario, estate, seed: run.id, steps: inject.steps, now: clock.now() });
    for (const [input, of] of Map.groupBy(records, (record) => record.input))
      await floor.send({ runId: run.id, inject: inject.id, input, records: of.map((record) => record.text) });
    return records.length;
  }

  async function end(runId: string, state: "finished" | "stopped", actor: Actor): Promise<void> {
    const run = await store.runById(db, runId);
    if (run?.state !== "running") return;
    const [facts, real] = await Promise.all([factsOf(run), floor.realTimes()]);
    const at = clock.now();
    const { results, score } = scoreOf(run.file, facts, { now: at, over: true });
    // What was never asked for, because the run was stopped before, shows nothing.
    const gaps = results
      .filter(({ state: came, expectation }) => came !== "met" && hasBegun(expectation, facts))
      .map((one): Gap => gapOf(run, one));
    await tables.transaction(async (tx) => {
      if (!(await store.endRun(tx, { id: runId, state, at, results, stages: stagesOf(facts, real) }))) return;
      await gapStore.insertGaps(tx, gaps);
      await changed(tx, runId);
      await audit.append(tx, {
        actor,
        action: `exercise.${state}`,
        target: runId,
        details: { exercise: run.exercise, score },
      });
    });
  }

  async function say(run: store.StoredRun, told: { team: Team; text: string; by: string }): Promise<void> {
    await tables.transaction(async (tx) => {
      await store.insertTold(tx, run.id, { ...told, at: clock.now() });
      await changed(tx, run.id);
    });
  }
  async function answer(run: store.StoredRun, given: { question: string; text: string; by: string }): Promise<void> {
    await tables.transaction(async (tx) => {
      if (await store.insertAnswer(tx, run.id, { ...given, at: clock.now() })) await changed(tx, run.id);
    });
  }

  const player = createPlayer({
    players: options.players,
    log,
    facts: factsOf,
    answer: (run, question, text) => answer(run, { question, text, by: "the exercise's player" }),
    tell: (run, to) => say(run, { team: to, text: "Told by the exercise's player.", by: "the exercise's player" }),
  });

  async function look(): Promise<void> {
    for (const run of await store.runningRuns(db)) {
      if (run.auto) await player.play(run);
      const facts = await factsOf(run);
      const score = scoreOf(run.file, facts, { now: clock.now(), over: false });
      const allSent = run.file.injects.every((one) => facts.injects.has(one.id));
      if (score.settled && allSent) await workflows.send(run.id, "over", {}, `over ${run.id}`);
    }
  }

  const routes: Handlers<typeof exerciseRoutes> = {
    async listExercises() {
      const items = [...library.values()].map(({ id, file, problems }) => ({
        id,
        title: file?.title ?? id,
        story: file?.story ?? "",
        kind: file?.kind ?? ("live" as const),
        duration: file?.duration ?? 0,
        injects: file?.injects.length ?? 0,
        expectations: file?.expect.length ?? 0,
        problems: [...problems],
      }));
      return { items };
    },
    getExercise: async ({ params }) => withoutAnswers(entryOf(params.id).file),
    async startExercise({ params, body }, context) {
      const { file, scenario } = entryOf(params.id);
      const startedAt = clock.now();
      const last = Math.max(...file.injects.map((one) => one.at));
      const endsAt = body.auto
        ? dueAt({ startedAt, speed: body.speed }, last) + PATIENCE_MS
        : Math.max(
            dueAt({ startedAt, speed: body.speed }, file.duration),
            dueAt({ startedAt, speed: body.speed }, last) + 1000,
          );
      const notes = scenario === undefined ? [] : castOf(scenario, await floor.estate(), options.written).notes;
      const run: store.StoredRun = {
        id: `ex-${randomUUID()}`,
        exercise: file.id,
        file,
        state: "running",
        auto: body.auto,
        speed: body.speed,
        startedAt,
        endsAt: Math.round(endsAt),
        finishedAt: null,
        startedBy: { id: context.actor.id, name: context.actor.name },
        notes,
        results: null,
        stages: null,
      };
      await tables.transaction(async (tx) => {
        // Of two who start at one moment the second sees the first.
        await store.lockStarts(tx);
        const [other] = await store.runningRuns(tx);
        if (other !== undefined)
          throw exercisesFail(
            "EXERCISES_RUNNING",
            `"${other.file.title}" is running since ${new Date(other.startedAt).toISOString()}: end it first, or wait.`,
          );
        await store.insertRun(tx, run);
        await workflow.start(run.id, { runId: run.id }, tx);
        await changed(tx, run.id);
        await audit.append(tx, {
          actor: context.actor,
          action: "exercise.started",
          target: run.id,
          details: { exercise: file.id, auto: body.auto },
        });
      });
      return viewOf(run);
    },
    async listExerciseRuns({ query }) {
      const offset = Math.max(0, Number(query.cursor ?? 0)) || 0;
      const runs = await store.listRuns(db, { state: query.state, offset, limit: query.limit + 1 });
      const items = await Promise.all(runs.slice(0, query.limit).map(viewOf));
      return { items, next: runs.length > query.limit ? String(offset + query.limit) : null };
    },
    getExerciseRun: async ({ params }) => detailOf(await runOf(params.id)),
    async stopExercise({ params }, context) {
      await running(params.id);
      await end(params.id, "stopped", context.actor);
      await workflows.send(params.id, "over", {}, `over ${params.id}`);
      return viewOf(await runOf(params.id));
    },
    async answerQuestion({ params, body }, context) {
      const run = await running(params.id);
      if (!run.file.injects.some((one) => one.kind === "question" && one.id === body.question))
        throw exercisesFail("EXERCISES_QUESTION_UNKNOWN", `This exercise has no question "${body.question}".`);
      await answer(run, { ...body, by: context.actor.name });
      return detailOf(run);
    },
    async tellTeam({ params, body }, context) {
      const run = await running(params.id);
      await say(run, { ...body, by: context.actor.name });
      return detailOf(run);
    },
    async listGaps({ query }, context) {
      const { owner, team, state, limit } = query;
      const offset = Math.max(0, Number(query.cursor ?? 0)) || 0;
      const ownerId = owner === "me" ? context.actor.id : owner;
      const found = await gapStore.listGaps(db, { filter: { ownerId, team, state }, now: clock.now(), limit, offset });
      const end = offset + found.items.length;
      return { ...found, next: end < found.total ? String(end) : null };
    },
    async updateGap({ params, body }, context) {
      const owner = body.owner === undefined ? undefined : await ownerNamed(body.owner);
      return tables.transaction(async (tx) => {
        const gap = await gapStore.changeGap(tx, params.id, { ...body, owner });
        if (gap === undefined)
          throw exercisesFail("EXERCISES_GAP_UNKNOWN", `There is no gap with the id "${params.id}".`);
        await changed(tx, gap.runId);
        await audit.append(tx, {
          actor: context.actor,
          action: "exercise.gap-changed",
          target: gap.id,
          details: { ...body },
        });
        return gap;
      });
    },
  };

  return {
    routes,
    async start() {
      timer = setInterval(() => {
        // One look at a time: a slow one is not overtaken.
        looking ??= look()
          .catch((error: unknown) =>
            log.warn({ error: String(error) }, "The running exercises could not be looked at."),
          )
          .finally(() => {
            looking = undefined;
          });
      }, LOOK_MS);
    },
    stop() {
      clearInterval(timer);
    },
  };
}

function gapOf(
  run: store.StoredRun,
  { expectation, because, state }: ReturnType<typeof scoreOf>["results"][number],
): Gap {
  const side =
    expectation.kind === "approved" ? expectation.by : expectation.kind === "told" ? expectation.team : "security";
  const title = state === "late" ? `${expectation.title}: too late` : expectation.title;
  return {
    id: `${run.id}-${expectation.id}`,
    runId: run.id,
    title,
    because,
    team: side,
    state: "open",
    owner: "",
    ownerId: null,
    dueAt: null,
  };
}
