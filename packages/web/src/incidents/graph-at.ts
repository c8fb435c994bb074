/** graph-at: the graph of an incident as it was at a moment. A tie is a step of the path only from its alert on, however long the two
 *  have known each other: until then it stands beside the path like any other. Pure. */
import type { GraphNode, IncidentGraph } from "@holdfast/contracts/investigation";

export function graphAt(data: Pick<IncidentGraph, "nodes" | "edges" | "path">, until: string, pathOnly: boolean) {
  const reached = new Set(data.path.filter(({ at }) => at <= until).map(({ step }) => step));
  const edges = data.edges
    .map((edge) => (edge.step !== null && reached.has(edge.step) ? edge : { ...edge, step: null }))
    .filter(({ first, step }) => step !== null || (!pathOnly && first <= until));
  const used = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const nodes = data.nodes.filter(({ id }) => used.has(id));
  return {
    nodes: nodes.map((node) => ({
      id: node.id,
      title: node.kind === "host" ? (node.label.split(".")[0] ?? node.label) : node.label,
      kind: node.kind,
      tone: node.severity === "critical" || node.severity === "high" ? node.severity : ("none" as const),
      note: [KINDS[node.kind], node.host.split(".")[0] ?? ""].filter((part) => part !== "").join(" on "),
    })),
    edges: edges.map(({ from, to, label, step }) => ({
      from,
      to,
      label: step === null ? label : `${step} ${label}`,
      strong: step !== null,
      dashed: step === null,
    })),
  };
}

const KINDS: Readonly<Record<GraphNode["kind"], string>> = {
  host: "host",
  user: "user",
  ip: "address",
  domain: "domain",
  process: "program",
  file: "file",
  group: "several",
};
