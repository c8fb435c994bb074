/** machine: what a run does next. A pure function of the playbook, where the run stands and what happened: the same answer for the
 *  same question, so a run that was killed goes on where it stood. It acts by the tasks it gives out; each has a name of its own. */
import { celOf, variableInCel } from "./condition.ts";
import { type Condition, type Json, type JsonObject, milliseconds, type Playbook, type Step } from "./model.ts";
import { enteredTask, type Task } from "./task.ts";
import { type Evaluate, type Evaluated, textOf } from "./template.ts";
import { valueOf } from "./typed.ts";

export interface RunState {
  readonly variables: Record<string, Json>;
  /** What expressions see beside the variables: the incident. */
  readonly context: JsonObject;
  readonly tokens: Token[];
  /** How often each step was begun. */
  readonly visits: Record<string, number>;
  /** How often each `while` went round since it was last come to; not there in runs that began before it was counted. */
  rounds?: Record<string, number>;
  /** Branches of a `parallel` that are still under way. */
  readonly open: Record<string, number>;
  moves: number;
  exceptional: boolean;
  finished: { readonly state: "done" | "failed" | "cancelled"; readonly reason: string } | null;
}

export interface Token {
  at: string;
  readonly around: Around[];
  phase: "enter" | "delay" | "wait" | "stuck";
  /** Which of a step's commands. */
  index: number;
  instance: string;
  /** When it is too late, or when the delay is over. */
  deadline: number | null;
}

interface Around {
  readonly step: string;
  readonly group: string;
}

export type RunEvent =
  | { readonly kind: "start" | "time" }
  | {
      readonly kind: "settled";
      readonly instance: string;
      readonly outcome: "done" | "failed";
      readonly output: JsonObject;
      /** Answers of a person. */
      readonly variables?: JsonObject;
      readonly reason: string;
    }
  | {
      readonly kind: "decided";
      readonly instance: string;
      readonly decision: "retry" | "skip" | "stop";
      readonly reason: string;
    }
  | { readonly kind: "cancel"; readonly reason: string };

export interface Advanced {
  readonly state: RunState;
  readonly entered: readonly Task[];
  /** Instances that ended, and how. */
  readonly ended: readonly { readonly instance: string; readonly outcome: Ending; readonly reason: string }[];
}

export type Ending = "done" | "failed" | "timeout" | "stuck" | "dropped";

export interface Surroundings {
  readonly playbook: Playbook;
  readonly now: number;
  readonly evaluate: Evaluate;
}

const MOST_MOVES = 5_000;
const ROUNDS = 100;

export function startState(playbook: Playbook, given: { variables: JsonObject; context: JsonObject }): RunState {
  const variables = Object.fromEntries(
    Object.entries(playbook.variables ?? {}).map(([name, variable]) => [name, valueOf(variable)]),
  );
  return {
    variables: { ...variables, ...given.variables },
    context: given.context,
    tokens: [{ at: playbook.start, around: [], phase: "enter", index: 0, instance: "", deadline: null }],
    visits: {},
    rounds: {},
    open: {},
    moves: 0,
    exceptional: false,
    finished: null,
  };
}

/** The earliest time something is to be looked at again; null when only what happens outside counts. */
export function nextDeadline(state: RunState): number | null {
  const times = state.tokens.flatMap(({ deadline }) => (deadline === null ? [] : [deadline]));
  return times.length === 0 ? null : Math.min(...times);
}

export function advance(before: RunState, event: RunEvent, around: Surroundings): Advanced {
  const state: RunState = JSON.parse(JSON.stringify(before));
  const work = createWork(state, around);
  if (state.finished === null) {
    work.take(event);
    work.run();
  }
  return { state, entered: work.entered, ended: work.ended };
}

function createWork(state: RunState, { playbook, now, evaluate }: Surroundings) {
  const entered: Task[] = [];
  const ended: { instance: string; outcome: Ending; reason: string }[] = [];
  const names = (extra: JsonObject = {}): JsonObject => ({
    ...state.context,
    ...state.variables,
    vars: state.variables,
    ...extra,
  });
  const ask = (expression: string, extra?: JsonObject): Evaluated => evaluate(expression, names(extra));
  const remove = (token: Token): void => void state.tokens.splice(state.tokens.indexOf(token), 1);

  const finish = (as: "done" | "failed" | "cancelled", reason: string): void => {
    for (const token of state.tokens.splice(0)) {
      if (token.phase === "wait" || token.phase === "stuck") {
        ended.push({ instance: token.instance, outcome: "dropped", reason });
      }
    }
    state.finished = { state: as, reason };
  };

  const go = (token: Token, to: string | undefined): void => {
    token.index = 0;
    token.deadline = null;
    token.instance = "";
    token.phase = "enter";
    if (to !== undefined) {
      token.at = to;
      return;
    }
    const outer = token.around.pop();
    if (outer === undefined) return remove(token);
    const left = (state.open[outer.group] ?? 1) - 1;
    state.open[outer.group] = left;
    if (left > 0) return remove(token);
    delete state.open[outer.group];
    const step = playbook.steps[outer.step];
    if (step === undefined) return remove(token);
    if ("while" in step) token.at = outer.step;
    else go(token, nextOf(step));
  };

  const inside = (token: Token, step: string, to: string): void => {
    const group = `${step}.${state.moves}`;
    state.open[group] = 1;
    token.around.push({ step, group });
    go(token, to);
  };

  const fail = (token: Token, reason: string, outcome: "failed" | "timeout" = "failed"): void => {
    const step = playbook.steps[token.at];
    const waited = token.phase === "wait";
    const to = step === undefined || "end" in step ? undefined : exitOf(step, outcome);
    const exception = state.exceptional ? undefined : playbook.on_exception;
    if (to !== undefined || exception !== undefined) {
      if (waited) ended.push({ instance: token.instance, outcome, reason });
      if (to === undefined) {
        state.exceptional = true;
        // It is the end of this way: nothing that stood around it goes on as if all were well.
        token.around.length = 0;
      }
      return go(token, to ?? exception);
    }
    // Nothing in the playbook says what now: a person does.
    if (!waited) token.instance = instanceOf(token);
    token.phase = "stuck";
    token.deadline = null;
    ended.push({ instance: token.instance, outcome: "stuck", reason });
    if (!waited)
      entered.push({ kind: "stuck", instance: token.instance, step: token.at, title: titleOf(token.at), reason });
  };

  const instanceOf = (token: Token): string => {
    const visit = (state.visits[token.at] ?? 0) + (token.index === 0 ? 1 : 0);
    state.visits[token.at] = visit;
    return token.index === 0 ? `${token.at}.${visit}` : `${token.at}.${visit}.${token.index + 1}`;
  };
  const titleOf = (at: string): string => {
    const step = playbook.steps[at];
    return step !== undefined && step.title !== undefined ? step.title : at;
  };

  const enter = (token: Token): void => {
    const step = playbook.steps[token.at];
    if (step === undefined) return finish("failed", `There is no step "${token.at}".`);
    if ("end" in step) return go(token, undefined);
    if (token.phase === "enter" && token.index === 0) {
      for (const [name, own] of Object.entries(step.variables ?? {})) state.variables[name] = valueOf(own);
      if (step.wait !== undefined) {
        token.phase = "delay";
        token.deadline = now + milliseconds(step.wait);
        return;
      }
    }
    token.deadline = null;
    if ("parallel" in step) return split(token, step.parallel);
    if ("if" in step) {
      const answer = truth(step.if, ask);
      if (!answer.ok) return fail(token, answer.reason);
      const to = answer.value === true ? step.then : step.else;
      return to === undefined ? go(token, step.next) : inside(token, token.at, to);
    }
    if ("while" in step) return loop(token, step);
    if ("switch" in step) {
      const subject = ask(celOf(step.switch) ?? step.switch);
      if (!subject.ok) return fail(token, subject.reason);
      // What a log said may be the name of something that every object has.
      const value = textOf(subject.value);
      const to = (Object.hasOwn(step.cases, value) ? step.cases[value] : undefined) ?? step.default;
      return to === undefined ? go(token, step.next) : inside(token, token.at, to);
    }
    token.phase = "enter";
    const instance = instanceOf(token);
    const task = enteredTask(playbook, step, { instance, key: token.at, index: token.index, ask, names: names() });
    token.instance = instance;
    token.phase = "wait";
    token.deadline = "within" in step && step.within !== undefined ? now + milliseconds(step.within) : null;
    if ("mistake" in task) {
      entered.push({ kind: "stuck", instance, step: token.at, title: titleOf(token.at), reason: task.mistake });
      return fail(token, task.mistake);
    }
    entered.push({ ...task.task, deadline: token.deadline });
  };

  const split = (token: Token, branches: readonly string[]): void => {
    const group = `${token.at}.${state.moves}`;
    state.open[group] = branches.length;
    const around = [...token.around, { step: token.at, group }];
    remove(token);
    for (const at of branches) {
      state.tokens.push({ at, around: [...around], phase: "enter", index: 0, instance: "", deadline: null });
    }
  };

  const loop = (token: Token, step: Extract<Step, { while: unknown }>): void => {
    const answer = truth(step.while, ask);
    if (!answer.ok) return fail(token, answer.reason);
    const all = (state.rounds ??= {});
    if (answer.value !== true) {
      delete all[token.at];
      return go(token, step.next);
    }
    const rounds = (all[token.at] ?? 0) + 1;
    const most = step.at_most ?? ROUNDS;
    if (rounds > most) {
      // Who comes here again, or is told to try again, has all rounds anew.
      delete all[token.at];
      return fail(token, `It went round ${most} times and the condition still holds.`);
    }
    all[token.at] = rounds;
    inside(token, token.at, step.do);
  };

  const settle = (token: Token, event: Extract<RunEvent, { kind: "settled" }>): void => {
    const step = playbook.steps[token.at];
    if (step === undefined || "end" in step) return;
    if (event.outcome === "failed") return fail(token, event.reason);
    Object.assign(state.variables, event.variables ?? {});
    for (const [name, expression] of Object.entries("save" in step ? (step.save ?? {}) : {})) {
      const saved = ask(expression, { output: event.output });
      if (!saved.ok) return fail(token, `The output could not be kept as ${name}: ${saved.reason}`);
      state.variables[name] = saved.value;
    }
    ended.push({ instance: token.instance, outcome: "done", reason: event.reason });
    proceed(token, step);
  };

  const proceed = (token: Token, step: Step): void => {
    if ("commands" in step && token.index + 1 < step.commands.length * Math.max(1, step.targets?.length ?? 0)) {
      token.index += 1;
      token.phase = "enter";
      return;
    }
    go(token, nextOf(step));
  };

  const take = (event: RunEvent): void => {
    if (event.kind === "cancel") return finish("cancelled", event.reason);
    if (event.kind === "settled" || event.kind === "decided") {
      const token = state.tokens.find(({ instance, phase }) => instance === event.instance && phase !== "enter");
      if (token === undefined) return;
      if (event.kind === "settled") {
        if (token.phase === "wait") settle(token, event);
        return;
      }
      if (token.phase !== "stuck") return;
      const step = playbook.steps[token.at];
      if (event.decision === "stop" || step === undefined) return finish("failed", event.reason);
      ended.push({
        instance: token.instance,
        outcome: event.decision === "skip" ? "done" : "failed",
        reason: event.reason,
      });
      if (event.decision === "skip") return proceed(token, step);
      // A beginning of its own also for a later one of several commands: what has its key already is not done again.
      if (token.index > 0) state.visits[token.at] = (state.visits[token.at] ?? 0) + 1;
      token.phase = "enter";
      return;
    }
  };

  const wake = (): void => {
    for (const token of [...state.tokens]) {
      if (token.deadline === null || token.deadline > now) continue;
      if (token.phase === "wait") fail(token, "It took longer than it may.", "timeout");
    }
  };

  return {
    entered,
    ended,
    take,
    run(): void {
      wake();
      while (state.finished === null) {
        const token = state.tokens.find(
          ({ phase, deadline }) => phase === "enter" || (phase === "delay" && deadline !== null && deadline <= now),
        );
        if (token === undefined) break;
        state.moves += 1;
        if (state.moves > MOST_MOVES) return finish("failed", `The run made ${MOST_MOVES} moves without an end.`);
        enter(token);
      }
      if (state.finished === null && state.tokens.length === 0) finish("done", "");
    },
  };
}

function truth(condition: Condition, ask: (expression: string) => Evaluated): Evaluated {
  const expression = typeof condition === "string" ? condition : celOf(condition.cacao);
  if (expression === undefined) {
    return { ok: false, reason: "This condition compares more than variables: write it as an expression." };
  }
  const answer = ask(expression);
  if (!answer.ok || typeof answer.value === "boolean") return answer;
  return { ok: false, reason: "A condition is true or false; this one is neither." };
}

function nextOf(step: Step): string | undefined {
  return "end" in step ? undefined : step.next;
}

function exitOf(step: Exclude<Step, { end: true }>, outcome: "failed" | "timeout"): string | undefined {
  if (outcome === "timeout" && "on_timeout" in step && step.on_timeout !== undefined) return step.on_timeout;
  return step.on_failure;
}

/** The variables of a playbook as an expression may name them. */
export function namesOf(playbook: Playbook): string[] {
  const all = [
    playbook.variables,
    ...Object.values(playbook.steps).map((step) => ("end" in step ? undefined : step.variables)),
  ];
  const saved = Object.values(playbook.steps).flatMap((step) => ("save" in step ? Object.keys(step.save ?? {}) : []));
  const asked = Object.values(playbook.steps).flatMap((step) => ("ask" in step ? (step.ask ?? []) : []));
  const names = [...all.flatMap((variables) => Object.keys(variables ?? {})), ...saved, ...asked];
  return [...new Set(names.filter((name) => variableInCel(name) === name)), "vars", "incident", "output"];
}
