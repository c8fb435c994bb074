/** alert-columns: one alert as a row. */
import type { Alert } from "@holdfast/contracts/triage";
import { EntityText } from "../app/entity.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { count, short } from "../ui/number.ts";
import { SeverityMark } from "../ui/severity.tsx";
import type { Column } from "../ui/table.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";

export const ALERT_COLUMNS: readonly Column<Alert>[] = [
  { key: "severity", title: "Severity", width: "84px", render: (alert) => <SeverityMark severity={alert.severity} /> },
  {
    key: "title",
    title: "Alert",
    width: "minmax(220px, 2.2fr)",
    render: (alert) => (
      <span className={alert.state === "closed" ? "faint" : "strong"}>
        {alert.exerciseId !== null && (
          <>
            <Tag tone="exercise">Exercise</Tag>{" "}
          </>
        )}
        <LogText text={alert.title} />
      </span>
    ),
  },
  {
    key: "entity",
    title: "On",
    width: "minmax(170px, 1.6fr)",
    render: (alert) => <EntityText entity={alert.entity} />,
  },
  {
    key: "service",
    title: "Service",
    above: 900,
    width: "minmax(96px, 0.8fr)",
    render: (alert) => {
      const [first] = alert.services;
      if (first === undefined) return <span className="faint">–</span>;
      const more = alert.services.length - 1;
      return (
        <span data-tip={`Criticality ${first.criticality} of 5, owner ${first.owner ?? "nobody"}`}>
          <LogText text={first.name} />
          {more > 0 && <span className="faint"> +{more}</span>}
        </span>
      );
    },
  },
  {
    key: "count",
    title: "Signals",
    above: 800,
    width: "56px",
    align: "end",
    render: (alert) => <span data-tip={`${count(alert.count)} signals`}>{short(alert.count)}</span>,
  },
  { key: "state", title: "State", width: "104px", render: (alert) => <AlertStateTag alert={alert} /> },
  {
    key: "who",
    title: "With",
    above: 860,
    width: "minmax(84px, 0.6fr)",
    render: (alert) => {
      if (alert.assignee !== null) return <LogText text={alert.assignee.name} />;
      return <span className="faint">{alert.team ?? "–"}</span>;
    },
  },
  { key: "seen", title: "Last seen", width: "64px", align: "end", render: (alert) => <Clock at={alert.lastSeen} /> },
];

export function AlertStateTag({ alert }: { alert: Pick<Alert, "state" | "verdict" | "incidentId"> }) {
  const tone: Tone = alert.state === "new" ? "accent" : "neutral";
  const text = alert.state === "closed" && alert.verdict !== null ? alert.verdict : alert.state;
  return <Tag tone={tone}>{text.replace("-", " ")}</Tag>;
}
