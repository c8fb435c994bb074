/** graph: things and what they depend on, laid out to be read from top to bottom (or left to right). Every node is a button;
 *  arrow keys are not needed: Tab goes through them in reading order. Loaded only when a graph is shown. */
import { Graph as Dagre, layout } from "@dagrejs/dagre";
import { Maximize, Minus, Plus } from "lucide-react";
import { useLayoutEffect, useMemo, useRef, useState, type CSSProperties } from "react";
import { Button } from "./button.tsx";
import "./graph.css";

export interface GraphNode {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly kind: string;
  /** Drawn at the left edge: severity colour when something is wrong there, accent where something goes on, grey where it is over. */
  readonly tone?: "critical" | "high" | "now" | "over" | "none";
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly dashed?: boolean;
  /** A few words on the line. */
  readonly label?: string;
  /** Drawn stronger than the others. */
  readonly strong?: boolean;
}

export interface GraphProps {
  label: string;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  direction?: "down" | "right";
  selected?: string | undefined;
  /** The node that is in sight at first; without it the first one. */
  focus?: string | undefined;
  onSelect: (id: string) => void;
}

export function Graph(props: GraphProps) {
  const placed = useMemo(() => place(props), [props.nodes, props.edges, props.direction]);
  const [zoom, setZoom] = useState<number | null>(null);
  const near = useMemo(() => neighbours(props.edges, props.selected), [props.edges, props.selected]);
  const scale = zoom ?? 1;
  const scroll = useRef<HTMLDivElement>(null);
  const drawing = useRef<SVGSVGElement>(null);
  const sight = placed.nodes.find(({ id }) => id === props.focus) ?? placed.nodes[0];
  useLayoutEffect(() => {
    if (scroll.current !== null && drawing.current !== null && sight !== undefined)
      bringIntoSight(scroll.current, { drawing: drawing.current, at: sight, width: placed.width });
  }, [sight?.id]);
  return (
    <figure className="graph" aria-label={props.label}>
      <div ref={scroll} className="graph-scroll" tabIndex={0} role="region" aria-label={`${props.label}, drawing`}>
        <svg
          ref={drawing}
          className={zoom === null ? "graph-svg fit" : "graph-svg"}
          style={{ "--graph-least-width": `${placed.width * 0.8}px` } as CSSProperties}
          viewBox={`0 0 ${placed.width} ${placed.height}`}
          width={placed.width * scale}
          height={placed.height * scale}
          role="group"
          aria-label={props.label}
        >
          <defs>
            <marker id="graph-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 0 8 4 0 8z" className="graph-arrow" />
            </marker>
          </defs>
          {placed.edges.map((edge) => (
            <path
              key={`${edge.from} ${edge.to}`}
              className={`graph-edge${edge.dashed ? " dashed" : ""}${edge.strong ? " strong" : ""}${near === null ? "" : near.edges.has(`${edge.from} ${edge.to}`) ? " near" : " far"}`}
              d={edge.path}
              markerEnd="url(#graph-arrow)"
            />
          ))}
          {placed.edges.map(
            (edge) =>
              edge.label !== "" && (
                <g
                  key={`label ${edge.from} ${edge.to}`}
                  className={`graph-edge-label${near === null || near.edges.has(`${edge.from} ${edge.to}`) ? "" : " far"}`}
                >
                  <rect
                    x={edge.x - labelWidth(edge.label) / 2}
                    y={edge.y - 11}
                    width={labelWidth(edge.label)}
                    height={15}
                  />
                  <text x={edge.x} y={edge.y}>
                    {clip(edge.label, 18)}
                  </text>
                </g>
              ),
          )}
          {placed.nodes.map((node) => (
            <g
              key={node.id}
              className={`graph-node ${node.kind} tone-${node.tone ?? "none"}${props.selected === node.id ? " selected" : ""}${near === null || near.nodes.has(node.id) ? "" : " far"}`}
              transform={`translate(${node.x},${node.y})`}
              role="button"
              tabIndex={0}
              aria-pressed={props.selected === node.id}
              onClick={() => props.onSelect(node.id)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" && event.key !== " ") return;
                event.preventDefault();
                props.onSelect(node.id);
              }}
            >
              <rect className="graph-box" width={NODE_WIDTH} height={NODE_HEIGHT} rx={6} />
              {node.tone !== undefined && node.tone !== "none" && (
                <rect className={`graph-tone ${node.tone}`} width={4} height={NODE_HEIGHT} rx={2} />
              )}
              <text x={12} y={18} data-tip={`${node.title}\n${node.note}`}>
                <tspan className="graph-title">{clip(node.title, 29)}</tspan>{" "}
                <tspan className="graph-note" x={12} dy={16}>
                  {clip(node.note, 36)}
                </tspan>
              </text>
            </g>
          ))}
        </svg>
      </div>
      <div className="graph-tools row">
        <Button
          size="compact"
          icon={<Minus size={14} />}
          label="Smaller"
          onClick={() => setZoom(Math.max(scale * 0.8, 0.3))}
        />
        <Button
          size="compact"
          icon={<Plus size={14} />}
          label="Larger"
          onClick={() => setZoom(Math.min(scale * 1.25, 2.5))}
        />
        <Button size="compact" icon={<Maximize size={14} />} label="Fit to the page" onClick={() => setZoom(null)} />
      </div>
    </figure>
  );
}

const NODE_WIDTH = 212;
const NODE_HEIGHT = 44;

/** Only what is out of sight moves: a drawing that fits stays where it is. */
function bringIntoSight(
  scroll: HTMLElement,
  { drawing, at, width }: { drawing: SVGSVGElement; at: { x: number; y: number }; width: number },
): void {
  const drawn = drawing.getBoundingClientRect().width / width;
  const [x, y] = [(at.x + NODE_WIDTH / 2) * drawn, (at.y + NODE_HEIGHT / 2) * drawn];
  scroll.scrollLeft = x < scroll.clientWidth - NODE_WIDTH / 2 ? 0 : x - scroll.clientWidth / 2;
  scroll.scrollTop = y < scroll.clientHeight - NODE_HEIGHT ? 0 : y - scroll.clientHeight / 2;
}

function place(props: GraphProps) {
  const graph = new Dagre();
  graph.setGraph({
    rankdir: props.direction === "right" ? "LR" : "TB",
    nodesep: 20,
    ranksep: 52,
    marginx: 16,
    marginy: 16,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(props.nodes.map((node) => node.id));
  for (const node of props.nodes) graph.setNode(node.id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  const edges = props.edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
  for (const edge of edges) {
    const label = edge.label ?? "";
    const room = label === "" ? {} : { width: labelWidth(label), height: 14, labelpos: "c" };
    graph.setEdge(edge.from, edge.to, { ...room, weight: edge.strong === true ? 4 : 1 });
  }
  layout(graph);
  const size = graph.graph();
  return {
    width: Math.max(size.width ?? 0, 320),
    height: Math.max(size.height ?? 0, 160),
    nodes: props.nodes.map((node) => {
      const at = graph.node(node.id);
      return { ...node, x: Math.round((at.x ?? 0) - NODE_WIDTH / 2), y: Math.round((at.y ?? 0) - NODE_HEIGHT / 2) };
    }),
    edges: edges.map((edge) => ({
      from: edge.from,
      to: edge.to,
      dashed: edge.dashed === true,
      strong: edge.strong === true,
      label: edge.label ?? "",
      x: Math.round(graph.edge(edge.from, edge.to)?.x ?? 0),
      y: Math.round((graph.edge(edge.from, edge.to)?.y ?? 0) + 4),
      path: curve(graph.edge(edge.from, edge.to)?.points ?? []),
    })),
  };
}

function labelWidth(label: string): number {
  return Math.min(label.length, 18) * 6 + 8;
}

function curve(points: readonly { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let path = `M${first.x} ${first.y}`;
  for (let at = 0; at < rest.length - 1; at++) {
    const here = rest[at];
    const next = rest[at + 1];
    if (here === undefined || next === undefined) continue;
    const middle = at === rest.length - 2 ? next : { x: (here.x + next.x) / 2, y: (here.y + next.y) / 2 };
    path += `Q${here.x} ${here.y} ${middle.x} ${middle.y}`;
  }
  return path;
}

function neighbours(edges: readonly GraphEdge[], selected: string | undefined) {
  if (selected === undefined) return null;
  const nodes = new Set([selected]);
  const touched = new Set<string>();
  for (const edge of edges) {
    if (edge.from !== selected && edge.to !== selected) continue;
    nodes.add(edge.from);
    nodes.add(edge.to);
    touched.add(`${edge.from} ${edge.to}`);
  }
  return { nodes, edges: touched };
}

function clip(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
