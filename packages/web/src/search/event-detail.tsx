/** event-detail: one event: the rules it matched, its fields as they were normalised, as OCSF, and the untouched record. */
import { searchRoutes, type EventDetail as Detail } from "@holdfast/contracts/search";
import { Copy, Link2 } from "lucide-react";
import { EntityText } from "../app/entity.tsx";
import { Link } from "../app/link.tsx";
import { entityQuery, links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Code, LogText, copyText } from "../ui/code.tsx";
import { Drawer, Section } from "../ui/drawer.tsx";
import { SeverityMark, severityOf } from "../ui/severity.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { SEVERITIES } from "@holdfast/contracts/model";
import { cellText } from "./event-columns.tsx";
import { PivotButtons } from "./facets-panel.tsx";

export const EVENT_TABS = ["fields", "ocsf", "raw"] as const;
export type EventTab = (typeof EVENT_TABS)[number];
type OnTerm = (term: { field: string; value: string; exclude?: boolean }) => void;

export function EventDrawer(props: {
  id: string;
  tab: EventTab;
  onTab: (tab: EventTab) => void;
  onTerm: OnTerm;
  onClose: () => void;
}) {
  const event = useCall(searchRoutes.getEvent, { params: { id: props.id } });
  return (
    <Drawer
      label="Event"
      size="half"
      onClose={props.onClose}
      heading={event.data === undefined ? <h2>Event</h2> : <EventHeading event={event.data} />}
      actions={event.data !== undefined && <EventActions event={event.data} />}
    >
      <Outcome query={event} what="this event" rows={14}>
        {(found) => <EventBody event={found} tab={props.tab} onTab={props.onTab} onTerm={props.onTerm} />}
      </Outcome>
    </Drawer>
  );
}

export function EventHeading({ event }: { event: Detail }) {
  return (
    <div className="stack tight">
      <div className="row wrap">
        <SeverityMark severity={severityOf(Number(event.columns["severity_id"] ?? 0))} />
        <Clock at={text(event, "time")} form="precise" />
        <span className="faint">
          <LogText
            text={[text(event, "host"), text(event, "user"), text(event, "source")]
              .filter((part) => part !== "")
              .join(" · ")}
          />
        </span>
      </div>
      <h2 className="mono">
        <LogText text={text(event, "message") === "" ? `Event ${event.id}` : text(event, "message")} />
      </h2>
    </div>
  );
}

export function EventActions({ event }: { event: Detail }) {
  return (
    <>
      <Button icon={<Copy size={14} />} onClick={() => copyText(event.raw, "Raw record")}>
        Copy raw
      </Button>
      <Button
        icon={<Link2 size={14} />}
        onClick={() => copyText(`${window.location.origin}${links.event(event.id)}`, "Link")}
      >
        Copy link
      </Button>
    </>
  );
}

export function EventBody(props: { event: Detail; tab: EventTab; onTab: (tab: EventTab) => void; onTerm: OnTerm }) {
  const { event } = props;
  return (
    <>
      {event.signals.length > 0 && (
        <Section title={event.signals.length === 1 ? "A rule matched" : `${event.signals.length} rules matched`}>
          {event.signals.map((signal) => (
            <div key={signal.id} className="row wrap">
              <SeverityMark severity={SEVERITIES.find((level) => level === signal.level) ?? "informational"} />
              <Link to={links.rule(signal.ruleId)}>
                <LogText text={signal.ruleTitle} />
              </Link>
              {signal.alertId !== null && <Link to={links.alert(signal.alertId)}>Open the alert</Link>}
            </div>
          ))}
        </Section>
      )}
      {event.observables.length > 0 && (
        <Section title="About">
          <div className="row wrap">
            {event.observables.map((observable) => (
              <Link
                key={`${observable.kind} ${observable.value}`}
                to={links.events({ q: entityQuery(observable) })}
                className="tag"
              >
                <EntityText entity={observable} />
              </Link>
            ))}
          </div>
        </Section>
      )}
      <Tabs
        label="Forms of the event"
        value={props.tab}
        onChange={props.onTab}
        tabs={[
          { value: "fields", label: "Fields", mark: Object.keys(event.columns).length },
          { value: "ocsf", label: "OCSF" },
          { value: "raw", label: "Raw" },
        ]}
      >
        {props.tab === "fields" && <FieldTable event={event} onTerm={props.onTerm} />}
        {props.tab === "ocsf" && <Code text={JSON.stringify(event.ocsf, null, 2)} label="OCSF" />}
        {props.tab === "raw" && <Code text={event.raw} label="Raw record" />}
      </Tabs>
    </>
  );
}

function FieldTable({ event, onTerm }: { event: Detail; onTerm: OnTerm }) {
  return (
    <table className="plain-table fields-table">
      <tbody>
        {Object.entries(event.columns).map(([name, value]) => (
          <tr key={name}>
            <th scope="row" className="mono">
              {name}
            </th>
            <td className="mono strong">
              {name === "time" || name === "received" ? (
                <Clock at={cellText(value)} form="precise" />
              ) : (
                <LogText text={typeof value === "number" ? String(value) : cellText(value)} />
              )}
            </td>
            <td className="fields-pivots">
              {name !== "time" && name !== "received" && value !== null && (
                <PivotButtons
                  field={name}
                  value={typeof value === "number" ? String(value) : Array.isArray(value) ? (value[0] ?? "") : value}
                  onTerm={onTerm}
                />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function text(event: Detail, name: string): string {
  return cellText(event.columns[name] ?? null);
}
