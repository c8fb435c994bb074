/** runs: a run is a durable workflow that only drives: where the run stands is in its row, moved on by one event in one transaction.
 *  What that asks of the world is asked after the commit, under keys that are the same after a crash: nothing is done twice. */
import { randomUUID } from "node:crypto";
import {
  advance,
  type Advanced,
  type Evaluate,
  type JsonObject,
  nextDeadline,
  type Playbook,
  type RunEvent,
  startState,
  typed,
} from "@holdfast/playbook";
import { isAppError } from "../platform/errors/index.ts";
import type { Transaction } from "../platform/tables/index.ts";
import type { Workflow, WorkflowContext } from "../platform/workflows/index.ts";
import { createDispatch } from "./dispatch.ts";
import { fail } from "./errors.ts";
import type { PlaybooksOptions, SettledEffect, Someone } from "./port.ts";
import * as store from "./run-store.ts";

export interface StartRun {
  /** Its id, where that must be known before; any when not given. */
  readonly id?: string;
  readonly playbookId: string;
  readonly incidentId: string | null;
  readonly variables: JsonObject;
  readonly startedBy: Someone;
  readonly armedBy?: Someone | null;
  /** Runs on an incident of an exercise belong to it, whatever stands here. */
  readonly exerciseId: string | null;
  /** The same key starts one run. */
  readonly key: string;
  readonly parent?: { readonly runId: string; readonly instance: string };
}

export interface Runs {
  start(asked: StartRun): Promise<{ runId: string }>;
  settled(effect: SettledEffect): Promise<void>;
  cancel(runId: string, by: Someone, reason: string): Promise<void>;
  decide(answer: StepAnswer): Promise<void>;
  /** Goes on with a run that broke off. */
  retry(runId: string, by: Someone, reason: string): Promise<void>;
  /** Those whose workflow failed, which nothing would ever move, wait for a person from now on. */
  findLost(): Promise<number>;
}

export interface StepAnswer {
  readonly runId: string;
  readonly instance: string;
  readonly decision: "done" | "failed" | "retry" | "skip" | "stop";
  readonly reason: string;
  readonly variables: JsonObject;
  readonly by: Someone;
}

export interface Published {
  readonly playbook: Playbook;
  readonly version: number;
  readonly editedBy: Someone | null;
}

/** What is sent to a run's workflow. */
interface Message {
  readonly event: RunEvent;
  readonly by: Someone | null;
}

/** Where a workflow begins that was started anew: a run goes on from its record. */
interface From {
  readonly tick: number;
  readonly message: Message;
}

/** What a person says to a run that broke off: to try again, or to end. */
interface Again {
  readonly cancel: Message | null;
}

const TOPIC = "event";
const AGAIN = "again";
/** What is no outage passes seldom by itself: after as many tries a person is asked. */
const FAULTS = 5;
const NEVER = 8_640_000_000_000_000;
const SYSTEM = { kind: "system", id: "playbooks", name: "playbooks" } as const;
const FAR_MS = 365 * 86_400_000;
const DEEPEST = 5;
/** A store or a neighbour that is away comes back: a run is not lost to it. */
const PATIENT = { attempts: 100_000, backoffMs: 200 };

export function createRuns(
  options: PlaybooksOptions & { readonly startable: (id: string) => Promise<Published>; readonly evaluate: Evaluate },
): Runs {
  const { tables, clock, workflows, evaluate } = options;
  const log = options.log.child("playbooks");

  const tell = (runId: string, message: Message, key: string): Promise<void> =>
    workflows.send(runId, TOPIC, message, key);
  const start = async (asked: StartRun): Promise<{ runId: string }> => {
    const known = await store.runByKey(tables.db, asked.key);
    if (known !== undefined) return { runId: known.id };
    const { playbook, version, editedBy } = await options.startable(asked.playbookId);
    if (asked.parent !== undefined) await demandShallow(asked.parent.runId);
    const context = { incident: await incidentOf(asked.incidentId) };
    const standing = asked.incidentId === null ? undefined : await options.standing(asked.incidentId);
    const variables = resolve(playbook, asked.variables, context);
    const run: store.StoredRun = {
      id: asked.id ?? `run-${randomUUID()}`,
      key: asked.key,
      playbookId: playbook.id,
      name: playbook.name,
      version,
      playbook,
      editedBy,
      incidentId: asked.incidentId,
      // Nothing that begins on an incident of an exercise may reach the outside.
      exerciseId: asked.exerciseId ?? standing?.exerciseId ?? null,
      parent: asked.parent ?? null,
      startedBy: asked.startedBy,
      armedBy: asked.armedBy ?? null,
      state: "running",
      reason: "",
      stand: startState(playbook, { variables, context }),
      tick: 0,
      startedAt: clock.now(),
      endedAt: null,
      broken: null,
    };
    return tables.transaction(async (tx) => {
      if (!(await store.insertRun(tx, run))) {
        const first = await store.runByKey(tx, asked.key);
        return { runId: first?.id ?? run.id };
      }
      await drive.start(run.id, null, tx);
      await note(tx, run, { key: "started", title: `Playbook started: ${run.name}`, body: "", actor: run.startedBy });
      await changed(tx, run);
      return { runId: run.id };
    });
  };
  const dispatch = createDispatch({
    ...options,
    start,
    tell: (runId, event, key) => tell(runId, { event, by: null }, key),
  });

  const drive: Workflow<From | null> = workflows.define<From | null>("playbooks.run", driveRun);

  async function driveRun(context: WorkflowContext, from: From | null): Promise<void> {
    let message: Message = from?.message ?? { event: { kind: "start" }, by: null };
    for (let tick = from?.tick ?? 0; ; tick += 1) {
      let taken = message;
      let ticks = [tick];
      let until = await context.step(`tick ${tick}`, () => tried(context.id, ticks, taken), PATIENT);
      for (let again = 1; until === "broken"; again += 1) {
        const said = await context.receive<Again>(AGAIN, NEVER);
        if (said?.cancel != null) {
          taken = said.cancel;
          // Whether the fault came before its event was taken or after.
          ticks = [tick, tick + 1];
        }
        until = await context.step(`tick ${tick} again ${again}`, () => tried(context.id, ticks, taken), PATIENT);
      }
      if (until === null) return;
      const next: Message | undefined = await context.receive<Message>(TOPIC, until);
      message = next ?? { event: { kind: "time" }, by: null };
    }
  }

  const faults = new Map<string, number>();
  /** A fault that trying again does not mend ends no run silently: it waits for a person, with the cause and the step. */
  async function tried(runId: string, ticks: readonly number[], message: Message): Promise<number | null | "broken"> {
    try {
      const until = await move(runId, ticks, message);
      faults.delete(runId);
      return until;
    } catch (error) {
      const count = (faults.get(runId) ?? 0) + 1;
      if ((isAppError(error) && error.retryable) || count < FAULTS) {
        if (!isAppError(error) || !error.retryable) faults.set(runId, count);
        throw error;
      }
      await park(runId, error instanceof Error ? error.message : String(error));
      faults.delete(runId);
      return "broken";
    }
  }

  async function park(runId: string, cause: string): Promise<void> {
    log.error({ runId, cause }, "A run of a playbook broke off; it waits for a person.");
    await tables.transaction(async (tx) => {
      const run = await store.lockRun(tx, runId);
      if (run === undefined || run.endedAt !== null) return;
      const steps = run.stand.tokens.map(({ at }) => run.playbook.steps[at]?.title ?? at);
      const at = clock.now();
      await store.saveBroken(tx, runId, { at, cause, steps });
      await note(tx, run, { key: `broken/${at}`, title: `Playbook broke off: ${run.name}`, body: cause, actor: null });
      if (run.incidentId !== null) {
        const reason = `${run.name} broke off at "${steps.join(", ")}": try again, or end it.`;
        const wait = { incidentId: run.incidentId, key: `${runId}/broken`, reason, since: at };
        await options.wait(tx, { ...wait, team: "security", person: null });
      }
      await audited(tx, { actor: SYSTEM, action: "run.broken", target: runId, details: { cause, steps } });
      await changed(tx, run);
    });
  }

  /** One event. When to look again at the latest; null when the run is over. */
  async function move(runId: string, ticks: readonly number[], message: Message): Promise<number | null> {
    await tables.transaction(async (tx) => {
      const run = await store.lockRun(tx, runId);
      // A crash between the commit and its record makes this step run again: the event was taken already.
      if (run === undefined || !ticks.includes(run.tick)) return;
      const now = clock.now();
      const result = advance(run.stand, message.event, { playbook: run.playbook, now, evaluate });
      await record(tx, run, { result, message, now });
    });
    const run = await store.runById(tables.db, runId);
    if (run === undefined) return null;
    await dispatch.send(run);
    if (run.endedAt !== null) return null;
    return nextDeadline(run.stand) ?? clock.now() + FAR_MS;
  }

  async function record(
    tx: Transaction,
    run: store.StoredRun,
    { result, message, now }: { result: Advanced; message: Message; now: number },
  ): Promise<void> {
    const { event, by } = message;
    for (const task of result.entered) {
      const waitsFor = task.kind === "manual" ? task.team : task.kind === "stuck" ? "security" : null;
      await store.insertStep(tx, { runId: run.id, task, at: now, waitsFor });
    }
    if (event.kind === "settled" || event.kind === "decided") {
      const output = event.kind === "settled" ? { ...event.output, ...event.variables } : {};
      await store.noteAnswer(tx, { runId: run.id, instance: event.instance, output, by });
    }
    for (const { instance, outcome, reason } of result.ended) {
      await store.endStep(tx, { runId: run.id, instance, state: outcome, reason, at: now });
    }
    const { finished, tokens } = result.state;
    const state = finished?.state ?? (tokens.some(({ phase }) => phase === "stuck") ? "stuck" : "running");
    const reason = finished?.reason ?? "";
    const ended = finished === null ? null : now;
    await store.saveStand(tx, { id: run.id, state, reason, stand: result.state, tick: run.tick + 1, endedAt: ended });
    if (finished !== null) {
      const title = `Playbook ${finished.state === "done" ? "finished" : finished.state}: ${run.name}`;
      await note(tx, run, { key: "ended", title, body: reason, actor: by });
    }
    await changed(tx, run);
  }

  async function doubt(runId: string, instance: string, reason: string): Promise<void> {
    await tables.transaction(async (tx) => {
      const run = await store.lockRun(tx, runId);
      if (run === undefined || run.endedAt !== null) return;
      await store.noteDoubt(tx, { runId, instance, reason });
      await changed(tx, run);
    });
  }

  async function note(
    tx: Transaction,
    run: store.StoredRun,
    said: { key: string; title: string; body: string; actor: Someone | null },
  ): Promise<void> {
    if (run.incidentId === null) return;
    const link = `/playbooks/runs/${run.id}`;
    const key = `${run.id}/${said.key}`;
    await options.note(tx, {
      ...said,
      incidentId: run.incidentId,
      key,
      at: clock.now(),
      lane: "security",
      kind: "run",
      link,
    });
  }

  function changed(tx: Transaction, run: store.StoredRun): Promise<void> {
    return tables.notify(tx, "playbooks.run.changed", { id: run.id, incidentId: run.incidentId });
  }

  async function demandShallow(parent: string): Promise<void> {
    let depth = 1;
    for (let at: string | undefined = parent; at !== undefined; depth += 1) {
      if (depth > DEEPEST) throw fail("PLAYBOOKS_TOO_DEEP", `Playbooks run in each other at most ${DEEPEST} deep.`);
      at = (await store.runById(tables.db, at))?.parent?.runId;
    }
  }

  async function incidentOf(id: string | null): Promise<JsonObject | null> {
    if (id === null) return null;
    const found = await options.incident(id);
    if (found === undefined) throw fail("PLAYBOOKS_INCIDENT_UNKNOWN", `There is no incident with the id "${id}".`);
    return found;
  }

  /** Given, else worked out from the incident, else as written. */
  function resolve(playbook: Playbook, given: JsonObject, context: JsonObject): JsonObject {
    const values: Record<string, JsonObject[string]> = { ...given };
    const unknown = Object.keys(given).find((name) => !Object.hasOwn(playbook.variables ?? {}, name));
    if (unknown !== undefined) {
      const names = Object.keys(playbook.variables ?? {}).join(", ");
      throw fail(
        "PLAYBOOKS_VARIABLE_WRONG",
        `"${playbook.name}" has no variable ${unknown}. It has: ${names === "" ? "none" : names}.`,
        { details: { variable: unknown } },
      );
    }
    for (const [name, variable] of Object.entries(playbook.variables ?? {})) {
      if (variable.constant === true) delete values[name];
      if ((values[name] === undefined || values[name] === "") && variable.from !== undefined) {
        const found = evaluate(variable.from, context);
        if (found.ok && found.value !== null) values[name] = found.value;
      }
      // An empty field of a form is no number.
      if (values[name] === "" && variable.type !== "string") delete values[name];
      const value = values[name];
      if (value !== undefined) values[name] = fitting({ playbook, name, type: variable.type }, value);
      if (values[name] === undefined && variable.required === true && variable.value === undefined) {
        throw fail(
          "PLAYBOOKS_VARIABLE_MISSING",
          `"${playbook.name}" needs ${name}: ${variable.description ?? variable.type}.`,
          {
            details: { variable: name },
          },
        );
      }
    }
    return values;
  }

  /** A person's answers, each as its variable wants it. */
  function answersOf(run: store.StoredRun, step: store.StoredStep, given: JsonObject): JsonObject {
    const { playbook } = run;
    const own = playbook.steps[step.step];
    const local = own !== undefined && "variables" in own ? own.variables : undefined;
    return Object.fromEntries(
      Object.entries(asked(step, given)).map(([name, value]) => {
        const type = (local?.[name] ?? playbook.variables?.[name])?.type;
        return [name, type === undefined ? value : fitting({ playbook, name, type }, value)];
      }),
    );
  }

  async function running(runId: string): Promise<store.StoredRun> {
    const run = await store.runById(tables.db, runId);
    if (run === undefined) throw fail("PLAYBOOKS_RUN_UNKNOWN", `There is no run with the id "${runId}".`);
    if (run.endedAt !== null) throw fail("PLAYBOOKS_STEP_OVER", `This run is ${run.state} already.`);
    return run;
  }

  /** The wait for a person is over: who waits for that hears it with the commit. */
  async function mend(tx: Transaction, run: store.StoredRun, said: Again | null): Promise<void> {
    const stuck = run.stand.tokens.some(({ phase }) => phase === "stuck");
    if (!(await store.saveMended(tx, run.id, stuck ? "stuck" : "running"))) {
      throw fail("PLAYBOOKS_NOT_BROKEN", `This run is ${run.state}: only one that broke off can be gone on with.`);
    }
    if (run.incidentId !== null)
      await options.waited(tx, { incidentId: run.incidentId, key: `${run.id}/broken`, at: clock.now() });
    if (said !== null) await workflows.send(run.id, AGAIN, said, `again/${run.broken?.at ?? 0}`, tx);
    await changed(tx, run);
  }

  /** A workflow that failed hears nobody: the run gets a new one, which begins where its record stands. Cut off before that, the run is
   *  found again as lost. */
  async function goOn(
    runId: string,
    cancel: Message | null,
    within: (tx: Transaction, run: store.StoredRun) => Promise<void>,
  ): Promise<void> {
    const failed = (await workflows.view(runId))?.state === "failed";
    const run = await tables.transaction(async (tx) => {
      const locked = await store.lockRun(tx, runId);
      if (locked === undefined) return undefined;
      await mend(tx, locked, failed ? null : { cancel });
      await within(tx, locked);
      return locked;
    });
    if (!failed || run === undefined) return;
    const wake: Message = { event: { kind: run.tick === 0 ? "start" : "time" }, by: null };
    await drive.restart(runId, { tick: run.tick, message: cancel ?? wake }, TOPIC);
  }

  const audited = (tx: Transaction, entry: Parameters<typeof options.audit.append>[1]): Promise<unknown> =>
    options.audit.append(tx, entry);

  return {
    start,
    async retry(runId, by, reason) {
      await running(runId);
      await goOn(runId, null, async (tx, run) => {
        const key = `again/${run.broken?.at ?? 0}`;
        await note(tx, run, { key, title: `Playbook goes on: ${run.name}`, body: reason, actor: by });
        const actor = { kind: "user", ...by } as const;
        const details = { reason, cause: run.broken?.cause };
        await audited(tx, { actor, action: "run.retried", target: runId, details });
      });
    },
    async findLost() {
      let found = 0;
      for (const { id, error } of await workflows.failed("playbooks.run")) {
        const run = await store.runById(tables.db, id);
        if (run === undefined || run.endedAt !== null || run.broken !== null) continue;
        await park(id, error ?? "Its workflow failed, and does not say why.");
        found += 1;
      }
      return found;
    },
    async settled(effect) {
      const { runId, stepKey, state } = effect;
      // An undo later on is news of the effect, not of the step.
      if (runId === null || stepKey === null || state === "undone") return;
      const run = await store.runById(tables.db, runId);
      if (run === undefined || run.endedAt !== null) return;
      // It was looked for, and nobody knows: that is neither a failure nor a reason to do it again. Whoever looks says it.
      if (state === "unknown") return doubt(runId, stepKey, effect.reason);
      const event: RunEvent = {
        kind: "settled",
        instance: stepKey,
        outcome: state === "done" ? "done" : "failed",
        output: JSON.parse(JSON.stringify(effect.output)),
        reason: state === "done" ? effect.reason : `${state}: ${effect.reason}`,
      };
      await tell(runId, { event, by: null }, `${effect.effectId}/${state}`);
    },
    async cancel(runId, by, reason) {
      const { broken } = await running(runId);
      const message: Message = { event: { kind: "cancel", reason }, by };
      if (broken === null) await tell(runId, message, "cancel");
      else await goOn(runId, message, () => Promise.resolve());
      log.info({ runId, by: by.id }, "A run of a playbook was cancelled.");
    },
    async decide(answer) {
      const { runId, instance, decision, reason, variables, by } = answer;
      const run = await running(runId);
      const step = (await store.readSteps(tables.db, runId)).find((one) => one.instance === instance);
      if (step === undefined) throw fail("PLAYBOOKS_STEP_UNKNOWN", `The run has no step "${instance}".`);
      const stuck = step.state === "stuck";
      const manual = step.kind === "manual" && step.state === "waiting";
      const fits = decision === "done" || decision === "failed" ? manual : stuck;
      if (!fits) {
        throw fail("PLAYBOOKS_STEP_OVER", `"${step.title}" is ${step.state} and does not wait for "${decision}".`);
      }
      const event: RunEvent =
        decision === "done" || decision === "failed"
          ? {
              kind: "settled",
              instance,
              outcome: decision,
              output: {},
              variables: decision === "done" ? answersOf(run, step, variables) : {},
              reason,
            }
          : { kind: "decided", instance, decision, reason };
      await tell(runId, { event, by }, `${instance}/${stuck ? "stuck" : "manual"}`);
    },
  };
}

function fitting(
  of: { readonly playbook: Playbook; readonly name: string; readonly type: string },
  value: JsonObject[string],
): JsonObject[string] {
  const read = typed(of.type, value);
  if (read.ok) return read.value;
  throw fail("PLAYBOOKS_VARIABLE_WRONG", `"${of.playbook.name}" takes ${of.name} as ${of.type}, and ${read.reason}.`, {
    details: { variable: of.name },
  });
}

/** Only the variables that the step asks for. */
function asked(step: store.StoredStep, variables: JsonObject): JsonObject {
  const names = step.task.kind === "manual" ? step.task.ask : [];
  return Object.fromEntries(names.map((name) => [name, variables[name] ?? null]));
}
