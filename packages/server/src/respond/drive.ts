/** drive: what makes effects go on. One durable workflow per effect wakes at its times (expiry, retry, undo); whoever changes an effect
 *  wakes it at once. Truth is the effect's record: the workflow starts in the transaction that stores it, and a watch looks for what still
 *  is overdue, for effects that should still hold, and for listeners that have not heard. */
import type { Clock } from "../platform/clock/index.ts";
import { isAppError } from "../platform/errors/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import type { Workflow, Workflows } from "../platform/workflows/index.ts";
import { driftDue, dueEffects, effectById, markHeard, unheard } from "./effect-store.ts";
import type { Performer } from "./perform.ts";
import type { Settled } from "./port.ts";

export interface DriveOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly log: Log;
  readonly workflows: Workflows;
  readonly performer: Performer;
  readonly checkDrift: (effectId: string) => Promise<void>;
  /** While it says so no effect goes on: what is due then is found by the watch, which starts afterwards. */
  readonly held: () => boolean;
}

export interface Drive {
  /** In the transaction that stores a proposal: with it comes the workflow that drives it, or neither. */
  enlist(tx: Transaction, effectId: string): Promise<void>;
  /** After it was enlisted: goes on now; its workflow, which came with it, makes that sure. */
  begin(effectId: string): void;
  /** After a change: goes on now, and is sure to go on. */
  wake(effect: { readonly id: string; readonly version: number }): Promise<void>;
  onSettled(listener: (settled: Settled) => Promise<void>): void;
  /** Looks at what is overdue, now and from then on; what sleeps is woken by its workflow. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const WATCH_MS = 2_000;
/** What is late by so much has no live workflow any more. */
const OVERDUE_MS = 1_000;
/** A workflow that waits for a person only looks again so often. */
const LONG_MS = 7 * 24 * 3_600_000;
const AT_ONCE = 50;

export function createDrive(options: DriveOptions): Drive {
  const { tables, clock, log, workflows, performer, checkDrift, held } = options;
  const listeners: ((settled: Settled) => Promise<void>)[] = [];
  const running = new Set<Promise<unknown>>();
  let watch: NodeJS.Timeout | undefined;
  let stopped = false;
  let telling: Promise<void> = Promise.resolve();

  const flow: Workflow<{ effectId: string }> = workflows.define("respond.effect", async (context, { effectId }) => {
    for (let turn = 0; ; turn += 1) {
      const next = await context.step(`advance ${turn}`, () => advance(effectId), { attempts: 100, backoffMs: 200 });
      if (next === null) return;
      const latest = (await context.now()) + LONG_MS;
      await context.receive("wake", Math.min(next, latest));
    }
  });

  return {
    begin: (effectId) => {
      if (!held()) inBackground(advance(effectId));
    },
    async wake({ id, version }) {
      if (held()) return;
      // At once in this process; the workflow makes it sure.
      inBackground(advance(id));
      await ensure({ id, version });
    },
    enlist: (tx, effectId) => flow.start(`respond:${effectId}`, { effectId }, tx),
    onSettled(listener) {
      listeners.push(listener);
    },
    async start() {
      stopped = false;
      watch = setInterval(() => inBackground(look()), WATCH_MS);
      inBackground(look());
    },
    async stop() {
      stopped = true;
      clearInterval(watch);
      await Promise.allSettled([...running]);
      await telling;
    },
  };

  async function advance(effectId: string): Promise<number | null> {
    const next = await performer.advance(effectId);
    inBackground(tell());
    return next;
  }

  /** A workflow is started once ever; after it ended (nothing was left to do), or its history was removed, a new one is
   *  named by the version that woke it. */
  async function ensure({ id, version }: { readonly id: string; readonly version: number }): Promise<void> {
    const first = `respond:${id}`;
    const view = await workflows.view(first);
    if (view?.state === "running") await workflows.send(first, "wake", {}, `wake:${id}:${version}`);
    else await flow.start(`${first}:${version}`, { effectId: id });
  }

  async function look(): Promise<void> {
    const now = clock.now();
    for (const { id } of await dueEffects(tables.db, now - OVERDUE_MS)) if (!stopped) await advance(id);
    for (const id of await driftDue(tables.db, now, AT_ONCE)) if (!stopped) await checkDrift(id);
    await tell();
  }

  /** One at a time, in order; what a listener refuses is told again by the watch. */
  function tell(): Promise<void> {
    const before = telling;
    telling = before.then(tellAll, tellAll);
    return telling;
  }

  async function tellAll(): Promise<void> {
    if (listeners.length === 0) return;
    try {
      for (const settled of await unheard(tables.db, 500)) {
        const effect = await effectById(tables.db, settled.effectId);
        if (effect === undefined) continue;
        const { runId, stepKey, output, outcome } = effect;
        for (const listener of listeners)
          await listener({
            ...settled,
            runId,
            stepKey,
            output,
            reason: settled.state === "undone" ? effect.undoReason : outcome,
          });
        await markHeard(tables.db, settled);
      }
    } catch (error) {
      if (!stopped)
        log.warn({ error: String(error) }, "A listener could not take what became of an effect; it is told again.");
    }
  }

  function inBackground(work: Promise<unknown>): void {
    const kept = work
      .catch((error: unknown) => {
        if (stopped || (isAppError(error) && error.retryable)) return;
        log.error({ error: String(error) }, "An effect could not be taken further; it is tried again.");
      })
      .finally(() => running.delete(kept));
    running.add(kept);
  }
}
