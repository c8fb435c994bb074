/** sla: how long each phase of an incident may take, by severity. */
import { SEVERITIES, type Severity } from "@holdfast/contracts/model";
import { oncallRoutes } from "@holdfast/contracts/oncall";
import type { Phase, SlaTarget } from "@holdfast/contracts/oncall-model";
import { useState } from "react";
import { call } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Panel } from "../ui/page.tsx";
import { useChange } from "../app/use-change.ts";

const PHASES: readonly Phase[] = ["acknowledge", "contain", "resolve"];

export function SlaTargets() {
  const sla = useCall(oncallRoutes.getSla, {});
  return (
    <Panel
      title="Time to answer, contain and resolve"
      note="In minutes, for incidents that open from now on. Empty: no clock."
    >
      <Outcome query={sla} what="these times" rows={4}>
        {(found) => <Targets key={found.version} version={found.version} kept={found.targets} />}
      </Outcome>
    </Panel>
  );
}

function Targets({ version, kept }: { version: number; kept: readonly SlaTarget[] }) {
  const [targets, setTargets] = useState(kept);
  const refused = useRefusal()("oncall.write");
  const { busy, error, run } = useChange();
  const isOf = (phase: Phase, severity: Severity) => (one: SlaTarget) =>
    one.phase === phase && one.severity === severity && one.criticalityAtLeast === 0;
  const set = (phase: Phase, severity: Severity, text: string): void => {
    const others = targets.filter((one) => !isOf(phase, severity)(one));
    const before = targets.find(isOf(phase, severity));
    const minutes = Math.round(Number(text));
    if (text === "" || !(minutes > 0)) return setTargets(others);
    const made = {
      phase,
      severity,
      criticalityAtLeast: 0,
      pausesOnWait: phase !== "acknowledge",
      pages: phase === "acknowledge",
    };
    setTargets([...others, { ...made, ...before, minutes }]);
  };
  const special = targets.filter(({ criticalityAtLeast }) => criticalityAtLeast > 0).length;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void run(() => call(oncallRoutes.saveSla, { body: { version, targets: [...targets] } }), "The times are saved");
      }}
    >
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Severity</th>
            {PHASES.map((phase) => (
              <th key={phase} scope="col">
                {phase}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...SEVERITIES].reverse().map((severity) => (
            <tr key={severity}>
              <td>{severity}</td>
              {PHASES.map((phase) => (
                <td key={phase}>
                  <input
                    className="input"
                    type="number"
                    min={1}
                    aria-label={`Minutes to ${phase} what is ${severity}`}
                    value={targets.find(isOf(phase, severity))?.minutes ?? ""}
                    onChange={(event) => set(phase, severity, event.target.value)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {special > 0 && (
        <p className="faint small">{special} more hold for critical services only; they are set through the API.</p>
      )}
      {error !== undefined && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
      <div className="row">
        <Button
          type="submit"
          size="compact"
          variant="primary"
          busy={busy}
          refused={targets === kept ? "Nothing is changed." : refused}
        >
          Save the times
        </Button>
      </div>
    </form>
  );
}
