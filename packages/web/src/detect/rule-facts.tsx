/** rule-facts: what a rule says about itself: description, what it looks at, where it comes from, what fires it without harm. */
import type { RuleDetail } from "@holdfast/contracts/detect";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Facts, Section } from "../ui/drawer.tsx";
import { count } from "../ui/number.ts";
import { Tag } from "../ui/tag.tsx";
import { logsourceOf } from "./rule-columns.tsx";

export function RuleFacts({ rule, onProduct }: { rule: RuleDetail; onProduct?: (product: string) => void }) {
  const { product } = rule.logsource;
  return (
    <>
      <Facts
        items={[
          [
            "Looks at",
            rule.kind === "correlation" ? (
              <Uses key="uses" rules={rule.uses} />
            ) : (
              <span key="logsource" className="row wrap">
                <LogText text={logsourceOf(rule)} />
                {product !== undefined && onProduct !== undefined && (
                  <button type="button" className="link-button" onClick={() => onProduct(product)}>
                    all rules for {product}
                  </button>
                )}
              </span>
            ),
          ],
          ["Fields", rule.fields.length === 0 ? null : <LogText key="fields" text={rule.fields.join(", ")} mono />],
          ["Part of", rule.usedBy.length === 0 ? null : <Uses key="used" rules={rule.usedBy} />],
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
          ["Matched", `${count(rule.matchesTotal + rule.countedTotal)} times in all`],
          [
            "Counted",
            rule.countedTotal === 0
              ? null
              : `${count(rule.countedTotal)} matches, only for what it is part of: no alerts`,
          ],
          ["In test", rule.testTotal === 0 ? null : `${count(rule.testTotal)} matches that raised no alert`],
          ["Hidden", rule.hiddenTotal === 0 ? null : `${count(rule.hiddenTotal)} matches, by exceptions`],
          ["Last match", <Clock key="last" at={rule.lastMatchAt} form="absolute" />],
          [
            "State",
            rule.stateChange === null ? null : (
              <span key="state">
                {rule.state} since <Clock at={rule.stateChange.at} form="absolute" /> by{" "}
                <LogText text={rule.stateChange.by} />
                {rule.stateChange.reason !== "" && (
                  <>
                    : <LogText text={rule.stateChange.reason} />
                  </>
                )}
              </span>
            ),
          ],
          ["Author", rule.author === "" ? null : <LogText key="author" text={rule.author} />],
          ["Maturity", rule.status],
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

function Uses({ rules }: { rules: RuleDetail["uses"] }) {
  return (
    <span className="stack tight">
      {rules.map(({ id, title }) => (
        <Link key={id} to={links.rulePage(id)}>
          <LogText text={title} />
        </Link>
      ))}
    </span>
  );
}
