/** host-past: what ran on a host, each program under the one that started it; and what was new there before it began. */
import { type ChangedThing, investigationRoutes, type ProcessNode } from "@holdfast/contracts/investigation";
import { useState } from "react";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Section } from "../ui/drawer.tsx";
import { plural } from "../ui/number.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { Partial } from "../ui/states.tsx";

/** Goes to a search of the incident's time, and leaves a crumb on its trail; with an event that is opened there. */
export type Pivot = (query: string, event?: string) => void;

export function ProcessTree(props: {
  host: string;
  from: string;
  to: string;
  exerciseId: string | null;
  onPivot: Pivot;
}) {
  const { host, from, to, exerciseId } = props;
  const tree = useCall(investigationRoutes.processTree, {
    query: { host, from, to, ...(exerciseId !== null && { exercise: exerciseId }) },
  });
  return (
    <Section title="Processes">
      <Outcome query={tree} what="the processes" rows={4}>
        {({ processes, total }) => {
          const rows = suspicious(processes);
          return rows.length === 0 ? (
            <p className="faint small">
              {total === 0 ? "This host sent no process starts in that range." : "None of its processes alerted."}
            </p>
          ) : (
            <>
              {total > processes.length && (
                <Partial>
                  The first {processes.length} of {plural(total, "process", "processes")}: narrow the range to see the
                  rest.
                </Partial>
              )}
              {rows.length === MOST_ROWS && (
                <Partial>The first {MOST_ROWS} processes beside those that alerted: the search finds the rest.</Partial>
              )}
              <ul className="process-tree small">
                {rows.map(({ node, depth }) => (
                  <li key={node.id} className={`depth-${Math.min(depth, 8)}`} data-tip={node.cmd}>
                    {node.severity !== null && <SeverityMark severity={node.severity} word={false} />}
                    <button
                      type="button"
                      className="path-step mono"
                      onClick={() => props.onPivot(`id:${node.eventId}`, node.eventId)}
                    >
                      {node.path.split(/[\\/]/).at(-1) ?? node.path}
                    </button>{" "}
                    <span className="faint">
                      {node.pid === 0 ? "" : node.pid} <Clock at={node.at} form="day" />
                    </span>
                  </li>
                ))}
              </ul>
            </>
          );
        }}
      </Outcome>
    </Section>
  );
}

const SHOWN = 30;
const MOST_ROWS = 300;

export function ChangedBefore(props: { host: string; at: string; exerciseId: string | null; onPivot: Pivot }) {
  const [all, setAll] = useState(false);
  const changed = useCall(investigationRoutes.changedBefore, {
    query: {
      host: props.host,
      at: props.at,
      ...(props.exerciseId !== null && { exercise: props.exerciseId }),
    },
  });
  return (
    <Section title="New in the 24 hours before">
      <Outcome query={changed} what="what changed" rows={3}>
        {({ items, notes }) => (
          <>
            {notes.map((note) => (
              <Partial key={note}>{note}</Partial>
            ))}
            {items.length === 0 && (
              <p className="faint small">Nothing new was seen on it, and no change was planned.</p>
            )}
            {items.length > SHOWN && !all && (
              <Partial
                action={
                  <Button size="compact" onClick={() => setAll(true)}>
                    Show all
                  </Button>
                }
              >
                The latest {SHOWN} of {plural(items.length, "change")}.
              </Partial>
            )}
            <ul className="stack tight small">
              {items.slice(0, all ? items.length : SHOWN).map((item) => (
                <li key={`${item.kind} ${item.at} ${item.title}`} data-tip={item.detail}>
                  {item.changeId !== undefined ? (
                    <Link to={links.change(item.changeId)}>
                      <PastThing item={item} />
                    </Link>
                  ) : (
                    <button type="button" className="path-step" onClick={() => props.onPivot(item.query)}>
                      <PastThing item={item} />
                    </button>
                  )}
                </li>
              ))}
            </ul>
          </>
        )}
      </Outcome>
    </Section>
  );
}

function PastThing({ item: { kind, at, title } }: { item: ChangedThing }) {
  return (
    <>
      <span className="faint">
        {kind === "planned-change" ? "planned change" : kind} <Clock at={at} form="day" />
      </span>{" "}
      <LogText text={title} />
    </>
  );
}

/** Those that alerted, what started them, and what they started, in the order of the tree. */
function suspicious(all: readonly ProcessNode[]): { node: ProcessNode; depth: number }[] {
  const byId = new Map(all.map((node) => [node.id, node]));
  const kept = new Set<string>();
  for (const node of all) {
    if (node.severity === null && (byId.get(node.parentId ?? "")?.severity ?? null) === null) continue;
    for (let at: ProcessNode | undefined = node; at !== undefined && !kept.has(at.id); ) {
      kept.add(at.id);
      at = at.parentId === null ? undefined : byId.get(at.parentId);
    }
  }
  const children = new Map<string, ProcessNode[]>();
  for (const node of all) {
    if (!kept.has(node.id)) continue;
    const parent = node.parentId !== null && kept.has(node.parentId) ? node.parentId : "";
    children.set(parent, [...(children.get(parent) ?? []), node]);
  }
  const rows: { node: ProcessNode; depth: number }[] = [];
  const open = (children.get("") ?? []).toReversed().map((node) => ({ node, depth: 0 }));
  for (let row = open.pop(); row !== undefined && rows.length < MOST_ROWS; row = open.pop()) {
    rows.push(row);
    const { depth, node } = row;
    open.push(...(children.get(node.id) ?? []).toReversed().map((child) => ({ node: child, depth: depth + 1 })));
  }
  return rows;
}
