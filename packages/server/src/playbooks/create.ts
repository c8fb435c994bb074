/** create: the playbooks area: a library of texts with versions, and durable runs of them. */
import type { playbookRoutes } from "@holdfast/contracts/playbooks";
import { type Evaluate, variableInCel } from "@holdfast/playbook";
import type { triggerRoutes } from "@holdfast/contracts/playbook-triggers";
import type { Cel } from "../platform/cel/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Transaction } from "../platform/tables/index.ts";
import { createLibrary } from "./library.ts";
import type { PlaybooksOptions, SettledEffect } from "./port.ts";
import { createRoutes } from "./routes.ts";
import { createRuns, type StartRun } from "./runs.ts";
import { createTriggerLibrary } from "./trigger-library.ts";
import { createTriggerRoutes } from "./trigger-routes.ts";
import { createTriggers } from "./triggers.ts";

export interface Playbooks {
  readonly routes: Handlers<typeof playbookRoutes>;
  readonly triggers: {
    readonly routes: Handlers<typeof triggerRoutes>;
    /** In the transaction that opened or changed incidents: they are held against the triggers after it. */
    touched(tx: Transaction, incidentIds: readonly string[]): Promise<void>;
    /** Works off what waits, and says how much that was. Happens by itself. */
    turn(): Promise<number>;
  };
  /** Runs whose workflow failed wait for a person from now on; says how many. Happens by itself. */
  findLost(): Promise<number>;
  /** After the workflows were launched: from now on triggers fire and lost runs are found. */
  watch(): void;
  stop(): Promise<void>;
  /** Starts the published version; the same key starts one run. */
  start(asked: Omit<StartRun, "parent" | "id" | "armedBy">): Promise<{ runId: string }>;
  /** What became of an effect of a run; may be told more than once. */
  settled(effect: SettledEffect): Promise<void>;
  /** Before the workflows are launched. */
  load(): Promise<void>;
}

export function createPlaybooks(options: PlaybooksOptions): Playbooks {
  const library = createLibrary(options);
  const evaluate = evaluatorOf(options.cel);
  const runs = createRuns({ ...options, startable: (id) => library.startable(id), evaluate });
  const triggerLibrary = createTriggerLibrary({ ...options, library });
  const triggers = createTriggers({ ...options, runs });
  const log = options.log.child("playbooks");
  let looking: NodeJS.Timeout | undefined;
  let looked: Promise<unknown> = Promise.resolve();
  const look = (): void => {
    looked = looked
      .then(() => runs.findLost())
      .catch((error: unknown) => log.warn({ reason: String(error) }, "Lost runs could not be looked for."));
  };
  return {
    routes: createRoutes({ ...options, library, runs, evaluate }),
    findLost: () => runs.findLost(),
    watch() {
      triggers.start();
      looking = setInterval(look, LOST_MS);
      looking.unref();
      look();
    },
    async stop() {
      clearInterval(looking);
      await Promise.all([triggers.stop(), looked]);
    },
    triggers: { ...triggers, routes: createTriggerRoutes({ ...options, library, triggerLibrary, triggers }) },
    start: (asked) => runs.start(asked),
    settled: (effect) => runs.settled(effect),
    async load() {
      await library.loadShipped();
      await triggerLibrary.loadShipped();
    },
  };
}

const LOST_MS = 60_000;

/** Names with a dash are reached by vars["a-b"]. */
function evaluatorOf(cel: Cel): Evaluate {
  return (expression, variables) => {
    const named = Object.fromEntries(Object.entries(variables).filter(([name]) => variableInCel(name) === name));
    return cel.evaluate(expression, named);
  };
}
