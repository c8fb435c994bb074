/** stages: how long each stage of an exercise took, beside what real incidents take. Pure. */
import type { ExerciseRunDetail } from "@holdfast/contracts/exercises";
import type { Facts } from "./facts.ts";

type Stage = ExerciseRunDetail["stages"][number];

/** Seconds of past real incidents; one list a stage. */
export interface RealTimes {
  readonly detect: readonly number[];
  readonly acknowledge: readonly number[];
  readonly approve: readonly number[];
  readonly contain: readonly number[];
}

export function stagesOf(facts: Facts, real: RealTimes): Stage[] {
  const sent = earliest([...facts.injects.values()]);
  const raised = earliest(facts.alerts.map((alert) => alert.raisedAt));
  const acknowledged = earliest(facts.alerts.flatMap((alert) => alert.acknowledgedAt ?? []));
  const proposed = earliest(
    facts.effects.filter((effect) => effect.approvals.length > 0).map((effect) => effect.proposedAt),
  );
  const approved = earliest(facts.effects.flatMap((effect) => effect.approvals.map((approval) => approval.at)));
  const firstProposal = earliest(
    facts.effects.flatMap((effect) => (effect.provenAt === null ? [] : [effect.proposedAt])),
  );
  const proven = earliest(facts.effects.flatMap((effect) => effect.provenAt ?? []));
  const stage = (name: Stage["name"], title: string, span: readonly [number | null, number | null]): Stage => ({
    name,
    title,
    seconds: between(...span),
    realSeconds: median(real[name]),
    realCount: real[name].length,
  });
  return [
    stage("detect", "Attack to first alert", [sent, raised]),
    stage("acknowledge", "Alert to acknowledgement", [raised, acknowledged]),
    stage("approve", "Proposal to approval", [proposed, approved]),
    stage("contain", "Proposal to proven containment", [firstProposal, proven]),
  ];
}

const earliest = (times: readonly number[]): number | null => (times.length === 0 ? null : Math.min(...times));

const between = (from: number | null, to: number | null): number | null =>
  from === null || to === null || to < from ? null : Math.round((to - from) / 100) / 10;

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
