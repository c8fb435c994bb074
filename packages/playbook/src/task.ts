/** task: what a step asks the world to do, with every template filled. */
import type { Json, JsonObject, Playbook, Step } from "./model.ts";
import { milliseconds } from "./model.ts";
import { type Evaluated, fill, fillCacao, textOf } from "./template.ts";

interface Common {
  /** This beginning of the step: unique in the run. */
  readonly instance: string;
  readonly step: string;
  readonly title: string;
  readonly deadline?: number | null;
}

export type Task =
  | (Common & {
      readonly kind: "action";
      readonly action: string;
      readonly connector: string | null;
      readonly input: JsonObject;
      readonly reason: string;
      /** Not given: as the policy says. */
      readonly undoAfterMs?: number;
    })
  | (Common & {
      readonly kind: "command";
      readonly command: JsonObject;
      readonly target: JsonObject | null;
      readonly reason: string;
    })
  | (Common & {
      readonly kind: "manual";
      readonly text: string;
      readonly team: "security" | "operations";
      readonly ask: readonly string[];
    })
  | (Common & { readonly kind: "playbook"; readonly playbook: string; readonly variables: JsonObject })
  /** Only a person can say what now. */
  | (Common & { readonly kind: "stuck"; readonly reason: string });

interface Entering {
  readonly instance: string;
  readonly key: string;
  readonly index: number;
  readonly ask: (expression: string) => Evaluated;
  readonly names: JsonObject;
}

export function enteredTask(
  playbook: Playbook,
  step: Step,
  at: Entering,
): { readonly task: Task } | { readonly mistake: string } {
  const common: Common = { instance: at.instance, step: at.key, title: step.title ?? at.key };
  const text = (value: string | undefined): Evaluated => fill(value ?? "", at.ask);
  if ("action" in step) {
    const input = fill(step.with ?? {}, at.ask);
    const reason = text(step.reason ?? step.description);
    if (!input.ok) return { mistake: input.reason };
    if (!reason.ok) return { mistake: reason.reason };
    return {
      task: {
        ...common,
        kind: "action",
        action: step.action,
        connector: step.connector ?? null,
        input: input.value as JsonObject,
        reason: textOf(reason.value),
        ...(step.undo_after === undefined ? {} : { undoAfterMs: milliseconds(step.undo_after) }),
      },
    };
  }
  if ("manual" in step) {
    const said = text(step.manual);
    if (!said.ok) return { mistake: said.reason };
    return {
      task: { ...common, kind: "manual", text: textOf(said.value), team: step.team ?? "security", ask: step.ask ?? [] },
    };
  }
  if ("commands" in step) return { task: commandTask(playbook, step, { common, at }) };
  if ("playbook" in step) {
    const variables = fill(step.with ?? {}, at.ask);
    if (!variables.ok) return { mistake: variables.reason };
    return { task: { ...common, kind: "playbook", playbook: step.playbook, variables: variables.value as JsonObject } };
  }
  return { mistake: "This step does nothing by itself." };
}

/** The commands of a step run on one target after the other. */
function commandTask(
  playbook: Playbook,
  step: Extract<Step, { commands: unknown }>,
  { common, at }: { common: Common; at: Entering },
): Task {
  const raw = step.commands[at.index % step.commands.length] ?? {};
  const variables = at.names["vars"] as JsonObject;
  const command = fillCacao(raw, variables) as JsonObject;
  if (command["type"] === "manual") {
    const said = command["command"] ?? step.description ?? common.title;
    return { ...common, kind: "manual", text: textOf(said), team: "security", ask: step.ask ?? [] };
  }
  const name = step.targets?.[Math.floor(at.index / step.commands.length)];
  const found: Json | undefined =
    name === undefined ? undefined : (playbook.targets?.[name] ?? playbook.agents?.[name]);
  const target = found === undefined ? null : (fillCacao(found, variables) as JsonObject);
  return { ...common, kind: "command", command, target, reason: step.description ?? common.title };
}
