/** incident-facts: the line under the title: who has it, what it hits, how long it runs. */
import type { IncidentDetail } from "@holdfast/contracts/triage";
import { Criticality, ServiceLink } from "../app/service.tsx";
import { Clock } from "../ui/clock.tsx";
import { plural } from "../ui/number.ts";

export function IncidentFacts({ incident }: { incident: IncidentDetail }) {
  return (
    <dl className="incident-facts">
      <div>
        <dt>With</dt>
        <dd>
          {[incident.assignee?.name, incident.team].filter((part) => part !== null && part !== undefined).join(", ") ||
            "nobody yet"}
        </dd>
      </div>
      {incident.services.map((service) => (
        <div key={service.id}>
          <dt>Service</dt>
          <dd>
            <ServiceLink service={service} />
            <Criticality value={service.criticality} />
            <span className="faint">{service.owner ?? "no owner"}</span>
          </dd>
        </div>
      ))}
      <div>
        <dt>First seen</dt>
        <dd>
          <Clock at={incident.firstSeen} suffix="ago" />
        </dd>
      </div>
      <div>
        <dt>Opened</dt>
        <dd>
          <Clock at={incident.openedAt} suffix="ago" />
        </dd>
      </div>
      <div>
        <dt>Made of</dt>
        <dd>
          {plural(incident.alerts, "alert")}, {plural(incident.signals, "signal")}
        </dd>
      </div>
    </dl>
  );
}
