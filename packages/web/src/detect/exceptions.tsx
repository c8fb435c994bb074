/** exceptions: what is left out of rules, by whom, why and until when, and how much each has hidden. */
import { type Exception, exceptionRoutes } from "@holdfast/contracts/exceptions";
import type { RuleDetail } from "@holdfast/contracts/detect";
import { useState } from "react";
import { call } from "../app/client.ts";
import { More } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { usePages } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { count } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";
import { ExceptionDialog } from "./exception-dialog.tsx";
import { HiddenDialog } from "./hidden-dialog.tsx";

const TONES: Readonly<Record<Exception["state"], Tone>> = {
  active: "accent",
  expired: "neutral",
  off: "neutral",
  broken: "critical",
};

export function ExceptionsPanel({ rule }: { rule: RuleDetail }) {
  const refused = useRefusal()("rules.write");
  const [making, setMaking] = useState(false);
  return (
    <Panel
      title="Exceptions"
      tools={
        <Button size="compact" refused={refused} onClick={() => setMaking(true)}>
          Add
        </Button>
      }
    >
      <ExceptionList rule={rule.id} none={<p className="faint">Nothing is left out of this rule.</p>} />
      {making && <ExceptionDialog start={{ text: blank(rule) }} onClose={() => setMaking(false)} />}
    </Panel>
  );
}

/** All of them, as a tab of the rules. */
export function ExceptionsTab() {
  return (
    <div className="rule-problems" tabIndex={0} role="region" aria-label="Exceptions">
      <Panel flush>
        <ExceptionList
          none={
            <Empty title="Nothing is left out of any rule">
              <p>An exception is made from an alert, or on the page of a rule.</p>
            </Empty>
          }
        />
      </Panel>
    </div>
  );
}

function ExceptionList({ rule, none }: { rule?: string; none: React.ReactNode }) {
  const pages = usePages([exceptionRoutes.listExceptions.path, rule ?? ""], (cursor, signal) =>
    call(
      exceptionRoutes.listExceptions,
      { query: { limit: 100, ...(rule !== undefined && { rule }), ...(cursor !== undefined && { cursor }) } },
      signal,
    ),
  );
  const [editing, setEditing] = useState<Exception>();
  const [hidden, setHidden] = useState<Exception>();
  return (
    <Outcome query={pages.query} what="exceptions" rows={3}>
      {() =>
        pages.rows.length === 0 ? (
          none
        ) : (
          <>
            <table className="plain-table">
              <thead>
                <tr>
                  <th scope="col">Exception</th>
                  <th scope="col">State</th>
                  <th scope="col">Owner and reason</th>
                  <th scope="col">Until</th>
                  <th scope="col" className="number">
                    Hidden
                  </th>
                  <th scope="col">
                    <span className="sr-only">What to do</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {pages.rows.map((item) => (
                  <tr key={item.id}>
                    <td>
                      <span className="stack tight">
                        <span className="strong">
                          <LogText text={item.title} />
                        </span>
                        {rule === undefined && (
                          <span className="faint small">
                            {item.all ? "all rules" : item.rules.map(({ title }) => title).join(", ")}
                          </span>
                        )}
                      </span>
                    </td>
                    <td>
                      <Tag tone={TONES[item.state]} {...(item.problem !== null && { tip: item.problem })}>
                        {item.state}
                      </Tag>
                    </td>
                    <td>
                      <span className="strong">
                        <LogText text={item.owner} />
                      </span>
                      {item.reason !== "" && (
                        <>
                          : <LogText text={item.reason} />
                        </>
                      )}
                    </td>
                    <td>{item.expiresAt === null ? "no end" : <Clock at={item.expiresAt} form="absolute" />}</td>
                    <td className="number">
                      {item.hiddenTotal === 0 ? (
                        <span className="faint">0</span>
                      ) : (
                        <Button size="compact" variant="ghost" onClick={() => setHidden(item)}>
                          {count(item.hiddenTotal)}
                        </Button>
                      )}
                    </td>
                    <td>
                      {item.pack === "custom" ? (
                        <Button size="compact" onClick={() => setEditing(item)}>
                          Edit
                        </Button>
                      ) : (
                        <span className="faint small">
                          <LogText text={item.path} />
                        </span>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <More pages={pages} />
            {editing !== undefined && (
              <ExceptionDialog start={editing} existing={editing} onClose={() => setEditing(undefined)} />
            )}
            {hidden !== undefined && <HiddenDialog exception={hidden} onClose={() => setHidden(undefined)} />}
          </>
        )
      }
    </Outcome>
  );
}

function blank(rule: RuleDetail): string {
  const source = Object.entries(rule.logsource).map(([name, value]) => `  ${name}: ${value}`);
  return [
    `title: Not ${rule.title}`,
    "logsource:",
    ...source,
    "filter:",
    "  rules:",
    `    - ${rule.id}`,
    "  selection:",
    `    ${rule.fields[0] ?? "Image"}: `,
    "  condition: not selection",
    "",
  ].join("\n");
}
