/** incident-members: the alerts of an incident, each with the reason it is here, and those that people took out. */
import { triageRoutes, type IncidentDetail } from "@holdfast/contracts/triage";
import { call, explain } from "../app/client.ts";
import { EntityText } from "../app/entity.tsx";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Panel } from "../ui/page.tsx";
import { SeverityMark } from "../ui/severity.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { AlertStateTag } from "./alert-columns.tsx";

export function IncidentMembers({
  incident,
  blocked,
  onDone,
}: {
  incident: IncidentDetail;
  blocked: string;
  onDone: () => void;
}) {
  const add = async (alertId: string): Promise<void> => {
    await call(triageRoutes.addMembers, {
      params: { id: incident.id },
      body: { alertIds: [alertId] },
    });
    onDone();
  };
  const remove = async (alertId: string): Promise<void> => {
    await call(triageRoutes.removeMember, { params: { id: incident.id, alertId } });
    onDone();
    toast({
      title: "Alert taken out; it is back in the queue",
      action: { label: "Undo", run: () => attempt(add(alertId)) },
    });
  };
  return (
    <div className="pane" tabIndex={0} role="region" aria-label="Members">
      <Panel
        title="Alerts"
        note={
          incident.alerts > incident.members.length
            ? `the earliest ${incident.members.length} of ${incident.alerts}`
            : `${incident.members.length} in this incident`
        }
        flush
      >
        <ul>
          {incident.members.map(({ alert, reason, shared, addedAt, addedBy }) => (
            <li key={alert.id} className="entry">
              <div className="stack tight">
                <div className="row wrap">
                  <SeverityMark severity={alert.severity} />
                  <Link to={links.alert(alert.id)}>
                    <LogText text={alert.title} />
                  </Link>
                  <AlertStateTag alert={alert} />
                  <Clock at={alert.lastSeen} />
                </div>
                <p>
                  <LogText text={reason} />
                </p>
                <div className="row wrap">
                  {shared.map((entity) => (
                    <Tag key={`${entity.kind} ${entity.value}`}>
                      <EntityText entity={entity} />
                    </Tag>
                  ))}
                  <span className="faint small">
                    added by {addedBy === "system" ? "Holdfast" : "a person"} <Clock at={addedAt} suffix="ago" />
                  </span>
                </div>
              </div>
              <Button size="compact" refused={blocked} onClick={() => attempt(remove(alert.id))}>
                Take out
              </Button>
            </li>
          ))}
        </ul>
      </Panel>
      {incident.removed.length > 0 && (
        <Panel title="Taken out" note="Holdfast does not put them back by itself" flush>
          <ul>
            {incident.removed.map(({ alert, removedAt, by }) => (
              <li key={alert.id} className="entry">
                <div className="row wrap">
                  <SeverityMark severity={alert.severity} />
                  <Link to={links.alert(alert.id)}>
                    <LogText text={alert.title} />
                  </Link>
                  <span className="faint">
                    by {by.name} <Clock at={removedAt} suffix="ago" />
                  </span>
                </div>
                <Button size="compact" refused={blocked} onClick={() => attempt(add(alert.id))}>
                  Put back
                </Button>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </div>
  );
}

function attempt(work: Promise<void>): void {
  work.catch((error: unknown) => toast({ title: "The members were not changed", body: explain(error), tone: "error" }));
}
