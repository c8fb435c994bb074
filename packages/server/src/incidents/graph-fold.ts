/** graph-fold: a graph that is too large to be read becomes one that is not: things of one kind that hang on the same neighbour
 *  and are not on the attacker's path become one node that names them. Pure. */
import type { GraphEdge, GraphNode } from "@holdfast/contracts/investigation";

export const MOST_NODES = 60;

interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** Folds what is least: first beside the path, by neighbour; then by kind alone; then also on the path, its late steps first. */
export function foldGraph(graph: Graph, most = MOST_NODES): Graph {
  const beside = besideThePath(graph);
  let folded = graph;
  for (const groupOf of [byNeighbour(graph, beside), byKind(beside), byHost]) {
    if (folded.nodes.length <= most) break;
    folded = foldBy(folded, groupOf, most);
  }
  return folded;
}

type GroupOf = (node: GraphNode) => string | undefined;

function besideThePath({ edges }: Graph): (node: GraphNode) => boolean {
  const on = new Set(edges.filter(({ step }) => step !== null).flatMap(({ from, to }) => [from, to]));
  return (node) => !on.has(node.id) && node.alerts === 0;
}

function byNeighbour({ edges }: Graph, beside: (node: GraphNode) => boolean): GroupOf {
  const neighbours = new Map<string, Set<string>>();
  for (const { from, to } of edges) {
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      const set = neighbours.get(one) ?? new Set();
      neighbours.set(one, set.add(other));
    }
  }
  return (node) => (beside(node) ? `${node.kind} ${[...(neighbours.get(node.id) ?? [])].sort().join(" ")}` : undefined);
}

function byKind(beside: (node: GraphNode) => boolean): GroupOf {
  return (node) => (beside(node) && node.kind !== "host" ? `${node.kind} ${node.host}` : undefined);
}

const byHost: GroupOf = (node) =>
  node.kind === "host" || node.kind === "user"
    ? node.kind === "host"
      ? undefined
      : "user"
    : `${node.kind} ${node.host}`;

/** The largest groups first, and no more of them than are needed. */
function foldBy({ nodes, edges }: Graph, groupOf: GroupOf, most: number): Graph {
  const groups = [...Map.groupBy(nodes, groupOf)]
    .filter(([key, members]) => key !== undefined && members.length > 1)
    .sort(([, a], [, b]) => b.length - a.length);
  const into = new Map<string, GraphNode>();
  let left = nodes.length;
  for (const [key, members] of groups) {
    if (left <= most) break;
    const group = groupNode(String(key), members);
    for (const { id } of members) into.set(id, group);
    left -= members.length - 1;
  }
  const kept = [
    ...new Map(nodes.map((node) => [into.get(node.id)?.id ?? node.id, into.get(node.id) ?? node])).values(),
  ];
  const merged = new Map<string, GraphEdge>();
  for (const edge of edges) {
    const [from, to] = [into.get(edge.from)?.id ?? edge.from, into.get(edge.to)?.id ?? edge.to];
    if (from === to) continue;
    const key = `${from}\n${to}`;
    const before = merged.get(key);
    merged.set(
      key,
      before === undefined
        ? { ...edge, from, to }
        : {
            ...before,
            count: before.count + edge.count,
            failed: before.failed + edge.failed,
            first: before.first < edge.first ? before.first : edge.first,
            last: before.last > edge.last ? before.last : edge.last,
            step: before.step ?? edge.step,
            label: before.label === edge.label ? before.label : "several ways",
          },
    );
  }
  return { nodes: kept, edges: [...merged.values()] };
}

const PLURALS: Readonly<Record<GraphNode["kind"], string>> = {
  host: "hosts",
  user: "users",
  ip: "addresses",
  domain: "domains",
  process: "programs",
  file: "files",
  group: "things",
};

function groupNode(key: string, members: readonly GraphNode[]): GraphNode {
  const [first] = members;
  const kind = first?.kind ?? "group";
  const names = members.flatMap((member) => (member.members.length > 0 ? member.members : [member.label]));
  const hosts = new Set(members.map(({ host }) => host));
  return {
    id: `group:${key}`,
    kind: "group",
    label: `${names.length} ${PLURALS[kind]}`,
    host: hosts.size === 1 ? (first?.host ?? "") : "",
    first: members.reduce((least, node) => (node.first < least ? node.first : least), first?.first ?? ""),
    last: members.reduce((most, node) => (node.last > most ? node.last : most), first?.last ?? ""),
    alerts: members.reduce((sum, node) => sum + node.alerts, 0),
    severity: members.find(({ severity }) => severity !== null)?.severity ?? null,
    entity: null,
    members: names,
  };
}
