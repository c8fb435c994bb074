/** telemetry: the raw records of a scenario's steps, placed so that the last of them happened just now. Pure. */
import { castProblems, generate, type Scenario, type ScenarioEstate, type ScenarioRecord } from "@holdfast/scenario";

export interface Cast {
  readonly estate: ScenarioEstate;
  /** What the live estate lacks; the hosts of the story then come from the demo's estate. */
  readonly notes: readonly string[];
}

/** The live estate when it has everyone the story needs, else the one the story was written on. */
export function castOf(scenario: Scenario, live: ScenarioEstate, written: ScenarioEstate): Cast {
  const lacks = castProblems(scenario, live);
  if (lacks.length === 0) return { estate: live, notes: [] };
  const note = `Your estate does not have everyone in this story (${lacks[0]?.message ?? ""}${lacks.length > 1 ? `, and ${lacks.length - 1} more` : ""}): the hosts and people are those of the demo estate, so no owner of yours is asked.`;
  return { estate: written, notes: [note] };
}

export interface StepsOptions {
  readonly scenario: Scenario;
  readonly estate: ScenarioEstate;
  readonly seed: string;
  readonly steps: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** In the order of time. */
export function recordsOf({ scenario, estate, seed, steps, now }: StepsOptions): ScenarioRecord[] {
  const chosen = new Set(steps);
  const take = (startMs: number): ScenarioRecord[] =>
    [...generate(scenario, { seed, startMs, estate, volume: 0 })].filter(
      (record) => record.step !== undefined && chosen.has(record.step),
    );
  const startMs = now - scenario.duration_ms;
  const last = take(startMs).at(-1)?.at_ms ?? now;
  return take(startMs + (now - last));
}
