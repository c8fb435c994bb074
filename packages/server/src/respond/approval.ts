/** approval: the state machine of one approval, pure. It promises: used at most once, only for the hash that was decided on, only
 *  before it expires, and only after as many distinct people of the right sides as asked for, none of whom made or edited it. */
import type { ApprovalState } from "@holdfast/contracts/respond";
import type { Team } from "@holdfast/contracts/model";

export interface Someone {
  readonly id: string;
  readonly name: string;
}

export interface Side {
  /** null = either. */
  readonly team: Team | null;
  readonly count: number;
  /** Owner teams of the estate that this side answers for. */
  readonly owners: readonly string[];
  /** Who of it may approve: those who speak for the owners. Not given: anybody of the side. */
  readonly people?: readonly Someone[];
}

export interface Requirement {
  readonly rule: string;
  readonly policyVersion: number;
  readonly sides: readonly Side[];
  readonly secondFactor: boolean;
  readonly onExpiry: "refuse" | "proceed";
  readonly because: string;
}

export interface Decision {
  readonly by: Someone;
  readonly team: Team;
  readonly verdict: "approve" | "refuse";
  readonly reason: string;
  readonly at: number;
  /** When the second factor was given; null when it was not. */
  readonly factorAt: number | null;
}

export interface Approval {
  readonly state: ApprovalState;
  readonly hash: string;
  readonly revision: number;
  readonly requirement: Requirement;
  readonly expiresAt: number;
  readonly requestedBy: Someone;
  /** Everyone who shaped it besides: editors of the proposal and the last editor of its playbook. */
  readonly editedBy: readonly Someone[];
  readonly decisions: readonly Decision[];
  readonly breakGlass: { readonly by: Someone; readonly reason: string; readonly at: number } | null;
  readonly createdAt: number;
  readonly settledAt: number | null;
}

export type Refusal =
  | "not-waiting"
  | "expired"
  | "changed"
  | "own-request"
  | "own-edit"
  | "wrong-side"
  | "twice"
  | "second-factor"
  | "early";
export type Step = { readonly ok: true; readonly approval: Approval } | No;
type No = { readonly ok: false; readonly code: Refusal; readonly reason: string };

/** How long before the decision the second factor may have been given. */
export const FACTOR_FRESH_MS = 5 * 60_000;
/** How long silence that means "proceed" may be acted on. */
const PROCEED_MS = 10 * 60_000;

export function decide(approval: Approval, decision: Decision & { readonly hash: string }): Step {
  const refused = barred(approval, { ...decision, who: decision.by });
  if (refused !== undefined) return refused;
  if (decision.verdict === "approve" && !factorFits(approval.requirement.secondFactor, decision))
    return no("second-factor", "This takes a code of your second factor, given with the decision.");
  const { hash: _decidedOn, ...kept } = decision;
  const decisions = [...approval.decisions, kept];
  if (decision.verdict === "refuse") return yes({ ...approval, decisions, state: "refused", settledAt: decision.at });
  const enough = sidesMet(approval.requirement.sides, decisions);
  return yes({ ...approval, decisions, ...(enough ? { state: "approved", settledAt: decision.at } : {}) });
}

/** Why this person may not decide now; undefined when they may. Without a hash it answers for the current one. */
export function barred(
  approval: Approval,
  { who, team, at, hash = approval.hash }: { who: Someone; team: Team; at: number; hash?: string },
): No | undefined {
  if (approval.state !== "waiting") return no("not-waiting", `It is ${approval.state} already.`);
  if (at >= approval.expiresAt) return no("expired", "It has expired.");
  if (hash !== approval.hash)
    return no("changed", "It was changed after you read it. Read it again before you decide.");
  if (who.id === approval.requestedBy.id)
    return no("own-request", "You proposed it, so someone else has to approve it.");
  if (approval.editedBy.some(({ id }) => id === who.id))
    return no(
      "own-edit",
      "You edited it, its playbook or the trigger that started it, so someone else has to approve it.",
    );
  if (!approval.requirement.sides.some((side) => speaksFor(side, who, team)))
    return no("wrong-side", `It waits for ${sidesInWords(approval.requirement.sides)}, and you are in ${team}.`);
  if (approval.decisions.some(({ by }) => by.id === who.id)) return no("twice", "You have decided on it already.");
  return undefined;
}

/** A new content: what was approved so far was approved for something else. */
export function edit(
  approval: Approval,
  change: { readonly by: Someone; readonly hash: string; readonly at: number; readonly requirement?: Requirement },
): Step {
  if (approval.state !== "waiting") return no("not-waiting", `It is ${approval.state} already.`);
  if (change.at >= approval.expiresAt) return no("expired", "It has expired.");
  const editedBy = approval.editedBy.some(({ id }) => id === change.by.id)
    ? approval.editedBy
    : [...approval.editedBy, change.by];
  const { requirement = approval.requirement } = change;
  return yes({ ...approval, hash: change.hash, revision: approval.revision + 1, decisions: [], editedBy, requirement });
}

/** What silence means: as the policy says, and nothing before its time. */
export function expire(approval: Approval, at: number): Step {
  if (approval.state !== "waiting" && approval.state !== "approved")
    return no("not-waiting", `It is ${approval.state} already.`);
  if (at < approval.expiresAt) return no("early", "It has not expired yet.");
  if (approval.state === "approved") {
    if (at < usableUntil(approval)) return no("early", "It may still be used.");
    return yes({ ...approval, state: "expired", settledAt: at });
  }
  const proceeds = approval.requirement.onExpiry === "proceed" && at < approval.expiresAt + PROCEED_MS;
  return yes({ ...approval, state: proceeds ? "approved" : "expired", settledAt: at });
}

export function withdraw(approval: Approval, at: number): Step {
  if (approval.state !== "waiting" && approval.state !== "approved")
    return no("not-waiting", `It is ${approval.state} already.`);
  return yes({ ...approval, state: "withdrawn", settledAt: at });
}

export function breakGlass(
  approval: Approval,
  by: { readonly by: Someone; readonly reason: string; readonly at: number; readonly hash: string },
): Step {
  if (approval.state !== "waiting") return no("not-waiting", `It is ${approval.state} already.`);
  if (by.at >= approval.expiresAt) return no("expired", "It has expired.");
  if (by.hash !== approval.hash) return no("changed", "It was changed after you read it. Read it again first.");
  const { hash: _decidedOn, ...kept } = by;
  return yes({ ...approval, state: "approved", breakGlass: kept, settledAt: by.at });
}

/** The one use of it, immediately before the effect is sent. */
export function use(approval: Approval, with_: { readonly hash: string; readonly at: number }): Step {
  if (approval.state !== "approved") return no("not-waiting", `It is ${approval.state}.`);
  if (with_.hash !== approval.hash)
    return no("changed", "What would be done now is not what was approved. Propose it again.");
  if (with_.at >= usableUntil(approval)) return no("expired", "The approval expired before it was used.");
  return yes({ ...approval, state: "used" });
}

export function sidesInWords(sides: readonly Side[]): string {
  return sides
    .map(({ team, count, people }) => {
      const side = `${team ?? "either team"}${count > 1 ? ` (${count} people)` : ""}`;
      return people === undefined ? side : `${people.map(({ name }) => name).join(" or ")} of ${side}`;
    })
    .join(" and ");
}

function usableUntil(approval: Approval): number {
  const bySilence = approval.breakGlass === null && !sidesMet(approval.requirement.sides, approval.decisions);
  return bySilence ? approval.expiresAt + PROCEED_MS : approval.expiresAt;
}

function factorFits(needed: boolean, { factorAt, at }: Decision): boolean {
  return !needed || (factorAt !== null && factorAt <= at && at - factorAt <= FACTOR_FRESH_MS);
}

function sidesMet(sides: readonly Side[], decisions: readonly Decision[]): boolean {
  const approved = decisions.filter(({ verdict }) => verdict === "approve");
  return sides.every((side) => approved.filter(({ by, team }) => speaksFor(side, by, team)).length >= side.count);
}

function speaksFor(side: Side, who: Someone, team: Team): boolean {
  if (side.team !== null && side.team !== team) return false;
  return side.people === undefined || side.people.some(({ id }) => id === who.id);
}

const yes = (approval: Approval): Step => ({ ok: true, approval });
const no = (code: Refusal, reason: string): No => ({ ok: false, code, reason });
