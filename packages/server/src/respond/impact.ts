/** impact: who and what an action would hit, as arithmetic that is shown. Pure: the estate's facts in, numbers and their terms out.
 *  What the estate does not know is said as unknown, never as "nobody". */
import type { ChangeStanding } from "@holdfast/contracts/changes";
import type { ObservedEdge, Service, TeamRow } from "@holdfast/contracts/estate";
import type { Team } from "@holdfast/contracts/model";
import type { Impact, ImpactService, Target } from "@holdfast/contracts/respond";
import type { EstateTarget, UserOnAsset } from "../estate/index.ts";

export interface ImpactFacts {
  readonly targets: readonly EstateTarget[];
  readonly services: readonly Service[];
  readonly teams: readonly Pick<TeamRow, "id" | "name" | "kind">[];
  readonly usersOn: readonly UserOnAsset[];
  readonly never: Impact["never"];
  readonly limits: Impact["limits"];
  readonly changes: Impact["changes"];
  readonly now: number;
}

/** What a service that needs a hit one loses of what that one lost, per step away. */
const PASSED_ON = 0.5;
const NAMED_USERS = 20;

export function impactOf(facts: ImpactFacts): Impact {
  const assetIds = new Set(facts.targets.flatMap(({ asset }) => (asset === null ? [] : [asset.id])));
  const direct = facts.services.filter((service) => service.assets.some(({ id }) => assetIds.has(id)));
  const services = [...direct.map((service) => directHit(service, assetIds)), ...dependants(facts.services, direct)];
  const terms = termsOf(services, facts.services);
  const value = round(terms.reduce((sum, term) => sum + term.value, 0));
  return {
    at: new Date(facts.now).toISOString(),
    targets: facts.targets.map(({ kind, value: name, asset, identity }) => ({
      target: { kind: kind as Target["kind"], value: name },
      name: asset?.name ?? identity?.name ?? null,
      assetId: asset?.id ?? null,
      identityId: identity?.id ?? null,
      assetKind: asset?.kind ?? null,
    })),
    services,
    owners: ownersOf(facts, direct),
    users: usersOf(facts),
    never: facts.never,
    limits: facts.limits,
    changes: facts.changes,
    disruption: { value, level: value === 0 ? "none" : value < 2 ? "low" : value < 5 ? "medium" : "high", terms },
  };
}

/** Who was only seen to need one of the services that are hit, and is not hit already. */
export function seenToNeed(
  { services }: Pick<Impact, "services">,
  proposed: readonly ObservedEdge[],
): NonNullable<Impact["seen"]> {
  const hit = new Set(services.map(({ id }) => id));
  return proposed
    .filter(({ from, to }) => hit.has(to.id) && !hit.has(from.id))
    .map(({ from, to, confidence }) => ({ id: from.id, name: from.name, needs: to.name, confidence }));
}

/** Changes on what is hit, as one sentence for messages; "" when there are none. */
export function workThere({ changes }: Pick<Impact, "changes">): string {
  const named = changes.items.flatMap(({ title, change }) =>
    change === undefined
      ? []
      : [`${title.slice(0, 100)} (${STANDINGS[change.standing]}${change.owner === null ? "" : `, ${change.owner}`})`],
  );
  const more = named.length - NAMED_CHANGES + (changes.more ?? 0);
  return `${named.slice(0, NAMED_CHANGES).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

const NAMED_CHANGES = 3;
const STANDINGS: Readonly<Record<ChangeStanding, string>> = {
  soon: "begins within the hour",
  late: "should have begun",
  running: "running",
  overdue: "running past its end",
};

function directHit(service: Service, assetIds: ReadonlySet<string>): ImpactService {
  const total = service.assets.length;
  const hit = service.assets.filter(({ id }) => assetIds.has(id)).length;
  const { id, name, criticality, owner } = service;
  return { id, name, criticality, owner, hit: "direct", path: [name], assets: { total, hit, left: total - hit } };
}

/** Breadth first from what is hit, so that each path is a shortest one. */
function dependants(services: readonly Service[], direct: readonly Service[]): ImpactService[] {
  const byId = new Map(services.map((service) => [service.id, service]));
  const seen = new Set(direct.map(({ id }) => id));
  const queue = direct.map((service) => ({ service, path: [service.name] }));
  const found: ImpactService[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const { id } of next.service.dependants) {
      const service = byId.get(id);
      if (service === undefined || seen.has(id)) continue;
      seen.add(id);
      const path = [...next.path, service.name];
      const { name, criticality, owner } = service;
      found.push({ id, name, criticality, owner, hit: "dependant", path, assets: null });
      queue.push({ service, path });
    }
  }
  return found;
}

function termsOf(hits: readonly ImpactService[], services: readonly Service[]): Impact["disruption"]["terms"] {
  const lost = new Map<string, number>();
  for (const { name, assets } of hits)
    if (assets !== null && assets.total > 0) lost.set(name, assets.hit / assets.total);
  const known = new Set(services.map(({ name }) => name));
  return hits.flatMap((hit) => {
    const { name, criticality, assets, path } = hit;
    if (assets !== null) {
      const share = lost.get(name) ?? 0;
      const text = `${name}: criticality ${criticality} x ${assets.hit} of ${assets.total} assets`;
      return [{ text, value: round(criticality * share) }];
    }
    const root = path[0] ?? "";
    if (!known.has(root)) return [];
    const steps = path.length - 1;
    const share = (lost.get(root) ?? 0) * PASSED_ON ** steps;
    const text = `${name} needs ${path.slice(0, -1).reverse().join(", which needs ")}: criticality ${criticality} x ${percent(lost.get(root) ?? 0)} lost x ${PASSED_ON} per step (${steps})`;
    return [{ text, value: round(criticality * share) }];
  });
}

/** Owners of what is hit directly: the services', the assets' where no service runs on them, and the accounts'. */
function ownersOf({ targets, teams }: ImpactFacts, direct: readonly Service[]): Impact["owners"] {
  const owned = new Map<string, string[]>();
  const add = (owner: string | null, what: string): void => {
    if (owner !== null) owned.set(owner, [...new Set([...(owned.get(owner) ?? []), what])]);
  };
  for (const { owner, name } of direct) add(owner, name);
  for (const { asset, identity } of targets) {
    const served = asset !== null && direct.some((service) => service.assets.some(({ id }) => id === asset.id));
    if (asset !== null && !served) add(asset.owner, asset.name);
    if (identity !== null) add(identity.team, identity.name);
  }
  return [...owned].map(([id, services]) => {
    const team = teams.find((one) => one.id === id);
    const side: Team = team?.kind === "security" ? "security" : "operations";
    return { id, name: team?.name ?? id, side, services };
  });
}

function usersOf({ targets, usersOn }: ImpactFacts): Impact["users"] {
  const found = new Map<string, Impact["users"]["named"][number]>();
  for (const { identity } of targets)
    if (identity !== null)
      found.set(identity.id, {
        id: identity.id,
        name: identity.name,
        privileged: identity.privileged,
        because: "is a target",
      });
  for (const { id, name, privileged, asset } of usersOn)
    if (!found.has(id)) found.set(id, { id, name, privileged, because: `worked on ${asset}` });
  const named = [...found.values()].sort((a, b) => Number(b.privileged) - Number(a.privileged));
  return { total: found.size, named: named.slice(0, NAMED_USERS) };
}

const round = (value: number): number => Math.round(value * 100) / 100;
const percent = (share: number): string => `${Math.round(share * 100)} %`;
