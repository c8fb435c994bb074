/** timeline: what happened, in order, in lanes (who did it). Each lane is a track of dots at the left, so that the hand-offs
 *  between lanes can be seen without reading. */
import type { Severity } from "@holdfast/contracts/model";
import type { ReactNode } from "react";
import { Clock } from "./clock.tsx";
import { SeverityMark } from "./severity.tsx";
import { absolute, timeOf } from "./time.ts";
import "./timeline.css";

export interface Lane<L extends string> {
  readonly id: L;
  readonly label: string;
}

export interface Moment<L extends string> {
  readonly id: string;
  readonly at: string;
  readonly lane: L;
  readonly title: ReactNode;
  readonly body?: ReactNode;
  readonly severity: Severity | null;
}

export function Timeline<L extends string>(props: {
  label: string;
  lanes: readonly Lane<L>[];
  moments: readonly Moment<L>[];
  selected?: string | undefined;
  onSelect?: ((id: string) => void) | undefined;
}) {
  const { lanes, moments } = props;
  return (
    <ol className="timeline" aria-label={props.label}>
      {moments.map((moment, at) => {
        const track = Math.max(
          lanes.findIndex((lane) => lane.id === moment.lane),
          0,
        );
        const lane = lanes[track];
        const body = (
          <>
            <Tracks lanes={lanes.length} at={track} severity={moment.severity} />
            <span className="timeline-text">
              <span className="row">
                {moment.severity !== null && <SeverityMark severity={moment.severity} word={false} />}
                <span className="timeline-title">{moment.title}</span>
              </span>
              {moment.body}
              <span className="timeline-meta">
                {lane?.label} · <Clock at={moment.at} form="day" />
              </span>
            </span>
          </>
        );
        return (
          <li key={moment.id}>
            {startsDay(moments[at - 1]?.at, moment.at) && <div className="timeline-day">{dayOf(moment.at)}</div>}
            {props.onSelect === undefined ? (
              <div className="timeline-item">{body}</div>
            ) : (
              <button
                type="button"
                className="timeline-item"
                aria-pressed={props.selected === moment.id}
                ref={props.selected === moment.id ? intoView : undefined}
                onClick={() => props.onSelect?.(moment.id)}
              >
                {body}
              </button>
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** The names of the tracks with their counts; a press hides or shows a lane. */
export function LaneFilter<L extends string>(props: {
  lanes: readonly (Lane<L> & { readonly count: number })[];
  hidden: ReadonlySet<string>;
  onToggle: (lane: L) => void;
}) {
  return (
    <div className="row wrap lane-filter" role="group" aria-label="Lanes">
      {props.lanes.map((lane) => (
        <button
          key={lane.id}
          type="button"
          className="lane-button"
          aria-pressed={!props.hidden.has(lane.id)}
          onClick={() => props.onToggle(lane.id)}
        >
          {lane.label} <span className="faint">{lane.count}</span>
        </button>
      ))}
    </div>
  );
}

function intoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

const TRACK = 14;

function Tracks({ lanes, at, severity }: { lanes: number; at: number; severity: Severity | null }) {
  if (lanes === 1) return null;
  return (
    <span className="timeline-tracks" aria-hidden="true" style={{ width: lanes * TRACK }}>
      {Array.from({ length: lanes }, (_, lane) => (
        <i key={lane} className="timeline-track" style={{ left: lane * TRACK + TRACK / 2 - 0.5 }} />
      ))}
      <i className={`timeline-dot ${severity ?? "plain"}`} style={{ left: at * TRACK + TRACK / 2 - 4.5 }} />
    </span>
  );
}

function startsDay(before: string | undefined, at: string): boolean {
  return before === undefined || dayOf(before) !== dayOf(at);
}

function dayOf(at: string): string {
  return absolute(timeOf(at)).split(",")[0] ?? "";
}
