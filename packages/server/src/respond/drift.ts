/** drift: looks from time to time whether what was done is still so. Someone who undoes a containment by hand, or a restart that
 *  forgets it, is shown on the incident; Holdfast does not fight them. */
import { lockEffect } from "./effect-store.ts";
import type { PerformOptions, Performer } from "./perform.ts";
import { look } from "./proof.ts";

export function createDrift({
  tables,
  clock,
  ledger,
  outside,
  driftEveryMs,
  performer,
}: Omit<PerformOptions, "release" | "floor" | "log" | "connectors"> & { readonly performer: Performer }) {
  return (effectId: string): Promise<void> =>
    performer.inTurn(effectId, async () => {
      const before = await tables.transaction((tx) => lockEffect(tx, effectId));
      if (before.state !== "done") return;
      const proof = await look({ outside: outside(before), now: () => clock.now() });
      const driftDueAt = clock.now() + (await driftEveryMs());
      await tables.transaction(async (tx) => {
        const effect = await lockEffect(tx, effectId);
        if (effect.state !== "done") return;
        const gone = proof.verdict === "does-not-hold";
        const back = effect.drift !== null && proof.verdict === "holds";
        const drift = back
          ? null
          : gone
            ? (effect.drift ?? { since: proof.at, evidence: proof.evidence })
            : effect.drift;
        const news = gone && effect.drift === null ? "drifted" : back ? "held-again" : "looked";
        const title = {
          drifted: `Undone by hand: ${effect.title}`,
          "held-again": `In place again: ${effect.title}`,
          looked: undefined,
        }[news];
        await ledger.change(
          tx,
          { ...effect, proof, drift, driftDueAt: effect.undoable ? driftDueAt : null },
          {
            entry: news,
            text: proof.evidence,
            at: proof.at,
            silent: news === "looked",
            ...(title === undefined ? {} : { title }),
          },
        );
      });
    });
}
