/** estate-graph: services and what they need, from top to bottom; the assets of a service appear when it is chosen.
 *  Above 60 nodes the assets are always folded into their service, so that it stays readable. */
import { estateRoutes, type EstateGraph as Data } from "@holdfast/contracts/estate";
import { useMemo, useState } from "react";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Checkbox } from "../ui/field.tsx";
import { Graph, type GraphNode } from "../ui/graph.tsx";
import { plural } from "../ui/number.ts";
import { Empty, Partial } from "../ui/states.tsx";

const MOST_NODES = 60;

export function EstateGraph(props: {
  selected: string;
  onService: (id: string) => void;
  onAsset: (id: string) => void;
}) {
  const graph = useCall(estateRoutes.graph, { query: {} });
  const [assets, setAssets] = useState(false);
  return (
    <Outcome query={graph} what="the graph of the estate">
      {(data) =>
        data.nodes.length === 0 ? (
          <Empty title="No services to draw yet">
            <p>Load an estate file that names services and what they depend on.</p>
          </Empty>
        ) : (
          <>
            <div className="graph-bar">
              <Checkbox label="Show assets" checked={assets} onChange={setAssets} />
            </div>
            <Drawing data={data} assets={assets} {...props} />
          </>
        )
      }
    </Outcome>
  );
}

function Drawing(props: {
  data: Data;
  assets: boolean;
  selected: string;
  onService: (id: string) => void;
  onAsset: (id: string) => void;
}) {
  const { data, selected } = props;
  const fits = data.nodes.length <= MOST_NODES;
  const shown = useMemo(() => visible(data, props.assets && fits), [data, props.assets, fits]);
  const chosen = shown.nodes.find((node) => bareId(node.id) === selected)?.id;
  return (
    <>
      {props.assets && !fits && (
        <Partial>
          {plural(data.nodes.length, "node")} are too many to read: assets are counted on their service. Choose a
          service to see its own.
        </Partial>
      )}
      <Graph
        label="Services and what they need"
        direction={props.assets && fits ? "right" : "down"}
        nodes={shown.nodes}
        edges={shown.edges}
        selected={chosen}
        onSelect={(id) => (id.startsWith(ASSET) ? props.onAsset(bareId(id)) : props.onService(bareId(id)))}
      />
    </>
  );
}

/** Nodes of the two kinds share one space of ids: `asset:…` and `service:…`. */
const ASSET = "asset:";

function bareId(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}

function visible(
  data: Data,
  assets: boolean,
): { nodes: GraphNode[]; edges: { from: string; to: string; dashed: boolean; label?: string }[] } {
  const nodes = data.nodes.filter((node) => assets || node.kind === "service");
  const ids = new Set(nodes.map((node) => node.id));
  const runs = (id: string): number => data.edges.filter((edge) => edge.from === id && edge.kind === "runs_on").length;
  return {
    nodes: nodes.map((node) => ({
      id: node.id,
      title: node.name,
      kind: node.kind,
      tone: node.openAlerts > 0 ? "high" : "none",
      note: [
        node.openAlerts > 0 ? plural(node.openAlerts, "open alert") : "",
        node.criticality !== null ? `crit. ${node.criticality}` : "",
        node.kind === "service" ? plural(runs(node.id), "asset") : (node.owner ?? ""),
      ]
        .filter((part) => part !== "")
        .join(" · "),
    })),
    edges: data.edges
      .filter((edge) => ids.has(edge.from) && ids.has(edge.to))
      .map((edge) => ({
        from: edge.from,
        to: edge.to,
        dashed: edge.kind !== "depends_on",
        ...(edge.kind === "seen" ? { label: `seen, ${Math.round((edge.confidence ?? 0) * 100)} %` } : {}),
      })),
  };
}
