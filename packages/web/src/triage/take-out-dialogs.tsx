/** take-out-dialogs: taking signals out of an alert, and putting them back: each with a reason, and what will stand afterwards. */
import type { AlertDetail } from "@holdfast/contracts/triage";
import { takeOutRoutes } from "@holdfast/contracts/triage-take-out";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain, type Given } from "../app/client.ts";
import { useGo } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { SendDialog } from "../incidents/send-dialog.tsx";
import { Checkbox, TextArea, TextField } from "../ui/field.tsx";
import { plural } from "../ui/number.ts";
import { toast } from "../ui/toast.tsx";

export type TakeOutWhat = Given<typeof takeOutRoutes.takeOut>["body"]["what"];

export function TakeOutDialog(props: {
  alert: AlertDetail;
  what: TakeOutWhat;
  /** How many signals go; 0 where only the server knows. */
  moved: number;
  onClose: () => void;
}) {
  const { alert, moved } = props;
  const client = useQueryClient();
  const go = useGo();
  const [reason, setReason] = useState("");
  const [title, setTitle] = useState("");
  const [together, setTogether] = useState(false);
  const groups = props.what.kind === "groups" ? props.what.groups.length : 0;
  const apart = props.what.kind === "apart" || props.what.kind === "today";
  const undo = async (id: string): Promise<void> => {
    try {
      const body = { reason: "Undone at once.", together: true };
      await call(takeOutRoutes.putBack, { params: { id }, body });
      await client.invalidateQueries();
      go(links.alert(alert.id));
    } catch (error) {
      toast({ title: "The signals were not put back", body: explain(error), tone: "error" });
    }
  };
  return (
    <SendDialog
      title={apart ? "Take this alert apart" : `Take ${plural(moved, "signal")} out`}
      note={noteOf(alert, moved, apart)}
      submit={apart ? "Take apart" : `Take ${plural(moved, "signal")} out`}
      refused={reason.trim() === "" ? "Say why they do not belong together." : ""}
      send={async () => {
        const what = props.what.kind === "groups" ? { ...props.what, together } : props.what;
        const named = title.trim() === "" ? {} : { title };
        const body = { what, reason, ...named };
        const { kept, taken } = await call(takeOutRoutes.takeOut, { params: { id: alert.id }, body });
        await client.invalidateQueries();
        const [first] = taken;
        if (first === undefined) return;
        const gone = taken.reduce((sum, one) => sum + one.count, 0);
        toast({
          title: `${plural(gone, "signal")} out, ${plural(kept.count, "stays", "stay")}`,
          body: taken.length === 1 ? `They are an alert on ${first.entity.value}.` : `They are ${taken.length} alerts.`,
          action: { label: "Undo", run: () => void undo(first.id) },
        });
      }}
      onClose={props.onClose}
    >
      <TextArea
        label="Why"
        value={reason}
        onChange={setReason}
        rows={2}
        hint="It stands on the timelines of all of them."
      />
      {groups > 1 && <Checkbox label="As one alert, not one for each" checked={together} onChange={setTogether} />}
      {!apart && (
        <TextField
          label="Title"
          value={title}
          onChange={setTitle}
          placeholder={alert.title}
          hint="Without one it is called as this one."
        />
      )}
    </SendDialog>
  );
}

function noteOf(alert: AlertDetail, moved: number, apart: boolean): string {
  const stays =
    moved === 0 ? "The largest group stays." : `${plural(alert.count - moved, "signal stays", "signals stay")} here.`;
  const kept = apart ? "Every other group becomes an alert of its own." : "They become an alert of their own.";
  const incident = alert.incidentId === null ? "" : " It stands in the same incident.";
  return `${stays} ${kept}${incident} Later signals like them go there too. It can be undone.`;
}

export function PutBackDialog({ alert, onClose }: { alert: string; onClose: () => void }) {
  const client = useQueryClient();
  const go = useGo();
  const [reason, setReason] = useState("");
  const [together, setTogether] = useState(false);
  return (
    <SendDialog
      title="Put the signals back"
      note="The first alert is as it was before, with everything that has come since. What was written on this one stays on its page."
      submit="Put back"
      refused={reason.trim() === "" ? "Say why they belong there after all." : ""}
      send={async () => {
        const answer = await call(takeOutRoutes.putBack, { params: { id: alert }, body: { reason, together } });
        await client.invalidateQueries();
        go(links.alert(answer.alert.id));
        toast({ title: `${plural(answer.alert.count, "signal")} in it again` });
      }}
      onClose={onClose}
    >
      <TextArea label="Why" value={reason} onChange={setReason} rows={2} />
      <Checkbox label="Also the other alerts that were taken out with it" checked={together} onChange={setTogether} />
    </SendDialog>
  );
}
