/** incident-dialogs: the forms that change an incident: state and whom it waits for, assignee, severity, words, merge; split, link and
 *  decision stand in files of their own. */
import { accessRoutes } from "@holdfast/contracts/access";
import { SEVERITIES, type Severity } from "@holdfast/contracts/model";
import { incidentState, triageRoutes, type IncidentDetail } from "@holdfast/contracts/triage";
import { useState, type ReactNode } from "react";
import { call, explain, type Given } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextArea, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import { DecisionDialog } from "../incidents/decision-dialog.tsx";
import { LinkDialog } from "../incidents/link-dialog.tsx";
import { OtherIncident } from "../incidents/other-incident.tsx";
import { usePeople } from "../incidents/work.ts";
import { VERDICTS } from "./alert-dialogs.tsx";
import { SplitDialog } from "./split-dialog.tsx";
import { SeverityMark, WORDS } from "../ui/severity.tsx";
import { toast } from "../ui/toast.tsx";

export type IncidentDialogKind = "state" | "assign" | "severity" | "text" | "merge" | "split" | "link" | "decision";
type Change = NonNullable<Given<typeof triageRoutes.updateIncident>["body"]>;

interface DialogProps {
  incident: IncidentDetail;
  onDone: () => void;
  onClose: () => void;
}

export function IncidentDialog({ kind, ...props }: DialogProps & { kind: IncidentDialogKind }) {
  switch (kind) {
    case "state":
      return <StateDialog {...props} />;
    case "assign":
      return <AssignDialog {...props} />;
    case "severity":
      return <SeverityDialog {...props} />;
    case "text":
      return <TextDialog {...props} />;
    case "merge":
      return <MergeDialog {...props} />;
    case "split":
      return <SplitDialog {...props} />;
    case "link":
      return <LinkDialog incidentId={props.incident.id} onClose={props.onClose} />;
    case "decision":
      return <DecisionDialog incidentId={props.incident.id} onDone={props.onDone} onClose={props.onClose} />;
  }
}

const TEAMS = [
  { value: "nobody", label: "nobody" },
  { value: "security", label: "Security" },
  { value: "operations", label: "Operations" },
] as const;

function StateDialog(props: DialogProps) {
  const { incident } = props;
  const [state, setState] = useState(incident.state);
  const [waits, setWaits] = useState<(typeof TEAMS)[number]["value"]>(incident.waitingFor?.team ?? "nobody");
  const [person, setPerson] = useState("");
  const people = usePeople();
  const [reason, setReason] = useState("");
  const [verdict, setVerdict] = useState<NonNullable<Change["verdict"]>>("true-positive");
  const over = (state === "closed" || state === "resolved") && state !== incident.state;
  const begins = waits !== "nobody" && (waits !== incident.waitingFor?.team || person !== "");
  const change = {
    state,
    ...(over && { verdict }),
    waitingFor: waits === "nobody" ? null : waits,
    ...(waits !== "nobody" && person !== "" && { waitingPerson: person }),
    ...(reason !== "" && { reason }),
  };
  return (
    <ChangeForm
      {...props}
      title={`State of INC-${incident.number}`}
      submit="Save the state"
      refused={begins && reason.trim() === "" ? "Say what it waits for." : ""}
      change={change}
      note="Waiting time counts against the team that is waited for."
    >
      <Field label="State" id="incident-state">
        <Select
          id="incident-state"
          label="State"
          value={state}
          options={incidentState.options.map((value) => ({ value, label: value }))}
          onChange={setState}
        />
      </Field>
      {over && (
        <Field
          label="Its open alerts close as"
          id="incident-verdict"
          hint="Opening the incident again restores each of them as it stands now."
        >
          <Select
            id="incident-verdict"
            label="Its open alerts close as"
            value={verdict}
            options={VERDICTS}
            onChange={setVerdict}
          />
        </Field>
      )}
      <Field label="Waits for" id="incident-waits">
        <Select id="incident-waits" label="Waits for" value={waits} options={TEAMS} onChange={setWaits} />
      </Field>
      {waits !== "nobody" && (
        <Field
          label="Person"
          id="incident-waits-person"
          hint="Without one: who leads that side of the incident, or is on call for it."
        >
          <Select id="incident-waits-person" label="Person" value={person} options={people} onChange={setPerson} />
        </Field>
      )}
      <TextArea label="Reason" value={reason} onChange={setReason} hint="Both teams read it in the timeline." />
    </ChangeForm>
  );
}

function AssignDialog(props: DialogProps) {
  const people = useCall(accessRoutes.listPeople, {}).data?.items ?? [];
  const [value, setValue] = useState(props.incident.assignee?.id ?? "nobody");
  const person = people.find((candidate) => candidate.id === value);
  const options = [
    { value: "nobody", label: "Nobody" },
    ...people.map((one) => ({
      value: one.id,
      label: `${one.fullName === "" ? one.name : one.fullName} · ${one.team}`,
    })),
  ];
  const change = { assignee: person?.id ?? null, ...(person !== undefined && { team: person.team }) };
  return (
    <ChangeForm {...props} title={`Assign INC-${props.incident.number}`} submit="Assign" change={change}>
      <Field label="To" id="incident-assignee">
        <Select id="incident-assignee" label="To" value={value} options={options} onChange={setValue} />
      </Field>
    </ChangeForm>
  );
}

function SeverityDialog(props: DialogProps) {
  const [severity, setSeverity] = useState<Severity>(props.incident.severity);
  const [reason, setReason] = useState("");
  const options = SEVERITIES.toReversed().map((value) => ({
    value,
    label: WORDS[value],
    mark: <SeverityMark severity={value} word={false} />,
  }));
  return (
    <ChangeForm
      {...props}
      title={`Severity of INC-${props.incident.number}`}
      submit="Change severity"
      change={{ severity, ...(reason !== "" && { reason }) }}
    >
      <Field label="Severity" id="incident-severity">
        <Select id="incident-severity" label="Severity" value={severity} options={options} onChange={setSeverity} />
      </Field>
      <TextArea label="Reason" value={reason} onChange={setReason} />
    </ChangeForm>
  );
}

function TextDialog(props: DialogProps) {
  const [title, setTitle] = useState(props.incident.title);
  const [summary, setSummary] = useState(props.incident.summary);
  return (
    <ChangeForm
      {...props}
      title={`Words of INC-${props.incident.number}`}
      submit="Save"
      change={{ title, summary }}
      refused={title.trim() === "" ? "Write a title." : ""}
    >
      <TextField label="Title" value={title} onChange={setTitle} />
      <TextArea
        label="Summary"
        value={summary}
        onChange={setSummary}
        rows={6}
        hint="What is known now, for someone who joins in the middle of the night."
      />
    </ChangeForm>
  );
}

function ChangeForm(
  props: DialogProps & {
    title: string;
    note?: string;
    submit: string;
    change: Change;
    refused?: string;
    children: ReactNode;
  },
) {
  const { incident, change } = props;
  return (
    <SendForm
      {...props}
      send={async () => {
        await call(triageRoutes.updateIncident, { params: { id: incident.id }, body: change });
      }}
    />
  );
}

function MergeDialog(props: DialogProps) {
  const { incident } = props;
  const [other, setOther] = useState("");
  const [reason, setReason] = useState("");
  return (
    <SendForm
      {...props}
      title={`Merge into INC-${incident.number}`}
      note="Its alerts, comments and timeline move here. The last merge can be undone."
      submit="Merge"
      refused={other === "" ? "Choose an incident." : ""}
      send={async () => {
        await call(triageRoutes.mergeIncident, { params: { id: incident.id }, body: { incidentId: other, reason } });
        toast({ title: `Merged into INC-${incident.number}` });
      }}
    >
      <OtherIncident
        incidentId={incident.id}
        label="Incident to take in"
        value={other}
        states="open,contained,resolved"
        onChange={setOther}
      />
      <TextArea label="Reason" value={reason} onChange={setReason} />
    </SendForm>
  );
}

function SendForm(
  props: DialogProps & {
    title: string;
    note?: string;
    submit: string;
    refused?: string;
    send: () => Promise<void>;
    children: ReactNode;
  },
) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await props.send();
      props.onDone();
      props.onClose();
    } catch (reason) {
      setError(explain(reason));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={props.title}
      note={props.note}
      submit={props.submit}
      refused={props.refused ?? ""}
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      {props.children}
    </FormDialog>
  );
}
