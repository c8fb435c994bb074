/** source-health: where events come from and whether they still do. */
import type { Floor } from "@holdfast/contracts/measure";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { percent } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { Sparkline } from "../ui/sparkline.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";

type State = Floor["sources"][number]["state"];

export function SourceHealth({ sources }: { sources: Floor["sources"] }) {
  if (sources.length === 0)
    return (
      <Panel title="Sources">
        <p className="faint">
          No source yet. <Link to="/sources?tab=add">Add one</Link>: rsyslog, an HTTP sender, or a file.
        </p>
      </Panel>
    );
  return (
    <Panel title="Sources" flush>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">State</th>
            <th scope="col">Last event</th>
            <th scope="col" className="number">
              Parsed
            </th>
            <th scope="col">Events, last hour</th>
          </tr>
        </thead>
        <tbody>
          {sources.map((source) => (
            <tr key={source.id}>
              <td>
                <Link to={links.source(source.id)}>
                  <LogText text={source.name} />
                </Link>
              </td>
              <td>
                {source.state === "ok" ? (
                  <span className="faint">ok</span>
                ) : (
                  <Tag tone={TONES[source.state]}>{source.state}</Tag>
                )}
              </td>
              <td>
                <Clock at={source.lastEventAt} />
              </td>
              <td className="number">{source.coverage === null ? "–" : percent(source.coverage)}</td>
              <td>
                <Sparkline
                  values={source.perMinute}
                  label={`Events of ${source.name}`}
                  unit="events a minute"
                  width={120}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

const TONES: Readonly<Record<State, Tone>> = {
  ok: "neutral",
  behind: "medium",
  silent: "high",
  never: "neutral",
  disabled: "neutral",
};
