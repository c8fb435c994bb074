/** alert-drawer: one alert: what it hits, why it fired, and what people did since. */
import { isReported, triageRoutes, type AlertDecision, type AlertDetail } from "@holdfast/contracts/triage";
import { useQueryClient } from "@tanstack/react-query";
import { Link2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { call } from "../app/client.ts";
import { EntityLink } from "../app/entity.tsx";
import { Link } from "../app/link.tsx";
import { entityQuery, links, within } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Criticality, ServiceLink } from "../app/service.tsx";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText, copyText } from "../ui/code.tsx";
import { Drawer, Facts, Section } from "../ui/drawer.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { plural } from "../ui/number.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { Tag } from "../ui/tag.tsx";
import type { AlertAction } from "./alert-actions.ts";
import { AlertStateTag } from "./alert-columns.tsx";
import type { AlertDialogKind } from "./alert-dialogs.tsx";
import { SignalsInIt } from "./alert-signals.tsx";
import { AlertRate, WhyItFired } from "./alert-why.tsx";
import { CommentBox } from "./comment-box.tsx";
import { CaseTimeline } from "./case-timeline.tsx";

const ExceptionFromAlert = lazy(async () => ({
  default: (await import("../detect/exception-from-alert.tsx")).ExceptionFromAlert,
}));

const SuppressDialog = lazy(async () => ({ default: (await import("./suppress-dialog.tsx")).SuppressDialog }));

interface AlertDrawerProps {
  id: string;
  onAct: (action: AlertAction) => void;
  onDialog: (kind: AlertDialogKind) => void;
  onClose: () => void;
}

export function AlertDrawer(props: AlertDrawerProps) {
  const detail = useCall(triageRoutes.getAlert, { params: { id: props.id } });
  const alert = detail.data;
  return (
    <Drawer
      label="Alert"
      onClose={props.onClose}
      heading={
        alert !== undefined && (
          <div className="stack tight">
            <div className="row wrap">
              <SeverityMark severity={alert.severity} />
              <AlertStateTag alert={alert} />
              {alert.exerciseId !== null && <Tag tone="exercise">Exercise</Tag>}
              <span className="faint small">{plural(alert.count, "signal")}</span>
            </div>
            <h2>
              <LogText text={alert.title} />
            </h2>
          </div>
        )
      }
      actions={alert !== undefined && <Actions alert={alert} {...props} />}
    >
      <Outcome query={detail} what="this alert" rows={10}>
        {(found) => <AlertBody alert={found} />}
      </Outcome>
    </Drawer>
  );
}

function Actions({ alert, onAct, onDialog }: AlertDrawerProps & { alert: AlertDetail }) {
  const refusal = useRefusal();
  const refused =
    alert.putBackInto === null ? refusal("alerts.work") : "Its signals are part of another alert: work there.";
  const [suppressing, setSuppressing] = useState(false);
  const client = useQueryClient();
  const [excepting, setExcepting] = useState(false);
  useKeys({
    "shift+s": {
      label: "Suppress alerts like it",
      run: () => refusal("triage.write") === "" && setSuppressing(true),
    },
    "shift+e": {
      label: "Add an exception",
      run: () => refusal("rules.write") === "" && !isReported(alert.ruleId) && setExcepting(true),
    },
  });
  return (
    <>
      {alert.decided !== null && (
        <Button
          refused={refused}
          onClick={() => alert.decided !== null && onAct({ kind: "undo", of: alert.decided.kind })}
        >
          {`Undo ${UNDO[alert.decided.kind]}`}
        </Button>
      )}
      {alert.state === "closed" ? (
        <Button refused={refused} onClick={() => onAct({ kind: "reopen", reason: "" })}>
          Reopen
        </Button>
      ) : (
        <>
          <Button
            variant={alert.state === "new" ? "primary" : "plain"}
            keys="e"
            refused={refused !== "" ? refused : alert.state === "new" ? "" : "It is acknowledged already."}
            onClick={() => onAct({ kind: "acknowledge" })}
          >
            Acknowledge
          </Button>
          <Button keys="a" refused={refused} onClick={() => onDialog("assign")}>
            Assign
          </Button>
          <Button keys="s" refused={refused} onClick={() => onDialog("close")}>
            Close
          </Button>
          <Button keys="i" refused={refused} onClick={() => onDialog("incident")}>
            Incident
          </Button>
        </>
      )}
      {!isReported(alert.ruleId) && (
        <Button refused={refusal("rules.write")} keys="shift+e" onClick={() => setExcepting(true)}>
          Exception
        </Button>
      )}
      <Button refused={refusal("triage.write")} keys="shift+s" onClick={() => setSuppressing(true)}>
        Suppress
      </Button>
      {suppressing && (
        <Suspense>
          <SuppressDialog
            alert={alert}
            onDone={() => void client.invalidateQueries()}
            onClose={() => setSuppressing(false)}
          />
        </Suspense>
      )}
      {excepting && (
        <Suspense>
          <ExceptionFromAlert alert={alert.id} onClose={() => setExcepting(false)} />
        </Suspense>
      )}
      <Button
        variant="ghost"
        icon={<Link2 size={14} />}
        label="Copy the link to this alert"
        onClick={() => copyText(`${window.location.origin}${links.alert(alert.id)}`, "Link")}
      />
    </>
  );
}

const UNDO: Readonly<Record<AlertDecision, string>> = {
  acknowledge: "acknowledgement",
  assign: "assignment",
  close: "closing",
  reopen: "reopening",
  severity: "severity",
};

const HOLDS = {
  quiet: "too quiet for the queue, counts for risk",
  suppressed: "hidden by a suppression",
  maintenance: "kept until a maintenance window ends",
} as const;

function AlertBody({ alert }: { alert: AlertDetail }) {
  const client = useQueryClient();
  const comment = async (text: string): Promise<void> => {
    await call(triageRoutes.commentAlert, { params: { id: alert.id }, body: { text } });
    await client.invalidateQueries({ queryKey: [triageRoutes.getAlert.path] });
  };
  const from = new Date(Date.parse(alert.firstSeen) - 300_000).toISOString();
  const to = new Date(Date.parse(alert.lastSeen) + 300_000).toISOString();
  return (
    <>
      <Facts
        items={[
          ["On", <EntityLink key="on" entity={alert.entity} exerciseId={alert.exerciseId} />],
          [
            "Service",
            alert.services.length === 0 ? (
              <span className="faint">none known</span>
            ) : (
              <ServiceFacts key="services" alert={alert} />
            ),
          ],
          ["First seen", <Clock key="first" at={alert.firstSeen} form="absolute" />],
          ["Last seen", <Clock key="last" at={alert.lastSeen} form="absolute" />],
          ["Over", alert.endedAt === null ? null : <Clock key="over" at={alert.endedAt} form="absolute" />],
          [
            "With",
            <span key="with">
              {alert.assignee?.name ?? (alert.team === null ? "nobody yet" : `${alert.team}, nobody yet`)}
            </span>,
          ],
          [
            "Incident",
            alert.incidentId === null ? null : (
              <span key="incident" className="stack tight">
                <Link to={links.incident(alert.incidentId)}>Open the incident</Link>
                {alert.memberReason !== null && (
                  <span className="faint">
                    <LogText text={alert.memberReason} />
                  </span>
                )}
              </span>
            ),
          ],
          [
            "Not joined by",
            alert.apart.length === 0 ? null : (
              <ul key="apart" className="stack tight">
                {alert.apart.slice(0, 5).map((one) => (
                  <li key={`${one.kind} ${one.value}`}>
                    <LogText text={`${one.kind} ${one.value}`} />{" "}
                    <span className="faint">
                      <LogText text={one.reason} />
                    </span>
                  </li>
                ))}
              </ul>
            ),
          ],
          [
            "Held",
            alert.hold === null ? null : (
              <span key="hold">
                {HOLDS[alert.hold]}
                {alert.holdId !== null && (
                  <>
                    {" "}
                    <Link to={links.alerts({ queue: "all", holdId: alert.holdId })}>and what else it holds</Link>
                  </>
                )}
              </span>
            ),
          ],
          [
            "Look into",
            <span key="pivots" className="row wrap">
              <Link to={links.events({ q: within(alert.exerciseId, entityQuery(alert.entity)), from, to })}>
                events around it
              </Link>
              {!isReported(alert.ruleId) && <Link to={links.rule(alert.ruleId)}>the rule</Link>}
              <Link to={links.alerts({ rule: alert.ruleId, queue: "all" })}>
                {isReported(alert.ruleId) ? "all alerts of this name" : "all alerts of the rule"}
              </Link>
            </span>,
          ],
        ]}
      />
      {alert.putBackInto !== null && (
        <p>
          Its signals were put back into <Link to={links.alert(alert.putBackInto)}>the alert that they came from</Link>;
          what was written here stays.
        </p>
      )}
      <WhyItFired alert={alert} />
      {!isReported(alert.ruleId) && <SignalsInIt alert={alert} />}
      {alert.rate.length > 1 && <AlertRate alert={alert} />}
      <Section title="Entities">
        <div className="stack tight">
          {alert.entities.map((entity) => (
            <EntityLink key={`${entity.kind} ${entity.value}`} entity={entity} exerciseId={alert.exerciseId} />
          ))}
        </div>
      </Section>
      {(alert.techniques.length > 0 || alert.tactics.length > 0) && (
        <Section title="ATT&CK">
          <div className="row wrap">
            {alert.tactics.map((tactic) => (
              <Tag key={tactic}>{tactic}</Tag>
            ))}
            {alert.techniques.map((technique) => (
              <Tag key={technique}>{technique}</Tag>
            ))}
          </div>
        </Section>
      )}
      <Section title="What happened since">
        <CaseTimeline items={alert.timeline} label="Timeline of the alert" lanes={false} />
        <CommentBox permission="alerts.work" onSend={comment} />
      </Section>
    </>
  );
}

function ServiceFacts({ alert }: { alert: AlertDetail }) {
  return (
    <span className="stack tight">
      {alert.services.map((service) => (
        <span key={service.id} className="row wrap">
          <ServiceLink service={service} />
          <Criticality value={service.criticality} />
          <span className="faint">
            {service.exposure}, owner {service.owner ?? "nobody"}
          </span>
        </span>
      ))}
    </span>
  );
}
