/** create: the estate area: its routes, what events teach it, and what others ask of it. */
import type { Asset, estateRoutes, ObservedEdge, Service, TeamRow } from "@holdfast/contracts/estate";
import { sql } from "drizzle-orm";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { CallContext, Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Executor, Tables, Transaction } from "../platform/tables/index.ts";
import { type EstateCast, readCast } from "./cast-store.ts";
import { declareEstate, setLinks } from "./declare.ts";
import { createDependencies, observedEdges } from "./dependencies.ts";
import { removeDecision, writeDecision } from "./dependency-store.ts";
import { fail } from "./errors.ts";
import { estateGraph } from "./graph.ts";
import { type Resolution, resolve, servicesByAsset, servicesOf, standingOf } from "./lookup.ts";
import { findNamed, spellingsOf } from "./named.ts";
import { applyObservations, type Observed } from "./observe.ts";
import { readEstateFile } from "./read-file.ts";
import * as store from "./store.ts";
import { readTargets, readUsersOn } from "./targets.ts";

export interface Estate {
  readonly routes: Handlers<typeof estateRoutes>;
  /** Called inside the pump's transaction for each block. */
  observe(tx: Transaction, observed: Observed): Promise<void>;
  readonly resolve: (
    executor: Executor,
    entities: readonly { readonly kind: string; readonly value: string }[],
  ) => Promise<Resolution[]>;
  readonly servicesOf: typeof servicesOf;
  readonly standingOf: typeof standingOf;
  /** What each asset carries. */
  readonly servicesByAsset: typeof servicesByAsset;
  readonly findNamed: typeof findNamed;
  readonly spellingsOf: typeof spellingsOf;
  services(): Promise<Service[]>;
  /** Throws ESTATE_ASSET_UNKNOWN. */
  describeAsset(idOrName: string): Promise<Asset>;
  /** What telemetry shows of who needs whom, and nobody has accepted or dismissed yet. */
  proposedEdges(): Promise<readonly ObservedEdge[]>;
  /** Who and what a story can be cast with. */
  cast(): Promise<EstateCast>;
  teams(): Promise<TeamRow[]>;
  readonly readTargets: typeof readTargets;
  readonly readUsersOn: typeof readUsersOn;
}

export interface EstateOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly log: Log;
  /** How many alerts and incidents are open on what; answered by triage through main. */
  readonly openCounts: () => Promise<store.OpenCounts>;
}

export function createEstate({ tables, clock, audit, log, openCounts }: EstateOptions): Estate {
  const { db } = tables;
  const dependencies = createDependencies({ log: log.child("estate") });
  const edges = async () => {
    const services = await store.listServices(db, {}, await openCounts());
    return observedEdges(db, { services, declared: await store.declaredNeeds(db), now: clock.now() });
  };
  const listed = async (
    query: Omit<store.ListQuery, "offset"> & { cursor?: string | undefined },
    read: (page: store.ListQuery, counts: store.OpenCounts) => Promise<{ items: unknown[]; total: number }>,
  ) => {
    const offset = Math.max(0, Number(query.cursor ?? 0)) || 0;
    const { items, total } = await read({ ...query, offset }, await openCounts());
    return { items, total, next: offset + items.length < total ? String(offset + items.length) : null };
  };
  const changed = async (
    tx: Transaction,
    context: CallContext,
    change: { action: string; kind: string; id: string; details: Record<string, unknown> },
  ): Promise<void> => {
    await tables.notify(tx, "estate.changed", { kind: change.kind, id: change.id });
    await audit.append(tx, { actor: context.actor, action: change.action, target: change.id, details: change.details });
  };
  const oneService = async (id: string): Promise<Service> => {
    const [found] = await store.listServices(db, { id }, await openCounts());
    if (found === undefined) throw fail("ESTATE_SERVICE_UNKNOWN", `There is no service with the id "${id}".`);
    return found;
  };
  const oneAsset = async (idOrName: string) => {
    const id = await store.assetIdOf(db, idOrName);
    const found = id === undefined ? undefined : await store.readAsset(db, id, await openCounts());
    if (found === undefined) throw fail("ESTATE_ASSET_UNKNOWN", `There is no asset with the id or name "${idOrName}".`);
    return found;
  };

  const routes: Handlers<typeof estateRoutes> = {
    listTeams: async () => ({ items: await store.listTeams(db) }),
    listAssets: async ({ query }) =>
      (await listed(query, (page, counts) => store.listAssets(db, page, counts))) as Awaited<
        ReturnType<typeof store.listAssets>
      > & { next: string | null },
    getAsset: ({ params }) => oneAsset(params.id),
    async updateAsset({ params, body }, context) {
      const { id } = await oneAsset(params.id);
      await tables.transaction(async (tx) => {
        await demandTeam(tx, body.owner);
        for (const [column, value] of Object.entries(body)) {
          if (value === undefined) continue;
          // Column names come from the route's schema, never from the request.
          const typed = column === "tags" ? sql`${sql.param(value)}::text[]` : sql`${value}`;
          await tx.execute(
            sql`UPDATE asset SET ${sql.identifier(column)} = ${typed}, provenance = 'declared' WHERE id::text = ${id}`,
          );
        }
        await changed(tx, context, { action: "asset.changed", kind: "asset", id, details: { ...body } });
      });
      return oneAsset(id);
    },
    listIdentities: async ({ query }) =>
      (await listed(query, (page, counts) => store.listIdentities(db, page, counts))) as Awaited<
        ReturnType<typeof store.listIdentities>
      > & { next: string | null },
    async getIdentity({ params }) {
      const found = await store.readIdentity(db, params.id, await openCounts());
      if (found === undefined)
        throw fail("ESTATE_IDENTITY_UNKNOWN", `There is no identity with the id or name "${params.id}".`);
      return found;
    },
    async listServices({ query }) {
      const items = await store.listServices(db, query, await openCounts());
      return { items, next: null, total: items.length };
    },
    getService: ({ params }) => oneService(params.id),
    async saveService({ params, body }, context) {
      await tables.transaction(async (tx) => {
        await demandTeam(tx, body.owner);
        if (body.dependsOn.includes(params.id))
          throw fail("ESTATE_DEPENDS_ON_ITSELF", `The service "${params.id}" cannot depend on itself.`);
        await tx.execute(sql`
          INSERT INTO service (id, name, description, owner, criticality, exposure) VALUES (${params.id}, ${body.name}, ${body.description}, ${body.owner}, ${body.criticality}, ${body.exposure})
          ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description, owner = excluded.owner, criticality = excluded.criticality, exposure = excluded.exposure`);
        await setLinks(tx, params.id, {
          dependsOn: await knownServices(tx, body.dependsOn),
          assetIds: await knownAssets(tx, body.assets),
        });
        await changed(tx, context, {
          action: "service.saved",
          kind: "service",
          id: params.id,
          details: { name: body.name },
        });
      });
      return oneService(params.id);
    },
    graph: async ({ query }) => {
      const counts = await openCounts();
      const services = await store.listServices(db, {}, counts);
      const proposed = (await edges()).items.filter(({ state }) => state === "proposed");
      return estateGraph(services, { counts, proposed }, query.service);
    },
    async listEdges({ query }) {
      const all = await edges();
      const items = all.items.filter(
        ({ from, to, state }) =>
          (query.state === undefined || state === query.state) &&
          (query.service === undefined || from.id === query.service || to.id === query.service),
      );
      return {
        ...all,
        items,
        total: query.service === undefined && query.state === undefined ? all.total : items.length,
      };
    },
    async decideEdge({ body: { from, to, state, reason } }, context) {
      const find = async () => (await edges()).items.find((edge) => edge.from.id === from && edge.to.id === to);
      if ((await find()) === undefined)
        throw fail(
          "ESTATE_EDGE_UNKNOWN",
          `No telemetry shows that "${from}" needs "${to}". See GET /api/estate/edges.`,
        );
      await tables.transaction(async (tx) => {
        const at = new Date(clock.now()).toISOString();
        if (state === "proposed") await removeDecision(tx, { from, to });
        else await writeDecision(tx, { from, to, state, by: context.actor.name, at, reason });
        const details = { from, to, reason };
        await changed(tx, context, { action: `dependency.${state}`, kind: "service", id: from, details });
      });
      const decided = await find();
      if (decided === undefined) throw fail("ESTATE_EDGE_UNKNOWN", `"${from}" and "${to}" are gone from the estate.`);
      return decided;
    },
    async importEstate({ body }, context) {
      const read = readEstateFile(body.yaml);
      const none = { teams: 0, services: 0, assets: 0, identities: 0, created: 0, updated: 0, unchanged: 0 };
      if (!read.ok) return { ...none, problems: [...read.problems] };
      const { file } = read;
      const counts = {
        teams: file.teams.length,
        services: file.services.length,
        assets: file.assets.length,
        identities: file.identities.length,
      };
      const declared = await inTransaction(tables, body.dryRun, async (tx) => {
        const report = await declareEstate(tx, file, clock.now());
        if (!body.dryRun)
          await changed(tx, context, {
            action: "estate.imported",
            kind: "estate",
            id: "file",
            details: { ...counts, ...report },
          });
        return report;
      });
      return { ...counts, ...declared, problems: [] };
    },
  };

  return {
    routes,
    async observe(tx, observed) {
      const fresh = await applyObservations(tx, observed);
      if (observed.dependencies !== undefined) await dependencies.observe(tx, observed.dependencies);
      if (fresh.assets + fresh.identities > 0) await tables.notify(tx, "estate.changed", { kind: "observed", id: "" });
    },
    resolve,
    servicesOf,
    standingOf,
    servicesByAsset,
    findNamed,
    spellingsOf,
    services: async () => store.listServices(db, {}, await openCounts()),
    describeAsset: oneAsset,
    proposedEdges: async () => (await edges()).items.filter(({ state }) => state === "proposed"),
    cast: () => readCast(db),
    teams: () => store.listTeams(db),
    readTargets,
    readUsersOn,
  };
}

/** A dry run does everything and rolls back. */
async function inTransaction<T>(tables: Tables, dryRun: boolean, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const undo = Symbol("dry run");
  let result: { value: T } | undefined;
  try {
    return await tables.transaction(async (tx) => {
      result = { value: await work(tx) };
      if (dryRun) throw undo;
      return result.value;
    });
  } catch (error) {
    if (error === undo && result !== undefined) return result.value;
    throw error;
  }
}

async function demandTeam(tx: Transaction, owner: string | null | undefined): Promise<void> {
  if (owner === null || owner === undefined) return;
  const { rows } = await tx.execute(sql`SELECT id FROM team WHERE id = ${owner}`);
  if (rows.length === 0)
    throw fail("ESTATE_TEAM_UNKNOWN", `There is no team with the id "${owner}". Import it with an estate file first.`);
}

async function knownServices(tx: Transaction, ids: readonly string[]): Promise<readonly string[]> {
  const { rows } = await tx.execute<{ id: string }>(
    sql`SELECT id FROM service WHERE id = ANY(${sql.param(ids)}::text[])`,
  );
  const missing = ids.filter((id) => !rows.some((row) => row.id === id));
  if (missing.length > 0)
    throw fail("ESTATE_REFERENCE_UNKNOWN", `There is no service "${missing[0]}" to depend on. Create it first.`, {
      details: { missing },
    });
  return ids;
}

async function knownAssets(tx: Transaction, names: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) {
    const id = await store.assetIdOf(tx, name);
    if (id === undefined)
      throw fail(
        "ESTATE_REFERENCE_UNKNOWN",
        `There is no asset "${name}". It appears when it sends events, or is declared in an estate file.`,
      );
    ids.push(id);
  }
  return ids;
}
