/** hits: which changes touch what an action would hit, and by which of their targets. Pure. The reason is the nearest one: the machine
 *  itself, its service, another machine of that service, then whoever needs it. */
import type { Change } from "@holdfast/contracts/changes";
import type { ServiceBrief } from "@holdfast/contracts/estate";
import type { Impact } from "@holdfast/contracts/respond";

export type Hit = Pick<Impact, "targets" | "services">;

export interface HitFacts {
  readonly hit: Hit;
  /** Those that stand against their times; targets resolved. */
  readonly changes: readonly Change[];
  /** By the asset's id. */
  readonly servicesByAsset: ReadonlyMap<string, readonly ServiceBrief[]>;
}

const MOST = 50;

export function changesOnHit({ hit, changes, servicesByAsset }: HitFacts): Impact["changes"] {
  const found = changes
    .flatMap((change) => {
      const near = nearest(change, hit, servicesByAsset);
      return near === undefined || change.standing === null ? [] : [{ change, standing: change.standing, near }];
    })
    .sort((a, b) => a.near.steps - b.near.steps || startOf(a.change).localeCompare(startOf(b.change)));
  const items = found.slice(0, MOST).map(({ change, standing, near }) => ({
    id: change.id,
    title: change.title,
    until: change.plannedEnd,
    change: {
      kind: change.kind,
      standing,
      owner: change.owner?.name ?? null,
      doneBy: change.doneBy,
      start: startOf(change),
      why: near.why,
    },
  }));
  return { known: true, items, ...(found.length > MOST && { more: found.length - MOST }) };
}

interface Near {
  readonly steps: number;
  readonly why: string;
}

function nearest(
  { targets }: Change,
  hit: Hit,
  servicesByAsset: ReadonlyMap<string, readonly ServiceBrief[]>,
): Near | undefined {
  const all = targets.flatMap((target): Near[] => {
    const name = target.name ?? target.value;
    if (target.kind === "service") return serviceHit(hit, target.id, (path) => `${name}${path}`);
    const own = hit.targets.some(
      ({ assetId, target: { value } }) =>
        (assetId !== null && assetId === target.id) ||
        (target.id === null && assetId === null && value.toLowerCase() === target.value.toLowerCase()),
    );
    if (own) return [{ steps: 0, why: `${name}, which is a target` }];
    return (servicesByAsset.get(target.id ?? "") ?? []).flatMap((service) =>
      serviceHit(hit, service.id, (path) => `${name}, an asset of ${service.name}${path}`).map(({ steps, why }) => ({
        steps: steps + 0.5,
        why,
      })),
    );
  });
  return all.reduce<Near | undefined>(
    (best, one) => (best === undefined || one.steps < best.steps ? one : best),
    undefined,
  );
}

function serviceHit(hit: Hit, id: string | null, say: (path: string) => string): Near[] {
  const service = hit.services.find((one) => one.id === id);
  if (service === undefined) return [];
  const { path } = service;
  if (service.hit === "direct") return [{ steps: 1, why: say(", which is hit") }];
  return [{ steps: path.length, why: say(`, which needs ${path.slice(0, -1).reverse().join(", which needs ")}`) }];
}

const startOf = ({ actualStart, plannedStart }: Change): string => actualStart ?? plannedStart;
