/** facts: what an exercise is judged by: times that the other areas recorded while it ran, in milliseconds since the epoch. */
import type { Team } from "@holdfast/contracts/model";

export interface AlertFact {
  readonly ruleId: string;
  readonly title: string;
  readonly raisedAt: number;
  readonly acknowledgedAt: number | null;
}

export interface IncidentFact {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly openedAt: number;
}

export interface EffectFact {
  readonly action: string;
  readonly title: string;
  readonly proposedAt: number;
  /** Whose approvals it got, and when. */
  readonly approvals: readonly { readonly team: Team; readonly by: string; readonly at: number }[];
  /** When it was carried out and its proof held; null when not. */
  readonly provenAt: number | null;
}

export interface RunFact {
  readonly playbook: string;
  readonly startedAt: number;
}

export interface ToldFact {
  readonly team: Team;
  readonly by: string;
  readonly at: number;
}

export interface AnswerFact {
  readonly question: string;
  readonly text: string;
  readonly by: string;
  readonly at: number;
}

export interface Facts {
  readonly startedAt: number;
  /** Inject id -> when it was done. */
  readonly injects: ReadonlyMap<string, number>;
  readonly alerts: readonly AlertFact[];
  readonly incidents: readonly IncidentFact[];
  readonly effects: readonly EffectFact[];
  readonly runs: readonly RunFact[];
  readonly told: readonly ToldFact[];
  readonly answers: readonly AnswerFact[];
}
