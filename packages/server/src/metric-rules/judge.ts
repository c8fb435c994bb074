/** judge: how the series of a rule stand after a look, from how they stood before. Pure. A series without a value is neither well nor ill: what
 *  was about to become an alert is let go, and an alert stands for a day. */
import type { RuleText } from "./rule-text.ts";

export interface SeriesValue {
  readonly name: string;
  readonly value: number | null;
}

export interface Standing {
  readonly series: string;
  readonly sinceMs: number;
  /** Of the alert; null before it is one. */
  readonly signalId: string | null;
  readonly value: number | null;
  readonly seenMs: number;
}

export interface Look {
  readonly fromMs: number;
  readonly toMs: number;
  readonly values: readonly SeriesValue[];
  /** When it was looked at before; undefined: never. */
  readonly lastMs: number | undefined;
}

export interface Judged {
  readonly standing: readonly Standing[];
  /** They become alerts now; their `signalId` is still null. */
  readonly raised: readonly Standing[];
  readonly over: readonly { readonly standing: Standing; readonly why: string }[];
}

export const crosses = ({ side, threshold }: RuleText, value: number): boolean =>
  side === "above" ? value > threshold : value < threshold;

export function judge(rule: RuleText, before: readonly Standing[], look: Look): Judged {
  const values = new Map(look.values.map(({ name, value }) => [name, value]));
  // Nobody looked for a while: that it was crossed before says nothing about the time between.
  const unbroken = look.lastMs !== undefined && look.toMs - look.lastMs <= Math.max(MOST_GAP_MS, 3 * rule.everyMs);
  const known = new Map(before.map((one) => [one.series, one]));
  const standing: Standing[] = [];
  const raised: Standing[] = [];
  const over: { standing: Standing; why: string }[] = [];
  for (const one of before) {
    const value = values.get(one.series) ?? null;
    if (value === null) {
      if (one.signalId === null) continue;
      if (look.toMs - one.seenMs > LONGEST_ABSENCE_MS)
        over.push({ standing: one, why: "It has had no points for a day." });
      else standing.push(one);
    } else if (!crosses(rule, value) && one.signalId !== null)
      over.push({ standing: { ...one, value }, why: `It is ${numberText(value)} again.` });
  }
  for (const [series, value] of values) {
    if (value === null || !crosses(rule, value)) continue;
    const was = known.get(series);
    const keeps = was !== undefined && (was.signalId !== null || unbroken);
    const now: Standing = {
      series,
      sinceMs: keeps ? was.sinceMs : look.fromMs,
      signalId: was?.signalId ?? null,
      value,
      seenMs: look.toMs,
    };
    if (now.signalId === null && look.toMs - now.sinceMs >= rule.forMs) raised.push(now);
    else standing.push(now);
  }
  return { standing, raised, over };
}

/** As a person reads it. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 1e15) ? value.toExponential(3) : String(Number(value.toPrecision(6)));
}

const MOST_GAP_MS = 10 * 60_000;
const LONGEST_ABSENCE_MS = 24 * 3_600_000;
