/** metric-rules: alerts on metrics, as a tab of the rules: which series has crossed its threshold, and what each rule asks. */
import { type MetricRule, metricRuleRoutes } from "@holdfast/contracts/metric-rules";
import { useState } from "react";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { plural } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { SeverityMark } from "../ui/severity.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { MetricRuleDialog } from "./metric-rule-dialog.tsx";

const LOOK_MS = 15_000;
const MOST_NAMED = 4;

export const METRIC_STANDS = ["alert", "crossed", "problem", "well"] as const;
type Stand = (typeof METRIC_STANDS)[number];

export function MetricRulesTab({
  q,
  now,
  adding,
  onAdded,
}: {
  q: string;
  now: Stand | "";
  /** A new one is being written. */
  adding: boolean;
  onAdded: () => void;
}) {
  const rules = useCall(metricRuleRoutes.listMetricRules, {}, { everyMs: LOOK_MS });
  const [open, setOpen] = useState<MetricRule>();
  return (
    <div className="rule-problems" tabIndex={0} role="region" aria-label="Metrics">
      <Panel title="Alerts on metrics" flush>
        <Outcome query={rules} what="alerts on metrics" rows={4}>
          {({ items: all }) => {
            const items = all.filter((rule) => isWanted(rule, q) && (now === "" || standOf(rule) === now));
            return all.length === 0 ? (
              <Empty title="No metric is watched">
                <p>An alert on a metric is a search for it, a threshold, and how long it must be crossed.</p>
              </Empty>
            ) : items.length === 0 ? (
              <Empty title="No alert on a metric matches these filters" />
            ) : (
              <table className="plain-table">
                <thead>
                  <tr>
                    <th scope="col">Alert</th>
                    <th scope="col">Level</th>
                    <th scope="col">When</th>
                    <th scope="col">Now</th>
                    <th scope="col">Looked at</th>
                    <th scope="col">
                      <span className="sr-only">What to do</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((rule) => (
                    <tr key={rule.id}>
                      <td>
                        <span className="stack tight">
                          <span className="strong">{rule.title}</span>
                          <code className="faint small">{rule.query}</code>
                        </span>
                      </td>
                      <td>
                        <SeverityMark severity={rule.level} />
                      </td>
                      <td>{rule.condition}</td>
                      <td>
                        <Now rule={rule} />
                      </td>
                      <td>
                        {rule.evaluatedAt === null ? (
                          <span className="faint">not yet</span>
                        ) : (
                          <Clock at={rule.evaluatedAt} />
                        )}
                      </td>
                      <td>
                        <Button size="compact" onClick={() => setOpen(rule)} label={`Open ${rule.title}`}>
                          Open
                        </Button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            );
          }}
        </Outcome>
      </Panel>
      {open !== undefined && <MetricRuleDialog rule={open} onClose={() => setOpen(undefined)} />}
      {adding && <MetricRuleDialog onClose={onAdded} />}
    </div>
  );
}

function standOf({ crossed, problem }: MetricRule): Stand {
  if (problem !== "") return "problem";
  return crossed.some(({ state }) => state === "alert") ? "alert" : crossed.length > 0 ? "crossed" : "well";
}

function isWanted({ id, title, query }: MetricRule, q: string): boolean {
  return `${id} ${title} ${query}`.toLowerCase().includes(q.toLowerCase());
}

function Now({ rule: { crossed, problem } }: { rule: MetricRule }) {
  if (problem !== "")
    return (
      <span className="stack tight">
        <Tag tone="medium">cannot be evaluated</Tag>
        <span className="small">{problem}</span>
      </span>
    );
  if (crossed.length === 0) return <Tag tone="ok">well</Tag>;
  const rest = crossed.length - MOST_NAMED;
  return (
    <span className="stack tight">
      {crossed.slice(0, MOST_NAMED).map(({ name, value, state, since }) => (
        <span key={name} className="row">
          <Tag tone={state === "alert" ? "critical" : "medium"}>{state === "alert" ? "alert" : "crossed"}</Tag>
          <span>
            <LogText text={name === "" ? "value" : name} /> {value ?? "without points"} since <Clock at={since} />
          </span>
        </span>
      ))}
      {rest > 0 && <span className="faint small">and {plural(rest, "more series", "more series")}</span>}
    </span>
  );
}
