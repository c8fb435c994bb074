/** views: effects and approvals as they cross the wire. */
import type * as wire from "@holdfast/contracts/respond";
import type { Team } from "@holdfast/contracts/model";
import { barred, type Someone } from "./approval.ts";
import type { StoredApproval } from "./approval-store.ts";
import type { Effect, JournalEntry, Proof } from "./effect.ts";

export interface Viewer {
  readonly who: Someone;
  readonly team: Team;
  /** A person in a session, who holds the permission to decide. */
  readonly decides: boolean;
  readonly proposes: boolean;
  readonly enrolled: boolean;
  readonly now: number;
  /** Which limit of an hour it is over. */
  readonly over: string | null;
}

export function effectView(effect: Effect): wire.Effect {
  const { id, incidentId, runId, stepKey, exerciseId, state, action, title, connectorId, playbookVersion } = effect;
  const { command, undoable, requestedBy, reason, approvalId, impact, outcome, undoAfterMs, needsPerson, drift } =
    effect;
  return {
    ...{ id, incidentId, runId, stepKey, exerciseId, state, action, title, connectorId, playbookVersion },
    ...{ command, undoable, requestedBy, reason, approvalId, impact, outcome, undoAfterMs, needsPerson },
    input: { ...effect.input },
    output: { ...effect.output },
    targets: [...effect.targets],
    class: effect.class,
    createdAt: iso(effect.createdAt),
    sentAt: isoOrNull(effect.sentAt),
    settledAt: isoOrNull(effect.settledAt),
    undoAt: isoOrNull(effect.undoAt),
    undoneAt: isoOrNull(effect.undoneAt),
    proof: proofView(effect.proof),
    undoProof: proofView(effect.undoProof),
    drift: drift === null ? null : { since: iso(drift.since), evidence: drift.evidence },
  };
}

export function journalView(entries: readonly JournalEntry[]): wire.EffectDetail["journal"] {
  return entries.map(({ at, ...entry }) => ({ ...entry, at: iso(at) }));
}

export function requirementView(requirement: StoredApproval["requirement"], expiresAt: number): wire.Requirement {
  return {
    ...requirement,
    sides: requirement.sides.map(({ people, ...side }) => ({
      ...side,
      owners: [...side.owners],
      ...(people === undefined ? {} : { people: [...people] }),
    })),
    expiresAt: iso(expiresAt),
  };
}

export function approvalView(approval: StoredApproval, effect: Effect, viewer: Viewer): wire.Approval {
  const { id, state, hash, revision, requirement, expiresAt, breakGlass } = approval;
  return {
    ...{ id, state, hash, revision },
    requirement: requirementView(requirement, expiresAt),
    decisions: approval.decisions.map(({ at, factorAt, ...decision }) => ({
      ...decision,
      at: iso(at),
      secondFactor: factorAt !== null,
    })),
    editedBy: [...approval.editedBy],
    breakGlass: breakGlass === null ? null : { ...breakGlass, at: iso(breakGlass.at) },
    createdAt: iso(approval.createdAt),
    settledAt: isoOrNull(approval.settledAt),
    effect: effectView(effect),
    you: standing(approval, viewer),
  };
}

function standing(approval: StoredApproval, viewer: Viewer): wire.Approval["you"] {
  const { who, team, now } = viewer;
  const open = approval.state === "waiting" && now < approval.expiresAt;
  const needsFactor = approval.requirement.secondFactor;
  const why = !viewer.decides
    ? "Approving takes a person who is logged in with the permission approvals.decide."
    : (barred(approval, { who, team, at: now })?.reason ??
      (needsFactor && !viewer.enrolled
        ? "It takes a second factor, and you have none yet. Set one up under Settings, Second factor."
        : ""));
  return { may: why === "", why, over: open ? viewer.over : null, mayBreakGlass: open && viewer.proposes, needsFactor };
}

const proofView = (proof: Proof | null): wire.Effect["proof"] =>
  proof === null ? null : { ...proof, at: iso(proof.at) };
const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));
