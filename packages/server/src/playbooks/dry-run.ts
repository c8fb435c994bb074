/** dry-run: what a run would do if everything succeeds: the machine itself with a world that says "done" to all, and for each action
 *  the literal command, its targets and whom it would hit. Nothing leaves. */
import type { DryStep } from "@holdfast/contracts/playbooks";
import type { Impact } from "@holdfast/contracts/respond";
import {
  advance,
  type Evaluate,
  type JsonObject,
  nextDeadline,
  type Playbook,
  startState,
  type Task,
} from "@holdfast/playbook";
import { type Call, callOf } from "./dispatch.ts";
import type { PlaybooksOptions } from "./port.ts";

export interface DryRun {
  readonly steps: DryStep[];
  readonly finished: boolean;
  /** Why it does not get to its end. */
  readonly reason: string;
}

export interface DryRunOptions extends Pick<PlaybooksOptions, "connectors"> {
  readonly evaluate: Evaluate;
  readonly impactOf: (call: Call) => Promise<Impact | null>;
}

const MOST_STEPS = 200;

export async function dryRun(
  options: DryRunOptions,
  playbook: Playbook,
  given: { readonly variables: JsonObject; readonly context: JsonObject },
): Promise<DryRun> {
  const { evaluate } = options;
  const steps: DryStep[] = [];
  let now = 0;
  let result = advance(startState(playbook, given), { kind: "start" }, { playbook, now, evaluate });
  const open: Task[] = [...result.entered];
  while (result.state.finished === null && steps.length < MOST_STEPS) {
    const task = open.shift();
    if (task === undefined) {
      const next = nextDeadline(result.state);
      if (next === null) break;
      now = next;
      result = advance(result.state, { kind: "time" }, { playbook, now, evaluate });
    } else {
      const step = await describe(options, task);
      steps.push(step);
      const { instance } = task;
      const event =
        task.kind === "stuck"
          ? ({ kind: "decided", instance, decision: "skip", reason: "" } as const)
          : ({
              kind: "settled",
              instance,
              outcome: "done",
              output: {},
              variables: answers(task, given.variables),
              reason: "",
            } as const);
      result = advance(result.state, event, { playbook, now, evaluate });
      // An output that only the outside knows cannot be kept: the run goes on without.
      for (const ended of result.ended.filter(({ outcome }) => outcome === "stuck")) {
        result = advance(
          result.state,
          { kind: "decided", instance: ended.instance, decision: "skip", reason: "" },
          { playbook, now, evaluate },
        );
      }
    }
    open.push(...result.entered);
  }
  const { finished } = result.state;
  return { steps, finished: finished?.state === "done", reason: finished?.reason ?? "It does not come to its end." };
}

async function describe({ connectors, impactOf }: DryRunOptions, task: Task): Promise<DryStep> {
  const step: DryStep = {
    step: task.step,
    title: task.title,
    kind: task.kind,
    text: task.kind === "manual" ? task.text : "",
    effect: null,
    targets: [],
    impact: null,
    problem: task.kind === "stuck" ? task.reason : "",
  };
  if (task.kind === "playbook") return { ...step, text: task.playbook };
  if (task.kind !== "action" && task.kind !== "command") return step;
  const call = await callOf(connectors, task);
  if ("reason" in call) return { ...step, text: task.kind === "action" ? task.action : "", problem: call.reason };
  const plan = await connectors.plan(call.action, call.connectorId, call.input);
  if (!plan.ok) return { ...step, text: call.action, problem: plan.reason };
  return {
    ...step,
    text: plan.command.join("\n"),
    effect: plan.effect,
    targets: plan.targets.map(({ kind, value }) => `${kind} ${value}`),
    impact: await impactOf(call),
  };
}

/** A person who says yes to everything that is not known already. */
function answers(task: Task, given: JsonObject): JsonObject {
  return task.kind === "manual" ? Object.fromEntries(task.ask.map((name) => [name, given[name] ?? "yes"])) : {};
}
