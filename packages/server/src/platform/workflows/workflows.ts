/** workflows: puts the port together: the engine that records and recovers, messages, and starts that wait for a commit. */
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../clock/index.ts";
import type { Log } from "../log/index.ts";
import { RECONNECTED, type Tables, type Transaction } from "../tables/index.ts";
import { createAlarm } from "./alarm.ts";
import { createContext, type Scope } from "./context.ts";
import { type Body, type Engine, launchEngine } from "./engine.ts";
import { workflowsFail } from "./errors.ts";
import { createHistory, type History } from "./history.ts";
import { createMailbox } from "./mailbox.ts";
import type { WorkflowContext, Workflow, Workflows } from "./port.ts";
import { nextStarts, putStart, removeStart, returnLastMessage, startWaits } from "./store.ts";

export interface WorkflowsOptions {
  readonly tables: Tables;
  /** The state store's connection string. */
  readonly url: string;
  readonly log: Log;
  readonly clock: Clock;
  /** How late a sleeper may be when the clock is set forward; tests that set it want less. */
  readonly tickMs?: number;
  /** How many days the history of what has finished is kept; for ever when not given. */
  readonly keepDays?: number;
}

const TICK_MS = 1000;
const START_TOPIC = "workflows.start";
const BATCH = 200;
/** How long close waits for steps that act at this moment. */
const DRAIN_MS = 10_000;

export function createWorkflows(options: WorkflowsOptions): Workflows {
  const { tables, url, log, clock, tickMs = TICK_MS, keepDays } = options;
  const bodies = new Map<string, Body>();
  const mailbox = createMailbox({ tables, clock });
  const alarm = createAlarm({ clock, tickMs });
  const acting = new Set<Promise<unknown>>();
  const cancelled = new Set<string>();
  let engine: Engine | undefined;
  let history: History | undefined;
  let closed = false;
  const scope: Scope = { clock, alarm, mailbox, cancelled, running: acting, closing: () => closed };
  const running = (): Engine => {
    if (engine !== undefined && !closed) return engine;
    throw workflowsFail("WORKFLOWS_STATE", "Durable workflows do not run yet, or no more: try again after the start.");
  };

  const takeOver = async (): Promise<void> => {
    for (;;) {
      const starts = await nextStarts(tables, [...bodies.keys()], BATCH);
      for (const { workflowId, name, input } of starts) {
        if (closed) return;
        await running().start(name, workflowId, input);
        await removeStart(tables, workflowId);
      }
      if (starts.length < BATCH) return;
    }
  };
  const pending = oneAtATime(async () => {
    if (engine !== undefined && !closed) await takeOver();
  }, log);
  const unsubscribe = tables.subscribe((topic) => {
    if (topic === START_TOPIC || topic === RECONNECTED) pending();
  });

  const later = async (tx: Transaction, start: { workflowId: string; name: string; input: unknown }): Promise<void> => {
    await putStart(tx, { ...start, at: clock.now() });
    await tables.notify(tx, START_TOPIC, start.name);
  };
  return {
    define<I, O>(name: string, run: (context: WorkflowContext, input: I) => Promise<O>): Workflow<I> {
      if (bodies.has(name) || engine !== undefined) {
        throw workflowsFail(
          "WORKFLOWS_DEFINITION",
          `Workflow "${name}" ${bodies.has(name) ? "is defined twice" : "is defined after the launch"}.`,
        );
      }
      bodies.set(name, (id, input) => run(createContext(id, scope), input as I).finally(() => cancelled.delete(id)));
      return {
        async start(id, input, tx) {
          const start = { workflowId: id, name, input };
          if (tx !== undefined) await later(tx, start);
          else if (engine === undefined) await tables.transaction((own) => later(own, start));
          else await running().start(name, id, input);
        },
        async restart(id, input, topic) {
          const state = (await running().view(id))?.state;
          if (state === "running" || state === "done" || (await startWaits(tables, id))) return;
          await returnLastMessage(tables, id, topic);
          // The start is on disk before anything is forgotten: a crash in between ends in a start.
          await tables.transaction((own) => putStart(own, { workflowId: id, name, input, at: clock.now() }));
          await running().discard(id);
          await running().start(name, id, input);
          await removeStart(tables, id);
        },
      };
    },
    send: (...[id, topic, message, key, tx]) => mailbox.send({ workflowId: id, topic, key, body: message }, tx),
    async cancel(id) {
      await removeStart(tables, id);
      await running().cancel(id);
      cancelled.add(id);
      mailbox.wake(id);
    },
    failed: (name) => running().failed(name),
    async view(id) {
      const view = await running().view(id);
      if (view !== undefined) return view;
      return (await startWaits(tables, id)) ? { id, state: "running", error: null } : undefined;
    },
    async launch() {
      if (closed) throw workflowsFail("WORKFLOWS_STATE", "These workflows were closed: create new ones.");
      engine = await launchEngine({ url, log: log.child("workflows"), bodies });
      pending();
      if (keepDays === undefined) return;
      history = createHistory({ tables, clock, log, keepDays, engine });
      history.start();
    },
    async close() {
      if (closed) return;
      closed = true;
      unsubscribe();
      alarm.close();
      mailbox.close();
      await history?.stop();
      await Promise.race([Promise.allSettled([...acting]), delay(DRAIN_MS, undefined, { ref: false })]);
      await engine?.stop();
    },
  };
}

/** Calls that come while it runs make it run once more, not side by side. A failure is tried again. */
function oneAtATime(work: () => Promise<void>, log: Log): () => void {
  let state: "idle" | "running" | "again" = "idle";
  const run = async (): Promise<void> => {
    state = "running";
    try {
      await work();
    } catch (error) {
      log.warn({ error: String(error) }, "Workflows that wait to be started could not be taken over; trying again.");
      await delay(1000, undefined, { ref: false });
      state = "again";
    }
    if (isAgain()) return run();
    state = "idle";
  };
  const isAgain = (): boolean => state === "again";
  return () => {
    if (state === "idle") void run();
    else state = "again";
  };
}
