/** correlation-facts: what a match of a correlation stands on: what was measured against which bound, over which time and group, and
 *  every event that counted. */
import type { CorrelationFacts } from "@holdfast/contracts/authoring";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Facts } from "../ui/drawer.tsx";
import { count } from "../ui/number.ts";

const MEASURED: Readonly<Record<string, string>> = {
  event_count: "matches",
  value_count: "different values",
  value_sum: "the sum",
  value_avg: "the average",
  value_median: "the median",
  value_percentile: "the percentile",
  temporal: "rules that fired",
  temporal_ordered: "rules that fired in order",
};

export function CorrelationFactsView({ facts }: { facts: CorrelationFacts }) {
  const { events } = facts;
  const several = new Set(events.map(({ ruleId }) => ruleId)).size > 1;
  return (
    <div className="stack">
      <Facts
        items={[
          [
            "Measured",
            <span key="value">
              <strong>{count(Math.round(facts.value * 1000) / 1000)}</strong> {MEASURED[facts.type] ?? facts.type}
            </span>,
          ],
          ["Fires at", <LogText key="condition" text={facts.condition} mono />],
          [
            "Group",
            facts.group.length === 0 ? (
              "all events together"
            ) : (
              <span key="group" className="stack tight">
                {facts.group.map(({ name, value }) => (
                  <LogText key={name} text={`${name}: ${value}`} mono />
                ))}
              </span>
            ),
          ],
          [
            "Window",
            <span key="window">
              <Clock at={facts.firstAt} form="absolute" /> to <Clock at={facts.lastAt} form="absolute" />
            </span>,
          ],
          ["Held first", <Clock key="formed" at={facts.formedAt} form="absolute" />],
          ["Counted", `${count(facts.count)} ${facts.count === 1 ? "match" : "matches"}`],
        ]}
      />
      {events.length > 0 && (
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Time</th>
              {several && <th scope="col">Rule</th>}
              <th scope="col">On</th>
              <th scope="col">What was read</th>
              <th scope="col">
                <span className="sr-only">Where to go</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {events.map((event) => (
              <tr key={event.signalId}>
                <td className="nowrap">
                  <Clock at={event.at} form="absolute" />
                </td>
                {several && (
                  <td>
                    <Link to={links.rulePage(event.ruleId)}>
                      <LogText text={event.ruleTitle} />
                    </Link>
                  </td>
                )}
                <td>
                  <LogText text={event.host} />
                </td>
                <td>
                  <LogText text={event.values.map(({ name, value }) => `${name}: ${value}`).join("  ")} mono />
                </td>
                <td>
                  <Link to={links.event(event.eventId)}>Event</Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {events.length < facts.count && (
        <p className="faint small">
          {events.length === 0
            ? "None of the events that counted is still stored."
            : `The first ${count(events.length)} that are still stored are shown.`}
        </p>
      )}
    </div>
  );
}
