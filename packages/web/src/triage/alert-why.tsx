/** alert-why: why an alert fired: the rule in words, the samples, and in each the fields that matched and what they matched. */
import { type AlertDetail, isReported } from "@holdfast/contracts/triage";
import { lazy, Suspense, useState } from "react";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Section } from "../ui/drawer.tsx";
import { Histogram } from "../ui/histogram.tsx";
import { plural } from "../ui/number.ts";
import { timeOf } from "../ui/time.ts";
import { Tag } from "../ui/tag.tsx";
import { Button } from "../ui/button.tsx";
import "./alert-why.css";

const ExplainDialog = lazy(async () => ({ default: (await import("../detect/explain-dialog.tsx")).ExplainDialog }));

type Sample = AlertDetail["samples"][number];

export function WhyItFired({ alert }: { alert: AlertDetail }) {
  const [all, setAll] = useState(false);
  const shown = all ? alert.samples : alert.samples.slice(0, 3);
  return (
    <Section title={isReported(alert.ruleId) ? "What was reported" : "Why it fired"}>
      <p className="prose">
        <LogText text={alert.description} />
      </p>
      {shown.map((sample) => (
        <SampleCard key={sample.signalId} sample={sample} reported={isReported(alert.ruleId)} />
      ))}
      <div className="row between">
        <span className="faint small">
          {shown.length} of {plural(alert.count, "signal")}
          {alert.count > alert.samples.length && ": the first 10 and the latest 10 are kept here, all are under Events"}
        </span>
        {shown.length < alert.samples.length && (
          <Button size="compact" onClick={() => setAll(true)}>
            Show all {alert.samples.length} samples
          </Button>
        )}
      </div>
      {alert.falsepositives.length > 0 && (
        <div>
          <h4>Known false positives</h4>
          <ul className="bullets">
            {alert.falsepositives.map((reason) => (
              <li key={reason}>
                <LogText text={reason} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </Section>
  );
}

export function AlertRate({ alert }: { alert: AlertDetail }) {
  const bars = alert.rate.map((point) => ({ at: timeOf(point.at), total: point.count }));
  return (
    <Section title="Signals an hour">
      <Histogram label="Signals an hour" unit="signals" bars={bars} bucketSeconds={3600} height={72} />
    </Section>
  );
}

function SampleCard({ sample, reported }: { sample: Sample; reported: boolean }) {
  const [explaining, setExplaining] = useState(false);
  return (
    <article className="sample">
      {explaining && (
        <Suspense>
          <ExplainDialog signal={sample.signalId} onClose={() => setExplaining(false)} />
        </Suspense>
      )}
      <div className="row between small">
        <span className="row">
          <Clock at={sample.at} form="precise" />
          <span className="truncate">
            <LogText text={[sample.host, sample.user].filter((part) => part !== "").join(" · ")} />
          </span>
        </span>
        <span className="row sample-links">
          {sample.eventId !== "0" && <Link to={links.event(sample.eventId)}>Event</Link>}
          {!reported && (
            <Button size="compact" variant="ghost" onClick={() => setExplaining(true)}>
              Explain
            </Button>
          )}
        </span>
      </div>
      <p className="mono sample-message">
        <LogText text={sample.message} />
      </p>
      {sample.fields.length > 0 && (
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">{reported ? "Name" : "Field"}</th>
              <th scope="col">Value</th>
              <th scope="col">{reported ? "Kind" : "Matched"}</th>
            </tr>
          </thead>
          <tbody>
            {sample.fields.map((field, at) => (
              <tr key={at}>
                <td className="mono">
                  <LogText text={field.field} />
                </td>
                <td className="mono strong">
                  {field.selection === "blind" && field.pattern !== "" ? (
                    <Link to={links.rule(field.pattern)}>
                      <LogText text={field.value} />
                    </Link>
                  ) : (
                    <LogText text={field.value} />
                  )}
                </td>
                <td className="mono">
                  {field.selection !== "blind" && <LogText text={field.pattern} />} <Tag>{field.selection}</Tag>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </article>
  );
}
