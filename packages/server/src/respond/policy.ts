/** policy: which rule of the response policy decides, and what it asks for. Pure. The default is the one of a fresh install:
 *  whoever owns the service that is hit approves, and silence refuses. */
import type { Team } from "@holdfast/contracts/model";
import type { EffectClass, Impact } from "@holdfast/contracts/respond";
import type { PolicyRule, ResponsePolicy } from "@holdfast/contracts/respond-policy";
import type { Requirement, Side, Someone } from "./approval.ts";

export const DEFAULT_POLICY: ResponsePolicy = {
  rules: [
    {
      name: "Irreversible on what the business stands on",
      when: { effects: ["irreversible"], minCriticality: 4 },
      approve: "both",
      quorum: 1,
      expiresMinutes: 60,
      onExpiry: "refuse",
      secondFactor: true,
    },
    {
      name: "Irreversible",
      when: { effects: ["irreversible"] },
      approve: "owner",
      quorum: 1,
      expiresMinutes: 60,
      onExpiry: "refuse",
      secondFactor: true,
    },
    {
      name: "The service's owner approves",
      when: {},
      approve: "owner",
      quorum: 1,
      expiresMinutes: 60,
      onExpiry: "refuse",
      secondFactor: false,
    },
  ],
  ownerless: "operations",
  propose: { teams: ["security", "operations"] },
  breakGlass: { allowed: true, teams: ["security", "operations"], secondFactor: false },
  never: {
    hosts: [],
    users: [],
    addresses: [],
    assetKinds: ["domain-controller"],
    tags: ["never-touch"],
    ourselves: true,
  },
  limits: { hostsPerHour: 20, usersPerHour: 20 },
  undoAfterMinutes: 240,
  driftCheckMinutes: 5,
};

export interface Asked {
  readonly action: string;
  readonly effect: EffectClass;
  readonly undoable: boolean;
  readonly impact: Impact;
  /** The limit of an hour that it is over; null when none. */
  readonly over: string | null;
  /** By owner team: who speaks for it and may approve this, where the estate names somebody. */
  readonly speakers?: ReadonlyMap<string, readonly Someone[]>;
}

export interface Required {
  /** null = no approval needed. */
  readonly requirement: Requirement | null;
  readonly expiresAfterMs: number;
}

export function requirementOf(
  policy: { readonly version: number; readonly policy: ResponsePolicy },
  asked: Asked,
): Required {
  if (asked.effect === "read") return { requirement: null, expiresAfterMs: 0 };
  const rule = policy.policy.rules.find((candidate) => fits(candidate, asked)) ?? LAST;
  if (rule.approve === "nobody") {
    // Past a limit nothing goes out without a person, whatever the rule says.
    if (asked.over === null) return { requirement: null, expiresAfterMs: 0 };
    return requiredBy(OVER, policy, asked);
  }
  return requiredBy(rule, policy, asked);
}

function requiredBy(
  rule: PolicyRule,
  policy: { readonly version: number; readonly policy: ResponsePolicy },
  asked: Asked,
): Required {
  const sides = sidesOf(rule, policy.policy.ownerless, asked.impact).map((side) =>
    rule.approve === "owner" ? narrowed(side, asked.speakers) : side,
  );
  return {
    expiresAfterMs: rule.expiresMinutes * 60_000,
    requirement: {
      rule: rule.name,
      policyVersion: policy.version,
      sides,
      secondFactor: rule.secondFactor,
      // Silence can never do what cannot be taken back.
      onExpiry: rule.onExpiry === "proceed" && asked.effect === "reversible" && asked.undoable ? "proceed" : "refuse",
      because: because(rule, asked.impact, policy.policy.ownerless),
    },
  };
}

/** When no rule fits: the strictest that anyone can still satisfy. */
const LAST: PolicyRule = {
  name: "No rule of the policy fits",
  when: {},
  approve: "both",
  quorum: 1,
  expiresMinutes: 60,
  onExpiry: "refuse",
  secondFactor: false,
};

const OVER: PolicyRule = { ...LAST, name: "Over a limit of an hour", approve: "owner" };

function fits({ when }: PolicyRule, { action, effect, impact }: Asked): boolean {
  const direct = impact.services.filter(({ hit }) => hit === "direct");
  return (
    (when.effects === undefined || when.effects.some((one) => one === effect)) &&
    (when.actions === undefined || when.actions.includes(action)) &&
    (when.minCriticality === undefined ||
      impact.services.some(({ criticality }) => criticality >= (when.minCriticality ?? 0))) &&
    (when.noneLeft === undefined || direct.some(({ assets }) => assets?.left === 0) === when.noneLeft)
  );
}

function sidesOf({ approve, quorum }: PolicyRule, ownerless: Team, { owners }: Impact): Side[] {
  const ownersOf = (team: Team): string[] => owners.filter(({ side }) => side === team).map(({ id }) => id);
  const side = (team: Team): Side => ({ team, count: quorum, owners: ownersOf(team) });
  switch (approve) {
    case "owner": {
      const owning = (["security", "operations"] as const).filter((team) => ownersOf(team).length > 0);
      return (owning.length === 0 ? [ownerless] : owning).map(side);
    }
    case "both":
      return [side("security"), side("operations")];
    case "either":
      return [{ team: null, count: quorum, owners: owners.map(({ id }) => id) }];
    case "security":
    case "operations":
      return [side(approve)];
    case "nobody":
      return [];
  }
}

/** To those who speak for the owners. A side stays whole where an owner names nobody who could, or too few to be enough. */
function narrowed(side: Side, speakers: Asked["speakers"]): Side {
  const named = side.owners.map((owner) => speakers?.get(owner) ?? []);
  if (named.length === 0 || named.some((people) => people.length === 0)) return side;
  const people = [...new Map(named.flat().map((one) => [one.id, one])).values()];
  return people.length < side.count ? side : { ...side, people };
}

function because({ approve, name }: PolicyRule, { owners }: Impact, ownerless: Team): string {
  if (approve !== "owner") return `The policy's rule "${name}" says so.`;
  if (owners.length === 0) return `No service with an owner is known to be hit; the policy then asks ${ownerless}.`;
  return owners.map(({ name: owner, side, services }) => `${owner} (${side}) owns ${services.join(", ")}`).join("; ");
}
