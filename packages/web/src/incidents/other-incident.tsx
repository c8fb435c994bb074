/** other-incident: the choice of another incident, by its number and title. */
import { triageRoutes } from "@holdfast/contracts/triage";
import { useCall } from "../app/query.ts";
import { Field } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";

export function OtherIncident(props: {
  incidentId: string;
  value: string;
  onChange: (id: string) => void;
  label?: string;
  /** Those that are closed cannot be chosen. */
  openOnly?: boolean;
}) {
  const read = useCall(triageRoutes.listIncidents, { query: { sort: "newest", limit: 200 } });
  const others = (read.data?.items ?? []).filter(
    ({ id, state }) => id !== props.incidentId && (props.openOnly !== true || state !== "closed"),
  );
  const label = props.label ?? "Other incident";
  const none = read.data === undefined ? "The incidents are being read" : "There is no other incident to choose";
  return (
    <Field label={label} id="other-incident">
      <Select
        id="other-incident"
        label={label}
        value={props.value}
        options={[
          { value: "", label: others.length === 0 ? none : "Choose" },
          ...others.map((one) => ({ value: one.id, label: `INC-${one.number} ${one.title}`.slice(0, 90) })),
        ]}
        onChange={props.onChange}
      />
    </Field>
  );
}
