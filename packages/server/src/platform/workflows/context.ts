/** context: what a workflow's function is given. Steps and received messages are recorded; sleeping is not, since a time in the past
 *  wakes at once. A store that is away ends no workflow: what needs it is done again until it is back. While the engine closes,
 *  nothing returns to the function any more: it goes on from its record at the next launch. */
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../clock/index.ts";
import { isAppError } from "../errors/index.ts";
import type { Alarm } from "./alarm.ts";
import { recordStep } from "./engine.ts";
import { workflowsFail } from "./errors.ts";
import type { Mailbox } from "./mailbox.ts";
import type { StepRetry, WorkflowContext } from "./port.ts";

export interface Scope {
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly mailbox: Mailbox;
  /** Ids cancelled in this process while it ran. */
  readonly cancelled: ReadonlySet<string>;
  readonly closing: () => boolean;
  /** Steps that close waits for. */
  readonly running: Set<Promise<unknown>>;
}

export function createContext(id: string, scope: Scope): WorkflowContext {
  let busy = false;
  let received = 0;

  const alone = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    if (scope.closing()) return forever();
    if (busy) {
      throw workflowsFail(
        "WORKFLOWS_OVERLAP",
        `Step "${name}" of workflow ${id} began while another one ran: await each step, or use several workflows.`,
      );
    }
    busy = true;
    try {
      return await run();
    } finally {
      busy = false;
      if (scope.closing()) await forever();
    }
  };
  /** Between two attempts close need not wait for the step. */
  const pause = async (work: Promise<unknown>, backoffMs: number): Promise<void> => {
    scope.running.delete(work);
    await delay(Math.min(backoffMs, LONGEST_BACKOFF_MS));
    if (scope.closing()) await forever();
    scope.running.add(work);
  };
  const tracked = async <T>(work: Promise<T>): Promise<T> => {
    scope.running.add(work);
    try {
      return await work;
    } finally {
      scope.running.delete(work);
    }
  };

  return {
    id,
    step: (name, run, retry) =>
      alone(name, async () => {
        const acting = { work: Promise.resolve<unknown>(undefined) };
        const work = recordStep(name, () => attempts(run, retry, (ms) => pause(acting.work, ms)));
        acting.work = work;
        return tracked(work);
      }),
    now: () => alone("now", () => tracked(recordStep("now", async () => scope.clock.now()))),
    sleepUntil: (epochMs) =>
      alone("sleep", async () => {
        await wait(id, scope, epochMs);
        // The engine says whether it was cancelled meanwhile; nothing else is to be known.
        if (scope.cancelled.has(id)) await recordStep("cancelled", async () => null);
      }),
    async receive<T>(topic: string, deadline: number): Promise<T | undefined> {
      received += 1;
      const place = { workflowId: id, topic, receivedAs: received };
      const found = await alone(`receive ${topic}`, () =>
        recordStep(`receive ${topic}`, () =>
          attempts(
            () => receive(place, deadline, scope),
            undefined,
            async (ms) => {
              await delay(ms);
              if (scope.closing()) await forever();
            },
          ),
        ),
      );
      return found === null ? undefined : (found.body as T);
    },
  };
}

type Place = Parameters<Mailbox["take"]>[0];

/** A message that came by the deadline is taken even when it is looked at later. */
async function receive(place: Place, deadline: number, scope: Scope): Promise<{ body: unknown } | null> {
  for (;;) {
    let came = false;
    let wake = (): void => {
      came = true;
    };
    const stop = scope.mailbox.watch(place.workflowId, () => wake());
    try {
      const late = scope.clock.now() >= deadline;
      const found = await scope.mailbox.take(place);
      if (found !== undefined) return { body: found.body };
      if (late) return null;
      if (scope.closing()) return await forever();
      if (scope.cancelled.has(place.workflowId)) {
        throw workflowsFail("WORKFLOWS_CANCELLED", `Workflow ${place.workflowId} was cancelled while it waited.`);
      }
      await new Promise<void>((resolve) => {
        const off = scope.alarm.at(deadline, resolve);
        wake = () => {
          off();
          resolve();
        };
        if (came) wake();
      });
    } finally {
      stop();
    }
  }
}

function wait(id: string, scope: Scope, epochMs: number): Promise<void> {
  if (scope.clock.now() >= epochMs || scope.cancelled.has(id)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      off();
      stop();
      resolve();
    };
    const off = scope.alarm.at(epochMs, done);
    const stop = scope.mailbox.watch(id, () => {
      if (scope.cancelled.has(id)) done();
    });
  });
}

async function attempts<T>(
  run: () => Promise<T>,
  retry: StepRetry | undefined,
  pause: (ms: number) => Promise<void>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      const away = isAway(error);
      if (attempt >= (retry?.attempts ?? 1) && !away) throw error;
      const backoffMs = (retry?.backoffMs ?? 0) * 2 ** Math.min(attempt - 1, 20);
      await pause(away ? Math.max(backoffMs, AWAY_MS) : backoffMs);
    }
  }
}

/** What was asked may have happened, as after a crash; both are asked again. */
const isAway = (error: unknown): boolean => isAppError(error) && error.code === "TABLES_UNAVAILABLE";

const AWAY_MS = 200;
const LONGEST_BACKOFF_MS = 30_000;
const forever = (): Promise<never> => new Promise(() => {});
