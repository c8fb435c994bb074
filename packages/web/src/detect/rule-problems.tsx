/** rule-problems: rule files that could not be loaded, with line and reason. The others are loaded all the same. */
import { detectRoutes } from "@holdfast/contracts/detect";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { LogText } from "../ui/code.tsx";
import { Panel } from "../ui/page.tsx";
import { Empty } from "../ui/states.tsx";
import "./rule-problems.css";

export function RuleProblems() {
  const problems = useCall(detectRoutes.listRuleProblems, {});
  return (
    <Outcome query={problems} what="the problems of rules">
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="Every rule file is loaded" />
        ) : (
          <div className="rule-problems" tabIndex={0} role="region" aria-label="Problems">
            <Panel flush>
              <table className="plain-table">
                <thead>
                  <tr>
                    <th scope="col">File</th>
                    <th scope="col">Place</th>
                    <th scope="col">What is wrong</th>
                    <th scope="col">Code</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((problem, at) => (
                    <tr key={at}>
                      <td className="mono strong">
                        <LogText text={`${problem.pack}/${problem.path}`} />
                      </td>
                      <td>
                        line {problem.line}, column {problem.column}
                      </td>
                      <td>
                        <LogText text={problem.message} />
                      </td>
                      <td className="mono">{problem.code}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Panel>
          </div>
        )
      }
    </Outcome>
  );
}
