/** risk-drawer: what a score consists of: every factor of every rule, the spread, and the incidents it has opened. */
import { triageSettingsRoutes, type RiskDetail, type RiskPart } from "@holdfast/contracts/triage-settings";
import { EntityLink } from "../app/entity.tsx";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Drawer, Section } from "../ui/drawer.tsx";
import "../ui/plain-table.css";
import { SeverityMark } from "../ui/severity.tsx";

export function RiskDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const detail = useCall(triageSettingsRoutes.getRisk, { params: { id } });
  const risk = detail.data;
  return (
    <Drawer
      label="Risk of one entity"
      onClose={onClose}
      heading={
        risk !== undefined && (
          <div className="stack tight">
            <h2>
              <EntityLink entity={risk} />
            </h2>
            <span className="faint small">
              {risk.score.toFixed(1)} of {risk.threshold} points
            </span>
          </div>
        )
      }
    >
      <Outcome query={detail} what="the risk of this entity" rows={8}>
        {(found) => <Arithmetic risk={found} />}
      </Outcome>
    </Drawer>
  );
}

function Arithmetic({ risk }: { risk: RiskDetail }) {
  return (
    <div className="stack loose">
      <Section title="What it consists of">
        <Parts parts={risk.parts} />
        <p>
          {risk.sum.toFixed(2)} points × {risk.spread.toFixed(2)} for {risk.tactics.length}{" "}
          {risk.tactics.length === 1 ? "tactic" : "tactics"} = <strong>{risk.score.toFixed(2)}</strong>
        </p>
        <p className="faint small">
          Points = weight × confidence × criticality × exposure × repeat × decay, by version {risk.settingsVersion} of
          the settings. What was closed as benign, false or duplicate does not count.
        </p>
      </Section>
      {risk.openings.map((opening) => (
        <Section key={`${opening.incidentId} ${opening.at}`} title="It passed the threshold">
          <p>
            <Clock at={opening.at} form="absolute" /> · {opening.score.toFixed(1)} of {opening.threshold} ·{" "}
            <Link to={links.incident(opening.incidentId)}>the incident</Link>
          </p>
          <Parts parts={opening.parts} />
        </Section>
      ))}
    </div>
  );
}

function Parts({ parts }: { parts: readonly RiskPart[] }) {
  return (
    <table className="plain-table">
      <thead>
        <tr>
          <th>Rule</th>
          <th>Signals</th>
          <th>Factors</th>
          <th>Points</th>
        </tr>
      </thead>
      <tbody>
        {parts.map((part) => (
          <tr key={part.ruleId}>
            <td>
              <span className="row">
                <SeverityMark severity={part.severity} word={false} />
                <Link to={links.alert(part.alertId)}>
                  <LogText text={part.title} />
                </Link>
              </span>
            </td>
            <td>{part.count}</td>
            <td
              className="faint small"
              data-tip={`weight ${part.weight}, confidence ${part.confidence}, criticality ${part.criticality}, exposure ${part.exposure}, repeat ${part.repeat.toFixed(2)}, decay ${part.decay.toFixed(3)}`}
            >
              {[part.weight, part.confidence, part.criticality, part.exposure, part.repeat, part.decay]
                .map((factor) => Number(factor.toFixed(2)))
                .join(" × ")}
            </td>
            <td>{part.points.toFixed(1)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
