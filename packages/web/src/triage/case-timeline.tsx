/** case-timeline: the timeline of an alert or an incident, with what people, rules and the system did in lanes. */
import type { TimelineItem } from "@holdfast/contracts/triage";
import { useState } from "react";
import { LogText } from "../ui/code.tsx";
import { LaneFilter, Timeline } from "../ui/timeline.tsx";

export const LANES = [
  { id: "attacker", label: "Attacker" },
  { id: "security", label: "Security" },
  { id: "operations", label: "Operations" },
  { id: "changes", label: "Changes" },
  { id: "system", label: "Holdfast" },
] as const;

/** What people wrote themselves. */
const SAID: ReadonlySet<string> = new Set(["comment", "note", "decision"]);

export function CaseTimeline(props: {
  items: readonly TimelineItem[];
  label: string;
  lanes: boolean;
  /** Lanes that are not shown at first: their buttons say so, with the count. */
  quiet?: readonly TimelineItem["lane"][];
  selected?: string;
  onSelect?: (id: string) => void;
}) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => new Set(props.quiet ?? []));
  const present = LANES.filter((lane) => props.items.some((item) => item.lane === lane.id));
  const moments = props.items
    .filter((item) => !hidden.has(item.lane))
    .map((item) => ({
      id: item.id,
      at: item.at,
      lane: item.lane,
      severity: item.severity,
      title: (
        <>
          <LogText text={item.title} />
          {item.count !== undefined && item.count > 1 && <span className="faint"> ×{item.count}</span>}
          {item.actor !== null && <span className="faint"> {item.actor.name}</span>}
        </>
      ),
      body:
        item.body === "" || (props.onSelect !== undefined && !SAID.has(item.kind)) ? undefined : (
          <span className={SAID.has(item.kind) ? "prose" : "mono"}>
            <LogText text={item.body} />
          </span>
        ),
    }));
  const toggle = (lane: string): void => {
    const next = new Set(hidden);
    if (!next.delete(lane)) next.add(lane);
    setHidden(next);
  };
  if (props.items.length === 0) return <p className="faint">Nothing yet.</p>;
  return (
    <div className={props.lanes ? "case-timeline" : "stack tight"}>
      {props.lanes && (
        <LaneFilter
          lanes={LANES.map((lane) => ({ ...lane, count: props.items.filter((item) => item.lane === lane.id).length }))}
          hidden={hidden}
          onToggle={toggle}
        />
      )}
      <div className="case-scroll" {...(props.lanes && { tabIndex: 0, role: "region", "aria-label": props.label })}>
        <Timeline
          label={props.label}
          lanes={props.lanes ? LANES : present.length > 0 ? LANES.slice(0, 1) : LANES}
          moments={props.lanes ? moments : moments.map((moment) => ({ ...moment, lane: LANES[0].id }))}
          selected={props.selected}
          onSelect={props.onSelect}
        />
      </div>
    </div>
  );
}
