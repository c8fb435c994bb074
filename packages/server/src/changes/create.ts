/** create: the changes area: what is planned and under way on the estate, written by people or fed by its id elsewhere; and what others
 *  ask of it: who works on what an action would hit, and what was worked on a host. */
import type { Change, changeRoutes } from "@holdfast/contracts/changes";
import type { Impact } from "@holdfast/contracts/respond";
import type { Handlers } from "../platform/http-contract.ts";
import { changesOnHit, type Hit } from "./hits.ts";
import { SOON_MS } from "./states.ts";
import * as store from "./store.ts";
import { type EstateOfChanges, viewsOf } from "./view.ts";
import { createWriter, unknown, type WriteOptions } from "./write.ts";

export interface ChangesOptions extends WriteOptions {
  readonly estate: EstateOfChanges;
}

/** A change on a host or on a service of it. */
export interface HostChange {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  readonly atMs: number;
}

export interface Changes {
  readonly routes: Handlers<typeof changeRoutes>;
  /** Who works, or is about to, on what an action would hit. */
  onHit(hit: Hit): Promise<Impact["changes"]>;
  /** Whose window touches the range, on the host and on the services that it carries; latest first. */
  onHost(host: string, range: Range): Promise<HostChange[]>;
  /** The same of all that an incident hit. */
  onAll(
    hit: { readonly hosts: readonly string[]; readonly services: readonly string[] },
    range: Range,
  ): Promise<HostChange[]>;
}

/** The range of time that a window touches. */
interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

const MOST_ON_HOST = 100;

export function createChanges(options: ChangesOptions): Changes {
  const { tables, clock, estate } = options;
  const { db } = tables;
  const writer = createWriter(options);
  const views = (changes: readonly store.StoredChange[]): Promise<Change[]> =>
    viewsOf({ executor: db, estate }, changes, clock.now());
  /** After the transaction: the estate is asked on a connection of its own. */
  const view = async (change: store.StoredChange): Promise<Change> => {
    const [shown] = await views([change]);
    if (shown === undefined) throw unknown(change.id);
    return shown;
  };

  /** What an asset or a service is called, the name that was asked for among it. */
  async function namesOf(kind: "asset" | "service", asked: string): Promise<store.TargetNames> {
    if (kind === "service") {
      const found = (await estate.findNamed(db, { services: [asked], assets: [] })).services.get(asked);
      return { services: lower([asked, ...(found === undefined ? [] : [found.id, found.name])]), assets: [] };
    }
    const found = (await estate.findNamed(db, { services: [], assets: [asked] })).assets.get(asked);
    const spelled = found === undefined ? [] : ((await estate.spellingsOf(db, [found.id])).get(found.id) ?? []);
    return { services: [], assets: lower([asked, ...spelled]) };
  }

  const routes: Handlers<typeof changeRoutes> = {
    async listChanges({ query }) {
      const { state: states, from, to, asset, service, q: text, limit } = query;
      const offset = Math.max(0, Number(query.cursor ?? 0)) || 0;
      const on = [
        ...(asset === undefined ? [] : [await namesOf("asset", asset)]),
        ...(service === undefined ? [] : [await namesOf("service", service)]),
      ];
      const { items, total } = await store.listChanges(
        db,
        { states, fromMs: msOf(from), toMs: msOf(to), on, text },
        { soonestFirst: isOpen(states ?? []), limit, offset },
      );
      const next = offset + items.length < total ? String(offset + items.length) : null;
      return { items: await views(items), total, next };
    },
    async getChange({ params }) {
      const change = await store.changeById(db, params.id);
      if (change === undefined) throw unknown(params.id);
      return view(change);
    },
    createChange: async ({ body }, { actor }) => view(await writer.create(body, actor)),
    async feedChange({ params, body }, { actor }) {
      const { result, change } = await writer.feed(params.id, body, actor);
      return { result, change: await view(change) };
    },
    updateChange: async ({ params, body }, { actor }) => view(await writer.edit(params.id, body, actor)),
    startChange: async ({ params, body }, { actor }) => view(await writer.start(params.id, body, actor)),
    finishChange: async ({ params, body }, { actor }) => view(await writer.finish(params.id, body, actor)),
    cancelChange: async ({ params, body }, { actor }) => view(await writer.cancel(params.id, body.outcome, actor)),
  };

  return {
    routes,
    async onHit(hit) {
      const open = await views(await store.openBy(db, clock.now() + SOON_MS));
      const changes = open.filter(({ standing }) => standing !== null);
      const assetIds = changes.flatMap(({ targets }) =>
        targets.flatMap(({ kind, id }) => (kind === "asset" && id !== null ? [id] : [])),
      );
      return changesOnHit({ hit, changes, servicesByAsset: await estate.servicesByAsset(db, [...new Set(assetIds)]) });
    },
    onHost: (host, range) => touching({ hosts: [host], services: [] }, range),
    onAll: touching,
  };

  async function touching(
    hit: { readonly hosts: readonly string[]; readonly services: readonly string[] },
    range: Range,
  ): Promise<HostChange[]> {
    const named = await Promise.all(hit.hosts.map((host) => namesOf("asset", host)));
    const carried = (await estate.servicesOf(db, { hosts: [...hit.hosts], users: [] })).hosts;
    const services = hit.hosts.flatMap((host) => (carried.get(host) ?? []).flatMap(({ id, name }) => [id, name]));
    const asked = await Promise.all(hit.services.map((service) => namesOf("service", service)));
    const on = {
      assets: named.flatMap(({ assets }) => assets),
      services: lower([...services, ...asked.flatMap((one) => one.services)]),
    };
    const page = { soonestFirst: false, limit: MOST_ON_HOST, offset: 0 };
    const { items } = await store.listChanges(db, { ...range, on: [on] }, page);
    // What was called off before it began has changed nothing.
    const counted = items.filter(({ state, actualStart }) => state !== "cancelled" || actualStart !== null);
    return (await views(counted)).map((change) => ({
      id: change.id,
      title: change.title,
      detail: detailOf(change),
      atMs: Date.parse(change.actualStart ?? change.plannedStart),
    }));
  }
}

function isOpen(states: readonly Change["state"][]): boolean {
  return states.length > 0 && states.every((state) => state === "planned" || state === "running");
}

function detailOf({ kind, state, owner, doneBy, targets }: Change): string {
  const said = state === "planned" ? "planned, and nobody said that it began" : state;
  const who = [owner?.name ?? "", doneBy].filter((one) => one !== "").join(", ");
  const on = targets.map(({ name, value }) => name ?? value).join(", ");
  return `${kind} change, ${said}; on ${on}${who === "" ? "" : `; ${who}`}`;
}

const msOf = (at: string | undefined): number | undefined => (at === undefined ? undefined : Date.parse(at));
const lower = (names: readonly string[]): string[] => [...new Set(names.map((name) => name.toLowerCase()))];
