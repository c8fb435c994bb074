/** stages: how long each stage took here, beside the median of the real incidents of the last 90 days. */
import type { ExerciseRunDetail } from "@holdfast/contracts/exercises";
import { plural } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { lengthOf } from "./run-words.tsx";

export function Stages({ stages }: { stages: ExerciseRunDetail["stages"] }) {
  return (
    <Panel title="Beside the real ones" note="median of the last 90 days" flush>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Stage</th>
            <th scope="col" className="number">
              Here
            </th>
            <th scope="col" className="number">
              Real
            </th>
            <th scope="col" className="number">
              Of
            </th>
          </tr>
        </thead>
        <tbody>
          {stages.map((stage) => (
            <tr key={stage.name}>
              <td>{stage.title}</td>
              <td className="number strong">{stage.seconds === null ? "–" : lengthOf(stage.seconds)}</td>
              <td className="number">{stage.realSeconds === null ? "–" : lengthOf(stage.realSeconds)}</td>
              <td className="number faint">{stage.realCount === 0 ? "none yet" : plural(stage.realCount, "time")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
