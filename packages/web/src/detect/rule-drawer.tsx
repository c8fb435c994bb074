/** rule-drawer: a quick look at one rule: its text, how often it matched, what it looks at. The page of the rule does the rest. */
import { detectRoutes, type RuleDetail } from "@holdfast/contracts/detect";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Code, LogText } from "../ui/code.tsx";
import { Drawer, Section } from "../ui/drawer.tsx";
import { Histogram } from "../ui/histogram.tsx";
import { SeverityMark } from "../ui/severity.tsx";
import { daysOf } from "./days.ts";
import { RuleFacts } from "./rule-facts.tsx";
import { RuleStateTag, StateButton } from "./rule-state.tsx";

export function RuleDrawer(props: { id: string; onProduct: (product: string) => void; onClose: () => void }) {
  const rule = useCall(detectRoutes.getRule, { params: { id: props.id } });
  return (
    <Drawer
      label="Rule"
      size="half"
      onClose={props.onClose}
      heading={
        rule.data !== undefined && (
          <div className="stack tight">
            <div className="row">
              <SeverityMark severity={rule.data.level} />
              <RuleStateTag rule={rule.data} />
            </div>
            <h2>
              <LogText text={rule.data.title} />
            </h2>
          </div>
        )
      }
      actions={
        rule.data !== undefined && (
          <>
            <StateButton rule={rule.data} tag={false} />
            <Link to={links.rulePage(rule.data.id)}>Open and edit</Link>
            <Link to={links.alerts({ rule: rule.data.id, queue: "all" })}>All its alerts</Link>
          </>
        )
      }
    >
      <Outcome query={rule} what="this rule" rows={12}>
        {(found) => <RuleBody rule={found} onProduct={props.onProduct} />}
      </Outcome>
    </Drawer>
  );
}

function RuleBody({ rule, onProduct }: { rule: RuleDetail; onProduct: (product: string) => void }) {
  return (
    <>
      <p className="prose">
        <LogText text={rule.description} />
      </p>
      <Section title="Matches a day">
        <Histogram label="Matches a day" unit="matches" bars={daysOf(rule.perDay)} bucketSeconds={86_400} height={84} />
      </Section>
      <RuleFacts rule={rule} onProduct={onProduct} />
      <Section title="Rule">
        <Code text={rule.text} label="Rule text" />
      </Section>
    </>
  );
}
