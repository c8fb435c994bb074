/** task: what a step asks the world to do, with every template filled. */
import type { Json, JsonObject, Playbook, Step } from "./model.ts";
import { milliseconds } from "./model.ts";
import { cacaoNames, type Evaluated, fill, fillCacao, textOf } from "./template.ts";
import { valueOf } from "./typed.ts";

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
  if ("commands" in step) return commandTask(playbook, step, { common, at });
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
): { readonly task: Task } | { readonly mistake: string } {
  const raw = step.commands[at.index % step.commands.length] ?? {};
  const variables = at.names["vars"] as JsonObject;
  const missing = cacaoNames(raw).find(({ name, asValue }) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return value === null || (value === undefined && asValue);
  });
  const command = fillCacao(raw, variables) as JsonObject;
  if (command["type"] === "manual") {
    const said = command["command"] ?? step.description ?? common.title;
    return { task: { ...common, kind: "manual", text: textOf(said), team: "security", ask: step.ask ?? [] } };
  }
  if (missing !== undefined) return { mistake: `The command needs a value for ${missing.name}, and there is none.` };
  const read = readByShell(raw, variables, ownValues(playbook, step));
  if (read !== undefined) {
    return {
      mistake: `The value of ${read} has characters that a shell reads as more than text: ${textOf(variables[read] ?? "").slice(0, 200)}. Do it by hand, or write the step as an action.`,
    };
  }
  const name = step.targets?.[Math.floor(at.index / step.commands.length)];
  const found: Json | undefined =
    name === undefined ? undefined : (playbook.targets?.[name] ?? playbook.agents?.[name]);
  const target = found === undefined ? null : (fillCacao(found, variables) as JsonObject);
  return { task: { ...common, kind: "command", command, target, reason: step.description ?? common.title } };
}

const SHELLS: ReadonlySet<Json | undefined> = new Set(["ssh", "bash", "powershell"]);
/** What no shell takes for anything but text, wherever it stands; not the dash that makes an option of a word. */
const HARMLESS = /^(?!-)[\p{L}\p{N}_@%+=:,./-]*$/u;

/** The variable whose value, which a log may have said, would be part of the command rather than a word in it. */
function readByShell(command: JsonObject, variables: JsonObject, own: ReadonlySet<string>): string | undefined {
  if (!SHELLS.has(command["type"])) return undefined;
  return cacaoNames(command["command"] ?? null).find(({ name }) => {
    const text = Object.hasOwn(variables, name) ? textOf(variables[name] ?? "") : "";
    return !HARMLESS.test(text) && !own.has(`${name}\n${text}`);
  })?.name;
}

/** What the playbook's author wrote as a value is as much the author's as the command itself. */
function ownValues(playbook: Playbook, step: Step): ReadonlySet<string> {
  const all = [playbook.variables, "variables" in step ? step.variables : undefined];
  return new Set(
    all.flatMap((some) => Object.entries(some ?? {}).map(([name, one]) => `${name}\n${textOf(valueOf(one))}`)),
  );
}
