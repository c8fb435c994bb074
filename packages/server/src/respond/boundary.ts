/** boundary: the one place where an effect meets the outside. Whether a connector is reached is decided by the effect's own record: one
 *  of an exercise gets a rehearsal that holds no reference to any connector, so no code path after it can reach one. */
import type { Effect } from "./effect.ts";
import type { JsonObject } from "@holdfast/sdk";
import type { Connectors, Outcome } from "./port.ts";

export interface Outside {
  perform(): Promise<Outcome>;
  undo(): Promise<Outcome>;
  probe(): Promise<Outcome>;
}

/** Longer than any action's own limit: what has not answered by then is not known. */
const LONGEST_MS = 15 * 60_000;

/** What the boundary reads of an effect. */
export type Crossing = Pick<
  Effect,
  "id" | "action" | "connectorId" | "input" | "output" | "settledAt" | "exerciseId" | "state"
>;

export function createBoundary(connectors: Connectors): (effect: Crossing) => Outside {
  return (effect) => (effect.exerciseId === null ? live(connectors, effect) : rehearsal(effect.state));
}

function live(connectors: Connectors, effect: Crossing): Outside {
  const { action, connectorId, input, id, output } = effect;
  const call = (performed: JsonObject | null) => ({ action, connectorId, input, key: id, performed });
  const performed = effect.settledAt === null ? null : output;
  return {
    perform: () => answered(() => connectors.perform(call(null))),
    undo: () => answered(() => connectors.undo(call(performed))),
    probe: () => answered(() => connectors.probe(call(performed))),
  };
}

function rehearsal(state: Effect["state"]): Outside {
  const said = (evidence: string, output: JsonObject = {}): Promise<Outcome> =>
    Promise.resolve({ kind: "done", output, evidence });
  return {
    perform: () => said("Rehearsed: nothing was sent.", { rehearsed: true }),
    undo: () => said("Rehearsed: nothing was sent.", { rehearsed: true }),
    probe: () =>
      said("Rehearsed: nothing was looked at.", { rehearsed: true, holds: state !== "undoing" && state !== "undone" }),
  };
}

/** A fault of ours and silence are both "not known": only the outside can say that nothing happened. */
async function answered(ask: () => Promise<Outcome>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "unknown", reason: "It has not answered for 15 minutes." }), LONGEST_MS);
  });
  try {
    return await Promise.race([ask(), silence]);
  } catch (error) {
    return { kind: "unknown", reason: `The call broke off: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    clearTimeout(timer);
  }
}
