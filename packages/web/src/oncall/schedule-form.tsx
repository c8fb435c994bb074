/** schedule-form: makes or changes a schedule: its zone, and its layers with who takes turns, from when and how long. */
import { accessRoutes } from "@holdfast/contracts/access";
import { oncallRoutes } from "@holdfast/contracts/oncall";
import type { Layer, Schedule } from "@holdfast/contracts/oncall-model";
import { useState } from "react";
import { call } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Checkbox, Field, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import "./oncall.css";
import { useChange } from "../app/use-change.ts";

const TEAMS = [
  { value: "security", label: "Security" },
  { value: "operations", label: "Operations" },
  { value: "none", label: "Neither" },
] as const;
const UNITS = [
  { value: "week", label: "weeks" },
  { value: "day", label: "days" },
  { value: "hour", label: "hours" },
] as const;

export function ScheduleForm({ schedule, onClose }: { schedule: Schedule | null; onClose: () => void }) {
  const [name, setName] = useState(schedule?.name ?? "");
  const [team, setTeam] = useState<"security" | "operations" | "none">(
    schedule === null ? "security" : (schedule.team ?? "none"),
  );
  const [timeZone, setZone] = useState(schedule?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [layers, setLayers] = useState<readonly Layer[]>(schedule?.layers ?? [blank(1)]);
  const { busy, error, run } = useChange();
  const refused = useRefusal()("oncall.write");
  const change = (at: number, next: Partial<Layer>): void =>
    setLayers(layers.map((layer, place) => (place === at ? { ...layer, ...next } : layer)));
  const submit = async (): Promise<void> => {
    const body = { name, team: team === "none" ? null : team, timeZone, layers: [...layers] };
    const done = await run(
      () =>
        schedule === null
          ? call(oncallRoutes.createSchedule, { body })
          : call(oncallRoutes.saveSchedule, { params: { id: schedule.id }, body }),
      `${name} is saved`,
    );
    if (done) onClose();
  };
  return (
    <FormDialog
      title={schedule === null ? "Add a schedule" : `Edit ${schedule.name}`}
      note="A later layer stands above an earlier one in the hours in which it answers."
      submit={schedule === null ? "Add the schedule" : "Save"}
      busy={busy}
      refused={refused}
      error={error}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <TextField label="Name" value={name} onChange={setName} required autoFocus />
      <div className="oncall-grid">
        <Field label="Answers for" id="schedule-team">
          <Select id="schedule-team" label="Answers for" value={team} options={TEAMS} onChange={setTeam} />
        </Field>
        <TextField label="Time zone" value={timeZone} onChange={setZone} required />
      </div>
      {layers.map((layer, at) => (
        <LayerFields
          key={at}
          layer={layer}
          onChange={(next) => change(at, next)}
          onRemove={layers.length > 1 ? () => setLayers(layers.filter((_, place) => place !== at)) : undefined}
        />
      ))}
      <Button size="compact" onClick={() => setLayers([...layers, blank(layers.length + 1)])}>
        Add a layer above
      </Button>
    </FormDialog>
  );
}

function LayerFields(props: {
  layer: Layer;
  onChange: (next: Partial<Layer>) => void;
  onRemove: (() => void) | undefined;
}) {
  const { layer, onChange } = props;
  const people = useCall(accessRoutes.listPeople, {});
  const nameOf = (id: string): string => people.data?.items.find((one) => one.id === id)?.name ?? "…";
  return (
    <fieldset className="stack">
      <legend className="strong">{layer.name}</legend>
      <p className="small">
        In turn: {layer.people.length === 0 ? "nobody yet" : layer.people.map(nameOf).join(", then ")}.
      </p>
      <div className="row wrap">
        {(people.data?.items ?? []).map(({ id, name }) => (
          <Checkbox
            key={id}
            label={name}
            checked={layer.people.includes(id)}
            onChange={(on) =>
              onChange({ people: on ? [...layer.people, id] : layer.people.filter((one) => one !== id) })
            }
          />
        ))}
      </div>
      <div className="oncall-grid">
        <TextField label="First day" value={layer.start} onChange={(start) => onChange({ start })} required />
        <TextField
          label="Hands change at"
          value={layer.handOver}
          onChange={(handOver) => onChange({ handOver })}
          required
        />
        <TextField
          label="A turn lasts"
          type="number"
          value={String(layer.rotation.every)}
          onChange={(every) => onChange({ rotation: { ...layer.rotation, every: Math.max(1, Number(every) || 1) } })}
        />
        <Select
          label="Unit"
          value={layer.rotation.unit}
          options={UNITS}
          onChange={(unit) => onChange({ rotation: { ...layer.rotation, unit } })}
        />
      </div>
      <Checkbox
        label="Only on working days, 9 to 17"
        checked={layer.hours.length > 0}
        onChange={(on) => onChange({ hours: on ? [{ days: [1, 2, 3, 4, 5], from: "09:00", to: "17:00" }] : [] })}
      />
      {props.onRemove !== undefined && (
        <Button size="compact" onClick={props.onRemove}>
          Remove this layer
        </Button>
      )}
    </fieldset>
  );
}

function blank(number: number): Layer {
  const start = new Date().toISOString().slice(0, 10);
  return {
    name: `Layer ${number}`,
    people: [],
    start,
    handOver: "09:00",
    rotation: { unit: "week", every: 1 },
    hours: [],
  };
}
