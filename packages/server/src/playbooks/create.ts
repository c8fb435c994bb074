/** create: the playbooks area: a library of texts with versions, and durable runs of them. */
import type { playbookRoutes } from "@holdfast/contracts/playbooks";
import { type Evaluate, variableInCel } from "@holdfast/playbook";
import type { Cel } from "../platform/cel/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import { createLibrary } from "./library.ts";
import type { PlaybooksOptions, SettledEffect } from "./port.ts";
import { createRoutes } from "./routes.ts";
import { createRuns, type StartRun } from "./runs.ts";

export interface Playbooks {
  readonly routes: Handlers<typeof playbookRoutes>;
  /** Starts the published version; the same key starts one run. */
  start(asked: Omit<StartRun, "parent">): Promise<{ runId: string }>;
  /** What became of an effect of a run; may be told more than once. */
  settled(effect: SettledEffect): Promise<void>;
  /** Before the workflows are launched. */
  load(): Promise<void>;
}

export function createPlaybooks(options: PlaybooksOptions): Playbooks {
  const library = createLibrary(options);
  const evaluate = evaluatorOf(options.cel);
  const runs = createRuns({ ...options, startable: (id) => library.startable(id), evaluate });
  return {
    routes: createRoutes({ ...options, library, runs, evaluate }),
    start: (asked) => runs.start(asked),
    settled: (effect) => runs.settled(effect),
    load: () => library.loadShipped(),
  };
}

/** Names with a dash are reached by vars["a-b"]. */
function evaluatorOf(cel: Cel): Evaluate {
  return (expression, variables) => {
    const named = Object.fromEntries(Object.entries(variables).filter(([name]) => variableInCel(name) === name));
    return cel.evaluate(expression, named);
  };
}
