/** proof: looks whether an effect is in place. What cannot be seen is said to be so, and is never taken for either answer. */
import type { Outside } from "./boundary.ts";
import type { Proof } from "./effect.ts";

export async function look({ outside, now }: { outside: Outside; now: () => number }): Promise<Proof> {
  const answer = await outside.probe();
  const at = now();
  if (answer.kind !== "done") return { verdict: "cannot-tell", at, evidence: answer.reason };
  const { holds } = answer.output;
  const verdict = holds === true ? "holds" : holds === false ? "does-not-hold" : "cannot-tell";
  return { verdict, at, evidence: answer.evidence };
}

/** Looks a few times: what was just done outside may take a moment to show. */
export async function lookUntil(asked: {
  readonly outside: Outside;
  readonly wanted: Proof["verdict"];
  readonly now: () => number;
}): Promise<Proof> {
  let proof = await look(asked);
  for (const pauseMs of PAUSES_MS) {
    if (proof.verdict === asked.wanted) break;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    proof = await look(asked);
  }
  return proof;
}

const PAUSES_MS = [100, 300, 900];
