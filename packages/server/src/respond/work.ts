/** work: what people do with an effect that was sent: undo it now, bring its end forward or put it off, say what became of it. */
import type { Clock } from "../platform/clock/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import type { Decider } from "./decide.ts";
import type { Drive } from "./drive.ts";
import type { Effect } from "./effect.ts";
import { lockEffect } from "./effect-store.ts";
import { fail } from "./errors.ts";
import type { Ledger } from "./ledger.ts";

export interface WorkOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly drive: Drive;
}

/** What should last longer is a change, not containment. */
const LONGEST_MS = 30 * 86_400_000;

export function createWork({ tables, clock, ledger, drive }: WorkOptions) {
  return {
    async undoNow({ effectId, reason, by }: { effectId: string; reason: string; by: Decider }): Promise<Effect> {
      return changed(async (tx) => {
        const effect = await lockEffect(tx, effectId);
        demandInPlace(effect);
        const at = clock.now();
        return ledger.change(
          tx,
          { ...effect, state: "undoing", undoAt: at, undoReason: reason, retryAt: null, driftDueAt: null },
          {
            ...{ entry: "undoing", text: reason, at, actor: by.who, team: by.team },
            title: `Being undone: ${effect.title}`,
            audit: { actor: by.actor, action: "effect.undo-asked", details: { reason } },
          },
        );
      });
    },

    async changeUndoTime(asked: {
      readonly effectId: string;
      readonly undoAt: number;
      readonly reason: string;
      readonly by: Decider;
      readonly mayPutOff: boolean;
    }): Promise<Effect> {
      const { effectId, undoAt, reason, by } = asked;
      return changed(async (tx) => {
        const effect = await lockEffect(tx, effectId);
        demandInPlace(effect);
        const at = clock.now();
        if (undoAt <= at) throw fail("RESPOND_TIME_INVALID", "That time is over. To undo it now, use undo.");
        if (undoAt > at + LONGEST_MS)
          throw fail(
            "RESPOND_TIME_INVALID",
            "An effect lasts 30 days at most. What should stay is a change: plan one.",
          );
        const later = effect.undoAt !== null && undoAt > effect.undoAt;
        // Longer than approved is more than approved.
        if (later && !asked.mayPutOff)
          throw fail(
            "RESPOND_NOT_ALLOWED",
            "Putting the undo off takes the permission approvals.decide. Ask someone who approves.",
          );
        if (later && by.who.id === effect.requestedBy.id)
          throw fail("RESPOND_NOT_ALLOWED", "You proposed it, so someone else has to let it last longer.");
        const until = new Date(undoAt).toISOString();
        return ledger.change(
          tx,
          { ...effect, undoAt },
          {
            ...{
              entry: later ? "put-off" : "brought-forward",
              text: `Until ${until}: ${reason}`,
              at,
              actor: by.who,
              team: by.team,
            },
            title: `${later ? "Lasts longer" : "Ends earlier"}: ${effect.title}`,
            audit: { actor: by.actor, action: "effect.undo-time-changed", details: { undoAt: until, reason } },
          },
        );
      });
    },

    async settle(asked: { effectId: string; happened: boolean; reason: string; by: Decider }): Promise<Effect> {
      const { effectId, happened, reason, by } = asked;
      return changed(async (tx) => {
        const effect = await lockEffect(tx, effectId);
        if (effect.state !== "unknown")
          throw fail("RESPOND_WRONG_STATE", `It is ${effect.state}: only what is unknown has to be told by a person.`);
        const at = clock.now();
        const lasts = happened && effect.undoable && effect.undoAfterMs !== null ? at + effect.undoAfterMs : null;
        return ledger.change(
          tx,
          {
            ...effect,
            state: happened ? "done" : "failed",
            settledAt: at,
            outcome: reason,
            needsPerson: null,
            undoAt: lasts,
          },
          {
            ...{ entry: happened ? "done" : "failed", text: reason, at, actor: by.who, team: by.team },
            title: `${by.who.name} looked: ${effect.title} ${happened ? "did happen" : "did not happen"}`,
            settled: happened ? "done" : "failed",
            looked: true,
            audit: { actor: by.actor, action: "effect.settled", details: { happened, reason } },
          },
        );
      });
    },
  };

  async function changed(work: Parameters<typeof tables.transaction<Effect>>[0]): Promise<Effect> {
    const effect = await tables.transaction(work);
    await drive.wake(effect);
    return effect;
  }
}

function demandInPlace(effect: Effect): void {
  if (effect.state !== "done" || !effect.undoable)
    throw fail(
      "RESPOND_WRONG_STATE",
      effect.undoable
        ? `It is ${effect.state}: only what is in place can be undone.`
        : `"${effect.title}" cannot be taken back by a program.`,
    );
}
