/** simulator: who would be paged now, step by step, by the functions that page. */
import { oncallRoutes } from "@holdfast/contracts/oncall";
import { SEVERITIES, type Severity } from "@holdfast/contracts/model";
import { useState } from "react";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Panel } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { Tag } from "../ui/tag.tsx";

export function Simulator() {
  const [severity, setSeverity] = useState<Severity>("critical");
  const answer = useCall(oncallRoutes.simulate, { query: { severity } }, { keep: true, everyMs: 60_000 });
  return (
    <Panel
      title="Who would be paged now"
      tools={
        <Select
          label="If an incident were"
          named
          value={severity}
          options={SEVERITIES.map((value) => ({ value, label: value }))}
          onChange={setSeverity}
        />
      }
    >
      <Outcome query={answer} what="who would be paged" rows={3}>
        {({ policy, why, steps }) => (
          <div className="stack tight">
            <p className={policy === null ? "strong" : "faint small"}>
              <LogText text={why} />
            </p>
            {steps.length > 0 && (
              <table className="plain-table">
                <thead>
                  <tr>
                    <th scope="col">When</th>
                    <th scope="col">Step</th>
                    <th scope="col">Who</th>
                    <th scope="col">How</th>
                  </tr>
                </thead>
                <tbody>
                  {steps.flatMap((step) =>
                    step.skipped !== null
                      ? [
                          <tr key={`${step.round}.${step.step}`}>
                            <td className="faint">–</td>
                            <td>
                              {step.step}
                              {step.round > 1 && <span className="faint"> round {step.round}</span>}
                            </td>
                            <td className="faint" colSpan={2}>
                              left out: {step.skipped}
                            </td>
                          </tr>,
                        ]
                      : step.people.map((one, at) => (
                          <tr key={`${step.round}.${step.step}.${at}`}>
                            <td>{at === 0 && <Clock at={step.at} />}</td>
                            <td>
                              {at === 0 && step.step}
                              {at === 0 && step.round > 1 && <span className="faint"> round {step.round}</span>}
                            </td>
                            <td>
                              <span className="strong">
                                <LogText text={one.person?.name ?? "nobody"} />
                              </span>{" "}
                              <span className="faint small">{one.via}</span>
                            </td>
                            <td>
                              {one.problem !== null && (
                                <span className="row">
                                  <Tag tone="high">not reached</Tag>
                                  <span className="small">{one.problem}</span>
                                </span>
                              )}
                              {one.methods
                                .map(({ kind, to, used, why: reason }) => `${kind} ${to}${used ? "" : ` (${reason})`}`)
                                .join(", else ")}
                            </td>
                          </tr>
                        )),
                  )}
                </tbody>
              </table>
            )}
          </div>
        )}
      </Outcome>
    </Panel>
  );
}
