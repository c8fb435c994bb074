/** expectations: what good work shows, whether it did, and the fact that decided it. */
import type { ExpectationResult } from "@holdfast/contracts/exercises";
import { LogText } from "../ui/code.tsx";
import { Panel } from "../ui/page.tsx";
import { lengthOf, ResultTag } from "./run-words.tsx";

export function Expectations({ results }: { results: readonly ExpectationResult[] }) {
  return (
    <Panel title="What is expected" note="the score is the share that is met in time" flush>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Result</th>
            <th scope="col">Expected</th>
            <th scope="col" className="number">
              Took
            </th>
            <th scope="col" className="number">
              Within
            </th>
          </tr>
        </thead>
        <tbody>
          {results.map(({ expectation, state, because, tookSeconds }) => (
            <tr key={expectation.id}>
              <td>
                <ResultTag state={state} />
              </td>
              <td>
                <div className="strong">{expectation.title}</div>
                <div className="faint">
                  <LogText text={because} />
                </div>
              </td>
              <td className="number exercise-keep">{tookSeconds === null ? "–" : lengthOf(tookSeconds)}</td>
              <td className="number faint exercise-keep">{expectation.within} min</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
