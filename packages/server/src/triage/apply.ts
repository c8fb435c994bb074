/** apply: one block of signals into alerts and incidents, inside the pump's transaction. A fixed number of statements per block,
 *  whatever its size; the same block is never taken in twice. */
import { createHash } from "node:crypto";
import type { ServiceBrief } from "@holdfast/contracts/estate";
import type { Signal, SignalEntity } from "../detect/index.ts";
import type { Executor, Tables, Transaction } from "../platform/tables/index.ts";
import * as alerts from "./alert-store.ts";
import { type Collapsed, collapse, collapseKey, entityKey, type SeenEntity } from "./collapse.ts";
import { mostCritical } from "./derived.ts";
import { refreshIncidents } from "./derived-store.ts";
import { announceAlerts, announceIncidents } from "./announce.ts";
import { type JoinAlert, planJoins } from "./join.ts";
import * as joins from "./join-store.ts";
import { type Link, linksOf, type Resolution } from "./links.ts";

/** What triage asks of the estate; main passes it in. */
export interface EstateLookup {
  /** Services by host and by user, as the names were asked. */
  servicesOf(
    executor: Executor,
    asked: { readonly hosts: readonly string[]; readonly users: readonly string[] },
  ): Promise<{
    readonly hosts: ReadonlyMap<string, readonly ServiceBrief[]>;
    readonly users: ReadonlyMap<string, readonly ServiceBrief[]>;
  }>;
  /** One answer per entity, in the order asked. */
  resolve(
    executor: Executor,
    entities: readonly { readonly kind: string; readonly value: string }[],
  ): Promise<readonly Resolution[]>;
}

export interface TriageSettings {
  /** Signals of one cause that are further apart than this are two alerts. */
  readonly windowMs: number;
  /** Alerts whose shared entity was seen further apart than this are not joined. */
  readonly joinMs: number;
  /** An entity in more alerts than this, within the join time, ties nothing any more. */
  readonly noiseBound: number;
  /** Alerts that the system puts into one incident at most. */
  readonly maxMembers: number;
}

export const DEFAULT_SETTINGS: TriageSettings = {
  windowMs: 60 * 60_000,
  joinMs: 6 * 60 * 60_000,
  noiseBound: 50,
  maxMembers: 500,
};

export interface Block {
  /** Names the block for ever: the same as the deduplication token of its events. */
  readonly token: string;
}

export interface Applied {
  readonly raised: readonly string[];
  readonly changed: readonly string[];
  readonly opened: readonly string[];
}

export interface ApplyContext {
  readonly tables: Pick<Tables, "notify">;
  readonly estate: EstateLookup;
  readonly settings: TriageSettings;
  readonly now: () => number;
}

const NOTHING: Applied = { raised: [], changed: [], opened: [] };

export async function applySignals(
  context: ApplyContext,
  tx: Transaction,
  given: { readonly signals: readonly Signal[]; readonly block?: Block | undefined },
): Promise<Applied> {
  const { signals, block } = given;
  if (signals.length === 0) return NOTHING;
  const now = context.now();
  await alerts.lockTriage(tx);
  if (block !== undefined && !(await alerts.claimBlock(tx, { token: block.token, now }))) return NOTHING;

  const touched = collapse({
    signals,
    open: await readOpen(context, tx, signals),
    windowMs: context.settings.windowMs,
  });
  const resolve = await resolver(context, tx, touched);
  await writeAlerts(context, tx, { touched, resolve, now });
  const links = new Map(touched.map((alert) => [alert.id, linksOf(touchedEntities(alert), resolve, ownHosts(alert))]));
  await alerts.writeLinks(tx, links);

  const { opened, affected } = await joinTouched(context, tx, { touched, links, now });
  await refreshIncidents(tx, affected);
  const raised = touched.filter((alert) => alert.isNew).map((alert) => alert.id);
  const changed = touched.filter((alert) => !alert.isNew).map((alert) => alert.id);
  await announceAlerts(context.tables, tx, { raised, changed });
  await announceIncidents(context.tables, tx, { opened, changed: affected.filter((id) => !opened.includes(id)) });
  return { raised, changed, opened };
}

type Resolver = (kind: string, value: string) => Resolution;

const UNKNOWN: Resolution = { assetId: null, identityId: null };
const POSTINGS_PER_KEY = 200;

async function readOpen(
  context: ApplyContext,
  tx: Transaction,
  signals: readonly Signal[],
): Promise<Map<string, Collapsed[]>> {
  const keys = new Set<string>();
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = 0;
  for (const signal of signals) {
    keys.add(collapseKey(signal.ruleId, signal.entity));
    fromMs = Math.min(fromMs, signal.timeMs);
    toMs = Math.max(toMs, signal.timeMs);
  }
  const { windowMs } = context.settings;
  return alerts.readOpen(tx, { keys: [...keys], fromMs: fromMs - windowMs, toMs: toMs + windowMs });
}

function touchedEntities(alert: Collapsed): SeenEntity[] {
  return [...alert.touchedEntities].flatMap((key) => alert.entities.get(key) ?? []);
}

async function resolver(context: ApplyContext, tx: Transaction, touched: readonly Collapsed[]): Promise<Resolver> {
  const asked = new Map<string, { kind: string; value: string }>();
  const ask = ({ kind, value }: { kind: string; value: string }): void => {
    if (kind === "host" || kind === "ip" || kind === "user") asked.set(entityKey({ kind, value }), { kind, value });
  };
  for (const alert of touched) {
    for (const { entity } of touchedEntities(alert)) ask(entity);
    if (alert.isNew) ask(alert.entity);
    for (const value of ownHosts(alert)) ask({ kind: "host", value });
  }
  const entities = [...asked.values()];
  const answers = entities.length === 0 ? [] : await context.estate.resolve(tx, entities);
  const known = new Map([...asked.keys()].map((key, index) => [key, answers[index] ?? UNKNOWN]));
  return (kind, value) => known.get(entityKey({ kind, value })) ?? UNKNOWN;
}

async function writeAlerts(
  context: ApplyContext,
  tx: Transaction,
  work: { touched: readonly Collapsed[]; resolve: Resolver; now: number },
): Promise<void> {
  const { touched, resolve, now } = work;
  const fresh = touched.filter((alert) => alert.isNew);
  if (fresh.length > 0) {
    const previous = await alerts.readPrevious(
      tx,
      fresh.map((alert) => alert.key),
    );
    const services = await servicesOf(context, tx, fresh);
    const rows = fresh.map((alert) => ({
      alert,
      facts: {
        host: hostOf(alert),
        hostAssetId: resolve("host", hostOf(alert)).assetId,
        previousId: previous.get(alert.key) ?? null,
        services: services(alert),
        resolution: resolve(alert.entity.kind, alert.entity.value),
      },
    }));
    await alerts.insertAlerts(tx, rows, now);
  }
  await alerts.updateAlerts(
    tx,
    touched.filter((alert) => !alert.isNew),
  );
  await alerts.writeSamples(tx, touched);
  const entityRows = touched.flatMap((alert) =>
    [...alert.touchedEntities].flatMap((key) => {
      const seen = alert.entities.get(key);
      return seen === undefined
        ? []
        : [{ alertId: alert.id, key, seen, resolution: resolve(seen.entity.kind, seen.entity.value) }];
    }),
  );
  await alerts.writeEntities(tx, entityRows);
}

/** The host an alert is shown with: where it happened, or the host it is collapsed on. */
function hostOf(alert: Collapsed): string {
  if (alert.entity.kind === "host") return alert.entity.value;
  return ownHosts(alert)[0] ?? "";
}

function ownHosts(alert: Collapsed): string[] {
  return [...alert.entities.values()].filter(({ entity }) => isOwnHost(entity)).map(({ entity }) => entity.value);
}

function isOwnHost(entity: SignalEntity): boolean {
  return entity.kind === "host" && entity.role === "own";
}

async function servicesOf(
  context: ApplyContext,
  tx: Transaction,
  fresh: readonly Collapsed[],
): Promise<(alert: Collapsed) => ServiceBrief[]> {
  const hostsOf = (alert: Collapsed): string[] =>
    [...new Set([hostOf(alert), ...ownHosts(alert)])].filter((host) => host !== "");
  const usersOf = (alert: Collapsed): string[] => (alert.entity.kind === "user" ? [alert.entity.value] : []);
  const hosts = [...new Set(fresh.flatMap(hostsOf))];
  const users = [...new Set(fresh.flatMap(usersOf))];
  const found = await context.estate.servicesOf(tx, { hosts, users });
  return (alert) =>
    mostCritical([
      ...hostsOf(alert).flatMap((host) => found.hosts.get(host) ?? []),
      ...usersOf(alert).flatMap((user) => found.users.get(user) ?? []),
    ]);
}

async function joinTouched(
  context: ApplyContext,
  tx: Transaction,
  work: { touched: readonly Collapsed[]; links: ReadonlyMap<string, readonly Link[]>; now: number },
): Promise<{ opened: string[]; affected: string[] }> {
  const { touched, links, now } = work;
  const { joinMs, noiseBound, maxMembers } = context.settings;
  const postings = await joins.readPostings(tx, { spans: spansOf(links, joinMs), limit: POSTINGS_PER_KEY });
  const ids = new Set(touched.map((alert) => alert.id));
  for (const held of postings.values()) for (const posting of held) ids.add(posting.alertId);
  const fresh = new Set(touched.filter((alert) => alert.isNew).map((alert) => alert.id));
  const known = await joins.readJoinAlerts(tx, [...ids], fresh);
  const before = new Set([...known.values()].flatMap((alert) => alert.incidentId ?? []));
  const incidents = await joins.readJoinIncidents(tx, [...before]);
  const first = await joins.nextNumber(tx);
  const candidates = touched
    .map((alert) => known.get(alert.id))
    .filter((alert): alert is JoinAlert => alert !== undefined);
  const homes = candidates.flatMap((alert) => alert.incidentId ?? []);
  const plan = planJoins({
    touched: candidates,
    alerts: known,
    linksOf: links,
    postings,
    incidents,
    joinMs,
    noiseBound,
    maxMembers,
    open: (founder, ordinal) => ({
      id: createHash("sha256")
        .update(`incident\u0000${first + ordinal}\u0000${founder.id}`)
        .digest("hex")
        .slice(0, 32),
      number: first + ordinal,
      touched: false,
      separated: new Set(),
      members: 0,
    }),
  });
  await joins.writePlan(tx, plan, now);
  const gone = new Set(plan.merged.map((merge) => merge.mergedId));
  const affected = new Set([
    ...homes,
    ...plan.joined.map((joined) => joined.incidentId),
    ...plan.merged.map((merge) => merge.keptId),
  ]);
  return {
    opened: plan.opened.map((incident) => incident.id).filter((id) => !gone.has(id)),
    affected: [...affected].filter((id) => !gone.has(id)),
  };
}

function spansOf(links: ReadonlyMap<string, readonly Link[]>, joinMs: number): Map<string, { lo: number; hi: number }> {
  const spans = new Map<string, { lo: number; hi: number }>();
  for (const link of [...links.values()].flat()) {
    const span = spans.get(link.key);
    const lo = Math.min(span?.lo ?? Number.POSITIVE_INFINITY, link.firstMs - joinMs);
    const hi = Math.max(span?.hi ?? 0, link.lastMs + joinMs);
    spans.set(link.key, { lo, hi });
  }
  return spans;
}
