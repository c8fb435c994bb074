/** incident-entities: every host, user, address … of the incident, with how many alerts name it and what else it did. */
import type { IncidentDetail } from "@holdfast/contracts/triage";
import { EntityLink } from "../app/entity.tsx";
import { Link } from "../app/link.tsx";
import { entityQuery, links, within } from "../app/links.ts";
import { Clock } from "../ui/clock.tsx";
import { Panel } from "../ui/page.tsx";

export function IncidentEntities({ incident }: { incident: IncidentDetail }) {
  return (
    <div className="pane" tabIndex={0} role="region" aria-label="Entities">
      <Panel flush>
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Entity</th>
              <th scope="col" className="number">
                Alerts
              </th>
              <th scope="col">First seen</th>
              <th scope="col">Last seen</th>
              <th scope="col">Look into</th>
            </tr>
          </thead>
          <tbody>
            {incident.entities.map((entity) => (
              <tr key={`${entity.kind} ${entity.value}`}>
                <td>
                  <EntityLink entity={entity} exerciseId={incident.exerciseId} />
                </td>
                <td className="number">{entity.alerts}</td>
                <td>
                  <Clock at={entity.firstSeen} form="absolute" />
                </td>
                <td>
                  <Clock at={entity.lastSeen} form="absolute" />
                </td>
                <td>
                  <Link
                    to={links.events({
                      q: within(incident.exerciseId, entityQuery(entity)),
                      from: incident.firstSeen,
                      to: incident.lastSeen,
                    })}
                  >
                    events during the incident
                  </Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
    </div>
  );
}
