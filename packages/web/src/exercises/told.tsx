/** told: who was told what. A call or a word across the room leaves no trace: the one who did it says so here. */
import { type ExerciseRunDetail, exerciseRoutes } from "@holdfast/contracts/exercises";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Field, TextField } from "../ui/field.tsx";
import { Panel } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { toast } from "../ui/toast.tsx";

type Told = ExerciseRunDetail["told"][number];

export function Told({ run, refused, onDone }: { run: ExerciseRunDetail; refused: string; onDone: () => void }) {
  const [team, setTeam] = useState<Told["team"]>("operations");
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const tell = async (): Promise<void> => {
    setBusy(true);
    try {
      await call(exerciseRoutes.tellTeam, { params: { id: run.id }, body: { team, text } });
      setText("");
      onDone();
    } catch (failed) {
      toast({ title: "It was not noted", body: explain(failed), tone: "error" });
    } finally {
      setBusy(false);
    }
  };
  if (run.state !== "running" && run.told.length === 0) return null;
  return (
    <Panel title="Who was told">
      <div className="stack">
        {run.told.length > 0 && (
          <ul className="stack tight small">
            {run.told.map((one) => (
              <li key={`${one.at} ${one.team} ${one.text}`}>
                <span className="strong">
                  {one.by} told {one.team}
                </span>{" "}
                <LogText text={one.text} />{" "}
                <span className="faint">
                  <Clock at={one.at} suffix="ago" />
                </span>
              </li>
            ))}
          </ul>
        )}
        {run.state === "running" && (
          <form
            className="exercise-told"
            onSubmit={(event) => {
              event.preventDefault();
              if (!busy && refused === "" && text.trim() !== "") void tell();
            }}
          >
            <Field label="We told" id="told-team">
              <Select
                id="told-team"
                label="We told"
                value={team}
                options={[
                  { value: "security", label: "Security" },
                  { value: "operations", label: "Operations" },
                ]}
                onChange={setTeam}
              />
            </Field>
            <TextField label="What" value={text} onChange={setText} />
            <Button
              type="submit"
              busy={busy}
              refused={refused !== "" ? refused : text.trim() === "" ? "Say what they were told." : ""}
            >
              Note it
            </Button>
          </form>
        )}
      </div>
    </Panel>
  );
}
