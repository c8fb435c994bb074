/** override-dialog: puts somebody on call for a while. The day that was clicked is filled in; choosing the person is all that is left. */
import { accessRoutes } from "@holdfast/contracts/access";
import { oncallRoutes } from "@holdfast/contracts/oncall";
import { useState } from "react";
import { call } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { useRefusal, useSession } from "../app/session.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import { useChange } from "../app/use-change.ts";

export function OverrideDialog(props: { scheduleId: string; from: number; to: number; onClose: () => void }) {
  const session = useSession();
  const people = useCall(accessRoutes.listPeople, {});
  const [person, setPerson] = useState(session.user.id);
  const [from, setFrom] = useState(written(props.from));
  const [to, setTo] = useState(written(props.to));
  const [reason, setReason] = useState("");
  const { busy, error, run } = useChange();
  const refused = useRefusal()("incidents.work");
  const options = (people.data?.items ?? [session.user]).map(({ id, name }) => ({ value: id, label: name }));
  const name = options.find(({ value }) => value === person)?.label ?? "";
  const times = [Date.parse(from), Date.parse(to)];
  const wrong = times.some(Number.isNaN) ? "Write times as 2026-11-22 09:00." : undefined;
  const submit = async (): Promise<void> => {
    const [start, end] = times.map((at) => new Date(at).toISOString());
    const body = { from: start ?? "", to: end ?? "", person, reason };
    const done = await run(
      () => call(oncallRoutes.createOverride, { params: { id: props.scheduleId }, body }),
      `${name} is on call then`,
    );
    if (done) props.onClose();
  };
  return (
    <FormDialog
      title="Override"
      note="Whoever has this time gives it up; before and after, the schedule goes on as it is."
      submit={`Put ${name} on call`}
      busy={busy}
      refused={refused}
      error={wrong ?? error}
      onSubmit={() => wrong === undefined && void submit()}
      onClose={props.onClose}
    >
      <Field label="Who" id="override-person">
        <Select id="override-person" label="Who" value={person} options={options} onChange={setPerson} />
      </Field>
      <TextField label="From" value={from} onChange={setFrom} hint="In your zone." required />
      <TextField label="To" value={to} onChange={setTo} required />
      <TextField label="Why" value={reason} onChange={setReason} />
    </FormDialog>
  );
}

function written(at: number): string {
  const day = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())} ${two(day.getHours())}:${two(day.getMinutes())}`;
}
