/** backtest-pane: what the text as it stands would have found in the events that are stored: a day at a time, on whom, and the
 *  first of them. */
import { type BacktestAnswer, backtestRoutes } from "@holdfast/contracts/backtest";
import { useRef, useState } from "react";
import { call, explain } from "../../app/client.ts";
import { Link } from "../../app/link.tsx";
import { links } from "../../app/links.ts";
import { Button } from "../../ui/button.tsx";
import { Clock } from "../../ui/clock.tsx";
import { LogText } from "../../ui/code.tsx";
import { Histogram } from "../../ui/histogram.tsx";
import { count, plural } from "../../ui/number.ts";
import { Panel } from "../../ui/page.tsx";
import { Select } from "../../ui/select.tsx";
import { Partial } from "../../ui/states.tsx";

const RANGES = [
  { value: "now-1d", label: "1 day" },
  { value: "now-7d", label: "7 days" },
  { value: "now-30d", label: "30 days" },
  { value: "now-90d", label: "90 days" },
] as const;

export function BacktestPane({ text }: { text: string }) {
  const [from, setFrom] = useState<(typeof RANGES)[number]["value"]>("now-7d");
  const [answer, setAnswer] = useState<BacktestAnswer>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const running = useRef<AbortController>(null);
  const run = async (): Promise<void> => {
    const stop = new AbortController();
    running.current = stop;
    setBusy(true);
    setError(undefined);
    try {
      setAnswer(await call(backtestRoutes.backtestRule, { body: { text, from } }, stop.signal));
    } catch (failure) {
      if (!stop.signal.aborted) setError(explain(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Panel title="Run it over what is stored">
      <div className="stack">
        <div className="row">
          <Select label="Over the last" named value={from} options={RANGES} onChange={setFrom} />
          <Button busy={busy} onClick={() => void run()}>
            Run
          </Button>
          {busy && (
            <Button variant="ghost" onClick={() => running.current?.abort()}>
              Cancel
            </Button>
          )}
        </div>
        {error !== undefined && (
          <p className="field-error" role="alert">
            {error}
          </p>
        )}
        {answer !== undefined && <Result answer={answer} />}
      </div>
    </Panel>
  );
}

function Result({ answer }: { answer: BacktestAnswer }) {
  const bars = answer.perDay.map(({ day, matches }) => ({ at: Date.parse(`${day}T00:00:00Z`), total: matches }));
  return (
    <div className="stack" role="status">
      <p>
        <strong>{plural(answer.total, "match", "matches")}</strong> on {plural(answer.hosts.distinct, "host")}, in{" "}
        {count(answer.how.candidates)} events that feed the rule ({count(answer.tookMs)} ms).
      </p>
      {answer.incomplete !== null && <Partial>{answer.incomplete}</Partial>}
      {answer.total > 0 && (
        <Histogram label="Matches a day" unit="matches" bars={bars} bucketSeconds={86_400} height={72} />
      )}
      {answer.hosts.top.length > 0 && (
        <p className="small">
          {answer.hosts.top.slice(0, 5).map(({ name, matches }, at) => (
            <span key={name}>
              {at > 0 && ", "}
              <LogText text={name} /> <span className="faint">{count(matches)}</span>
            </span>
          ))}
        </p>
      )}
      {answer.events.length > 0 && (
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">First matches</th>
              <th scope="col">On</th>
              <th scope="col">
                <span className="sr-only">Event</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {answer.events.slice(0, 10).map((event, at) => (
              <tr key={event.eventId ?? at}>
                <td>
                  <Clock at={event.at} form="absolute" />
                </td>
                <td>
                  <LogText text={event.host} />
                </td>
                <td>{event.eventId !== null && <Link to={links.event(event.eventId)}>Event</Link>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="faint small">{answer.how.sentence}</p>
    </div>
  );
}
