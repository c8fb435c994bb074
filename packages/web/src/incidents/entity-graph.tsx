/** entity-graph: what touched what in an incident, from left to right in the order of time. The slider shows it as it was at a
 *  moment; a thing that is chosen says what to look into: its events, its processes, what was new on it before. */
import { evidenceRoutes } from "@holdfast/contracts/evidence";
import { investigationRoutes, type GraphNode, type IncidentGraph } from "@holdfast/contracts/investigation";
import { useMemo, useState } from "react";
import { call } from "../app/client.ts";
import { useGo } from "../app/link.tsx";
import { entityQuery, links, quote, within } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Section } from "../ui/drawer.tsx";
import { Checkbox } from "../ui/field.tsx";
import { Graph } from "../ui/graph.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { plural } from "../ui/number.ts";
import { Empty, Partial } from "../ui/states.tsx";
import { absolute } from "../ui/time.ts";
import { graphAt } from "./graph-at.ts";
import { ChangedBefore, type Pivot, ProcessTree } from "./host-past.tsx";

interface Of {
  incidentId: string;
  exerciseId: string | null;
}

export function EntityGraph(of: Of) {
  const { incidentId } = of;
  const graph = useCall(investigationRoutes.incidentGraph, { params: { id: incidentId } });
  return (
    <Outcome query={graph} what="the graph of the incident" rows={8}>
      {(data) =>
        data.nodes.length === 0 ? (
          <Empty title="Nothing to draw">
            <p>No event of this incident names a host. Its entities stand in the list.</p>
          </Empty>
        ) : (
          <Drawing data={data} of={of} />
        )
      }
    </Outcome>
  );
}

function Drawing({ data, of }: { data: IncidentGraph; of: Of }) {
  const [at, setAt] = useState(data.moments.length);
  const [pathOnly, setPathOnly] = useState(true);
  const [chosen, setChosen] = useState("");
  const until = at >= data.moments.length ? data.to : (data.moments[at - 1] ?? data.from);
  const shown = useMemo(() => graphAt(data, until, pathOnly), [data, until, pathOnly]);
  const node = data.nodes.find(({ id }) => id === chosen);
  const move = (by: number): void => setAt((now) => Math.min(Math.max(now + by, 1), data.moments.length));
  useKeys({
    "[": { label: "One moment earlier", run: () => move(-1) },
    "]": { label: "One moment later", run: () => move(1) },
    b: { label: "Show what stands beside the path", run: () => setPathOnly((now) => !now) },
  });
  return (
    <div className="entity-graph">
      <div className="graph-bar row wrap">
        <label className="row time-slider">
          <span className="faint">Until</span>
          <input
            type="range"
            min={1}
            max={Math.max(data.moments.length, 1)}
            value={at}
            aria-label="Moment"
            aria-valuetext={absolute(Date.parse(until))}
            onChange={(event) => setAt(Number(event.target.value))}
          />
          <span className="mono">{absolute(Date.parse(until))}</span>
        </label>
        <span className="faint">
          {plural(shown.nodes.length, "thing")} of {data.total}
        </span>
        <Checkbox label="Attacker's path only" checked={pathOnly} onChange={setPathOnly} />
      </div>
      {data.notes.map((note) => (
        <Partial key={note}>{note}</Partial>
      ))}
      <div className="entity-graph-body">
        <Graph
          label="The attacker's path"
          direction="right"
          nodes={shown.nodes}
          edges={shown.edges}
          selected={chosen === "" ? undefined : chosen}
          onSelect={(id) => setChosen(id === chosen ? "" : id)}
        />
        <aside className="entity-graph-side stack loose" tabIndex={0} aria-label="About the chosen thing">
          {node === undefined ? (
            <PathList data={data} until={until} onChoose={setChosen} />
          ) : (
            <About key={node.id} node={node} data={data} of={of} onClose={() => setChosen("")} />
          )}
        </aside>
      </div>
    </div>
  );
}

function PathList(props: { data: IncidentGraph; until: string; onChoose: (id: string) => void }) {
  return (
    <Section title="The path, step by step">
      <ol className="stack tight small">
        {props.data.path
          .filter(({ at }) => at <= props.until)
          .map(({ step, at, text, to }) => (
            <li key={step}>
              <button type="button" className="path-step" onClick={() => props.onChoose(to)}>
                <span className="faint mono">
                  {step} <Clock at={at} form="day" />
                </span>{" "}
                <LogText text={text} />
              </button>
            </li>
          ))}
      </ol>
    </Section>
  );
}

const MOST_NAMED = 40;

function About(props: { node: GraphNode; data: IncidentGraph; of: Of; onClose: () => void }) {
  const { node, data, of } = props;
  const host = node.kind === "host" ? node.label : node.host;
  const pivot = usePivot(of, data);
  const edges = data.edges.filter(({ from, to }) => from === node.id || to === node.id);
  const names = new Map(data.nodes.map(({ id, label }) => [id, label]));
  return (
    <>
      <Section
        title={node.kind}
        tools={
          <Button size="compact" variant="ghost" onClick={props.onClose}>
            Back to the path
          </Button>
        }
      >
        <p className="strong mono">
          <LogText text={node.label} />
        </p>
        {node.host !== "" && <p className="faint small">on {node.host}</p>}
        {node.members.length > 0 && (
          <p className="small mono">
            {node.members.slice(0, MOST_NAMED).join(", ")}
            {node.members.length > MOST_NAMED && `, and ${node.members.length - MOST_NAMED} more`}
          </p>
        )}
        <p className="small">
          {plural(node.alerts, "alerting event")}, <Clock at={node.first} form="absolute" /> to{" "}
          <Clock at={node.last} form="absolute" />
        </p>
        {node.entity !== null && (
          <Button
            size="compact"
            onClick={() =>
              pivot(
                `${node.host === "" ? "" : `host:${quote(node.host)} `}${entityQuery(node.entity ?? { kind: "host", value: "" })}`,
              )
            }
          >
            Its events during the incident
          </Button>
        )}
      </Section>
      <Section title="Touched">
        <ul className="stack tight small">
          {edges.map((edge) => (
            <li key={`${edge.from} ${edge.to}`}>
              <button type="button" className="path-step" onClick={() => pivot(edge.query)}>
                <LogText text={`${names.get(edge.from)} ${edge.label} ${names.get(edge.to)}`} />{" "}
                <span className="faint">
                  {edge.count}
                  {edge.failed > 0 && `, ${edge.failed} failed`}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </Section>
      {host !== "" && (
        <ProcessTree host={host} from={data.from} to={data.to} exerciseId={of.exerciseId} onPivot={pivot} />
      )}
      {host !== "" && (
        <ChangedBefore host={host} at={data.moments[0] ?? data.from} exerciseId={of.exerciseId} onPivot={pivot} />
      )}
    </>
  );
}

/** Goes to the search and leaves a crumb with the incident; without the right to write one, it only goes. */
function usePivot({ incidentId, exerciseId }: Of, { from, to }: IncidentGraph): Pivot {
  const go = useGo();
  const refused = useRefusal()("incidents.work");
  return (asked, event) => {
    const query = within(exerciseId, asked);
    if (refused === "") {
      const body = { query, from, to };
      // A crumb that is lost must not keep anybody from searching.
      call(evidenceRoutes.addTrail, { params: { id: incidentId }, body }).catch(() => undefined);
    }
    go(links.events({ q: query, from, to, ...(event !== undefined && { event }) }));
  };
}
