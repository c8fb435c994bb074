/** engine: DBOS on our state store, and nothing else of it: no console, no telemetry, no listener of its own. It keeps which workflow
 *  runs with which input and the result of each finished step, and after a crash runs what is unfinished again. */
import { AsyncLocalStorage } from "node:async_hooks";
import { DBOS, type DBOSConfig, type WorkflowStatus } from "@dbos-inc/dbos-sdk";
import type pg from "pg";
import type { Log } from "../log/index.ts";
import { openPool } from "../tables/index.ts";
import { workflowsFail } from "./errors.ts";
import type { WorkflowView } from "./port.ts";

export interface Engine {
  start(name: string, id: string, input: unknown): Promise<void>;
  cancel(id: string): Promise<void>;
  /** Forgets a workflow with all that it recorded. */
  discard(id: string): Promise<void>;
  view(id: string): Promise<WorkflowView | undefined>;
  failed(name: string): Promise<WorkflowView[]>;
  /** Forgets up to `limit` workflows that ended before then (milliseconds since the epoch); gives their ids. */
  forget(before: number, limit: number): Promise<string[]>;
  stop(): Promise<void>;
}

export type Body = (id: string, input: unknown) => Promise<unknown>;

/** Registers the workflows, takes up what is unfinished and runs. DBOS is one per process: a second engine is refused. */
export async function launchEngine(options: {
  url: string;
  log: Log;
  bodies: ReadonlyMap<string, Body>;
}): Promise<Engine> {
  if (DBOS.isInitialized()) {
    throw workflowsFail(
      "WORKFLOWS_STATE",
      "Durable workflows already run in this process: close the running server before another one is started here.",
    );
  }
  const pool = openPool({ ...options, connections: CONNECTIONS, name: "holdfast workflows" });
  const registered = new Map([...options.bodies].map(([name, body]) => [name, register(name, body)]));
  DBOS.setConfig(configuration(pool, options.log));
  const stop = async (): Promise<void> => {
    await DBOS.shutdown({ deregister: true });
    await pool.end();
  };
  await DBOS.launch().catch((error: unknown) => stop().then(() => Promise.reject(error)));
  // Calls come from anywhere, also from inside a step of another workflow: they are no part of its history.
  const outside = AsyncLocalStorage.snapshot();
  return {
    start: (name, id, input) =>
      outside(async () => {
        const workflow = registered.get(name);
        if (workflow === undefined) {
          throw workflowsFail("WORKFLOWS_DEFINITION", `There is no workflow "${name}": define it before the launch.`);
        }
        await DBOS.startWorkflow(workflow, { workflowID: id })(id, input);
      }),
    cancel: (id) => outside(() => DBOS.cancelWorkflow(id)),
    discard: (id) => outside(() => DBOS.deleteWorkflows([id])),
    view: (id) =>
      outside(async () => {
        const status = await DBOS.getWorkflowStatus(id);
        return status === null ? undefined : viewOf(status);
      }),
    failed: (name) =>
      outside(async () => {
        const status = ["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"] as const;
        const found = await DBOS.listWorkflows({ workflowName: name, status: [...status], loadInput: false });
        return found.map(viewOf);
      }),
    forget: (before, limit) =>
      outside(async () => {
        const ended = await DBOS.listWorkflows({
          status: [...ENDED],
          completedBefore: new Date(before).toISOString(),
          limit,
          loadInput: false,
          loadOutput: false,
        });
        // Asked again here: what runs is never forgotten, whatever the engine's filter does.
        const ids = ended
          .filter(({ status }) => ENDED.some((one) => one === status))
          .map(({ workflowID }) => workflowID);
        if (ids.length > 0) await DBOS.deleteWorkflows(ids);
        return ids;
      }),
    stop,
  };
}

/** Runs inside a workflow only; the result is what was recorded when it is done again. */
export function recordStep<T>(name: string, run: () => Promise<T>): Promise<T> {
  return DBOS.runStep(run, { name });
}

const ENDED = ["SUCCESS", "ERROR", "CANCELLED"] as const;
const CONNECTIONS = 10;
/** A start of the server is no sign that a workflow is broken: a timer of a year sees hundreds. */
const RECOVERIES = 1_000_000;

function register(name: string, body: Body) {
  return DBOS.registerWorkflow((id: string, input: unknown) => body(id, input), {
    name,
    maxRecoveryAttempts: RECOVERIES,
  });
}

function configuration(pool: pg.Pool, log: Log): DBOSConfig {
  return {
    name: "holdfast",
    // Never connected to: the pool stands for it. Without one the engine would guess from the environment.
    systemDatabaseUrl: "postgresql://holdfast@localhost/holdfast",
    systemDatabasePool: pool,
    systemDatabaseSchemaName: "dbos",
    // Both fixed: with another value than at their start, unfinished workflows would never be taken up again.
    applicationVersion: "1",
    executorID: "holdfast",
    enableOTLP: false,
    tracingEnabled: false,
    useListenNotify: false,
    logger: {
      debug: (entry) => log.debug({ entry }, "workflows"),
      // Which addresses and versions it runs with is news at every start, to nobody.
      info: (entry) => log.debug({ entry }, "workflows"),
      warn: (entry) => log.warn({ entry }, "workflows"),
      error: (entry, metadata) => log.error({ entry, stack: metadata?.stack }, "workflows"),
    },
  };
}

function viewOf(status: WorkflowStatus): WorkflowView {
  const error: unknown = status.error;
  return {
    id: status.workflowID,
    state: stateOf(status.status),
    error: error === undefined || error === null ? null : error instanceof Error ? error.message : String(error),
  };
}

function stateOf(status: string): WorkflowView["state"] {
  if (status === "SUCCESS") return "done";
  if (status === "CANCELLED") return "cancelled";
  if (status === "ERROR" || status === "MAX_RECOVERY_ATTEMPTS_EXCEEDED") return "failed";
  return "running";
}
