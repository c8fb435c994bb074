/** rule-overview: what a rule found lately and whether its data arrives, then what it says about itself. */
import { authoringRoutes } from "@holdfast/contracts/authoring";
import type { RuleDetail } from "@holdfast/contracts/detect";
import { editingRoutes } from "@holdfast/contracts/editing";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { TextArea } from "../ui/field.tsx";
import { Histogram } from "../ui/histogram.tsx";
import { count } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { Partial } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { daysOf } from "./days.ts";
import { NeedsView } from "./needs.tsx";
import { ExceptionsPanel } from "./exceptions.tsx";
import { RuleFacts } from "./rule-facts.tsx";
import { RuleSignals } from "./rule-signals.tsx";

export function RuleOverview({ rule }: { rule: RuleDetail }) {
  const needs = useCall(authoringRoutes.ruleNeeds, { params: { id: rule.id } }, { enabled: rule.kind === "detection" });
  return (
    <div className="rule-overview" tabIndex={0} role="region" aria-label="Overview">
      <div className="stack loose">
        {rule.override !== null && <OverrideNotice rule={rule} override={rule.override} />}
        <p className="prose">
          <LogText text={rule.description} />
        </p>
        <Panel
          title="Matches a day"
          tools={
            <span className="row small">
              <span>{count(rule.matches24h + rule.counted24h)} in 24 h</span>
              <Link to={links.alerts({ rule: rule.id, queue: "all" })}>its alerts</Link>
            </span>
          }
        >
          <Histogram
            label="Matches a day"
            unit="matches"
            bars={daysOf(perDayOf(rule))}
            bucketSeconds={86_400}
            height={84}
          />
        </Panel>
        <RuleSignals rule={rule} />
        <ExceptionsPanel rule={rule} />
      </div>
      <div className="stack loose">
        {rule.kind === "detection" && (
          <Panel title="Does its data arrive">
            <Outcome query={needs} what="what it needs" rows={4}>
              {(found) => <NeedsView needs={found} />}
            </Outcome>
          </Panel>
        )}
        <Panel title="About the rule">
          <RuleFacts rule={rule} />
        </Panel>
      </div>
    </div>
  );
}

/** All that it found: also what only counted, in test, and what exceptions hid. */
const perDayOf = (rule: RuleDetail): number[] =>
  rule.perDay.map(
    (live, at) => live + (rule.countedPerDay[at] ?? 0) + (rule.testPerDay[at] ?? 0) + (rule.hiddenPerDay[at] ?? 0),
  );

function OverrideNotice({ rule, override }: { rule: RuleDetail; override: NonNullable<RuleDetail["override"]> }) {
  const refused = useRefusal()("rules.write");
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [note, setNote] = useState("");
  const [error, setError] = useState<string>();
  const revert = async (): Promise<void> => {
    try {
      await call(editingRoutes.revertRule, { params: { id: rule.id }, query: { version: rule.version, note } });
      toast({ title: "The file's text is in force again" });
      setAsking(false);
      await client.invalidateQueries();
    } catch (failure) {
      setError(explain(failure));
    }
  };
  return (
    <Partial
      action={
        <Button size="compact" refused={refused} onClick={() => setAsking(true)}>
          Back to the file
        </Button>
      }
    >
      Its text was edited here and stands in for <LogText text={`${override.pack}/${override.path}`} mono />.
      {override.fileChanged && " The file was changed since: compare them under History."}
      {asking && (
        <FormDialog
          title="Back to the file's text"
          note="The edited text stays in the history and can be restored."
          submit="Use the file's text"
          error={error}
          onSubmit={() => void revert()}
          onClose={() => setAsking(false)}
        >
          <TextArea label="Why" value={note} onChange={setNote} rows={2} />
        </FormDialog>
      )}
    </Partial>
  );
}
