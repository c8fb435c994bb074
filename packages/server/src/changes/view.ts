/** view: changes as others read them: their targets and owners as the estate knows them now, and how they stand against their times.
 *  The estate is asked each time: a name that nobody knew yesterday may be an asset today. */
import type { Change } from "@holdfast/contracts/changes";
import type { TeamRow } from "@holdfast/contracts/estate";
import type { Estate } from "../estate/index.ts";
import type { Executor } from "../platform/tables/index.ts";
import { standingOf } from "./states.ts";
import type { StoredChange } from "./store.ts";

export type EstateOfChanges = Pick<Estate, "findNamed" | "spellingsOf" | "servicesByAsset" | "servicesOf" | "teams">;

/** In the order given. */
export async function viewsOf(
  { executor, estate }: { readonly executor: Executor; readonly estate: EstateOfChanges },
  changes: readonly StoredChange[],
  now: number,
): Promise<Change[]> {
  if (changes.length === 0) return [];
  const known = await estate.findNamed(executor, {
    services: [...new Set(changes.flatMap(({ services }) => services))],
    assets: [...new Set(changes.flatMap(({ assets }) => assets))],
  });
  const teams = await estate.teams();
  return changes.map((change) => {
    const { services, assets, asOf: _asOf, ...rest } = change;
    const found = (kind: "service" | "asset", value: string) => known[`${kind}s`].get(value);
    const targets = [
      ...services.map((value) => ({ kind: "service" as const, value })),
      ...assets.map((value) => ({ kind: "asset" as const, value })),
    ].map(({ kind, value }) => {
      const { id = null, name = null } = found(kind, value) ?? {};
      return { kind, value, id, name };
    });
    return {
      ...rest,
      owner: ownerOf(change.owner, teams),
      standing: standingOf(change, now),
      targets,
      plannedStart: iso(change.plannedStart),
      plannedEnd: orNull(change.plannedEnd),
      actualStart: orNull(change.actualStart),
      actualEnd: orNull(change.actualEnd),
      createdAt: iso(change.createdAt),
      updatedAt: iso(change.updatedAt),
    };
  });
}

function ownerOf(owner: string | null, teams: readonly TeamRow[]): Change["owner"] {
  if (owner === null) return null;
  const key = owner.toLowerCase();
  const team = teams.find(({ id }) => id.toLowerCase() === key) ?? teams.find(({ name }) => name.toLowerCase() === key);
  return { id: team?.id ?? null, name: team?.name ?? owner };
}

const iso = (at: number): string => new Date(at).toISOString();
const orNull = (at: number | null): string | null => (at === null ? null : iso(at));
