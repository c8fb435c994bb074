/** dependencies: who was seen to call whom: taken in with each block, and shown as edges between services with a confidence whose
 *  arithmetic is told. A seen edge changes nothing until a person accepts it. */
import type { ObservedEdge, ObservedEdges, ServiceBrief } from "@holdfast/contracts/estate";
import type { Log } from "../platform/log/index.ts";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { confidenceOf } from "./dependency-confidence.ts";
import * as store from "./dependency-store.ts";
import { createSpanPairs, type SpanSide } from "./span-pairs.ts";

export interface SeenDependencies {
  readonly spans: readonly SpanSide[];
  readonly calls: readonly {
    readonly service: string;
    readonly peer: string;
    readonly peerKind: "service" | "host";
    readonly detail: string;
    readonly firstMs: number;
    readonly lastMs: number;
    readonly count: number;
  }[];
  readonly flows: readonly {
    readonly from: string;
    readonly to: string;
    readonly port: number;
    readonly firstMs: number;
    readonly lastMs: number;
    readonly count: number;
  }[];
}

export interface Dependencies {
  /** Call inside the pump's transaction. */
  observe(tx: Transaction, seen: SeenDependencies): Promise<void>;
}

export function createDependencies({ log }: { readonly log: Log }): Dependencies {
  const pairs = createSpanPairs();
  let dropped = 0;
  return {
    observe: async (tx, { spans, calls, flows }) => {
      const edges = new Map<string, store.SeenEdge>();
      for (const { from, to, timeMs } of pairs.pair(spans))
        add(edges, { ...between(from, to), evidence: "trace", firstMs: timeMs, lastMs: timeMs, count: 1 });
      for (const { service, peer, peerKind, detail, ...seen } of calls)
        add(edges, { ...between(service, peer), toKind: peerKind, evidence: "call", detail, ...seen });
      if (flows.length > 0) {
        const assets = await store.assetsAt(tx, [...new Set(flows.flatMap(({ from, to }) => [from, to]))]);
        for (const { from, to, port, ...seen } of flows) {
          const [source, target] = [assets.get(from), assets.get(to)];
          // The rest of the world is nobody's dependency.
          if (source === undefined || target === undefined || source === target) continue;
          const ends = { fromKind: "asset", from: source, toKind: "asset", to: target } as const;
          add(edges, { ...ends, evidence: "flow", detail: String(port), ...seen });
        }
      }
      const left = await store.addEdges(tx, [...edges.values()]);
      if (left === 0) return;
      dropped += left;
      log.warn({ left, dropped }, "There is no room for more dependencies that were seen; these are not kept.");
    },
  };
}

/** How many edges are shown; the rest is counted. */
const MOST_SHOWN = 1_000;
const MOST_UNKNOWN = 50;

/** All edges between two different services that are known, most certain first, and the names that no service has. */
export async function observedEdges(
  db: Executor,
  {
    services,
    declared,
    now,
  }: {
    readonly services: readonly ServiceBrief[];
    /** "from to", of what the estate file or a person declared. */
    readonly declared: ReadonlySet<string>;
    readonly now: number;
  },
): Promise<ObservedEdges> {
  const rows = await store.readEdges(db);
  const ends = rows.flatMap((row) => [
    { kind: row.fromKind, name: row.from },
    { kind: row.toKind, name: row.to },
  ]);
  const servicesOf = await store.servicesOfEnds(db, ends);
  const decisions = new Map((await store.readDecisions(db)).map((one) => [`${one.from}\n${one.to}`, one]));
  const briefs = new Map(services.map((service) => [service.id, service]));
  const pairs = new Map<string, store.SeenEdge[]>();
  const unknown = new Map<string, { name: string; count: number; lastMs: number }>();
  for (const row of rows) {
    const [from, to] = [
      servicesOf({ kind: row.fromKind, name: row.from }),
      servicesOf({ kind: row.toKind, name: row.to }),
    ];
    if (from.length === 0 && row.fromKind === "service") noteUnknown(unknown, row.from, row);
    if (to.length === 0 && row.toKind !== "asset") noteUnknown(unknown, row.to, row);
    for (const source of from)
      for (const target of to) {
        if (source === target) continue;
        const key = `${source}\n${target}`;
        pairs.set(key, [...(pairs.get(key) ?? []), row]);
      }
  }
  const edges = [...pairs].flatMap(([key, evidence]): ObservedEdge[] => {
    const [source = "", target = ""] = key.split("\n");
    const [from, to] = [briefs.get(source), briefs.get(target)];
    if (from === undefined || to === undefined) return [];
    const decision = decisions.get(key);
    const { confidence, terms } = confidenceOf(evidence, now);
    return [
      {
        from,
        to,
        state: declared.has(`${source} ${target}`) ? "declared" : (decision?.state ?? "proposed"),
        confidence,
        terms,
        firstSeen: iso(Math.min(...evidence.map(({ firstMs }) => firstMs))),
        lastSeen: iso(Math.max(...evidence.map(({ lastMs }) => lastMs))),
        count: evidence.reduce((sum, { count }) => sum + count, 0),
        evidence: evidence
          .slice(0, 20)
          .map(({ evidence: kind, detail, firstMs, lastMs, count, from: a, to: b, fromKind }) => ({
            kind,
            detail,
            between: fromKind === "asset" ? "" : `${a} → ${b}`,
            firstSeen: iso(firstMs),
            lastSeen: iso(lastMs),
            count,
          })),
        decided: decision === undefined ? null : { by: decision.by, at: decision.at, reason: decision.reason },
      },
    ];
  });
  edges.sort((a, b) => b.confidence - a.confidence || (a.from.name < b.from.name ? -1 : 1));
  return {
    items: edges.slice(0, MOST_SHOWN),
    total: edges.length,
    unknown: [...unknown.values()]
      .sort((a, b) => b.count - a.count)
      .slice(0, MOST_UNKNOWN)
      .map(({ name, count, lastMs }) => ({ name, count, lastSeen: iso(lastMs) })),
  };
}

const between = (from: string, to: string) =>
  ({ fromKind: "service", from: from.toLowerCase(), toKind: "service", to: to.toLowerCase(), detail: "" }) as const;

function add(edges: Map<string, store.SeenEdge>, edge: store.SeenEdge): void {
  const key = [edge.evidence, edge.fromKind, edge.from, edge.toKind, edge.to, edge.detail].join("\n");
  const known = edges.get(key);
  if (known === undefined) edges.set(key, edge);
  else
    edges.set(key, {
      ...known,
      firstMs: Math.min(known.firstMs, edge.firstMs),
      lastMs: Math.max(known.lastMs, edge.lastMs),
      count: known.count + edge.count,
    });
}

function noteUnknown(
  unknown: Map<string, { name: string; count: number; lastMs: number }>,
  name: string,
  { count, lastMs }: store.SeenEdge,
): void {
  const known = unknown.get(name);
  unknown.set(name, { name, count: count + (known?.count ?? 0), lastMs: Math.max(lastMs, known?.lastMs ?? 0) });
}

const iso = (ms: number): string => new Date(ms).toISOString();
