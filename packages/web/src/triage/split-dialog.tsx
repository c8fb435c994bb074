/** split-dialog: takes some alerts of an incident out into one of their own. Each keeps its reason, and the split can be undone. */
import { triageRoutes, type IncidentDetail } from "@holdfast/contracts/triage";
import { useState } from "react";
import { call } from "../app/client.ts";
import { useGo } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { SendDialog } from "../incidents/send-dialog.tsx";
import { Clock } from "../ui/clock.tsx";
import { Checkbox, TextArea, TextField } from "../ui/field.tsx";
import { plural } from "../ui/number.ts";
import { toast } from "../ui/toast.tsx";

export function SplitDialog(props: { incident: IncidentDetail; onDone: () => void; onClose: () => void }) {
  const { incident } = props;
  const go = useGo();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [title, setTitle] = useState("");
  const [reason, setReason] = useState("");
  const toggle = (id: string, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  return (
    <SendDialog
      title={`Split INC-${incident.number}`}
      note="The chosen alerts become an incident of their own, linked to this one. It can be undone from there."
      submit={chosen.size === 0 ? "Split off" : `Split off ${plural(chosen.size, "alert")}`}
      refused={
        chosen.size === 0
          ? "Choose the alerts that do not belong here."
          : chosen.size >= incident.alerts
            ? "Leave at least one alert here."
            : title.trim() === ""
              ? "Give the new incident a title."
              : ""
      }
      send={async () => {
        const { split } = await call(triageRoutes.splitIncident, {
          params: { id: incident.id },
          body: { alertIds: [...chosen], title, reason },
        });
        props.onDone();
        toast({
          title: `INC-${split.number} has ${plural(chosen.size, "alert")} of INC-${incident.number}`,
          action: { label: "Open", run: () => go(links.incident(split.number)) },
        });
      }}
      onClose={props.onClose}
    >
      <fieldset className="split-members">
        <legend>
          Alerts{incident.alerts > incident.members.length && `, the earliest ${incident.members.length}`}
        </legend>
        {incident.members.map(({ alert }) => (
          <div key={alert.id} className="row between">
            <Checkbox label={alert.title} checked={chosen.has(alert.id)} onChange={(on) => toggle(alert.id, on)} />
            <span className="faint small">
              <Clock at={alert.firstSeen} form="absolute" />
            </span>
          </div>
        ))}
      </fieldset>
      <TextField label="Title of the new incident" value={title} onChange={setTitle} />
      <TextArea label="Why" value={reason} onChange={setReason} rows={2} />
    </SendDialog>
  );
}
