/** trigger-dialog: writes a trigger, and shows while it is written on which of the newest incidents it would have fired, and why. */
import { type PlaybookTrigger, type TriggerMode, triggerRoutes } from "@holdfast/contracts/playbook-triggers";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { useSession } from "../app/session.tsx";
import { useSettledText } from "../detect/editor/settled-text.ts";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextArea, TextField } from "../ui/field.tsx";
import { plural } from "../ui/number.ts";
import { Select } from "../ui/select.tsx";
import { toast } from "../ui/toast.tsx";

const MODES = [
  { value: "suggest", label: "suggest it to people" },
  { value: "start", label: "start it by itself" },
] as const;
const SHOWN = 5;

export function TriggerDialog(props: {
  playbook: { id: string; name: string };
  /** null for a new one. */
  trigger: PlaybookTrigger | null;
  onClose: () => void;
}) {
  const { playbook, trigger } = props;
  const { user } = useSession();
  const client = useQueryClient();
  const [name, setName] = useState(trigger?.name ?? "");
  const [condition, setCondition] = useState(trigger?.condition ?? "");
  const [mode, setMode] = useState<TriggerMode>(trigger?.mode ?? "suggest");
  const [owner, setOwner] = useState(trigger?.owner ?? user.name);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    const body = { name, playbookId: playbook.id, condition, mode, owner, enabled: trigger?.enabled ?? true };
    try {
      await (trigger === null
        ? call(triggerRoutes.createPlaybookTrigger, { body })
        : call(triggerRoutes.savePlaybookTrigger, {
            params: { id: trigger.id },
            body: { ...body, basedOn: trigger.version },
          }));
      void client.invalidateQueries({ queryKey: [triggerRoutes.listPlaybookTriggers.path] });
      toast({ title: trigger === null ? "The trigger looks at incidents from now on" : `${name} is saved` });
      props.onClose();
    } catch (failure) {
      setError(explain(failure));
      setBusy(false);
    }
  };
  const missing =
    name.trim() === ""
      ? "Name it."
      : condition.trim() === ""
        ? "Write a condition."
        : owner === ""
          ? "Name an owner."
          : "";
  return (
    <FormDialog
      title={trigger === null ? `Trigger for ${playbook.name}` : trigger.name}
      note="It looks at every incident that is opened or changed, and fires at most once on each."
      submit={trigger === null ? "Add the trigger" : "Save the trigger"}
      refused={missing}
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        hint="What is the case then, such as: Files are encrypted."
        autoFocus={trigger === null}
      />
      <TextArea
        label="Fires when"
        value={condition}
        onChange={setCondition}
        mono
        rows={4}
        hint='CEL over the incident, such as incident.severity == "critical" && "T1486" in incident.techniques'
      />
      {condition.trim() !== "" && <Trial condition={condition} />}
      <Field label="Then" id="trigger-mode">
        <Select id="trigger-mode" label="Then" value={mode} options={MODES} onChange={setMode} />
      </Field>
      {mode === "start" && (
        <p className="faint small">
          The run is the trigger&apos;s own, and whoever saves this may not approve what it does.
        </p>
      )}
      <TextField label="Owner" value={owner} onChange={setOwner} hint="Who answers for it." />
    </FormDialog>
  );
}

function Trial({ condition }: { condition: string }) {
  const settled = useSettledText(condition, 400);
  const trial = useCall(triggerRoutes.tryPlaybookTrigger, { body: { condition: settled } }, { keep: true });
  if (trial.error !== null) return <p className="field-error">{explain(trial.error)}</p>;
  if (trial.data === undefined) return <p className="faint small">Asking the newest incidents…</p>;
  const { mistake, asked, fired, errors } = trial.data;
  if (mistake !== null) {
    return (
      <p className="field-error" role="status">
        {mistake.reason}
        {mistake.at !== null && ` (character ${mistake.at + 1})`}
      </p>
    );
  }
  return (
    <div className="stack tight small" role="status">
      <p>
        Of the newest {plural(asked, "incident")} it would have fired on {fired.length}
        {errors.length > 0 && `; on ${errors.length} it cannot be worked out: ${errors[0]?.reason ?? ""}`}.
      </p>
      <ul className="faint">
        {fired.slice(0, SHOWN).map((one) => (
          <li key={one.id} className="truncate">
            INC-{one.number} <LogText text={one.title} />
          </li>
        ))}
        {fired.length > SHOWN && <li>and {fired.length - SHOWN} more</li>}
      </ul>
    </div>
  );
}
