/** column-menu: which columns the list of events shows. The choice lives in the address. */
import { Columns3 } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Checkbox, TextField } from "../ui/field.tsx";
import { DEFAULT_COLUMNS } from "./event-columns.tsx";
import { useFields } from "./use-completions.ts";

export function ColumnMenu({
  chosen,
  onChange,
}: {
  chosen: readonly string[];
  onChange: (columns: readonly string[]) => void;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="compact" variant="ghost" icon={<Columns3 size={14} />} onClick={() => setOpen(true)}>
        Columns
      </Button>
      {open && (
        <ColumnDialog
          chosen={chosen.length > 0 ? chosen : DEFAULT_COLUMNS}
          onChange={onChange}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

function ColumnDialog(props: {
  chosen: readonly string[];
  onChange: (columns: readonly string[]) => void;
  onClose: () => void;
}) {
  const [filter, setFilter] = useState("");
  const fields = useFields()?.items ?? [];
  const { chosen } = props;
  const offered = fields.filter(
    (field) => !["id", "time", "severity_id", "raw"].includes(field.name) && field.name.includes(filter.toLowerCase()),
  );
  const toggle = (name: string): void =>
    props.onChange(
      chosen.includes(name) ? chosen.filter((other) => other !== name) : withMessageLast([...chosen, name]),
    );
  return (
    <Dialog title="Columns" note="Time and severity are always shown." open onClose={props.onClose}>
      <TextField label="Find a field" value={filter} onChange={setFilter} />
      <div className="column-list" role="group" aria-label="Fields" tabIndex={0}>
        {offered.map((field) => (
          <Checkbox
            key={field.name}
            label={`${field.name}: ${field.description}`}
            checked={chosen.includes(field.name)}
            onChange={() => toggle(field.name)}
          />
        ))}
      </div>
      <div className="row between">
        <Button onClick={() => props.onChange([])}>Back to the usual columns</Button>
        <Button variant="primary" onClick={props.onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}

function withMessageLast(names: readonly string[]): readonly string[] {
  return names.includes("message") ? [...names.filter((name) => name !== "message"), "message"] : names;
}
