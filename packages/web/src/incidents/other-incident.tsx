/** other-incident: the choice of another incident, by its number and title. Of many only the newest are listed; the rest are found. */
import { triageRoutes } from "@holdfast/contracts/triage";
import { useState } from "react";
import { useCall } from "../app/query.ts";
import { Field, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";

const LISTED = 100;

export function OtherIncident(props: {
  /** The one that it is another than; "" for none. */
  incidentId: string;
  value: string;
  onChange: (id: string) => void;
  label?: string;
  /** Only those in these states can be chosen, such as "open,contained". */
  states?: string;
  /** What stands before the incidents; "Choose" when not given. */
  first?: { readonly value: string; readonly label: string };
}) {
  const [find, setFind] = useState("");
  const q = find.trim();
  const { states } = props;
  const query = {
    sort: "newest" as const,
    limit: LISTED,
    ...(states !== undefined && { state: states }),
    ...(q !== "" && { q }),
  };
  const read = useCall(triageRoutes.listIncidents, { query }, { keep: true });
  const others = (read.data?.items ?? []).filter(({ id }) => id !== props.incidentId);
  const label = props.label ?? "Other incident";
  const none =
    read.data === undefined
      ? "The incidents are being read"
      : q === ""
        ? "There is no other incident to choose"
        : "No incident matches";
  const first = props.first ?? { value: "", label: others.length === 0 ? none : "Choose" };
  const isCut = read.data !== undefined && read.data.next !== null;
  return (
    <>
      {(isCut || q !== "") && (
        <TextField
          label="Find an incident"
          value={find}
          hint={isCut ? `The newest ${LISTED} are listed. Type a number, a word of the title or a host.` : undefined}
          onChange={(next) => {
            setFind(next);
            props.onChange(first.value);
          }}
        />
      )}
      <Field label={label} id="other-incident">
        <Select
          id="other-incident"
          label={label}
          value={props.value}
          options={[
            first,
            ...others.map((one) => ({ value: one.id, label: `INC-${one.number} ${one.title}`.slice(0, 90) })),
          ]}
          onChange={props.onChange}
        />
      </Field>
    </>
  );
}
