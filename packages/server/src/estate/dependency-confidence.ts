/** dependency-confidence: how sure it is that a service needs another, from what was seen of it. Pure. Each kind of evidence weighs by how
 *  much it can be mistaken, by how often it was seen and how long ago; independent kinds add up as 1 - (1 - a)(1 - b). */
export interface Evidence {
  readonly evidence: "trace" | "call" | "flow";
  readonly count: number;
  readonly lastMs: number;
}

export interface Confidence {
  /** 0 to 1. */
  readonly confidence: number;
  readonly terms: { readonly text: string; readonly value: number }[];
}

const WEIGHTS = { trace: 0.95, call: 0.8, flow: 0.6 } as const;
const WORDS = {
  trace: "both sides of a call in one trace",
  call: "a span that names what it calls",
  flow: "connections between their hosts",
} as const;
const HALF_LIFE_DAYS = 14;
const DAY_MS = 86_400_000;

export function confidenceOf(evidence: readonly Evidence[], now: number): Confidence {
  const terms = (["trace", "call", "flow"] as const).flatMap((kind) => {
    const of = evidence.filter((one) => one.evidence === kind);
    if (of.length === 0) return [];
    const count = of.reduce((sum, one) => sum + one.count, 0);
    const days = Math.max(0, now - Math.max(...of.map(({ lastMs }) => lastMs))) / DAY_MS;
    const often = repetition(count);
    const age = 0.5 ** (days / HALF_LIFE_DAYS);
    const text = `${WORDS[kind]}: ${WEIGHTS[kind]} x ${round(often)} for ${count} seen x ${round(age)} for ${round(days)} days ago`;
    return [{ text, value: round(WEIGHTS[kind] * often * age) }];
  });
  const doubt = terms.reduce((left, { value }) => left * (1 - value), 1);
  return { confidence: round(1 - doubt), terms };
}

/** One sighting counts half, a hundred count whole. */
const repetition = (count: number): number => 0.5 + 0.5 * Math.min(1, Math.log10(Math.max(1, count)) / 2);

const round = (value: number): number => Math.round(value * 100) / 100;
