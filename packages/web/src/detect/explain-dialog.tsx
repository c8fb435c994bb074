/** explain-dialog: why a rule fired on one event, or why an alert was raised: the conditions with the values that decided. */
import { authoringRoutes } from "@holdfast/contracts/authoring";
import type { Explained } from "@holdfast/contracts/authoring";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { LogText } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
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

function ExplainedView({ explained }: { explained: Explained }) {
  return (
    <div className="stack">
      <p className="row wrap">
        <strong>
          <LogText text={explained.ruleTitle} />
        </strong>
        <Link to={links.rulePage(explained.ruleId)}>the rule</Link>
        <Link to={links.event(explained.eventId)}>the event</Link>
      </p>
      {explained.text !== "fired" && (
        <p className="small">
          <LogText text={explained.sentence} />
        </p>
      )}
      {explained.explanation !== null && <ExplanationView explanation={explained.explanation} />}
    </div>
  );
}
