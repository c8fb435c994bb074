/** rehearsed: what an action of an exercise would do, where no connector is set up for it: its targets and its words, from the action
 *  alone. Nothing in here can reach anything. */
import type { Action, Capabilities, JsonObject, Outcome, Plan } from "@holdfast/sdk";
import type { PlanAnswer } from "./create.ts";

/** Stands for a connector in exercises. */
export const REHEARSAL = "rehearsal";

export function planRehearsed(action: Action, input: JsonObject): PlanAnswer {
  const bound = action.bind({ [action.capability]: pretended(action) }, input);
  if (!bound.ok) return bound;
  const command = bound.perform.ok ? bound.perform.command : [`${action.title} (rehearsed)`];
  return {
    ok: true,
    targets: bound.targets,
    effect: bound.effect,
    command,
    undoable: action.undoable && bound.effect === "reversible",
  };
}

const NOTHING: Outcome = {
  kind: "failed",
  reason: "It was planned for an exercise, which sends nothing.",
  retryable: false,
};

/** Every operation of the capability answers with its own name and arguments. */
function pretended(action: Action): Capabilities[keyof Capabilities] {
  return new Proxy<Capabilities[keyof Capabilities]>(Object.create(null), {
    get:
      (_, operation) =>
      (...values: readonly unknown[]): Plan => ({
        ok: true,
        command: [
          `${action.capability} ${String(operation)} ${values.map((value) => JSON.stringify(value)).join(" ")}`,
        ],
        run: async () => NOTHING,
        check: async () => NOTHING,
      }),
  });
}
