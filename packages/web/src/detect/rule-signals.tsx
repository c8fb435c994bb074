/** rule-signals: the events a rule matched, newest first: those that raised alerts, those in test, those an exception hid. */
import { authoringRoutes } from "@holdfast/contracts/authoring";
import type { RuleDetail, RuleSignal, SignalOutcome } from "@holdfast/contracts/detect";
import { useState } from "react";
import { call } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { usePages } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Panel } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { Tag } from "../ui/tag.tsx";
import { ExplainDialog } from "./explain-dialog.tsx";

const OUTCOMES: readonly { readonly value: "" | SignalOutcome; readonly label: string }[] = [
  { value: "", label: "all" },
  { value: "alert", label: "raised an alert" },
  { value: "counted", label: "counted for a correlation" },
  { value: "test", label: "in test" },
  { value: "hidden", label: "hidden" },
];

export function RuleSignals({ rule }: { rule: RuleDetail }) {
  const [outcome, setOutcome] = useState<"" | SignalOutcome>("");
  const query = { limit: 20, ...(outcome !== "" && { outcome }) };
  const pages = usePages([authoringRoutes.listRuleSignals.path, rule.id, outcome], (cursor, signal) =>
    call(
      authoringRoutes.listRuleSignals,
      { params: { id: rule.id }, query: { ...query, ...(cursor !== undefined && { cursor }) } },
      signal,
    ),
  );
  const [open, setOpen] = useState<RuleSignal>();
  return (
    <Panel
      title="What it matched"
      tools={<Select label="Outcome" named value={outcome} options={OUTCOMES} onChange={setOutcome} />}
    >
      <Outcome query={pages.query} what="matches" rows={4}>
        {() =>
          pages.rows.length === 0 ? (
            <p className="faint">Nothing yet.</p>
          ) : (
            <SignalTable signals={pages.rows} countsFor={countsFor(rule)} onExplain={setOpen} />
          )
        }
      </Outcome>
      {pages.hasMore && (
        <Button size="compact" onClick={pages.more}>
          Show more
        </Button>
      )}
      {open !== undefined && <ExplainDialog signal={open.id} onClose={() => setOpen(undefined)} />}
    </Panel>
  );
}

/** What the matches of a rule count for, in its correlations' names. */
function countsFor({ usedBy }: RuleDetail): string {
  return usedBy
    .filter(({ counts }) => counts)
    .map(({ title }) => title)
    .join(", ");
}

export function SignalTable(props: {
  signals: readonly RuleSignal[];
  countsFor?: string;
  onExplain: (signal: RuleSignal) => void;
}) {
  return (
    <table className="plain-table">
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">On</th>
          <th scope="col">User</th>
          <th scope="col">Became</th>
          <th scope="col">
            <span className="sr-only">What to do</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {props.signals.map((signal) => (
          <tr key={signal.id}>
            <td>
              <Clock at={signal.at} form="absolute" />
            </td>
            <td>
              <LogText text={signal.host === "" ? signal.entity.value : signal.host} />
            </td>
            <td>
              <LogText text={signal.user} />
            </td>
            <td>
              <Became signal={signal} countsFor={props.countsFor ?? ""} />
            </td>
            <td>
              <span className="row">
                <Link to={links.event(signal.eventId)}>Event</Link>
                <Button size="compact" variant="ghost" onClick={() => props.onExplain(signal)}>
                  Explain
                </Button>
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Became({ signal, countsFor }: { signal: RuleSignal; countsFor: string }) {
  if (signal.withdrawn !== null) return <Tag tip={signal.withdrawn}>withdrawn</Tag>;
  switch (signal.outcome) {
    case "alert":
      return <span className="faint">an alert</span>;
    case "counted":
      return (
        <span className="faint">counted for {countsFor === "" ? "a correlation" : <LogText text={countsFor} />}</span>
      );
    default:
      return <Tag>{signal.outcome}</Tag>;
  }
}
