/** explain-dialog: why a rule fired on one event, or why an alert was raised: the conditions with the values that decided. */
import { authoringRoutes } from "@holdfast/contracts/authoring";
import type { Explained } from "@holdfast/contracts/authoring";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Code, LogText } from "../ui/code.tsx";
import { Partial } from "../ui/states.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { CorrelationFactsView } from "./correlation-facts.tsx";
import { ExplanationView } from "./explanation.tsx";

export function ExplainDialog({ signal, onClose }: { signal: string; onClose: () => void }) {
  const explained = useCall(authoringRoutes.explainSignal, { params: { id: signal } });
  return (
    <Dialog title="Why it fired" open wide onClose={onClose}>
      <Outcome query={explained} what="the explanation" rows={8}>
        {(found) => <ExplainedView explained={found} />}
      </Outcome>
    </Dialog>
  );
}

/** What needs no saying. */
const UNCHANGED = "The rule is as it was when it fired.";

function ExplainedView({ explained }: { explained: Explained }) {
  return (
    <div className="stack">
      <p className="row wrap">
        <strong>
          <LogText text={explained.ruleTitle} />
        </strong>
        <Link to={links.rulePage(explained.ruleId)}>the rule</Link>
        <Link to={links.event(explained.eventId)}>
          {explained.correlation === null ? "the event" : "the last event"}
        </Link>
      </p>
      {explained.withdrawn !== null && (
        <Partial>
          Withdrawn. <LogText text={explained.withdrawn} />
        </Partial>
      )}
      {!explained.sentence.endsWith(UNCHANGED) && (
        <p className="small">
          <LogText text={explained.sentence} />
        </p>
      )}
      {explained.correlation !== null && <CorrelationFactsView facts={explained.correlation} />}
      {explained.explanation !== null && <ExplanationView explanation={explained.explanation} />}
      {explained.ruleText !== "" && (
        <details>
          <summary className="small">
            {explained.text === "fired" ? "The text that fired" : "The present text of the rule"}
          </summary>
          <Code text={explained.ruleText} label="Text of the rule" />
        </details>
      )}
    </div>
  );
}
