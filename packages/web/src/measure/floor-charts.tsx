/** floor-charts: events, alerts and incidents over the last day, on one time axis; a dragged range opens the list behind it. */
import type { Floor } from "@holdfast/contracts/measure";
import { useGo } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Histogram } from "../ui/histogram.tsx";
import { Panel } from "../ui/page.tsx";
import { timeOf } from "../ui/time.ts";

export function FloorCharts({ floor }: { floor: Floor }) {
  const go = useGo();
  const charts = [
    {
      name: "Events",
      unit: "events",
      series: floor.events,
      open: (from: string, to: string) => go(links.events({ from, to })),
    },
    {
      name: "Alerts",
      unit: "alerts",
      series: floor.alerts,
      open: (from: string, to: string) => go(links.alerts({ queue: "all", from, to })),
    },
    { name: "Incidents", unit: "incidents", series: floor.incidents, open: () => go(links.incidents()) },
  ];
  return (
    <Panel title="The last 24 hours">
      <div className="floor-chart-pair">
        {charts.map((chart) => (
          <div key={chart.name}>
            <h3 className="small">{chart.name}</h3>
            <Histogram
              label={`${chart.name} over the last day`}
              unit={chart.unit}
              height={64}
              bars={chart.series.map((point) => ({ at: timeOf(point.at), total: point.value }))}
              bucketSeconds={bucketSeconds(chart.series)}
              onBrush={(from, to) => chart.open(new Date(from).toISOString(), new Date(to).toISOString())}
            />
          </div>
        ))}
      </div>
    </Panel>
  );
}

function bucketSeconds(series: Floor["events"]): number {
  const [first, second] = series;
  return first === undefined || second === undefined ? 3600 : (timeOf(second.at) - timeOf(first.at)) / 1000;
}
