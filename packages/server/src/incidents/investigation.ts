/** investigation: what touched what in an incident, a host's processes as a tree, and what was new on it before. */
import type { changedThing, investigationRoutes, IncidentGraph, ProcessNode } from "@holdfast/contracts/investigation";
import type { z } from "zod";
import type { EventStore } from "../platform/events/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Executor } from "../platform/tables/index.ts";
import { parseRangeOfTime } from "../search/index.ts";
import {
  type Activity,
  configEvents,
  eventsById,
  firstSeen,
  flowsBetween,
  launchesOn,
  type Range,
  seenBefore,
  signalsOn,
  type Sources,
} from "./activity-store.ts";
import type { WorkContext } from "./context.ts";
import { buildGraph, fileName, quote } from "./graph-build.ts";
import { foldGraph, MOST_NODES } from "./graph-fold.ts";
import { underParents } from "./process-tree.ts";

export interface InvestigationContext extends WorkContext {
  readonly events: EventStore;
  /** Which asset an entity is, in the order asked; answered by the estate. */
  readonly assetsOf: (
    executor: Executor,
    entities: readonly { readonly kind: string; readonly value: string }[],
  ) => Promise<readonly { readonly assetId: string | null }[]>;
  /** Sources of exercises, each with its exercise. */
  readonly rehearsing?: (() => ReadonlyMap<string, string>) | undefined;
  /** Changes on a host and its services whose window touches the range; answered by the area of changes. */
  readonly changesOn: (
    host: string,
    range: { readonly fromMs: number; readonly toMs: number },
  ) => Promise<
    readonly { readonly id: string; readonly title: string; readonly detail: string; readonly atMs: number }[]
  >;
}

type Changed = z.infer<typeof changedThing>;

export function createInvestigationRoutes(context: InvestigationContext): Handlers<typeof investigationRoutes> {
  return {
    incidentGraph: ({ params }) => incidentGraph(context, params.id),
    processTree: ({ query }) => {
      const range = parseRangeOfTime(query.from, query.to, context.clock.now());
      return processTree(context, query.host, { ...range, sources: sourcesFor(context, query.exercise ?? null) });
    },
    changedBefore: ({ query }) =>
      changedBefore(context, query.host, {
        atMs: Date.parse(query.at),
        sources: sourcesFor(context, query.exercise ?? null),
      }),
  };
}

function sourcesFor({ rehearsing }: InvestigationContext, exerciseId: string | null): Sources {
  const all = [...(rehearsing?.() ?? [])];
  if (exerciseId === null) return { only: null, not: all.map(([source]) => source) };
  return { only: all.flatMap(([source, exercise]) => (exercise === exerciseId ? [source] : [])), not: [] };
}

const MARGIN_MS = 5 * 60_000;
const MOST_LAUNCHES = 2_000;
const DAY_MS = 24 * 3_600_000;
const LOOK_BACK_DAYS = 14;

async function incidentGraph(context: InvestigationContext, id: string): Promise<IncidentGraph> {
  const detail = await context.triage.incidentDetail(id);
  const range = {
    fromMs: Date.parse(detail.firstSeen) - MARGIN_MS,
    toMs: Date.parse(detail.lastSeen) + MARGIN_MS,
    sources: sourcesFor(context, detail.exerciseId),
  };
  const severities = new Map(
    detail.timeline.flatMap(({ eventId, severity }) => (eventId === null ? [] : [[eventId, severity] as const])),
  );
  const valuesOf = (kind: string): string[] =>
    detail.entities.filter((one) => one.kind === kind).map(({ value }) => value);
  const all = {
    hosts: [...new Set([...detail.hosts, ...valuesOf("host")])],
    ips: valuesOf("ip"),
    users: valuesOf("user"),
  };
  const hosts = all.hosts.slice(0, MOST_HOSTS);
  const [alerting, flows] = await Promise.all([
    eventsById(context.events, [...severities.keys()], range),
    flowsBetween(context.events, range, {
      hosts,
      ips: all.ips.slice(0, MOST_IPS),
      users: all.users.slice(0, MOST_USERS),
    }),
  ]);
  const built = buildGraph({
    events: alerting.map((event) => ({ ...event, severity: severities.get(event.id) ?? null })),
    flows,
    hostOf: await hostNames(context, hosts, [...alerting, ...flows]),
  });
  const folded = foldGraph(built);
  const notes: string[] = [];
  if (folded.nodes.length < built.nodes.length) {
    notes.push(`${built.nodes.length} things are more than ${MOST_NODES}: those beside the path are drawn as groups.`);
  }
  if (alerting.length < severities.size) {
    notes.push(
      `${severities.size - alerting.length} events are no longer in the event store: they went with the retention.`,
    );
  }
  const left = [
    ...leftOf(all.hosts, MOST_HOSTS, "hosts"),
    ...leftOf(all.ips, MOST_IPS, "addresses"),
    ...leftOf(all.users, MOST_USERS, "accounts"),
  ];
  if (left.length > 0)
    notes.push(`Logons and flows are looked for of the ${left.join(", ")}, those of most alerts first.`);
  if (flows.length === 1000) notes.push("More than 1,000 kinds of logons and flows: the most frequent are drawn.");
  return {
    from: new Date(range.fromMs).toISOString(),
    to: new Date(range.toMs).toISOString(),
    nodes: [...folded.nodes],
    edges: [...folded.edges],
    path: built.path,
    moments: [...new Set(alerting.map(({ timeMs }) => new Date(timeMs).toISOString()))],
    total: built.nodes.length,
    notes,
  };
}

const MOST_HOSTS = 200;
const MOST_IPS = 200;
const MOST_USERS = 100;

/** "first 200 of 312 addresses", where not all are looked at. */
function leftOf(values: readonly string[], most: number, what: string): string[] {
  return values.length > most ? [`first ${most} of ${values.length} ${what}`] : [];
}

/** Short names, and addresses that the estate knows as the same asset as one of the hosts. */
async function hostNames(
  context: InvestigationContext,
  hosts: readonly string[],
  seen: readonly { readonly src: string; readonly dst: string }[],
): Promise<Map<string, string>> {
  const full = hosts.toSorted((a, b) => b.length - a.length);
  const names = new Map(full.flatMap((host) => [[host.split(".")[0]?.toLowerCase() ?? "", host] as const]).reverse());
  const addresses = [...new Set(seen.flatMap(({ src, dst }) => [src, dst]))].filter((address) => address !== "");
  const asked = [
    ...full.map((value) => ({ kind: "host", value })),
    ...addresses.slice(0, MOST_ADDRESSES).map((value) => ({ kind: "ip", value })),
  ];
  const known = await context.assetsOf(context.tables.db, asked);
  const byAsset = new Map<string, string>();
  asked.forEach(({ kind, value }, at) => {
    const assetId = known[at]?.assetId ?? null;
    if (assetId === null) return;
    if (kind === "host") byAsset.set(assetId, byAsset.get(assetId) ?? value);
    const host = byAsset.get(assetId);
    if (host !== undefined) names.set(value.toLowerCase(), host);
  });
  return names;
}

const MOST_ADDRESSES = 500;

async function processTree(
  context: InvestigationContext,
  host: string,
  range: Range,
): Promise<{ host: string; processes: ProcessNode[]; total: number }> {
  const { launches, total } = await launchesOn(context.events, host, { ...range, limit: MOST_LAUNCHES });
  const signals = await signalsOn(
    context.events,
    launches.map(({ id }) => id),
    range,
  );
  return { host, processes: underParents(launches, signals), total };
}

async function changedBefore(
  context: InvestigationContext,
  host: string,
  { atMs, sources }: { readonly atMs: number; readonly sources: Sources },
): Promise<{ from: string; to: string; items: Changed[]; notes: string[] }> {
  const range = { fromMs: atMs - DAY_MS, toMs: atMs, sources };
  const asked = { ...range, host, sinceMs: range.fromMs - LOOK_BACK_DAYS * DAY_MS };
  const [planned, programs, logons, config, known] = await Promise.all([
    context.changesOn(host, range),
    firstSeen(context.events, "process", asked),
    firstSeen(context.events, "logon", asked),
    configEvents(context.events, host, range),
    seenBefore(context.events, host, { beforeMs: range.fromMs, sources }),
  ]);
  const here = `host:${quote(host)}`;
  const at = (ms: number): string => new Date(ms).toISOString();
  // First, for they are few, and what began long before would be lost behind a day's programs.
  const changes: Changed[] = planned.map(({ id, title, detail, atMs: startMs }) => ({
    kind: "planned-change",
    title,
    detail,
    at: at(startMs),
    count: 1,
    query: "",
    changeId: id,
  }));
  const items: Changed[] = [
    ...programs.map(({ value, detail, count, firstMs }) => ({
      kind: "process" as const,
      title: fileName(value),
      detail: detail === "" ? value : detail,
      at: at(firstMs),
      count,
      query: `${here} process_path:${quote(value)}`,
    })),
    ...logons.map(({ value, detail, count, firstMs }) => ({
      kind: "logon" as const,
      title: value,
      detail,
      at: at(firstMs),
      count,
      query: `${here} class:authentication user:${quote(value.split(" from ")[0] ?? "")}`,
    })),
    ...config.map((event) => ({
      kind: kindOf(event),
      title:
        event.object !== "" ? event.object : event.targetUser !== "" ? event.targetUser : event.message.slice(0, 120),
      detail: event.message,
      at: at(event.timeMs),
      count: 1,
      query: `id:${event.id}`,
    })),
  ];
  const notes = known
    ? []
    : [
        `Nothing is known of ${host} before ${at(range.fromMs)}: programs and logons are new to Holdfast, which does not mean new to the host.`,
      ];
  items.sort((a, b) => (a.at < b.at ? 1 : -1));
  return { from: at(range.fromMs), to: at(range.toMs), items: [...changes, ...items], notes };
}

function kindOf({ classUid, code }: Activity): Changed["kind"] {
  if (code === "7045" || code === "4697") return "service";
  if (code === "4698" || code === "4702" || classUid === 1006) return "task";
  return classUid === 3004 || classUid === 3006 || classUid === 3007 ? "account" : "change";
}
