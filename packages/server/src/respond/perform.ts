/** perform: takes an effect its next step further, from its record alone, so that it can be called at any time, by anyone, again.
 *  What goes out is written before it goes; an attempt whose outcome was never written is looked for outside before anything else is
 *  done. Once approved and sent, an effect ends as done, failed or with a person, and is undone on its time. */
import type { Clock } from "../platform/clock/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import { alarmOf } from "./alarm.ts";
import * as machine from "./approval.ts";
import { approvalById } from "./approval-store.ts";
import type { Outside } from "./boundary.ts";
import type { Effect } from "./effect.ts";
import { effectById, lockEffect } from "./effect-store.ts";
import type { Ledger } from "./ledger.ts";
import type { Connectors, Floor, Outcome, Planned } from "./port.ts";
import type { Released } from "./release.ts";
import { lookUntil } from "./proof.ts";
import { createUndo } from "./undo.ts";

export interface PerformOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly floor: Floor;
  readonly connectors: Pick<Connectors, "plan">;
  readonly outside: (effect: Effect) => Outside;
  /** Checks and uses the approval, in the transaction that notes the sending; the reason when it may not go out. */
  readonly release: (tx: Transaction, effect: Effect, planned: Planned) => Promise<Released>;
  readonly driftEveryMs: () => Promise<number>;
}

export interface Performer {
  /** Goes as far as it can now; gives the time of the next step, or null when nothing is left to do without a person. */
  advance(effectId: string): Promise<number | null>;
  /** One at a time per effect. */
  inTurn<T>(effectId: string, work: () => Promise<T>): Promise<T>;
}

const MOST_ATTEMPTS = 3;
const RETRY_MS = [1_000, 4_000];

export function createPerformer(options: PerformOptions): Performer {
  const { tables, clock, ledger, floor } = options;
  const turns = new Map<string, Promise<unknown>>();
  const undo = createUndo(options);
  return {
    inTurn,
    advance: (effectId) =>
      inTurn(effectId, async () => {
        for (;;) {
          const effect = await effectById(tables.db, effectId);
          if (effect === undefined) return null;
          const next = await step(effect);
          if (next !== "again") return next;
        }
      }),
  };

  async function inTurn<T>(effectId: string, work: () => Promise<T>): Promise<T> {
    const before = turns.get(effectId) ?? Promise.resolve();
    const mine = before.then(work, work);
    turns.set(effectId, mine);
    try {
      return await mine;
    } finally {
      if (turns.get(effectId) === mine) turns.delete(effectId);
    }
  }

  async function step(effect: Effect): Promise<number | null | "again"> {
    const now = clock.now();
    switch (effect.state) {
      case "waiting":
        return silence(effect, now);
      case "ready":
        return send(effect);
      case "sent":
        if (effect.attempt.open) return recover(effect);
        if ((effect.retryAt ?? 0) > now) return effect.retryAt;
        return attempt(effect);
      case "done":
        if (effect.undoAt === null) return null;
        if (effect.undoAt > now) return effect.undoAt;
        return undo.begin(effect.id, { reason: "Its time is over.", actor: null });
      case "undoing":
        return undo.attempt(effect);
      default:
        return null;
    }
  }

  /** Nobody decided in time: what the policy says then. */
  async function silence(effect: Effect, now: number): Promise<number | null | "again"> {
    if (effect.approvalId === null) return null;
    const { expiresAt } = await approvalById(tables.db, effect.approvalId);
    if (expiresAt > now) return expiresAt;
    await tables.transaction(async (tx) => {
      const current = await lockEffect(tx, effect.id);
      if (current.state !== "waiting" || current.approvalId === null) return;
      const approval = await approvalById(tx, current.approvalId);
      const passed = machine.expire(approval, now);
      if (!passed.ok) return;
      const proceeds = passed.approval.state === "approved";
      const text = proceeds
        ? "Nobody decided in time, and the policy then goes ahead."
        : "Nobody decided in time, and the policy then refuses.";
      await ledger.change(
        tx,
        { ...current, state: proceeds ? "ready" : "expired", outcome: proceeds ? "" : text },
        {
          approval: { ...approval, ...passed.approval },
          entry: "expired",
          text,
          at: now,
          title: `${proceeds ? "Goes ahead without an answer" : "Expired without an answer"}: ${current.title}`,
          ...(proceeds ? {} : { settled: "expired" as const }),
        },
      );
    });
    return "again";
  }

  async function send(effect: Effect): Promise<number | null | "again"> {
    const now = clock.now();
    // Before the transaction, which holds locks that others wait for.
    const planned = await options.connectors.plan(effect.action, effect.connectorId, effect.input);
    const sent = await tables.transaction(async (tx) => {
      const current = await lockEffect(tx, effect.id);
      if (current.state !== "ready" || current.version !== effect.version) return undefined;
      const released = await options.release(tx, current, planned);
      if (!released.ok) {
        const state = released.expired ? ("expired" as const) : ("refused" as const);
        await ledger.change(
          tx,
          { ...current, state, outcome: released.reason },
          { entry: state, text: released.reason, at: now, title: `Not done: ${current.title}`, settled: state },
        );
        return undefined;
      }
      return ledger.change(
        tx,
        { ...current, state: "sent", sentAt: now, attempt: { number: 1, open: true }, retryAt: null },
        {
          entry: "sent",
          text:
            released.over === null
              ? current.command
              : `${current.command}\nPast a limit, by a broken glass: ${released.over}`,
          at: now,
        },
      );
    });
    if (sent === undefined) return "again";
    return settle(sent, await options.outside(sent).perform());
  }

  async function attempt(effect: Effect): Promise<"again"> {
    const number = effect.attempt.number + 1;
    const now = clock.now();
    const open = await tables.transaction((tx) =>
      ledger.change(
        tx,
        { ...effect, attempt: { number, open: true }, retryAt: null },
        { entry: "sent", text: `Attempt ${number} of ${MOST_ATTEMPTS}.`, at: now },
      ),
    );
    return settle(open, await options.outside(open).perform());
  }

  /** The process died, or the outside never answered, after it was sent: did it happen? */
  async function recover(effect: Effect): Promise<"again"> {
    // What only reads may simply be read again.
    if (effect.class === "read") return again(effect, "The answer was lost; it only reads, so it is asked again.");
    const proof = await lookUntil({ outside: options.outside(effect), wanted: "holds", now: () => clock.now() });
    if (proof.verdict === "holds") return done(effect, { output: {}, evidence: `Found in place: ${proof.evidence}` });
    // A state that can be set and taken back can be set again under the same key; anything else might happen twice.
    if (proof.verdict === "does-not-hold" && effect.class === "reversible" && effect.attempt.number < MOST_ATTEMPTS)
      return again(
        effect,
        `The answer was lost, and the effect is not in place (${proof.evidence}). It is sent again under the same key.`,
      );
    return person(effect, `Nobody knows whether it happened: the answer was lost, and looking says: ${proof.evidence}`);
  }

  async function again(effect: Effect, text: string): Promise<"again"> {
    const now = clock.now();
    await tables.transaction((tx) =>
      ledger.change(
        tx,
        { ...effect, attempt: { ...effect.attempt, open: false }, retryAt: now },
        { entry: "lost", text, at: now },
      ),
    );
    return "again";
  }

  async function settle(effect: Effect, outcome: Outcome): Promise<"again"> {
    if (outcome.kind === "done") return done(effect, outcome);
    if (outcome.kind === "unknown") return unanswered(effect, outcome.reason);
    const now = clock.now();
    const { number } = effect.attempt;
    if (outcome.retryable && number < MOST_ATTEMPTS) {
      const retryAt = now + (RETRY_MS[number - 1] ?? 0);
      await tables.transaction((tx) =>
        ledger.change(
          tx,
          { ...effect, attempt: { number, open: false }, retryAt, outcome: outcome.reason },
          { entry: "retry", text: outcome.reason, at: now },
        ),
      );
      return "again";
    }
    await tables.transaction((tx) =>
      ledger.change(
        tx,
        { ...effect, state: "failed", settledAt: now, attempt: { number, open: false }, outcome: outcome.reason },
        { entry: "failed", text: outcome.reason, at: now, title: `Failed: ${effect.title}`, settled: "failed" },
      ),
    );
    return "again";
  }

  async function unanswered(effect: Effect, reason: string): Promise<"again"> {
    if (effect.class === "read") return person(effect, reason);
    const proof = await lookUntil({ outside: options.outside(effect), wanted: "holds", now: () => clock.now() });
    if (proof.verdict === "holds") return done(effect, { output: {}, evidence: `Found in place: ${proof.evidence}` });
    return person(effect, `${reason} Looking says: ${proof.evidence}`);
  }

  async function person(effect: Effect, reason: string): Promise<"again"> {
    const now = clock.now();
    await tables.transaction(async (tx) => {
      await floor.alarm(tx, {
        ...alarmOf(effect, now),
        key: `unknown:${effect.id}`,
        reason: `${effect.title}: ${reason}`,
      });
      await ledger.change(
        tx,
        {
          ...effect,
          state: "unknown",
          outcome: reason,
          attempt: { ...effect.attempt, open: false },
          needsPerson: `${reason} Look, then say whether it happened.`,
        },
        { entry: "unknown", text: reason, at: now, title: `Outcome unknown: ${effect.title}`, settled: "unknown" },
      );
    });
    return "again";
  }

  async function done(
    effect: Effect,
    outcome: Pick<Extract<Outcome, { kind: "done" }>, "output" | "evidence" | "artefacts">,
  ) {
    const settledAt = clock.now();
    const known: Effect = { ...effect, output: outcome.output, settledAt };
    const proof =
      effect.class === "read"
        ? null
        : await lookUntil({ outside: options.outside(known), wanted: "holds", now: () => clock.now() });
    if (proof?.verdict === "does-not-hold")
      return person(known, `It was said to be done (${outcome.evidence}), but it does not hold: ${proof.evidence}`);
    const driftEvery = effect.undoable && proof?.verdict === "holds" ? await options.driftEveryMs() : null;
    const now = clock.now();
    await tables.transaction(async (tx) => {
      for (const artefact of outcome.artefacts ?? []) await keep(tx, effect, artefact);
      await ledger.change(
        tx,
        {
          ...known,
          state: "done",
          outcome: outcome.evidence,
          attempt: { ...effect.attempt, open: false },
          proof,
          undoAt: effect.undoable && effect.undoAfterMs !== null ? settledAt + effect.undoAfterMs : null,
          driftDueAt: driftEvery === null ? null : now + driftEvery,
        },
        {
          entry: "done",
          text:
            proof === null ? outcome.evidence : `${outcome.evidence}\n${PROOF_WORDS[proof.verdict]}: ${proof.evidence}`,
          at: now,
          title: `${effect.exerciseId === null ? "Done" : "Rehearsed"}${proof?.verdict === "holds" ? " and verified" : ""}: ${effect.title}`,
          settled: "done",
        },
      );
    });
    return "again" as const;
  }

  async function keep(
    tx: Transaction,
    { id, incidentId, requestedBy }: Effect,
    artefact: NonNullable<Extract<Outcome, { kind: "done" }>["artefacts"]>[number],
  ): Promise<void> {
    if (incidentId === null) return;
    const { name, bytes, source, sha256 } = artefact;
    await floor.attach(tx, {
      incidentId,
      name,
      bytes: Buffer.from(bytes),
      source,
      actor: requestedBy,
      key: `effect:${id}:${sha256}:${name}`,
    });
  }
}

const PROOF_WORDS = {
  holds: "Verified",
  "does-not-hold": "Not in place",
  "cannot-tell": "Cannot be verified",
} as const;
