/** alert-dialogs: the short forms behind assign, close, re-rate and incident. Each works on one alert or on many. */
import { SEVERITIES, type Severity, type Team } from "@holdfast/contracts/model";
import { triageRoutes } from "@holdfast/contracts/triage";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { useGo } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { OtherIncident } from "../incidents/other-incident.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextArea, TextField } from "../ui/field.tsx";
import { plural } from "../ui/number.ts";
import { Select } from "../ui/select.tsx";
import { SeverityMark, WORDS } from "../ui/severity.tsx";
import { toast } from "../ui/toast.tsx";
import type { AlertAction, People } from "./alert-actions.ts";

export type AlertDialogKind = "assign" | "close" | "severity" | "incident";

export function AlertDialog(props: {
  kind: AlertDialogKind;
  ids: readonly string[];
  /** Title of the first alert: the proposed title of an incident. */
  title: string;
  people: readonly (People & { fullName: string; team: Team })[];
  onAct: (action: AlertAction) => void;
  onIncident: (incidentId: string) => void;
  onClose: () => void;
}) {
  const many = plural(props.ids.length, "alert");
  const done = (action: AlertAction): void => {
    props.onAct(action);
    props.onClose();
  };
  switch (props.kind) {
    case "assign":
      return <Assign many={many} people={props.people} onDone={done} onClose={props.onClose} />;
    case "close":
      return <Close many={many} onDone={done} onClose={props.onClose} />;
    case "severity":
      return <Rate many={many} onDone={done} onClose={props.onClose} />;
    case "incident":
      return <IntoIncident {...props} many={many} />;
  }
}

interface Form {
  many: string;
  onDone: (action: AlertAction) => void;
  onClose: () => void;
}

function Assign(props: Form & { people: readonly (People & { fullName: string; team: Team })[] }) {
  const [value, setValue] = useState("team:security");
  const options = [
    { value: "team:security", label: "Security, whoever comes first" },
    { value: "team:operations", label: "Operations, whoever comes first" },
    { value: "nobody", label: "Nobody" },
    ...props.people.map((person) => ({
      value: person.id,
      label: `${person.fullName === "" ? person.name : person.fullName} · ${person.team}`,
    })),
  ];
  const person = props.people.find((candidate) => candidate.id === value);
  const team =
    person?.team ?? (value === "team:security" ? "security" : value === "team:operations" ? "operations" : null);
  return (
    <FormDialog
      title={`Assign ${props.many}`}
      submit="Assign"
      onSubmit={() => props.onDone({ kind: "assign", assignee: person?.id ?? null, team })}
      onClose={props.onClose}
    >
      <Field label="To" id="assign-to">
        <Select id="assign-to" label="To" value={value} options={options} onChange={setValue} />
      </Field>
    </FormDialog>
  );
}

export const VERDICTS = [
  { value: "true-positive", label: "True positive: an attack or a breach of policy" },
  { value: "benign", label: "Benign: real, but expected" },
  { value: "false-positive", label: "False positive: the rule was wrong" },
  { value: "duplicate", label: "Duplicate: handled elsewhere" },
] as const;

function Close(props: Form) {
  const [verdict, setVerdict] = useState<(typeof VERDICTS)[number]["value"]>("false-positive");
  const [reason, setReason] = useState("");
  return (
    <FormDialog
      title={`Close ${props.many}`}
      note="The verdict counts in the measures of the rule that fired."
      submit={`Close ${props.many}`}
      onSubmit={() => props.onDone({ kind: "close", verdict, reason })}
      onClose={props.onClose}
    >
      <Field label="Verdict" id="close-verdict">
        <Select id="close-verdict" label="Verdict" value={verdict} options={VERDICTS} onChange={setVerdict} />
      </Field>
      <TextArea
        label="Reason"
        value={reason}
        onChange={setReason}
        hint="What you found out; the other team reads it."
      />
    </FormDialog>
  );
}

function Rate(props: Form) {
  const [severity, setSeverity] = useState<Severity>("high");
  const [reason, setReason] = useState("");
  const options = SEVERITIES.toReversed().map((value) => ({
    value,
    label: WORDS[value],
    mark: <SeverityMark severity={value} word={false} />,
  }));
  return (
    <FormDialog
      title={`Change the severity of ${props.many}`}
      submit="Change severity"
      onSubmit={() => props.onDone({ kind: "severity", severity, reason })}
      onClose={props.onClose}
    >
      <Field label="Severity" id="rate-severity">
        <Select id="rate-severity" label="Severity" value={severity} options={options} onChange={setSeverity} />
      </Field>
      <TextArea label="Reason" value={reason} onChange={setReason} />
    </FormDialog>
  );
}

const NEW_INCIDENT = { value: "new", label: "A new incident" };

function IntoIncident(props: Parameters<typeof AlertDialog>[0] & { many: string }) {
  const go = useGo();
  const [target, setTarget] = useState("new");
  const [title, setTitle] = useState(props.title.slice(0, 300));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      const alertIds = [...props.ids];
      const incident =
        target === "new"
          ? await call(triageRoutes.createIncident, { body: { title, alertIds } })
          : await call(triageRoutes.addMembers, { params: { id: target }, body: { alertIds } });
      props.onIncident(incident.id);
      props.onClose();
      toast({
        title: `${props.many} in INC-${incident.number}`,
        action: { label: "Open", run: () => go(links.incident(incident.number)) },
      });
    } catch (reason) {
      setError(explain(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={`Put ${props.many} into an incident`}
      submit={target === "new" ? "Open incident" : "Add to incident"}
      busy={busy}
      error={error}
      refused={target === "new" && title.trim() === "" ? "Write a title first." : ""}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      <OtherIncident
        incidentId=""
        label="Incident"
        states="open,contained"
        first={NEW_INCIDENT}
        value={target}
        onChange={setTarget}
      />
      {target === "new" && (
        <TextField label="Title" value={title} onChange={setTitle} hint="What happens to which service." />
      )}
    </FormDialog>
  );
}
