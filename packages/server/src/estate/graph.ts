/** graph: services, what they need and what they run on, as nodes and edges. Pure. Around one service: what it needs, down to the
 *  last, and what needs it, so that both directions of a failure can be seen. */
import type { EstateGraph, ObservedEdge, Service } from "@holdfast/contracts/estate";
import type { OpenCounts } from "./store.ts";

export function estateGraph(
  services: readonly Service[],
  { counts, proposed }: { readonly counts: OpenCounts; readonly proposed: readonly ObservedEdge[] },
  around: string | undefined,
): EstateGraph {
  const wanted =
    around === undefined
      ? new Set(services.map((service) => service.id))
      : new Set([
          ...neighbourhood(services, around),
          // What was only seen is shown around the service itself, and leads no further.
          ...proposed.flatMap(({ from, to }) => (from.id === around ? [to.id] : to.id === around ? [from.id] : [])),
        ]);
  const shown = services.filter((service) => wanted.has(service.id));
  const nodes: EstateGraph["nodes"] = shown.map((service) => ({
    id: `service:${service.id}`,
    kind: "service",
    name: service.name,
    criticality: service.criticality,
    owner: service.owner,
    openAlerts: service.openAlerts,
  }));
  const assets = new Map<string, EstateGraph["nodes"][number]>();
  const edges: EstateGraph["edges"] = [];
  for (const service of shown) {
    for (const needed of service.dependsOn)
      if (wanted.has(needed.id))
        edges.push({ from: `service:${service.id}`, to: `service:${needed.id}`, kind: "depends_on" });
    for (const asset of service.assets) {
      assets.set(asset.id, {
        id: `asset:${asset.id}`,
        kind: "asset",
        name: asset.name,
        criticality: null,
        owner: null,
        openAlerts: counts.assets.get(asset.id) ?? 0,
      });
      edges.push({ from: `service:${service.id}`, to: `asset:${asset.id}`, kind: "runs_on" });
    }
  }
  for (const { from, to, confidence } of proposed)
    if (wanted.has(from.id) && wanted.has(to.id))
      edges.push({ from: `service:${from.id}`, to: `service:${to.id}`, kind: "seen", confidence });
  return { nodes: [...nodes, ...assets.values()], edges };
}

function neighbourhood(services: readonly Service[], start: string): Set<string> {
  const byId = new Map(services.map((service) => [service.id, service]));
  const walk = (next: (service: Service) => readonly { id: string }[]): Set<string> => {
    const seen = new Set<string>([start]);
    const queue = [start];
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      for (const other of next(byId.get(id) as Service) ?? []) {
        if (seen.has(other.id) || !byId.has(other.id)) continue;
        seen.add(other.id);
        queue.push(other.id);
      }
    }
    return seen;
  };
  if (!byId.has(start)) return new Set();
  return new Set([...walk((service) => service.dependsOn), ...walk((service) => service.dependants)]);
}
