/** metric-rules: alerts on metrics, as a tab of the rules: which series has crossed its threshold, and what each rule asks. */
import { type MetricRule, metricRuleRoutes } from "@holdfast/contracts/metric-rules";
import { useState } from "react";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
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

export function MetricRulesTab() {
  const rules = useCall(metricRuleRoutes.listMetricRules, {}, { everyMs: LOOK_MS });
  const refused = useRefusal()("rules.write");
  const [open, setOpen] = useState<MetricRule | "new">();
  const add = (
    <Button size="compact" refused={refused} onClick={() => setOpen("new")}>
      Add
    </Button>
  );
  return (
    <div className="rule-problems" tabIndex={0} role="region" aria-label="Alerts on metrics">
      <Panel title="Alerts on metrics" tools={add} flush>
        <Outcome query={rules} what="alerts on metrics" rows={4}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No metric is watched">
                <p>An alert on a metric is a search for it, a threshold, and how long it must be crossed.</p>
              </Empty>
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
            )
          }
        </Outcome>
      </Panel>
      {open !== undefined && (
        <MetricRuleDialog {...(open !== "new" && { rule: open })} onClose={() => setOpen(undefined)} />
      )}
    </div>
  );
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
