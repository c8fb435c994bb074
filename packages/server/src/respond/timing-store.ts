/** timing-store: when effects were proposed, approved and proven, for scores and for measures. Times are milliseconds since the epoch. */
import type { Team } from "@holdfast/contracts/model";
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";
import type { Decision } from "./approval.ts";
import type { Effect } from "./effect.ts";

export interface EffectTiming {
  readonly action: string;
  readonly title: string;
  readonly input: Effect["input"];
  readonly proposedAt: number;
  readonly approvals: readonly { readonly team: Team; readonly by: string; readonly at: number }[];
  /** When it was done and its proof held; for what only reads, when it was done. */
  readonly provenAt: number | null;
}

export async function effectTimings(
  executor: Executor,
  of: { readonly exercise: string } | { readonly since: number },
): Promise<EffectTiming[]> {
  const which =
    "exercise" in of ? sql`e.exercise_id = ${of.exercise}` : sql`e.exercise_id IS NULL AND e.created_at >= ${of.since}`;
  const { rows } = await executor.execute<{
    created_at: string;
    facts: Pick<Effect, "action" | "title" | "input" | "class" | "proof" | "settledAt">;
    state: Effect["state"];
    decisions: Decision[] | null;
  }>(sql`
    SELECT e.created_at::text, e.state, e.facts, a.facts -> 'decisions' AS decisions
    FROM respond_effect e LEFT JOIN respond_approval a ON a.effect_id = e.id
    WHERE ${which} ORDER BY e.created_at DESC LIMIT 2000`);
  return rows.map(({ created_at, state, facts, decisions }) => ({
    action: facts.action,
    title: facts.title,
    input: facts.input,
    proposedAt: Number(created_at),
    approvals: (decisions ?? [])
      .filter((decision) => decision.verdict === "approve")
      .map(({ team, by, at }) => ({ team, by: by.name, at })),
    provenAt: provenAt(state, facts),
  }));
}

function provenAt(state: Effect["state"], facts: Pick<Effect, "class" | "proof" | "settledAt">): number | null {
  if (state !== "done" && state !== "undone" && state !== "undoing") return null;
  if (facts.class === "read") return facts.settledAt;
  return facts.proof?.verdict === "holds" ? facts.proof.at : null;
}
