/** runner: carries actions and messages out by a connector, within the time that the action allows. What the outside does is an
 *  outcome, never an exception; what takes too long is unknown. Every use leaves the connector's state and its last error. */
import type { Action, BoundAction, Capabilities, JsonObject, Operation, Outcome, Plan } from "@holdfast/sdk";
import { isAppError } from "../platform/errors/index.ts";
import type { ActionCall, ConnectorsOptions, DeliverCall, PlanAnswer } from "./create.ts";
import type { Keeper, OpenConnector } from "./keeper.ts";
import { createPorts } from "./ports/index.ts";
import { redactorOf, redactOutcome } from "./redact.ts";
import { planRehearsed, REHEARSAL } from "./rehearsed.ts";
import * as store from "./store.ts";

export interface Runner {
  plan(call: Pick<ActionCall, "action" | "connectorId" | "input">): Promise<PlanAnswer>;
  perform(call: ActionCall): Promise<Outcome>;
  undo(call: ActionCall): Promise<Outcome>;
  probe(call: ActionCall): Promise<Outcome>;
  dryRun(call: ActionCall): Promise<Outcome>;
  deliver(call: DeliverCall): Promise<Outcome>;
  test(connectorId: string): Promise<Outcome>;
}

type Bound =
  | { ok: true; bound: BoundAction; action: Action; open: OpenConnector }
  | { ok: false; reason: string; at: string };

const MESSAGE_TIMEOUT_MS = 30_000;
const TEST_TIMEOUT_MS = 30_000;

export function createRunner({ tables, clock, log, egress, actions }: ConnectorsOptions, keeper: Keeper): Runner {
  const byName = new Map(actions.map((action) => [action.name, action]));

  const connect = ({
    stored,
    read,
  }: OpenConnector): { capabilities: Partial<Capabilities>; test(): Promise<Outcome> } =>
    read.connect(
      createPorts({
        egress,
        clock,
        caller: { name: `connector ${stored.id}`, allow: stored.allow, hosts: read.reaches },
      }),
    );

  const bind = async (call: {
    action: string;
    connectorId: string;
    input: JsonObject;
    performed?: JsonObject | null;
  }): Promise<Bound> => {
    const action = byName.get(call.action);
    if (action === undefined) return { ok: false, at: "action", reason: `There is no action "${call.action}".` };
    const opened = await keeper.open(call.connectorId);
    if (!opened.ok) return { ok: false, at: "connectorId", reason: opened.reason };
    const bound = action.bind(connect(opened.open).capabilities, call.input, call.performed ?? null);
    return bound.ok ? { ok: true, bound, action, open: opened.open } : bound;
  };

  /** Runs it, notes it, and takes the secrets out. */
  const carry = async (
    open: OpenConnector,
    run: { readonly timeoutMs: number; readonly test: boolean; readonly work: () => Promise<Outcome> },
  ): Promise<Outcome> => {
    const raw = await Promise.race([run.work(), tooLate(run.timeoutMs)]).catch(
      (error: unknown): Outcome => ({
        kind: "unknown",
        reason: `It broke off: ${error instanceof Error ? error.message : String(error)}`,
      }),
    );
    const outcome = redactOutcome(raw, redactorOf(open.secretValues));
    const error = outcome.kind === "done" ? null : outcome.reason;
    if (error !== null) log.warn({ connector: open.stored.id, error }, "A connector could not do what it was asked.");
    await tables.transaction(async (tx) => {
      const changed = await store.noteUse(tx, open.stored.id, { test: run.test, error, now: clock.now() });
      if (changed || run.test) await tables.notify(tx, "connectors.changed", { id: open.stored.id });
    });
    return outcome;
  };

  /** A fault of our own before anything was sent is a failure; only what may have been sent is unknown. */
  const guarded = async (work: () => Promise<Outcome>): Promise<Outcome> => {
    try {
      return await work();
    } catch (error) {
      if (isAppError(error)) return { kind: "failed", reason: error.message, retryable: error.retryable };
      throw error;
    }
  };

  const withOperation = (
    call: ActionCall,
    pick: (bound: BoundAction) => Plan | undefined,
    use: (operation: Operation) => Promise<Outcome>,
  ) =>
    guarded(async () => {
      const found = await bind(call);
      if (!found.ok) return { kind: "failed", reason: found.reason, retryable: false };
      const operation = pick(found.bound);
      if (operation === undefined) {
        return { kind: "failed", reason: `"${call.action}" cannot be taken back.`, retryable: false };
      }
      if (!operation.ok) return { kind: "failed", reason: operation.reason, retryable: false };
      return carry(found.open, { timeoutMs: found.action.limits.timeoutMs, test: false, work: () => use(operation) });
    });

  return {
    async plan(call) {
      const alone = call.connectorId === REHEARSAL ? byName.get(call.action) : undefined;
      if (alone !== undefined) return planRehearsed(alone, call.input);
      const found = await bind(call);
      if (!found.ok) return found;
      const { perform, undo, targets, effect } = found.bound;
      if (!perform.ok) return { ok: false, reason: perform.reason, at: perform.at };
      const redact = redactorOf(found.open.secretValues);
      return { ok: true, targets, command: perform.command.map(redact), effect, undoable: undo?.ok === true };
    },
    perform: (call) =>
      withOperation(
        call,
        (bound) => bound.perform,
        (operation) => operation.run(call.key),
      ),
    undo: (call) =>
      withOperation(
        call,
        (bound) => bound.undo,
        (operation) => operation.run(`${call.key}/undo`),
      ),
    dryRun: (call) =>
      withOperation(
        call,
        (bound) => bound.perform,
        (operation) => operation.check(),
      ),
    probe: (call) =>
      guarded(async () => {
        const found = await bind(call);
        if (!found.ok) return { kind: "failed", reason: found.reason, retryable: false };
        const { probe } = found.bound;
        if (probe === undefined)
          return { kind: "unknown", reason: `"${call.action}" leaves nothing that could be looked at.` };
        return carry(found.open, { timeoutMs: found.action.limits.timeoutMs, test: false, work: probe });
      }),
    deliver: ({ connectorId, key, ...message }) =>
      guarded(async () => {
        const opened = await keeper.open(connectorId);
        if (!opened.ok) return { kind: "failed", reason: opened.reason, retryable: false };
        const { messages } = connect(opened.open).capabilities;
        if (messages === undefined)
          return { kind: "failed", reason: `The connector "${connectorId}" sends no messages.`, retryable: false };
        const operation = messages.deliver(message);
        if (!operation.ok) return { kind: "failed", reason: operation.reason, retryable: false };
        return carry(opened.open, { timeoutMs: MESSAGE_TIMEOUT_MS, test: false, work: () => operation.run(key) });
      }),
    test: (connectorId) =>
      guarded(async () => {
        const opened = await keeper.open(connectorId);
        if (!opened.ok) return { kind: "failed", reason: opened.reason, retryable: false };
        return carry(opened.open, { timeoutMs: TEST_TIMEOUT_MS, test: true, work: () => connect(opened.open).test() });
      }),
  };
}

function tooLate(timeoutMs: number): Promise<Outcome> {
  return new Promise((done) => {
    setTimeout(
      () => done({ kind: "unknown", reason: `There was no result within ${timeoutMs / 1000} s.` }),
      timeoutMs,
    ).unref();
  });
}
