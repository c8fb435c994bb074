/** owned-metrics: the metrics of an asset or a service, each with the shape of its last hour; a name opens it as a search. */
import { type MetricBrief, metricRoutes } from "@holdfast/contracts/metrics";
import { useState } from "react";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { LogText } from "../ui/code.tsx";
import { Section } from "../ui/drawer.tsx";
import { count, level } from "../ui/number.ts";
import { SearchInput } from "../ui/search-input.tsx";
import { Sparkline } from "../ui/sparkline.tsx";

export function OwnedMetrics({ asset = "", service = "" }: { asset?: string; service?: string }) {
  const [part, setPart] = useState("");
  const metrics = useCall(metricRoutes.listMetrics, { query: { asset, service, q: part, limit: 30 } }, { keep: true });
  return (
    <Section title="Metrics of the last hour">
      <Outcome query={metrics} what="its metrics" rows={3}>
        {({ items, more }) => (
          <>
            {(more > 0 || part !== "") && <SearchInput label="Part of the name" value={part} onChange={setPart} />}
            {items.length === 0 ? (
              <p className="faint">
                {part === ""
                  ? "No metric names it in host.name, host, instance, service.name or job."
                  : "No metric has this in its name."}
              </p>
            ) : (
              <table className="plain-table">
                <thead>
                  <tr>
                    <th scope="col">Metric</th>
                    <th scope="col">Last hour</th>
                    <th scope="col" className="number">
                      Now
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((metric) => (
                    <MetricRow key={`${metric.name} ${metric.kind}`} metric={metric} />
                  ))}
                </tbody>
              </table>
            )}
            {more > 0 && <p className="faint small">{count(more)} more; write a part of the name to find one.</p>}
          </>
        )}
      </Outcome>
    </Section>
  );
}

function MetricRow({ metric }: { metric: MetricBrief }) {
  // A unit of its own words stands in braces.
  const unit = [metric.unit.replace(/^\{(.*)\}$/, "$1"), metric.per].filter((part) => part !== "").join(" ");
  const now = metric.last === null ? "" : level(metric.last);
  return (
    <tr>
      <td>
        <Link to={links.events({ q: metric.query, from: "now-1h" })}>
          <LogText text={metric.name} />
        </Link>
        {metric.series > 1 && <div className="faint small">{count(metric.series)} series</div>}
      </td>
      <td>
        <Sparkline
          kind="line"
          width={110}
          values={metric.points}
          label={metric.name}
          unit={unit}
          text={`${metric.name}: ${now === "" ? "no value" : now} ${unit} now, the last hour from left to right`}
        />
      </td>
      <td className="number">
        {now} <span className="faint small">{unit}</span>
      </td>
    </tr>
  );
}
