/** action: the contract of a file in content/actions: one thing that people and playbooks do. It says on what it acts, what it does
 *  literally, how to see that it holds and how to take it back; the capability it uses knows how. What is read, tried and run is one
 *  operation, so an approval of the words is an approval of the deed. */
import type { z } from "zod";
import type { Capabilities, Capability, Plan } from "./capabilities.ts";
import { issueOf } from "./connector.ts";
import { type Effect, type Operation, type Outcome, type Problem, problem, type Target } from "./outcome.ts";
import type { JsonObject } from "./parser.ts";

export interface ActionDefinition<C extends Capability, I extends z.ZodObject> {
  /** Equal to the file name. */
  readonly name: string;
  readonly title: string;
  /** What it does and what that means for who works there. */
  readonly description: string;
  /** Connectors that offer it can carry the action out. */
  readonly capability: C;
  /** The gravest it can be. */
  readonly effect: Effect;
  /** When it depends on the input. */
  effectOf?(input: z.infer<I>): Effect;
  readonly input: I;
  /** What perform gives at least; a connector may give more. What does not fit is no answer, so nothing is worked with that is not there. */
  readonly output: z.ZodObject;
  targets(input: z.infer<I>): readonly Target[];
  perform(capability: Capabilities[C], input: z.infer<I>): Plan;
  /** Takes it back. @param performed the output of perform, when it is known */
  undo?(capability: Capabilities[C], input: z.infer<I>, performed: JsonObject | null): Plan;
  /** Looks whether the effect is in place: `output.holds`. Every action that changes something has one, or says by "unknown" that it
   *  cannot be seen. */
  probe?(capability: Capabilities[C], input: z.infer<I>, performed: JsonObject | null): Promise<Outcome>;
  readonly limits: {
    /** For one call. */
    readonly timeoutMs: number;
    /** Targets in one hour, over all of Holdfast. */
    readonly perHour: number;
  };
}

export interface Action {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly capability: Capability;
  readonly effect: Effect;
  readonly undoable: boolean;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  readonly limits: { readonly timeoutMs: number; readonly perHour: number };
  /** Reads the input and binds it to what a connector can do. Reaches nothing. */
  bind(capabilities: Partial<Capabilities>, input: unknown, performed?: JsonObject | null): BoundAction | Problem;
}

export interface BoundAction {
  readonly ok: true;
  readonly targets: readonly Target[];
  readonly effect: Effect;
  readonly perform: Plan;
  readonly undo: Plan | undefined;
  readonly probe: (() => Promise<Outcome>) | undefined;
}

export function defineAction<C extends Capability, I extends z.ZodObject>(definition: ActionDefinition<C, I>): Action {
  const { name, title, description, capability, effect, input, output, limits } = definition;
  return {
    name,
    title,
    description,
    capability,
    effect,
    undoable: definition.undo !== undefined,
    input,
    output,
    limits,
    bind(capabilities, entered, performed = null) {
      const able = capabilities[capability];
      if (able === undefined)
        return problem("connectorId", `this connector cannot carry out "${name}": it offers no ${capability}`);
      const parsed = input.safeParse(entered);
      if (!parsed.success) return issueOf("", parsed.error, entered);
      const { data } = parsed;
      const { undo, probe } = definition;
      const graveness = definition.effectOf?.(data) ?? effect;
      return {
        ok: true,
        targets: definition.targets(data),
        effect: graveness,
        perform: promising(definition.perform(able, data), output),
        undo: undo === undefined || graveness !== "reversible" ? undefined : undo(able, data, performed),
        probe: probe === undefined ? undefined : () => probe(able, data, performed),
      };
    },
  };
}

/** Whatever came of it then has to be looked for: it happened, and nobody can say what it gave. */
function promising(plan: Plan, output: z.ZodObject): Plan {
  if (!plan.ok) return plan;
  const run: Operation["run"] = async (key) => {
    const outcome = await plan.run(key);
    if (outcome.kind !== "done") return outcome;
    const read = output.safeParse(outcome.output);
    if (read.success) return outcome;
    const { reason } = issueOf("output", read.error);
    return {
      kind: "unknown",
      reason: `It was said to be done (${outcome.evidence}), but its output does not fit: ${reason}`,
    };
  };
  return { ok: true, command: plan.command, check: () => plan.check(), run };
}
