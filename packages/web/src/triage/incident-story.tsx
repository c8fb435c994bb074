/** incident-story: the timeline in lanes at the left, the evidence of the chosen moment in the middle, the cast at the right. */
import { incidentRoutes } from "@holdfast/contracts/incidents";
import { triageRoutes, type IncidentDetail, type TimelineItem } from "@holdfast/contracts/triage";
import { call } from "../app/client.ts";
import { EntityLink } from "../app/entity.tsx";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Clock } from "../ui/clock.tsx";
import { Code, LogText } from "../ui/code.tsx";
import { Section } from "../ui/drawer.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { Tag } from "../ui/tag.tsx";
import { WhyItFired } from "./alert-why.tsx";
import { CaseTimeline, LANES } from "./case-timeline.tsx";
import { CommentBox } from "./comment-box.tsx";

export function IncidentStory(props: {
  incident: IncidentDetail;
  moment: string;
  onMoment: (id: string) => void;
  onDone: () => void;
}) {
  const { incident, onMoment } = props;
  const items = incident.timeline.filter((item) => item.lane !== "system" || item.id === props.moment);
  const at = Math.max(
    items.findIndex((item) => item.id === props.moment),
    0,
  );
  const chosen = items.find((item) => item.id === props.moment) ?? defaultMoment(items);
  const step = (by: number): void => {
    const next = items[Math.min(Math.max(at + by, 0), items.length - 1)];
    if (next !== undefined) onMoment(next.id);
  };
  useKeys({
    j: { label: "Next moment", run: () => step(1) },
    k: { label: "Previous moment", run: () => step(-1) },
  });
  const comment = async (text: string): Promise<void> => {
    await call(incidentRoutes.writeNote, { params: { id: incident.id }, body: { text } });
    props.onDone();
  };
  return (
    <div className="story">
      <section aria-label="Timeline">
        <CaseTimeline
          items={incident.timeline}
          label="Timeline of the incident"
          lanes
          quiet={QUIET}
          selected={chosen?.id ?? ""}
          onSelect={onMoment}
        />
      </section>
      <section aria-label="The chosen moment" className="story-evidence stack loose" tabIndex={0}>
        {incident.summary !== "" && (
          <p className="prose">
            <LogText text={incident.summary} />
          </p>
        )}
        {chosen !== undefined && <Evidence item={chosen} />}
        <CommentBox permission="incidents.work" onSend={comment} />
      </section>
      <section aria-label="Who and what" className="story-side stack loose" tabIndex={0}>
        <Section title="Entities">
          <ul className="stack tight">
            {incident.entities.slice(0, 14).map((entity) => (
              <li key={`${entity.kind} ${entity.value}`} className="truncate">
                <EntityLink entity={entity} exerciseId={incident.exerciseId} />{" "}
                <span className="faint small">{entity.alerts}</span>
              </li>
            ))}
          </ul>
        </Section>
        <Section title="Tactics seen">
          <div className="row wrap">
            {incident.tactics.map((tactic) => (
              <Tag key={tactic}>{tactic}</Tag>
            ))}
          </div>
        </Section>
      </section>
    </div>
  );
}

function Evidence({ item }: { item: TimelineItem }) {
  const lane = LANES.find((candidate) => candidate.id === item.lane);
  return (
    <article className="stack" aria-label="Evidence">
      <div className="row wrap small">
        {item.severity !== null && <SeverityMark severity={item.severity} />}
        <span className="faint">{lane?.label}</span>
        <Clock at={item.at} form="absolute" />
        {item.actor !== null && <span>{item.actor.name}</span>}
      </div>
      <h2>
        <LogText text={item.title} />
      </h2>
      {item.body !== "" &&
        (item.kind === "event" || item.kind === "alert" ? (
          <Code text={item.body} label="Text of the moment" />
        ) : (
          <p className="prose">
            <LogText text={item.body} />
          </p>
        ))}
      <div className="row wrap">
        {item.alertId !== null && <Link to={links.alert(item.alertId)}>Open the alert</Link>}
        {item.eventId !== null && <Link to={links.event(item.eventId)}>Open the event</Link>}
        {typeof item.link === "string" && <Link to={item.link}>Open</Link>}
      </div>
      {item.alertId !== null && <AlertEvidence id={item.alertId} />}
    </article>
  );
}

function AlertEvidence({ id }: { id: string }) {
  const alert = useCall(triageRoutes.getAlert, { params: { id } });
  return (
    <Outcome query={alert} what="the alert" rows={6}>
      {(found) => <WhyItFired alert={found} />}
    </Outcome>
  );
}

/** What Holdfast itself did (joined an alert, raised a severity) is told under Members with its reasons. */
const QUIET = ["system"] as const;

/** The worst thing that the attacker did: where a reader wants to begin. */
function defaultMoment(items: readonly TimelineItem[]): TimelineItem | undefined {
  return (
    items.find((item) => item.severity === "critical" && item.lane === "attacker") ??
    items.find((item) => item.alertId !== null) ??
    items[0]
  );
}
