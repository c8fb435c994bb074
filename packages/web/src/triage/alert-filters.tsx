/** alert-filters: which alerts the queue shows, as tabs, selects and chips. All of it lives in the address. */
import { SEVERITIES, type Severity, type Team } from "@holdfast/contracts/model";
import type { Ref } from "react";
import { list, oneOf, text } from "../app/url-state.ts";
import { SearchInput } from "../ui/search-input.tsx";
import { Select } from "../ui/select.tsx";
import { SeverityMark, WORDS } from "../ui/severity.tsx";
import { Chip } from "../ui/tag.tsx";

export const QUEUES = ["open", "waiting", "mine", "new", "acknowledged", "closed", "all"] as const;
export const SORTS = ["priority", "newest", "oldest", "count"] as const;
export const GROUPINGS = ["none", "rule", "entity", "service", "severity"] as const;

export const ALERT_STATE = {
  queue: oneOf(QUEUES, "open"),
  severity: list,
  rule: text(),
  service: text(),
  entity: text(),
  incident: text(),
  /** A suppression or maintenance window: what it held. */
  holdId: text(),
  /** A run of an exercise, or "any"; without it only what is real. */
  exercise: text(),
  q: text(),
  from: text(),
  to: text(),
  /** "" = what the team prefers. */
  sort: oneOf(["", ...SORTS], ""),
  by: oneOf(["", ...GROUPINGS], ""),
  alert: text(),
  sel: list,
};

export interface AlertFilterState {
  readonly queue: (typeof QUEUES)[number];
  readonly severity: readonly string[];
  readonly rule: string;
  readonly service: string;
  readonly entity: string;
  readonly incident: string;
  readonly holdId: string;
  readonly exercise: string;
  readonly q: string;
  readonly from: string;
  readonly to: string;
}

/** The filters as the API takes them. */
export function alertQuery(state: AlertFilterState, viewer: { team: Team; userId: string }) {
  const states = {
    open: "new,acknowledged",
    waiting: "new,acknowledged",
    mine: "new,acknowledged",
    new: "new",
    acknowledged: "acknowledged",
    closed: "closed",
    all: "",
  };
  const filled = {
    state: states[state.queue],
    severity: state.severity.join(","),
    assignee: state.queue === "mine" ? viewer.userId : "",
    rule: state.rule,
    service: state.service,
    entity: state.entity,
    incident: state.incident,
    holdId: state.holdId,
    exercise: state.exercise,
    q: state.q,
    from: state.from,
    to: state.to,
  };
  const given = Object.fromEntries(Object.entries(filled).filter(([, value]) => value !== ""));
  return state.queue === "waiting" ? { ...given, team: viewer.team } : given;
}

export function AlertFilters(props: {
  state: AlertFilterState;
  sort: (typeof SORTS)[number];
  by: (typeof GROUPINGS)[number];
  searchRef: Ref<HTMLInputElement>;
  onChange: (
    patch: Partial<AlertFilterState & { sort: (typeof SORTS)[number]; by: (typeof GROUPINGS)[number] }>,
  ) => void;
}) {
  const { state, onChange } = props;
  const severity =
    state.severity.length === 1 ? (state.severity[0] ?? "any") : state.severity.length === 0 ? "any" : "several";
  return (
    <>
      <SearchInput label="Search alerts" value={state.q} inputRef={props.searchRef} onChange={(q) => onChange({ q })} />
      <Select
        label="Severity"
        named
        value={severity}
        options={[
          { value: "any", label: "any" },
          ...(severity === "several" ? [{ value: "several", label: state.severity.join(", ") }] : []),
          ...SEVERITIES.toReversed().map((value: Severity) => ({
            value,
            label: WORDS[value],
            mark: <SeverityMark severity={value} word={false} />,
          })),
        ]}
        onChange={(value) =>
          onChange({ severity: value === "any" ? [] : value === "several" ? state.severity : [value] })
        }
      />
      <Select
        label="Sort"
        named
        value={props.sort}
        options={[
          { value: "priority", label: "priority" },
          { value: "newest", label: "newest first" },
          { value: "oldest", label: "oldest first" },
          { value: "count", label: "most signals" },
        ]}
        onChange={(sort) => onChange({ sort })}
      />
      <Select
        label="Group"
        named
        value={props.by}
        options={GROUPINGS.map((value) => ({ value, label: value === "none" ? "no grouping" : `by ${value}` }))}
        onChange={(by) => onChange({ by })}
      />
      {(["rule", "service", "entity", "incident", "holdId", "exercise"] as const).map((name) =>
        state[name] === "" ? null : (
          <Chip key={name} name={name === "holdId" ? "held by" : name} onRemove={() => onChange({ [name]: "" })}>
            {state[name]}
          </Chip>
        ),
      )}
      {(state.from !== "" || state.to !== "") && (
        <Chip name="time" onRemove={() => onChange({ from: "", to: "" })}>
          {state.from} to {state.to === "" ? "now" : state.to}
        </Chip>
      )}
    </>
  );
}
