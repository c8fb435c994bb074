/** effect: one effect as the area knows it, and how its journal reads. */
import type { EffectClass, EffectState, Impact, Target } from "@holdfast/contracts/respond";
import type { Team } from "@holdfast/contracts/model";
import type { Someone } from "./approval.ts";
import type { JsonObject } from "@holdfast/sdk";

export interface Proof {
  readonly verdict: "holds" | "does-not-hold" | "cannot-tell";
  readonly at: number;
  readonly evidence: string;
}

export interface Effect {
  readonly id: string;
  readonly key: string;
  readonly incidentId: string | null;
  readonly runId: string | null;
  readonly stepKey: string | null;
  /** Not null: it is rehearsed, and never reaches a connector. */
  readonly exerciseId: string | null;
  readonly state: EffectState;
  readonly version: number;
  readonly createdAt: number;
  readonly action: string;
  readonly title: string;
  readonly connectorId: string;
  readonly input: JsonObject;
  readonly targets: readonly Target[];
  readonly command: string;
  readonly class: EffectClass;
  readonly undoable: boolean;
  readonly playbookVersion: string | null;
  readonly requestedBy: Someone;
  readonly requestedTeam: Team | null;
  readonly reason: string;
  readonly approvalId: string | null;
  readonly impact: Impact;
  readonly undoAfterMs: number | null;
  readonly sentAt: number | null;
  readonly settledAt: number | null;
  readonly outcome: string;
  readonly output: JsonObject;
  readonly proof: Proof | null;
  readonly undoAt: number | null;
  readonly undoneAt: number | null;
  readonly undoProof: Proof | null;
  readonly undoReason: string;
  readonly drift: { readonly since: number; readonly evidence: string } | null;
  readonly needsPerson: string | null;
  /** The attempt under way: "open" until its outcome is written, so that what a crash cut off is seen. */
  readonly attempt: { readonly number: number; readonly open: boolean };
  readonly undoAttempts: number;
  /** When the next attempt is due, after one that failed. */
  readonly retryAt: number | null;
  readonly driftDueAt: number | null;
}

/** When something has to be done about it next; null when it is over, or a person has to act first. */
export function dueOf(effect: Effect, approvalExpiresAt: number | null): number | null {
  switch (effect.state) {
    case "waiting":
      return approvalExpiresAt;
    case "ready":
    case "sent":
      return effect.retryAt ?? effect.createdAt;
    case "done":
      return effect.undoAt;
    case "undoing":
      return effect.retryAt ?? effect.undoAt;
    default:
      return null;
  }
}

export interface JournalEntry {
  readonly at: number;
  readonly entry: string;
  readonly text: string;
  readonly actor: Someone | null;
}
