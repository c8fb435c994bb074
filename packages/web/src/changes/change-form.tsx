/** change-form: a change as a form: a new one, or one that is there. What somebody else changed meanwhile is not overwritten. */
import { type Change, type ChangeKind, changeKind, changeRoutes } from "@holdfast/contracts/changes";
import { estateRoutes } from "@holdfast/contracts/estate";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextArea, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import { localTime, timeOf, timeOfLocal } from "../ui/time.ts";

interface Form {
  readonly title: string;
  readonly kind: ChangeKind;
  readonly owner: string;
  readonly doneBy: string;
  /** In the viewer's zone, as the browser's own field has it. */
  readonly start: string;
  readonly end: string;
  readonly services: string;
  readonly assets: string;
  readonly reference: string;
  readonly description: string;
  readonly backOut: string;
}

const HOUR_MS = 3_600_000;
const KINDS = changeKind.options.map((value) => ({ value, label: value }));

export function ChangeForm(props: { change: Change | null; onClose: () => void; onSaved: (change: Change) => void }) {
  const { change } = props;
  const [form, setForm] = useState<Form>(() => (change === null ? blank(Date.now()) : formOf(change)));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const body = bodyOf(form);
      props.onSaved(
        change === null
          ? await call(changeRoutes.createChange, { body })
          : await call(changeRoutes.updateChange, {
              params: { id: change.id },
              body: { ...body, basedOn: change.version },
            }),
      );
    } catch (reason) {
      setError(explain(reason));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={change === null ? "Plan a change" : "Edit the change"}
      submit={change === null ? "Plan it" : "Save the change"}
      refused={wrong(form)}
      busy={busy}
      error={error}
      onSubmit={() => void save()}
      onClose={props.onClose}
    >
      <Fields form={form} onChange={setForm} />
    </FormDialog>
  );
}

function Fields({ form, onChange }: { form: Form; onChange: (form: Form) => void }) {
  const set = (part: Partial<Form>): void => onChange({ ...form, ...part });
  return (
    <>
      <TextField label="Title" value={form.title} onChange={(title) => set({ title })} autoFocus />
      <Field label="Kind" id="change-kind">
        <Select id="change-kind" label="Kind" value={form.kind} options={KINDS} onChange={(kind) => set({ kind })} />
      </Field>
      <Owner value={form.owner} onChange={(owner) => set({ owner })} />
      <TextField label="Done by" value={form.doneBy} onChange={(doneBy) => set({ doneBy })} />
      <TextField
        label="Begins"
        type="datetime-local"
        value={form.start}
        onChange={(start) => set({ start })}
        hint="In your time zone."
      />
      <TextField
        label="Ends"
        type="datetime-local"
        value={form.end}
        onChange={(end) => set({ end })}
        hint="Empty: an open end."
      />
      <TextField
        label="Services"
        value={form.services}
        onChange={(services) => set({ services })}
        hint="Ids or names, with commas."
      />
      <TextField
        label="Assets"
        value={form.assets}
        onChange={(assets) => set({ assets })}
        hint="Ids or names, with commas. What the estate does not know is kept, and said."
      />
      <TextField
        label="Reference"
        value={form.reference}
        onChange={(reference) => set({ reference })}
        hint="The address where it is kept in full."
      />
      <TextArea label="What is done" value={form.description} onChange={(description) => set({ description })} />
      <TextArea label="How it is taken back" value={form.backOut} onChange={(backOut) => set({ backOut })} />
    </>
  );
}

function Owner({ value, onChange }: { value: string; onChange: (owner: string) => void }) {
  const teams = useCall(estateRoutes.listTeams, {}).data?.items ?? [];
  const options = [{ value: "", label: "nobody" }, ...teams.map(({ id, name }) => ({ value: id, label: name }))];
  if (!options.some((option) => option.value === value)) options.push({ value, label: value });
  return (
    <Field label="Owner" id="change-owner">
      <Select id="change-owner" label="Owner" value={value} options={options} onChange={onChange} />
    </Field>
  );
}

function blank(now: number): Form {
  const text = {
    title: "",
    owner: "",
    doneBy: "",
    services: "",
    assets: "",
    reference: "",
    description: "",
    backOut: "",
  };
  return { ...text, kind: "normal", start: localTime(now + HOUR_MS), end: localTime(now + 2 * HOUR_MS) };
}

function formOf(change: Change): Form {
  const named = (kind: "service" | "asset"): string =>
    change.targets
      .filter((target) => target.kind === kind)
      .map(({ value }) => value)
      .join(", ");
  const { title, kind, owner, doneBy, reference, description, backOut, plannedStart, plannedEnd } = change;
  return {
    ...{ title, kind, doneBy, description, backOut },
    owner: owner?.id ?? owner?.name ?? "",
    start: localTime(timeOf(plannedStart)),
    end: plannedEnd === null ? "" : localTime(timeOf(plannedEnd)),
    services: named("service"),
    assets: named("asset"),
    reference: reference ?? "",
  };
}

function wrong({ title, start, end, reference }: Form): string {
  if (title.trim().length < 3) return "Write a title.";
  if (Number.isNaN(timeOfLocal(start))) return "Give its begin as a date and a time.";
  if (end !== "" && !(timeOfLocal(end) > timeOfLocal(start))) return "It ends after it begins.";
  return reference === "" || /^https?:\/\/./.test(reference) ? "" : "The reference is an address with https://.";
}

function bodyOf(form: Form) {
  const { title, kind, doneBy, description, backOut, owner, reference, start, end } = form;
  return {
    ...{ title, kind, doneBy, description, backOut },
    owner: owner === "" ? null : owner,
    reference: reference === "" ? null : reference,
    plannedStart: new Date(timeOfLocal(start)).toISOString(),
    plannedEnd: end === "" ? null : new Date(timeOfLocal(end)).toISOString(),
    services: listOf(form.services),
    assets: listOf(form.assets),
  };
}

const listOf = (written: string): string[] =>
  written
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
