/** decision-dialog: what was decided, why, and what was known at that moment: the three things a review asks for. */
import { incidentRoutes } from "@holdfast/contracts/incidents";
import { useState } from "react";
import { call } from "../app/client.ts";
import { TextArea, TextField } from "../ui/field.tsx";
import { SendDialog } from "./send-dialog.tsx";

export function DecisionDialog({
  incidentId,
  onClose,
  onDone,
}: {
  incidentId: string;
  onClose: () => void;
  onDone: () => void;
}) {
  const [what, setWhat] = useState("");
  const [why, setWhy] = useState("");
  const [known, setKnown] = useState("");
  const information = known
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return (
    <SendDialog
      title="Record a decision"
      note="Stands on the timeline for both teams, and in the report and the review."
      submit="Record the decision"
      refused={
        what.trim() === ""
          ? "Say what was decided."
          : why.trim() === ""
            ? "Say why."
            : information.length > 50
              ? "At most 50 lines of what was known."
              : ""
      }
      send={async () => {
        await call(incidentRoutes.decide, { params: { id: incidentId }, body: { what, why, information } });
        onDone();
      }}
      onClose={onClose}
    >
      <TextField label="What" value={what} onChange={setWhat} autoFocus />
      <TextArea label="Why" value={why} onChange={setWhy} rows={2} />
      <TextArea label="What was known" value={known} onChange={setKnown} hint="One thing a line." />
    </SendDialog>
  );
}
