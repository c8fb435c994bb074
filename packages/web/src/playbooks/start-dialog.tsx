/** start-dialog: starts a run: what it will do and whom that hits is shown before, and the values it needs. */
import { type PlaybookDetail, playbookRoutes } from "@holdfast/contracts/playbooks";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useSettledText } from "../detect/editor/settled-text.ts";
import { useCall } from "../app/query.ts";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";

export function StartDialog(props: {
  playbook: Pick<PlaybookDetail, "id" | "name" | "variables">;
  incidentId: string | null;
  /** How it begins, where that is not simply a run. */
  begin?: (variables: Record<string, string>) => Promise<{ id: string }>;
  onClose: () => void;
  onDone: (runId: string) => void;
}) {
  const { playbook, incidentId } = props;
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
  const body = { incidentId, variables: given };
  const missing = playbook.variables.filter(
    ({ name, required, value }) => required && incidentId === null && value === null && (values[name] ?? "") === "",
  );
  const settled = useSettledText(JSON.stringify(given), 300);
  const dry = useCall(
    playbookRoutes.dryRunPlaybook,
    { params: { id: playbook.id }, body: { incidentId, variables: JSON.parse(settled) as Record<string, string> } },
    { keep: true, enabled: missing.length === 0 },
  );
  const start = async (): Promise<void> => {
    setBusy(true);
    try {
      const begin = props.begin ?? (() => call(playbookRoutes.runPlaybook, { params: { id: playbook.id }, body }));
      props.onDone((await begin(given)).id);
    } catch (failed) {
      setError(explain(failed));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={`Run ${playbook.name}`}
      note={
        incidentId === null
          ? "Without an incident."
          : "On this incident. Actions that change something wait for approval."
      }
      submit="Start the run"
      refused={missing.length === 0 ? "" : `Fill in ${missing.map(({ name }) => name).join(", ")}.`}
      busy={busy}
      error={error}
      onSubmit={() => void start()}
      onClose={props.onClose}
    >
      {playbook.variables.map(({ name, description, required, value }) => (
        <TextField
          key={name}
          label={name}
          hint={description === "" ? undefined : description}
          value={values[name] ?? ""}
          placeholder={typeof value === "string" ? value : incidentId === null ? "" : "from the incident"}
          required={required && incidentId === null}
          onChange={(entered) => setValues({ ...values, [name]: entered })}
        />
      ))}
      {missing.length > 0 ? (
        <p className="faint small">What it would do, and whom that hits, stands here once the values are filled in.</p>
      ) : (
        <Outcome query={dry} what="what it would do" rows={4}>
          {({ steps }) => (
            <ol className="stack small">
              {steps.slice(0, 12).map((step, n) => (
                <li key={`${step.step} ${n}`}>
                  <LogText text={step.title} />
                  {step.effect !== null && <span className="faint"> · {step.effect}</span>}
                  {step.effect !== "read" && step.impact !== null && step.impact.disruption.level !== "none" && (
                    <span> · disruption {step.impact.disruption.level}</span>
                  )}
                  {step.effect !== "read" && (step.impact?.changes.items.length ?? 0) > 0 && (
                    <span>
                      {" "}
                      · work there:{" "}
                      <LogText text={step.impact?.changes.items.map(({ title }) => title).join(", ") ?? ""} />
                    </span>
                  )}
                  {step.problem !== "" && <span className="faint"> · {step.problem}</span>}
                </li>
              ))}
            </ol>
          )}
        </Outcome>
      )}
    </FormDialog>
  );
}
