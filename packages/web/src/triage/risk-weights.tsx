/** risk-weights: the numbers behind every score, changed with a note, and every version of them with a way back. */
import {
  triageSettingsRoutes,
  type SettingsVersion,
  type TriageSettingsValue,
} from "@holdfast/contracts/triage-settings";
import { SEVERITIES, type Severity } from "@holdfast/contracts/model";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { TextField } from "../ui/field.tsx";
import { Panel } from "../ui/page.tsx";
import { WORDS } from "../ui/severity.tsx";
import { toast } from "../ui/toast.tsx";

export function RiskWeights() {
  const versions = useCall(triageSettingsRoutes.listTriageSettings, { query: { limit: 100 } });
  const client = useQueryClient();
  const refused = useRefusal()("triage.write");
  const save = async (base: number, note: string, settings: TriageSettingsValue): Promise<void> => {
    try {
      const { version } = await call(triageSettingsRoutes.putTriageSettings, { body: { base, note, settings } });
      void client.invalidateQueries({ queryKey: [triageSettingsRoutes.listTriageSettings.path] });
      void client.invalidateQueries({ queryKey: [triageSettingsRoutes.listRisk.path] });
      toast({ title: `Version ${version} holds from now on` });
    } catch (error) {
      toast({ title: "The weights were not changed", body: explain(error), tone: "error" });
    }
  };
  return (
    <div className="pane" tabIndex={0} role="region" aria-label="Weights">
      <Outcome query={versions} what="the weights" rows={8}>
        {({ items }) => {
          const [current] = items;
          if (current === undefined) return null;
          return (
            <>
              <Form key={current.version} current={current} refused={refused} onSave={save} />
              <Panel title="Versions" note="Every change, newest first" flush>
                <ul>
                  {items.map((item) => (
                    <li key={item.version} className="entry">
                      <div className="row wrap">
                        <span className="strong">Version {item.version}</span>
                        <LogText text={item.note} />
                        <span className="faint small">
                          {item.by} {item.at !== null && <Clock at={item.at} suffix="ago" />}
                        </span>
                      </div>
                      {item.version !== current.version && (
                        <Button
                          size="compact"
                          refused={refused}
                          onClick={() => void save(current.version, `Back to version ${item.version}`, item.settings)}
                        >
                          Go back to it
                        </Button>
                      )}
                    </li>
                  ))}
                </ul>
              </Panel>
            </>
          );
        }}
      </Outcome>
    </div>
  );
}

function Form(props: {
  current: SettingsVersion;
  refused: string;
  onSave: (base: number, note: string, settings: TriageSettingsValue) => Promise<void>;
}) {
  const { settings, version } = props.current;
  const [risk, setRisk] = useState(settings.risk);
  const [note, setNote] = useState("");
  const weight = (severity: Severity, text: string): void =>
    setRisk({ ...risk, severity: { ...risk.severity, [severity]: Number(text) } });
  return (
    <Panel title="Weights" note={`Version ${version}`}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void props.onSave(version, note, { ...settings, risk });
        }}
      >
        <div className="row wrap">
          <TextField
            label="Threshold"
            type="number"
            value={String(risk.threshold)}
            onChange={(text) => setRisk({ ...risk, threshold: Number(text) })}
            hint="An incident opens here."
          />
          <TextField
            label="Half-life, hours"
            type="number"
            value={String(risk.halfLifeHours)}
            onChange={(text) => setRisk({ ...risk, halfLifeHours: Number(text) })}
          />
          <TextField
            label="Each further tactic adds"
            type="number"
            value={String(risk.spread)}
            onChange={(text) => setRisk({ ...risk, spread: Number(text) })}
          />
          {SEVERITIES.toReversed().map((severity) => (
            <TextField
              key={severity}
              label={WORDS[severity]}
              type="number"
              value={String(risk.severity[severity])}
              onChange={(text) => weight(severity, text)}
            />
          ))}
        </div>
        <TextField label="Why" value={note} onChange={setNote} hint="Kept with the version." />
        <div>
          <Button
            variant="primary"
            type="submit"
            refused={props.refused !== "" ? props.refused : note.trim().length < 3 ? "Say why." : ""}
          >
            Save as version {version + 1}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
