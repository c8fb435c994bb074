/** sla: how long each phase of an incident may take, by severity; and less of it for what critical services are hit by. */
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
import { Select } from "../ui/select.tsx";
import { useChange } from "../app/use-change.ts";

const PHASES: readonly Phase[] = ["acknowledge", "contain", "resolve"];
const LEVELS = ["0", "1", "2", "3", "4", "5"] as const;
type Level = (typeof LEVELS)[number];

export function SlaTargets() {
  const sla = useCall(oncallRoutes.getSla, {});
  // Outlives a save, after which the table begins anew with what is kept.
  const [level, setLevel] = useState<Level>("0");
  return (
    <Panel
      title="Time to answer, contain and resolve"
      note="In minutes, for incidents that open from now on. Empty: no clock."
    >
      <Outcome query={sla} what="these times" rows={4}>
        {(found) => (
          <Targets key={found.version} version={found.version} kept={found.targets} level={level} onLevel={setLevel} />
        )}
      </Outcome>
    </Panel>
  );
}

function Targets(props: {
  version: number;
  kept: readonly SlaTarget[];
  level: Level;
  onLevel: (level: Level) => void;
}) {
  const { version, kept, level } = props;
  const [targets, setTargets] = useState(kept);
  const refused = useRefusal()("oncall.write");
  const { busy, error, run } = useChange();
  const criticalityAtLeast = Number(level);
  const isOf =
    (phase: Phase, severity: Severity, of = criticalityAtLeast) =>
    (one: SlaTarget) =>
      one.phase === phase && one.severity === severity && one.criticalityAtLeast === of;
  /** What holds where this level says nothing of its own. */
  const otherwise = (phase: Phase, severity: Severity): string =>
    String(
      targets
        .filter(
          (one) => isOf(phase, severity, one.criticalityAtLeast)(one) && one.criticalityAtLeast < criticalityAtLeast,
        )
        .sort((a, b) => b.criticalityAtLeast - a.criticalityAtLeast)[0]?.minutes ?? "",
    );
  const set = (phase: Phase, severity: Severity, text: string): void => {
    const others = targets.filter((one) => !isOf(phase, severity)(one));
    const before = targets.find(isOf(phase, severity));
    const minutes = Math.round(Number(text));
    if (text === "" || !(minutes > 0)) return setTargets(others);
    const made = {
      phase,
      severity,
      criticalityAtLeast,
      pausesOnWait: phase !== "acknowledge",
      pages: phase === "acknowledge",
    };
    setTargets([...others, { ...made, ...before, minutes }]);
  };
  const levels = LEVELS.map((value) => {
    const own = targets.filter((one) => one.criticalityAtLeast === Number(value)).length;
    const whom =
      value === "0"
        ? "all incidents"
        : value === "5"
          ? "services of criticality 5"
          : `services of criticality ${value} and above`;
    return { value, label: value === "0" || own === 0 ? whom : `${whom} (${own} set)` };
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void run(() => call(oncallRoutes.saveSla, { body: { version, targets: [...targets] } }), "The times are saved");
      }}
    >
      <div className="row wrap">
        <Select named label="For" value={level} options={levels} onChange={props.onLevel} />
        {level !== "0" && <span className="faint small">Empty: as for what is less critical, in grey.</span>}
      </div>
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
                    placeholder={otherwise(phase, severity)}
                    onChange={(event) => set(phase, severity, event.target.value)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
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
