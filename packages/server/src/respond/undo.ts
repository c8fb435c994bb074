/** undo: takes an effect back, when its time is over or a person says so. It never gives up: what cannot be undone yet is tried again
 *  with growing pauses, and after three times a person is told as well. Done means that a probe no longer finds it. */
import { alarmOf } from "./alarm.ts";
import type { Effect } from "./effect.ts";
import type { Someone } from "./approval.ts";
import { lockEffect } from "./effect-store.ts";
import { fail } from "./errors.ts";
import type { PerformOptions } from "./perform.ts";
import { look, lookUntil } from "./proof.ts";

const PAUSES_MS = [2_000, 5_000, 15_000, 60_000, 300_000];
const TELL_AFTER = 3;

export interface Undo {
  begin(effectId: string, why: { readonly reason: string; readonly actor: Someone | null }): Promise<"again">;
  attempt(effect: Effect): Promise<number | "again">;
}

export function createUndo({
  tables,
  clock,
  ledger,
  floor,
  outside,
}: Omit<PerformOptions, "release" | "log" | "connectors">): Undo {
  return {
    async begin(effectId, { reason, actor }) {
      const now = clock.now();
      await tables.transaction(async (tx) => {
        const effect = await lockEffect(tx, effectId);
        if (effect.state !== "done") return;
        if (!effect.undoable)
          throw fail(
            "RESPOND_WRONG_STATE",
            `"${effect.title}" cannot be taken back by a program. Take it back by hand.`,
          );
        await ledger.change(
          tx,
          {
            ...effect,
            state: "undoing",
            undoAt: Math.min(effect.undoAt ?? now, now),
            undoReason: reason,
            retryAt: null,
            driftDueAt: null,
          },
          { entry: "undoing", text: reason, at: now, actor },
        );
      });
      return "again";
    },
    async attempt(effect) {
      const now = clock.now();
      if ((effect.retryAt ?? 0) > now) return effect.retryAt ?? "again";
      // A crash may have cut off an attempt that worked, and a person may have been faster.
      const before =
        effect.undoAttempts === 0 ? undefined : await look({ outside: outside(effect), now: () => clock.now() });
      if (before?.verdict === "does-not-hold") return undone(effect, "It is no longer in place.", before);
      const open = await tables.transaction((tx) =>
        ledger.change(
          tx,
          { ...effect, undoAttempts: effect.undoAttempts + 1, retryAt: null },
          { entry: "undo-sent", text: `Attempt ${effect.undoAttempts + 1} to undo it.`, at: now },
        ),
      );
      const outcome = await outside(open).undo();
      if (outcome.kind === "failed") return later(open, outcome.reason);
      const proof = await lookUntil({ outside: outside(open), wanted: "does-not-hold", now: () => clock.now() });
      if (proof.verdict === "does-not-hold")
        return undone(open, outcome.kind === "done" ? outcome.evidence : outcome.reason, proof);
      if (proof.verdict === "cannot-tell" && outcome.kind === "done") return undone(open, outcome.evidence, proof);
      return later(open, outcome.kind === "done" ? `It still holds: ${proof.evidence}` : outcome.reason);
    },
  };

  async function undone(effect: Effect, evidence: string, proof: NonNullable<Effect["undoProof"]>): Promise<"again"> {
    const now = clock.now();
    const verified = proof.verdict === "does-not-hold" ? " and verified" : "";
    await tables.transaction((tx) =>
      ledger.change(
        tx,
        { ...effect, state: "undone", undoneAt: now, undoProof: proof, needsPerson: null, drift: null, retryAt: null },
        {
          entry: "undone",
          text: `${effect.undoReason}\n${evidence}\n${proof.evidence}`,
          at: now,
          title: `Undone${verified}: ${effect.title}`,
          settled: "undone",
        },
      ),
    );
    return "again";
  }

  async function later(effect: Effect, reason: string): Promise<number> {
    const now = clock.now();
    const tries = effect.undoAttempts;
    const retryAt = now + (PAUSES_MS[Math.min(tries - 1, PAUSES_MS.length - 1)] ?? 0);
    await tables.transaction(async (tx) => {
      const tell = tries >= TELL_AFTER;
      if (tries === TELL_AFTER)
        await floor.alarm(tx, {
          ...alarmOf(effect, now),
          key: `undo:${effect.id}`,
          reason: `${effect.title} could not be undone: ${reason}`,
        });
      await ledger.change(
        tx,
        {
          ...effect,
          retryAt,
          needsPerson: tell
            ? `It could not be undone ${tries} times: ${reason} Undo it by hand; it is tried on.`
            : null,
        },
        {
          entry: "undo-failed",
          text: reason,
          at: now,
          ...(tries === TELL_AFTER ? { title: `Could not be undone: ${effect.title}` } : {}),
        },
      );
    });
    return retryAt;
  }
}
