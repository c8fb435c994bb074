/** rule-drawer: one rule: its text, how often it matched, what it looks at, and the switch. */
import { detectRoutes, type RuleDetail } from "@holdfast/contracts/detect";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Code, LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Drawer, Facts, Section } from "../ui/drawer.tsx";
import { TextArea } from "../ui/field.tsx";
import { Histogram } from "../ui/histogram.tsx";
import { count } from "../ui/number.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { RuleState, logsourceOf } from "./rule-columns.tsx";

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
              <RuleState rule={rule.data} />
            </div>
            <h2>
              <LogText text={rule.data.title} />
            </h2>
          </div>
        )
      }
      actions={rule.data !== undefined && <Switch rule={rule.data} />}
    >
      <Outcome query={rule} what="this rule" rows={12}>
        {(found) => <RuleBody rule={found} onProduct={props.onProduct} />}
      </Outcome>
    </Drawer>
  );
}

function Switch({ rule }: { rule: RuleDetail }) {
  const refused = useRefusal()("rules.write");
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string>();
  const change = async (enabled: boolean): Promise<void> => {
    try {
      await call(detectRoutes.updateRule, { params: { id: rule.id }, body: { enabled, reason } });
      void client.invalidateQueries({ queryKey: [detectRoutes.getRule.path] });
      void client.invalidateQueries({ queryKey: [detectRoutes.listRules.path] });
      setAsking(false);
      toast({ title: enabled ? "The rule is enabled" : "The rule is disabled; nothing is matched with it" });
    } catch (failure) {
      setError(explain(failure));
      if (enabled) toast({ title: "The rule was not changed", body: explain(failure), tone: "error" });
    }
  };
  return (
    <>
      <Button refused={refused} onClick={() => (rule.enabled ? setAsking(true) : void change(true))}>
        {rule.enabled ? "Disable" : "Enable"}
      </Button>
      <Link to={links.alerts({ rule: rule.id, queue: "all" })}>All alerts of this rule</Link>
      {asking && (
        <FormDialog
          title="Disable this rule"
          note="Nothing is matched with it until it is enabled again. The other team sees it on the floor."
          submit="Disable the rule"
          danger
          error={error}
          onSubmit={() => void change(false)}
          onClose={() => setAsking(false)}
        >
          <TextArea label="Reason" value={reason} onChange={setReason} />
        </FormDialog>
      )}
    </>
  );
}

function RuleBody({ rule, onProduct }: { rule: RuleDetail; onProduct: (product: string) => void }) {
  const today = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  const bars = rule.perDay.map((total, at) => ({ at: today - (rule.perDay.length - 1 - at) * 86_400_000, total }));
  const { product } = rule.logsource;
  return (
    <>
      <p className="prose">
        <LogText text={rule.description} />
      </p>
      <Section title="Matches a day">
        <Histogram label="Matches a day" unit="matches" bars={bars} bucketSeconds={86_400} height={84} />
      </Section>
      <Facts
        items={[
          [
            "Looks at",
            <span key="logsource" className="row wrap">
              <LogText text={logsourceOf(rule)} />
              {product !== undefined && (
                <Button size="compact" variant="ghost" onClick={() => onProduct(product)}>
                  all rules for {product}
                </Button>
              )}
            </span>,
          ],
          ["Fields", <LogText key="fields" text={rule.fields.join(", ")} mono />],
          [
            "ATT&CK",
            rule.techniques.length + rule.tactics.length === 0 ? null : (
              <span key="attack" className="row wrap">
                {[...rule.tactics, ...rule.techniques].map((tag) => (
                  <Tag key={tag}>{tag}</Tag>
                ))}
              </span>
            ),
          ],
          ["Matched", `${count(rule.matchesTotal)} times in all`],
          ["Last match", <Clock key="last" at={rule.lastMatchAt} form="absolute" />],
          ["Author", rule.author === "" ? null : <LogText key="author" text={rule.author} />],
          ["Status", rule.status],
          ["File", <LogText key="file" text={`${rule.pack}: ${rule.path}`} mono />],
        ]}
      />
      {rule.falsepositives.length > 0 && (
        <Section title="Known false positives">
          <ul className="bullets">
            {rule.falsepositives.map((reason) => (
              <li key={reason}>
                <LogText text={reason} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="Rule">
        <Code text={rule.text} label="Rule text" />
      </Section>
      {rule.references.length > 0 && (
        <Section title="References">
          {rule.references.map((reference) => (
            <LogText key={reference} text={reference} mono />
          ))}
        </Section>
      )}
    </>
  );
}
