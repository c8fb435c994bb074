/** swap-dialog: two people take each other's shift: choose one shift of each from the next eight weeks; both change hands, or neither. */
import { oncallRoutes } from "@holdfast/contracts/oncall";
import type { Output } from "@holdfast/contracts";
import { useState } from "react";
import { call } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { useChange } from "../app/use-change.ts";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";

type View = Output<(typeof oncallRoutes)["getSchedule"]>;
interface Shift {
  readonly from: string;
  readonly to: string;
  readonly personId: string;
  readonly name: string;
}

const AHEAD_MS = 56 * 86_400_000;

export function SwapDialog({ scheduleId, onClose }: { scheduleId: string; onClose: () => void }) {
  const [from] = useState(() => Date.now());
  const query = { from: new Date(from).toISOString(), to: new Date(from + AHEAD_MS).toISOString() };
  const view = useCall(oncallRoutes.getSchedule, { params: { id: scheduleId }, query });
  return (
    <Outcome query={view} what="the shifts" rows={4}>
      {(found) => <Swap scheduleId={scheduleId} shifts={shiftsOf(found)} onClose={onClose} />}
    </Outcome>
  );
}

function Swap({ scheduleId, shifts, onClose }: { scheduleId: string; shifts: readonly Shift[]; onClose: () => void }) {
  const [first, setFirst] = useState(shifts[0]?.from ?? "");
  const one = shifts.find(({ from }) => from === first);
  const others = shifts.filter(({ personId }) => personId !== one?.personId);
  const [second, setSecond] = useState("");
  // Another first shift may leave the second one to the same person.
  const other = others.find(({ from }) => from === second) ?? others[0];
  const [reason, setReason] = useState("");
  const { busy, error, run } = useChange();
  const refused = useRefusal()("incidents.work");
  const none = other === undefined ? "Nobody else has a shift in the next eight weeks." : "";
  const submit = async (): Promise<void> => {
    if (one === undefined || other === undefined) return;
    const body = { first: { from: one.from, to: one.to }, second: { from: other.from, to: other.to }, reason };
    const done = await run(
      () => call(oncallRoutes.swapShifts, { params: { id: scheduleId }, body }),
      `${one.name} and ${other.name} have swapped`,
    );
    if (done) onClose();
  };
  return (
    <FormDialog
      title="Swap two shifts"
      note="Each takes the other's. The swap shows as two overrides, which can be taken away."
      submit={other === undefined ? "Swap" : `Swap ${one?.name ?? ""} and ${other.name}`}
      busy={busy}
      refused={none === "" ? refused : none}
      error={error}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Field label="This shift" id="swap-first">
        <Select id="swap-first" label="This shift" value={first} options={optionsOf(shifts)} onChange={setFirst} />
      </Field>
      <Field label="For this one" id="swap-second">
        <Select
          id="swap-second"
          label="For this one"
          value={other?.from ?? ""}
          options={optionsOf(others)}
          onChange={setSecond}
        />
      </Field>
      <TextField label="Why" value={reason} onChange={setReason} />
    </FormDialog>
  );
}

/** The last one may go on behind what was asked for, and half a shift is none. */
function shiftsOf({ segments }: View): Shift[] {
  return segments
    .slice(0, -1)
    .flatMap(({ from, to, person }) => (person === null ? [] : [{ from, to, personId: person.id, name: person.name }]));
}

const optionsOf = (shifts: readonly Shift[]) =>
  shifts.map(({ from, to, name }) => ({
    value: from,
    label: `${name}, ${WHEN.format(Date.parse(from))} to ${WHEN.format(Date.parse(to))}`,
  }));

const WHEN = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
