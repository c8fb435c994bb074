/** suppress-dialog: hides alerts by an expression for a time, after showing what it would have hidden. */
import { triageSettingsRoutes } from "@holdfast/contracts/triage-settings";
import type { Alert } from "@holdfast/contracts/triage";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { useSession } from "../app/session.tsx";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextArea, TextField } from "../ui/field.tsx";
import { count, plural } from "../ui/number.ts";
import { Select } from "../ui/select.tsx";
import { toast } from "../ui/toast.tsx";

const SPANS = [
  { value: "8", label: "8 hours" },
  { value: "24", label: "1 day" },
  { value: "168", label: "7 days" },
  { value: "720", label: "30 days" },
  { value: "never", label: "until it is ended by hand" },
] as const;

export function SuppressDialog(props: {
  alert?: Pick<Alert, "ruleId" | "entity">;
  onDone: () => void;
  onClose: () => void;
}) {
  const { user } = useSession();
  const [expression, setExpression] = useState(() => (props.alert === undefined ? "" : likeIt(props.alert)));
  const [owner, setOwner] = useState(user.name);
  const [reason, setReason] = useState("");
  const [span, setSpan] = useState<(typeof SPANS)[number]["value"]>("24");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const ruleId = props.alert?.ruleId ?? null;
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      const expiresAt = span === "never" ? null : new Date(Date.now() + Number(span) * 3_600_000).toISOString();
      const made = await call(triageSettingsRoutes.createSuppression, {
        body: { expression, ruleId, owner, reason, expiresAt },
      });
      toast({ title: `Suppressed; ${plural(made.hiddenAlerts, "alert")} left the queue` });
      props.onDone();
      props.onClose();
    } catch (failure) {
      setError(explain(failure));
      setBusy(false);
    }
  };
  const missing =
    expression.trim() === ""
      ? "Write an expression."
      : reason.trim().length < 3
        ? "Say why."
        : owner === ""
          ? "Name an owner."
          : "";
  return (
    <FormDialog
      title="Suppress alerts"
      note={
        ruleId === null ? "Of every rule." : "Of this rule only. What it hides is counted and can be looked through."
      }
      submit="Suppress"
      refused={missing}
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      <TextArea
        label="Hide an alert when"
        value={expression}
        onChange={setExpression}
        mono
        hint='CEL over the alert, such as alert.host == "web-01" && alert.user.startsWith("svc-")'
      />
      {expression.trim() !== "" && <Preview expression={expression} ruleId={ruleId} />}
      <TextField label="Owner" value={owner} onChange={setOwner} hint="Who answers for it." />
      <TextArea label="Reason" value={reason} onChange={setReason} />
      <Field label="For" id="suppress-span">
        <Select id="suppress-span" label="For" value={span} options={SPANS} onChange={setSpan} />
      </Field>
    </FormDialog>
  );
}

function Preview({ expression, ruleId }: { expression: string; ruleId: string | null }) {
  const asked = useCall(triageSettingsRoutes.previewSuppression, { body: { expression, ruleId, days: 7 } });
  const found = asked.data;
  if (found === undefined) return <p className="faint small">Asking the alerts of the last 7 days…</p>;
  if (!found.ok) return <p className="field-error">{found.problem}</p>;
  return (
    <div className="stack tight small" role="status">
      <p>
        In the last {found.days} days it would have hidden {count(found.alerts)} of {count(found.asked)} alerts,{" "}
        {plural(found.signals, "signal")}.{found.cut && " Only the latest alerts were asked: there are more."}
      </p>
      <ul className="faint">
        {found.examples.slice(0, 4).map((example) => (
          <li key={example.id} className="truncate">
            <LogText text={`${example.title} on ${example.on}`} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function likeIt({ entity }: Pick<Alert, "entity">): string {
  return `alert.entity.value == ${JSON.stringify(entity.value)}`;
}
