/** service-health: each service with what is open on it. Normal is silent: a service without trouble is grey. */
import type { Floor } from "@holdfast/contracts/measure";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Criticality } from "../app/service.tsx";
import { LogText } from "../ui/code.tsx";
import { count } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { SeverityMark } from "../ui/severity.tsx";
import { Sparkline } from "../ui/sparkline.tsx";

export function ServiceHealth({ services }: { services: Floor["services"] }) {
  if (services.length === 0)
    return (
      <Panel title="Services">
        <p className="faint">
          No services yet. Describe them under <Link to="/estate?tab=services">Estate</Link>, so that an alert says what
          it hits and who owns it.
        </p>
      </Panel>
    );
  return (
    <Panel title="Services" flush>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Worst</th>
            <th scope="col">Criticality</th>
            <th scope="col">Owner</th>
            <th scope="col" className="number">
              Incidents
            </th>
            <th scope="col" className="number">
              Alerts
            </th>
            <th scope="col">Alerts, 24 h</th>
          </tr>
        </thead>
        <tbody>
          {services.map((service) => (
            <tr key={service.id}>
              <td>
                <Link to={links.service(service.id)}>
                  <LogText text={service.name} />
                </Link>
              </td>
              <td>
                {service.worst === null ? <span className="faint">–</span> : <SeverityMark severity={service.worst} />}
              </td>
              <td>
                <Criticality value={service.criticality} />
              </td>
              <td>{service.owner ?? <span className="faint">nobody</span>}</td>
              <td className="number">
                {service.openIncidents === 0 ? <span className="faint">0</span> : count(service.openIncidents)}
              </td>
              <td className="number">
                {service.openAlerts === 0 ? (
                  <span className="faint">0</span>
                ) : (
                  <Link to={links.alerts({ service: service.id })}>{count(service.openAlerts)}</Link>
                )}
              </td>
              <td>
                <Sparkline values={service.alerts24h} label={`Alerts on ${service.name}`} unit="alerts an hour" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
