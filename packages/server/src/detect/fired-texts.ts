/** fired-texts: keeps the text of every rule that fires, in the transaction that takes its signals in, so that an alert is explained
 *  by what raised it even when the file has changed or gone since. What is known to be kept costs no statement. */
import type { Transaction } from "../platform/tables/index.ts";
import { type FiredText, writeFiredTexts } from "./fired-text-store.ts";
import type { Signal } from "./signal.ts";

export type KeepTexts = (tx: Transaction, signals: readonly Pick<Signal, "ruleId" | "ruleHash">[]) => Promise<void>;

/** @param textOf the text of a rule by its hash, of now or of a moment ago */
export function createFiredTexts(textOf: (ruleId: string, hash: string) => string | undefined): KeepTexts {
  const kept = new Set<string>();
  return async (tx, signals) => {
    const fresh = new Map<string, FiredText>();
    for (const { ruleId, ruleHash: hash } of signals) {
      const key = keyOf({ ruleId, hash });
      if (kept.has(key) || fresh.has(key)) continue;
      const text = textOf(ruleId, hash);
      if (text !== undefined) fresh.set(key, { ruleId, hash, text });
    }
    if (fresh.size === 0) return;
    const added = new Set((await writeFiredTexts(tx, [...fresh.values()])).map(keyOf));
    // What this transaction adds is lost if it fails: only what stood before is sure.
    for (const key of fresh.keys()) if (!added.has(key)) kept.add(key);
  };
}

const keyOf = ({ ruleId, hash }: Pick<FiredText, "ruleId" | "hash">): string => `${hash} ${ruleId}`;
